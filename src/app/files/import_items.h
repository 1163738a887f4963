// Files of facts as the commands that go to /v1/batch: one a line, each with a key of its own, so
// that the same file told twice counts once.
//
// Used by import. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/files/records.h"

namespace holdfast::app {

/// One command of a file: a JSON object on one line.
struct ImportItem {
  std::string file;
  uint64_t line = 0;  ///< where it stands, or begins
  std::string body;
};

struct ImportItems {
  std::vector<ImportItem> items;
  std::vector<BadLine> bad;
};

/// What a CSV file leaves out of every line.
struct ImportDefaults {
  std::string type, location, channel, occurred_at;
  bool ignore_columns = false;
};

/// The file's facts. A line without an idempotency_key gets "import-{id}-{line}". NDJSON goes as it
/// is; of CSV, neighbouring lines of one order.placed or order.changed are one snapshot.
ImportItems read_facts(const InputFile& file, const std::string& id,
                       const ImportDefaults& defaults);

/// The text as a whole number; nullopt for anything else.
std::optional<int64_t> whole_number(std::string_view text);

}  // namespace holdfast::app
