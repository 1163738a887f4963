// Where snapshots of the ledger's state go and come from; what ties one to the log is the store's
// business.
//
// Used by the snapshotter (begin, append, finish: on the snapshot writer's thread, one at a time)
// and by recovery and verify (load). Implemented by JournalSnapshots; tests may do without.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "model/event.h"

namespace holdfast::engine {

/// A snapshot that was loaded: the state as of `seq`.
struct LoadedSnapshot {
  Seq seq = 0;
  Timestamp time;      ///< of the group that ends at seq
  Hash128 state_hash;  ///< what the state must hash to
};

class SnapshotPort {
 public:
  /// One being written. Destroyed before finish(): nothing is left of it.
  class File {
   public:
    virtual ~File() = default;
    virtual Status append(std::string_view rows) = 0;
    /// Durable and valid on return. REQUIRES: the log is durable up to the snapshot's seq.
    virtual Status finish(Hash128 state_hash) = 0;
  };

  virtual ~SnapshotPort() = default;
  /// REQUIRES: `seq` is the last of its group.
  virtual Result<std::unique_ptr<File>> begin(Seq seq) = 0;
  /// The newest that verifies and matches the log, its rows to `rows` in order; nullopt: none does.
  /// kSnapshotAhead: one names events the log does not have. It ends when `rows` returns false,
  /// with an error or with the snapshot whose rows those were.
  virtual Result<std::optional<LoadedSnapshot>> load(
      const std::function<bool(std::string_view)>& rows) = 0;
  /// The same of those of a seq below `before`, for when that one turned out to be wrong.
  virtual Result<std::optional<LoadedSnapshot>> load_before(
      Seq before, const std::function<bool(std::string_view)>& rows) {
    (void)before;
    (void)rows;
    return std::nullopt;
  }
};

}  // namespace holdfast::engine
