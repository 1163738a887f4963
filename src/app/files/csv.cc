#include "app/files/csv.h"

#include <algorithm>

namespace holdfast::app {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks = " \t";

char separator_of(std::string_view first_line) {
  char best = ',';
  for (const char candidate : {';', '\t'}) {
    if (std::ranges::count(first_line, candidate) > std::ranges::count(first_line, best))
      best = candidate;
  }
  return best;
}

/// Spreadsheets leave blanks at the ends of what was typed; names have none there.
std::string trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const size_t end = text.find_last_not_of(kBlanks);
  return std::string(text.substr(begin, end == std::string_view::npos ? 0 : end + 1 - begin));
}

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  separator_ = separator_of(text_.substr(0, text_.find('\n')));
}

bool CsvReader::next(CsvRecord* record) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) end_line();
  if (at_ >= text_.size()) return false;
  *record = CsvRecord{line_, {}, {}};
  while (read_cell(record)) {
  }
  end_line();
  return true;
}

/// Takes one cell and the separator behind it; false when it was the line's last.
bool CsvReader::read_cell(CsvRecord* record) {
  const size_t begin = std::min(text_.find_first_not_of(' ', at_), text_.size());
  if (begin == text_.size() || text_[begin] != '"') {
    const size_t end =
        std::min(text_.find_first_of(std::string{separator_, '\n', '\r'}, at_), text_.size());
    record->cells.push_back(trimmed(text_.substr(at_, end - at_)));
    at_ = end;
  } else {
    std::string cell;
    at_ = begin + 1;
    for (;; ++at_) {
      if (at_ == text_.size()) {
        record->mistake = "a quote is opened and never closed";
        break;
      }
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == '"') {
        if (text_.substr(at_ + 1, 1) != "\"") break;
        ++at_;  // two of them stand for one
      }
      cell.push_back(text_[at_]);
    }
    at_ = std::min(at_ + 1, text_.size());
    const size_t end =
        std::min(text_.find_first_of(std::string{separator_, '\n', '\r'}, at_), text_.size());
    if (!trimmed(text_.substr(at_, end - at_)).empty())
      record->mistake = "something stands behind a closing quote: inside quotes write \"\" for one";
    record->cells.push_back(trimmed(cell));
    at_ = end;
  }
  if (at_ >= text_.size() || text_[at_] != separator_) return false;
  ++at_;
  return true;
}

void CsvReader::end_line() {
  if (text_.substr(at_, 2) == "\r\n") ++at_;
  if (at_ < text_.size()) ++at_;
  ++line_;
}

std::string csv_cell(std::string_view text) {
  const bool is_plain = text.find_first_of(",;\"\t\r\n") == std::string_view::npos &&
                        !text.starts_with(' ') && !text.ends_with(' ');
  if (is_plain) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + "\"";
}

}  // namespace holdfast::app
