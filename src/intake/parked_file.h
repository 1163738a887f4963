// Deliveries that were signed and understood to be for us but could not be booked: kept with their reason
// until an operator has mended the cause. Append-only, `intake.log` in the data directory.
//
// Confined to one thread for append(); list() is thread-safe.
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
#include "io/record_file.h"

namespace holdfast::intake {

struct ParkedItem {
  std::string source;
  std::string delivery_id;
  ErrorCode code = ErrorCode::kNone;
  std::string reason;
  std::string item;        ///< JSON text as it came
  Timestamp at;
};

class ParkedFile {
 public:
  static constexpr uint64_t kBytesMax = 256ull << 20;

  /// Makes the file when absent. kCorrupt when what was acknowledged does not verify.
  static Result<std::unique_ptr<ParkedFile>> open(io::FileSystem& files, const std::string& path);

  /// Durable on return. An item already there (same source, delivery and text) is not added again.
  /// kStorageFull at the size limit; kIo: nothing is promised.
  Status append(const std::vector<ParkedItem>& items);
  std::vector<ParkedItem> list(const std::string& source) const;  ///< the newest 1,000, newest first
  size_t count(const std::string& source) const;

 private:
  ParkedFile() = default;
  void remember(ParkedItem item);

  static constexpr size_t kListedMax = 1'000;
  struct Source {
    size_t count = 0;
    std::deque<ParkedItem> newest;  ///< the last kListedMax, oldest first
  };

  std::unique_ptr<io::RecordFile> file_;
  std::unordered_set<uint64_t> seen_;  ///< hashes of (source, delivery, item): append()'s thread only
  mutable std::mutex mutex_;
  std::map<std::string, Source> sources_;  ///< guarded by mutex_
};

}  // namespace holdfast::intake
