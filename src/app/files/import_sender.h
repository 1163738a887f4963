// Tells a server the commands of a file, a chunk at a time, and keeps count of what became of each.
//
// Used by import. Every command carries its own key, so a chunk without an answer is sent again as
// it is. Confined to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app/client/http_client.h"
#include "app/files/import_items.h"
#include "app/files/progress.h"
#include "json/value.h"

namespace holdfast::app {

struct ImportCounts {
  uint64_t recorded = 0;
  uint64_t already_there = 0;  ///< told before, or changes nothing
  uint64_t refused = 0;
};

class ImportSender {
 public:
  /// `check`: the server answers as if and writes nothing.
  ImportSender(HttpClient& client, bool check, Progress& progress)
      : client_(client), check_(check), progress_(progress) {}

  /// Sends them in order. What was refused is in bad(), and the others stand. kIo, kOverloaded,
  /// kStorageFull …: the server cannot go on now; `detail` says at which line, and everything
  /// before it was answered.
  Status send(std::span<const ImportItem> items);

  const ImportCounts& counts() const { return counts_; }
  const std::vector<BadLine>& bad() const { return bad_; }

 private:
  Status send_chunk(std::span<const ImportItem> items);
  Result<size_t> take_answers(std::string_view body, std::span<const ImportItem> items);
  Status take_outcome(const json::Value& outcome, const ImportItem& item);

  HttpClient& client_;
  const bool check_;
  Progress& progress_;
  ImportCounts counts_;
  std::vector<BadLine> bad_;
  uint64_t done_ = 0;
};

}  // namespace holdfast::app
