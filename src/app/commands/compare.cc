// `holdfast sink compare`: ours and theirs, side by side; first, if given, files of what the
// channel shows are told: `sku,location,available`, or the shop's own inventory export.
#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/files/csv.h"
#include "app/files/records.h"
#include "json/print.h"

namespace holdfast::app {
namespace {

constexpr size_t kLevelsPerRequest = 1'000;
constexpr size_t kNoColumn = SIZE_MAX;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : static_cast<char>(c);
  });
  return text;
}

std::optional<int64_t> integer_of(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// "Available (not editable)" is how a shop's export calls it.
size_t column_of(const CsvRecord& header, std::string_view name) {
  for (size_t i = 0; i < header.cells.size(); ++i) {
    if (lower(header.cells[i]).starts_with(name)) return i;
  }
  return kNoColumn;
}

/// "NAME=ours", as given by --location.
Result<std::map<std::string, std::string>> place_names(const std::vector<std::string>& given) {
  std::map<std::string, std::string> names;
  for (const std::string& pair : given) {
    const size_t equals = pair.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
      return fail(ErrorCode::kInvalidValue,
                  fmt::format("--location {}: write the channel's name for it and ours, as in "
                              "\"Main street=berlin\"",
                              pair));
    }
    names[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return names;
}

/// The file's levels as JSON objects; two places that are one of ours are summed. A cell that is no
/// number says that nothing is stocked there.
Result<std::vector<std::string>> read_levels(const InputFile& file,
                                             const std::map<std::string, std::string>& names) {
  const auto bad = [&](uint64_t line, const std::string& what) {
    return fail(ErrorCode::kInvalidValue, fmt::format("{}:{}: {}", file.name, line, what));
  };
  CsvReader reader(file.text);
  CsvRecord record;
  if (!reader.next(&record)) return bad(1, "the file is empty");
  const size_t sku_at = column_of(record, "sku");
  const size_t place_at = column_of(record, "location");
  const size_t number_at = column_of(record, "available");
  if (sku_at == kNoColumn || number_at == kNoColumn) {
    return bad(record.line, "the first line must name sku and available, and may name location");
  }
  std::map<std::pair<std::string, std::string>, int64_t> sums;
  while (reader.next(&record)) {
    if (!record.mistake.empty()) return bad(record.line, record.mistake);
    const auto cell = [&](size_t at) {
      return at < record.cells.size() ? record.cells[at] : std::string();
    };
    const std::string sku = cell(sku_at);
    const std::string number = cell(number_at);
    if (sku.empty() || number.empty() || lower(number) == "not stocked") continue;
    const auto available = integer_of(number);
    if (!available) return bad(record.line, fmt::format("available is '{}', no integer", number));
    std::string place = cell(place_at);
    if (!names.empty() && !place.empty()) {
      const auto ours = names.find(place);
      if (ours == names.end()) {
        return bad(record.line,
                   fmt::format("location '{}' is not ours: add --location '{}=…'", place, place));
      }
      place = ours->second;
    }
    sums[{sku, place}] += *available;
  }
  std::vector<std::string> levels;
  for (const auto& [key, available] : sums) {
    std::string level;
    print_member(&level, "sku", key.first);
    print_member(&level, "location", key.second);
    print_member(&level, "available", available);
    levels.push_back(to_object(level));
  }
  return levels;
}

class Comparing {
 public:
  Comparing(const SinkArguments& arguments, const ServerArguments& server, bool json)
      : arguments_(arguments),
        client_(connect(server)),
        path_("/v1/sinks/" + percent_encode(arguments.name) + "/comparison"),
        json_(json) {}

  int run() {
    if (const Status told = tell_files(); !told) return report(told.error(), json_);
    for (const std::string& state : states()) {
      if (const Status listed = list(state); !listed) return report(listed.error(), json_);
    }
    print();
    return drifts_ ? kExitFailed : kExitOk;
  }

 private:
  std::vector<std::string> states() const {
    if (!arguments_.states.empty()) return arguments_.states;
    return {"drift", "untracked"};
  }

  Status tell_files() {
    HF_ASSIGN(names, place_names(arguments_.locations));
    for (const std::string& path : arguments_.files) {
      HF_ASSIGN(file, read_input(path, "csv"));
      HF_ASSIGN(levels, read_levels(file, names));
      for (size_t from = 0; from < levels.size(); from += kLevelsPerRequest) {
        const size_t to = std::min(levels.size(), from + kLevelsPerRequest);
        const std::vector<std::string> some(levels.begin() + static_cast<ptrdiff_t>(from),
                                            levels.begin() + static_cast<ptrdiff_t>(to));
        HF_ASSIGN(answer,
                  client_.post(path_, fmt::format("{{\"levels\":[{}]}}", fmt::join(some, ","))));
        HF_TRY(check(answer));
      }
    }
    return {};
  }

  /// All pages of one state.
  Status list(const std::string& state) {
    std::string cursor;
    do {
      std::string path = fmt::format("{}?limit=1000&state={}", path_, percent_encode(state));
      if (!cursor.empty()) path += "&cursor=" + percent_encode(cursor);
      HF_ASSIGN(answer, client_.get(path));
      HF_TRY(check(answer));
      HF_ASSIGN(page, json::parse_value(answer.body));
      if (const json::Value* rows = page.get("rows")) {
        for (const json::Value& row : rows->items()) add(row);
      }
      if (const json::Value* counts = page.get("counts")) {
        counts_ = counts->to_text();
        drifts_ = counts->get("drift") != nullptr && counts->get("drift")->as_integer() != 0;
      }
      cursor = text_of(page, "next_cursor");
    } while (!cursor.empty());
    return {};
  }

  void add(const json::Value& row) {
    json_rows_.push_back(row.to_text());
    std::vector<std::string> cells;
    for (const std::string& column : rows_.front()) cells.push_back(text_of(row, column));
    rows_.push_back(std::move(cells));
  }

  static Status check(const HttpAnswer& answer) {
    if (answer.ok()) return {};
    const auto problem = json::parse_value(answer.body);
    return fail(ErrorCode::kInvalidValue,
                problem ? text_of(*problem, "detail") + " " + text_of(*problem, "pointer")
                        : fmt::format("the server answered {}", answer.status));
  }

  void print() const {
    if (json_) {
      print_out(
          fmt::format("{{\"counts\":{},\"rows\":[{}]}}\n", counts_, fmt::join(json_rows_, ",")));
      return;
    }
    if (rows_.size() > 1) print_out(to_table(rows_, 3) + "\n");
    const auto counts = json::parse_value(counts_);
    std::string line;
    for (const auto& [name, value] : counts ? counts->members() : json::Value{}.members()) {
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", text_of(*counts, name), name);
    }
    print_out(line + "\n");
  }

  const SinkArguments& arguments_;
  HttpClient client_;
  const std::string path_;
  const bool json_;
  bool drifts_ = false;
  std::string counts_ = "{}";
  std::vector<std::string> json_rows_;
  std::vector<std::vector<std::string>> rows_{
      {"sku", "location", "state", "ours", "theirs", "difference", "observed_at"}};
};

}  // namespace

int run_compare(const SinkArguments& arguments, const ServerArguments& server, bool json) {
  return Comparing(arguments, server, json).run();
}

}  // namespace holdfast::app
