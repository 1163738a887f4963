// A file of records as people keep it, read line by line: CSV with a header that names fields, or
// NDJSON.
//
// Used by import. What is wrong is collected with its line and field; nothing here talks to a
// server.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holdfast::app {

/// One mistake in a file, as its writer can find it.
struct BadLine {
  std::string file;
  uint64_t line = 0;
  std::string field;  ///< empty: the whole line
  std::string what;   ///< with the remedy
};

struct Record {
  uint64_t line = 0;
  std::map<std::string, std::string, std::less<>> fields;  ///< without the empty ones
  std::string text_of(std::string_view field) const;
};

struct InputFile {
  static constexpr size_t kBytesMax = size_t{2} << 30;
  std::string name;  ///< as the messages call it
  std::string text;
  bool is_json = false;  ///< NDJSON
};

/// `-` is standard input. `format`: csv, ndjson, or empty = by the first character. kIo names the
/// file.
Result<InputFile> read_input(const std::string& path, const std::string& format);

/// Names a file by what is in it: the same content always has the same.
std::string content_id(std::span<const InputFile> files);

/// Every record whose fields are among `known`. CSV: a column that is none is a mistake, unless
/// `ignore_columns`; NDJSON: members must be texts, whole numbers or booleans.
std::vector<Record> read_records(const InputFile& file, const std::vector<std::string_view>& known,
                                 bool ignore_columns, std::vector<BadLine>* bad);

/// Calls `visit(line, text)` for every line of NDJSON that is not blank.
template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  uint64_t number = 1;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
      line.remove_suffix(1);
    if (!line.empty()) visit(number, line);
    begin = end + 1;
  }
}

}  // namespace holdfast::app
