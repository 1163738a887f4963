// One snapshot file: rows of the ledger's state as of a seq, with a footer that ties it to the log.
// Layout: docs/internals/journal-format.md, "Snapshot".
//
// Used by Journal and, through it, by the engine's snapshot helper thread. Confined to one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"
#include "store/event_store.h"

namespace holdfast::store {

/// A place between two groups of the log.
struct LogPoint {
  Seq seq = 0;
  Timestamp time;  ///< of the group that ends here
  uint64_t segment = 0;
  uint64_t offset = 0;  ///< behind that group
  Hash128 chain_hash;   ///< of that group
};

struct SnapshotInfo {
  LogPoint point;
  Hash128 state_hash;
  std::string file;
};

/// Writes under a temporary name; without finish() nothing is left but that, and it is removed.
class SnapshotWriter {
 public:
  static Result<std::unique_ptr<SnapshotWriter>> create(io::FileSystem& files,
                                                        const std::string& directory,
                                                        const LedgerIdentity& identity, Seq seq);
  ~SnapshotWriter();
  /// One slice of rows, of any size up to 256 MiB; empty ones are left out.
  Status append(std::string_view rows);
  /// Footer, fsync, rename, directory fsync. REQUIRES: point.seq is this snapshot's seq and
  /// durable.
  Status finish(const LogPoint& point, Hash128 state_hash);
  Seq seq() const { return seq_; }

 private:
  SnapshotWriter(io::FileSystem& files, std::string directory, Seq seq);
  Status write(std::string_view bytes);

  io::FileSystem& files_;
  std::string directory_;
  std::string temporary_;
  Seq seq_;
  std::unique_ptr<io::File> file_;
  uint64_t offset_ = 0;
  uint64_t row_bytes_ = 0;
  uint32_t slices_ = 0;
  uint32_t crc_ = 0;
};

std::string snapshot_name(Seq seq);  ///< "snapshot-00000000000000000042"
/// The seq in a snapshot's file name, or nullopt for any other name.
std::optional<Seq> snapshot_seq(std::string_view name);

/// Seqs of the snapshots in a directory, newest first, whether they verify or not.
Result<std::vector<Seq>> list_snapshots(io::FileSystem& files, const std::string& directory);

/// Reads the whole file once and checks every CRC. kCorrupt says what does not verify.
Result<SnapshotInfo> verify_snapshot(io::FileSystem& files, const std::string& path,
                                     const LedgerIdentity& identity);
/// Gives the slices of a snapshot that verified to `load`, in order, until that returns false;
/// false then.
Result<bool> load_snapshot_rows(io::FileSystem& files, const std::string& path,
                                const std::function<bool(std::string_view rows)>& load);

}  // namespace holdfast::store
