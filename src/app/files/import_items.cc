#include "app/files/import_items.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "app/commands/output.h"
#include "json/value.h"
#include "model/limits.h"

namespace holdfast::app {
namespace {

constexpr std::string_view kHeadFields[] = {"type",        "channel",      "order",  "location",
                                            "reference",   "reason",       "from",   "to",
                                            "fulfillment", "cancellation", "return", "occurred_at"};
constexpr std::string_view kLineTexts[] = {"line", "sku", "state"};
constexpr std::string_view kLineNumbers[] = {"quantity", "total",     "counted",
                                             "delta",    "set",       "expected",
                                             "ordered",  "cancelled", "written_off"};
constexpr std::string_view kFlags[] = {"final", "restock"};

std::vector<std::string_view> known_fields() {
  std::vector<std::string_view> known;
  std::ranges::copy(kHeadFields, std::back_inserter(known));
  std::ranges::copy(kLineTexts, std::back_inserter(known));
  std::ranges::copy(kLineNumbers, std::back_inserter(known));
  std::ranges::copy(kFlags, std::back_inserter(known));
  known.insert(known.end(), {"version", "idempotency_key"});
  return known;
}

std::optional<bool> yes_or_no(std::string_view text) {
  if (text == "true" || text == "yes" || text == "1") return true;
  if (text == "false" || text == "no" || text == "0") return false;
  return std::nullopt;
}

/// What a line without a type must be, by the numbers it has.
std::string type_of(const Record& record) {
  if (record.fields.contains("counted")) return "stock.counted";
  if (record.fields.contains("delta") || record.fields.contains("set")) return "stock.adjusted";
  if (record.fields.contains("expected")) return "stock.expected";
  return {};
}

void set_default(Record* record, const char* field, const std::string& value) {
  if (!value.empty()) record->fields.try_emplace(field, value);
}

bool is_snapshot(const Record& record) {
  const std::string type = record.text_of("type");
  return type == "order.placed" || type == "order.changed";
}

/// A neighbouring line about the same snapshot of the same order.
bool belongs_to(const Record& first, const Record& next) {
  if (!is_snapshot(first) || next.fields.contains("idempotency_key")) return false;
  for (const char* field : {"type", "channel", "order", "version", "occurred_at", "restock"}) {
    if (first.text_of(field) != next.text_of(field)) return false;
  }
  return true;
}

class FactWriter {
 public:
  FactWriter(const InputFile& file, std::string id, std::vector<BadLine>* bad)
      : file_(file), id_(std::move(id)), bad_(bad) {}

  /// One command of the records [begin, end), which share what is no line's own.
  std::optional<ImportItem> write(const Record* begin, const Record* end) {
    const size_t bad_before = bad_->size();
    std::string members = head_members(*begin);
    if (end - begin == 1) {
      print_member(&members, "location", begin->text_of("location"));
      members += line_members(*begin);
    } else {
      members += ",\"lines\":[";
      for (const Record* record = begin; record != end; ++record) {
        std::string line = line_members(*record);
        print_member(&line, "location", record->text_of("location"));
        members += (record == begin ? "" : ",") + to_object(line);
      }
      members += "]";
    }
    if (bad_->size() > bad_before) return std::nullopt;
    return ImportItem{file_.name, begin->line, to_object(members)};
  }

 private:
  void mistake(const Record& record, std::string_view field, std::string what) {
    bad_->push_back({file_.name, record.line, std::string(field), std::move(what)});
  }

  std::string head_members(const Record& record) {
    std::string members;
    for (const std::string_view field : kHeadFields) {
      if (field != "location") print_member(&members, field, record.text_of(field));
    }
    const std::string version = record.text_of("version");
    if (const auto number = whole_number(version)) {
      print_member(&members, "version", number);
    } else {
      print_member(&members, "version", version);
    }
    for (const std::string_view field : kFlags) {
      const std::string text = record.text_of(field);
      if (text.empty()) continue;
      const auto flag = yes_or_no(text);
      if (!flag) mistake(record, field, fmt::format("'{}' must be true or false", text));
      members += fmt::format(",\"{}\":{}", field, flag.value_or(false));
    }
    std::string key = record.text_of("idempotency_key");
    if (key.empty()) key = fmt::format("import-{}-{}", id_, record.line);
    print_member(&members, "idempotency_key", key);
    return members;
  }

  std::string line_members(const Record& record) {
    std::string members;
    for (const std::string_view field : kLineTexts)
      print_member(&members, field, record.text_of(field));
    for (const std::string_view field : kLineNumbers) {
      const std::string text = record.text_of(field);
      if (text.empty()) continue;
      const auto number = whole_number(text);
      if (!number)
        mistake(record, field, fmt::format("'{}' must be a whole number such as 12", text));
      print_member(&members, field, number);
    }
    return members;
  }

  const InputFile& file_;
  const std::string id_;
  std::vector<BadLine>* bad_;
};

ImportItems read_csv_facts(const InputFile& file, const std::string& id,
                           const ImportDefaults& defaults) {
  ImportItems result;
  std::vector<Record> records =
      read_records(file, known_fields(), defaults.ignore_columns, &result.bad);
  for (Record& record : records) {
    set_default(&record, "type", defaults.type.empty() ? type_of(record) : defaults.type);
    set_default(&record, "location", defaults.location);
    set_default(&record, "channel", defaults.channel);
    set_default(&record, "occurred_at", defaults.occurred_at);
    if (!record.fields.contains("type")) {
      result.bad.push_back(
          {file.name, record.line, "type",
           "is missing: name it in a column (stock.counted, stock.received …), or for "
           "all lines with --type"});
    }
  }
  std::erase_if(records, [](const Record& record) { return !record.fields.contains("type"); });
  FactWriter writer(file, id, &result.bad);
  for (size_t begin = 0; begin < records.size();) {
    size_t end = begin + 1;
    while (end < records.size() && end - begin < limits::kLinesMax &&
           belongs_to(records[begin], records[end]))
      ++end;
    auto item = writer.write(&records[begin], records.data() + end);
    if (item) result.items.push_back(std::move(*item));
    begin = end;
  }
  return result;
}

ImportItems read_json_facts(const InputFile& file, const std::string& id) {
  ImportItems result;
  for_each_line(file.text, [&](uint64_t line, std::string_view text) {
    const Result<json::Value> value = json::parse_value(text);
    if (!value || !value->is_object()) {
      result.bad.push_back(
          {file.name, line, {}, value ? "must be a JSON object" : value.error().detail});
      return;
    }
    std::string body(text.substr(text.find('{')));
    if (value->get("idempotency_key") == nullptr) {
      std::string key = fmt::format("\"idempotency_key\":\"import-{}-{}\"", id, line);
      if (!value->members().empty()) key += ",";
      body.insert(1, key);
    }
    result.items.push_back({file.name, line, std::move(body)});
  });
  return result;
}

}  // namespace

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

ImportItems read_facts(const InputFile& file, const std::string& id,
                       const ImportDefaults& defaults) {
  return file.is_json ? read_json_facts(file, id) : read_csv_facts(file, id, defaults);
}

}  // namespace holdfast::app
