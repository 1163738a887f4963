// Deliveries that were signed and understood to be for us but could not be booked: kept with their
// reason until an operator has mended the cause. Append-only, `intake.log` in the data directory,
// or a log that all nodes share.
//
// Confined to one thread for append(), replace() and refresh(); the reads are thread-safe. All of
// it is in memory too, bounded by kBytesMax.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"
#include "io/record_log.h"

namespace holdfast::intake {

struct ParkedItem {
  std::string source;
  std::string delivery_id;
  ErrorCode code = ErrorCode::kNone;
  std::string reason;
  std::string item;  ///< JSON text as it came
  Timestamp at;
  /// The delivery it is of, for PushSource::map_kept(); shared by the items of one. Null: written
  /// by a version that did not keep it.
  std::shared_ptr<const std::string> kept;

  uint64_t delivery = 0;  ///< tells deliveries of one source apart; set by the file
};

class ParkedFile {
 public:
  static constexpr uint64_t kBytesMax = 256ull << 20;

  /// Makes the file when absent. kCorrupt when what was acknowledged does not verify.
  static Result<std::unique_ptr<ParkedFile>> open(io::FileSystem& files, const std::string& path);
  /// The same over any log of records; `what` names it in messages.
  static Result<std::unique_ptr<ParkedFile>> open(const io::OpenRecords& records,
                                                  const std::string& what);

  /// Other nodes park here too: refresh() now and then.
  bool shared() const { return log_->shared(); }
  /// Takes up what other nodes parked and told again. On the thread of append().
  Status refresh();

  /// Durable on return. An item already there (same source, delivery and text) is not added again.
  /// kStorageFull at the size limit; kIo: nothing is promised.
  Status append(const std::vector<ParkedItem>& items);
  /// In the place of everything that is parked of that delivery, `items` (of the same). Durable on
  /// return. As append() otherwise.
  Status replace(const std::string& source, uint64_t delivery,
                 const std::vector<ParkedItem>& items);
  std::vector<ParkedItem> list(
      const std::string& source) const;  ///< the newest 1,000, newest first
  /// One item of each delivery, oldest first, without its text.
  std::vector<ParkedItem> deliveries(const std::string& source) const;
  size_t count(const std::string& source) const;

 private:
  ParkedFile() = default;
  Status try_append(const std::vector<ParkedItem>& items);
  Status try_replace(const std::string& source, uint64_t delivery,
                     const std::vector<ParkedItem>& items);
  template <typename Change>
  Status change(Change once);
  bool read(std::string_view payload);
  void remember(ParkedItem item);
  void forget(const std::string& source, uint64_t delivery);
  bool holds(const std::string& source, uint64_t delivery,
             const std::vector<ParkedItem>& items) const;
  bool empty_without(const std::string& source, uint64_t delivery) const;

  static constexpr size_t kListedMax = 1'000;
  static constexpr int kAttemptsMax = 16;  ///< of a change that other nodes are always ahead of

  std::unique_ptr<io::RecordLog> log_;
  bool readable_ = true;
  std::unordered_set<uint64_t>
      seen_;  ///< hashes of (source, delivery, item): append()'s thread only
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<ParkedItem>> sources_;  ///< oldest first; guarded by mutex_
};

}  // namespace holdfast::intake
