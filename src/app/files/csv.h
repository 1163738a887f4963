// Comma-separated values (RFC 4180) as spreadsheets write them: quotes, line breaks inside quotes,
// CRLF, a byte order mark, and `;` or a tab where the sheet's country puts one.
//
// Used by import. Confined to one thread; the text outlives the reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::app {

struct CsvRecord {
  uint64_t line = 0;  ///< where it starts, from 1
  std::vector<std::string> cells;
  std::string mistake;  ///< why the cells are not to be trusted; empty: they are
};

class CsvReader {
 public:
  /// The separator is the one of `,` `;` and tab that the first line has most of.
  explicit CsvReader(std::string_view text);
  /// The next record that is not an empty line; false at the end.
  bool next(CsvRecord* record);

 private:
  bool read_cell(CsvRecord* record);
  void end_line();

  std::string_view text_;
  size_t at_ = 0;
  uint64_t line_ = 1;
  char separator_ = ',';
};

/// The cell as one: in quotes where it has to be.
std::string csv_cell(std::string_view text);

}  // namespace holdfast::app
