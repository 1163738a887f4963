// Deliveries that were signed and understood to be for us but could not be booked: kept with their reason
// until an operator has mended the cause. Append-only, `intake.log` in the data directory.
//
// Confined to one thread for append(); list() is thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
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
  explicit ParkedFile(std::unique_ptr<io::RecordFile> file) : file_(std::move(file)) {}
  bool remember(const ParkedItem& item);

  std::unique_ptr<io::RecordFile> file_;
  struct Index;
  mutable std::mutex mutex_;
  std::shared_ptr<Index> index_;
};

}  // namespace holdfast::intake
