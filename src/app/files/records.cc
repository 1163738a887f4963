#include "app/files/records.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/files/csv.h"
#include "base/hash.h"
#include "json/value.h"

namespace holdfast::app {
namespace {

/// "Occurred at" is occurred_at.
std::string field_of(std::string_view heading) {
  std::string field(heading);
  for (char& c : field) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ' || c == '-') c = '_';
  }
  return field;
}

bool is_known(const std::vector<std::string_view>& known, std::string_view field) {
  return std::ranges::find(known, field) != known.end();
}

/// The header's fields by column; empty for a column that is left out.
std::vector<std::string> read_header(const InputFile& file, const CsvRecord& header,
                                     const std::vector<std::string_view>& known,
                                     bool ignore_columns, std::vector<BadLine>* bad) {
  std::vector<std::string> columns;
  for (const std::string& heading : header.cells) {
    std::string field = field_of(heading);
    const bool is_twice = std::ranges::find(columns, field) != columns.end();
    if (!is_known(known, field)) {
      if (!ignore_columns) {
        bad->push_back(
            {file.name, header.line, heading,
             fmt::format("is no field; the fields are {}. Rename the column, or leave such "
                         "columns out with --ignore-columns",
                         fmt::join(known, ", "))});
      }
      field.clear();
    } else if (is_twice) {
      bad->push_back(
          {file.name, header.line, heading, "stands twice in the header: remove one column"});
    }
    columns.push_back(std::move(field));
  }
  return columns;
}

std::vector<Record> read_csv(const InputFile& file, const std::vector<std::string_view>& known,
                             bool ignore_columns, std::vector<BadLine>* bad) {
  std::vector<Record> records;
  CsvReader reader(file.text);
  CsvRecord row;
  if (!reader.next(&row)) {
    bad->push_back({file.name, 1, {}, "the file is empty: the first line must name the fields"});
    return records;
  }
  const size_t bad_before = bad->size();
  const std::vector<std::string> columns = read_header(file, row, known, ignore_columns, bad);
  if (bad->size() > bad_before) return records;  // every line would only say the same again
  while (reader.next(&row)) {
    if (row.cells.size() != columns.size() && row.mistake.empty()) {
      row.mistake =
          fmt::format("has {} cells, the header has {}: is a separator or a quote missing?",
                      row.cells.size(), columns.size());
    }
    if (!row.mistake.empty()) {
      bad->push_back({file.name, row.line, {}, row.mistake});
      continue;
    }
    Record record{row.line, {}};
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].empty() && !row.cells[i].empty())
        record.fields.emplace(columns[i], std::move(row.cells[i]));
    }
    if (!record.fields.empty()) records.push_back(std::move(record));
  }
  return records;
}

std::vector<Record> read_json(const InputFile& file, const std::vector<std::string_view>& known,
                              std::vector<BadLine>* bad) {
  std::vector<Record> records;
  for_each_line(file.text, [&](uint64_t line, std::string_view text) {
    const Result<json::Value> value = json::parse_value(text);
    if (!value || !value->is_object()) {
      bad->push_back({file.name, line, {}, value ? "must be a JSON object" : value.error().detail});
      return;
    }
    Record record{line, {}};
    for (const auto& [name, member] : value->members()) {
      const auto flag = member.as_bool();
      const auto text_value = flag ? std::string(*flag ? "true" : "false") : member.as_text();
      if (!is_known(known, name)) {
        bad->push_back({file.name, line, name,
                        fmt::format("is no field; the fields are {}", fmt::join(known, ", "))});
      } else if (!text_value && !member.is_null()) {
        bad->push_back({file.name, line, name, "must be a text or a whole number"});
      } else if (text_value && !text_value->empty()) {
        record.fields.emplace(name, *text_value);
      }
    }
    records.push_back(std::move(record));
  });
  return records;
}

}  // namespace

std::string Record::text_of(std::string_view field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? std::string() : found->second;
}

Result<InputFile> read_input(const std::string& path, const std::string& format) {
  InputFile file;
  file.name = path == "-" ? "standard input" : path;
  if (path == "-") {
    file.text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream in(path, std::ios::binary);
    if (in) file.text.assign(std::istreambuf_iterator<char>(in), {});
    if (!in)
      return fail(ErrorCode::kIo, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  if (file.text.size() > InputFile::kBytesMax)
    return fail(ErrorCode::kIo, fmt::format("'{}' is larger than 2 GiB: split it", path));
  const size_t first = file.text.find_first_not_of(" \t\r\n");
  file.is_json =
      format.empty() ? first != std::string::npos && file.text[first] == '{' : format == "ndjson";
  return file;
}

std::string content_id(std::span<const InputFile> files) {
  std::string sums;
  for (const InputFile& file : files) {
    const Hash128 hash = hash128(file.text);
    sums += fmt::format("{:016x}{:016x}", hash.high, hash.low);
  }
  if (files.size() == 1) return sums;
  const Hash128 hash = hash128(sums);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::vector<Record> read_records(const InputFile& file, const std::vector<std::string_view>& known,
                                 bool ignore_columns, std::vector<BadLine>* bad) {
  return file.is_json ? read_json(file, known, bad) : read_csv(file, known, ignore_columns, bad);
}

}  // namespace holdfast::app
