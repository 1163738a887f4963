#include "json/value.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "json/document.h"
#include "json/fields.h"
#include "json/place.h"
#include "json/print.h"

namespace holdfast::json {

using simdjson::dom::element;
using simdjson::dom::element_type;

namespace {

/// Stands before the digits of an integer that was put into quotes.
constexpr std::string_view kIntegerMark = "\x01integer ";

/// True for an integer that is well-formed and beyond what simdjson reads as one.
bool is_large_integer(std::string_view token) {
  const std::string_view digits = token.substr(token.starts_with('-') ? 1 : 0);
  if (digits.size() < 19 || digits.front() == '0') return false;
  if (digits.find_first_not_of("0123456789") != digits.npos) return false;
  const auto fits = [&](auto number) {
    return std::from_chars(token.data(), token.data() + token.size(), number).ec == std::errc();
  };
  return !fits(int64_t{0}) && !fits(uint64_t{0});
}

/// True where what came before `rest` stands in the place of a member's name: no number does.
bool names_member(std::string_view rest) {
  const size_t next = rest.find_first_not_of(" \t\r\n");
  return next != rest.npos && rest[next] == ':';
}

/// The text with such integers as marked strings; empty if it has none. For text that did not parse.
std::string quote_large_integers(std::string_view text) {
  std::string quoted;
  size_t copied = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
      ++at;
      continue;
    }
    const size_t end = std::min(text.find_first_not_of("+-.0123456789Ee", at), text.size());
    if (is_large_integer(text.substr(at, end - at)) && !names_member(text.substr(end))) {
      quoted += text.substr(copied, at - copied);
      quoted += fmt::format("\"\\u0001integer {}\"", text.substr(at, end - at));
      copied = end;
    }
    at = std::max(end, at + 1);
  }
  if (copied > 0) quoted += text.substr(copied);
  return quoted;
}

}  // namespace

/// Copies a simdjson document into a tree that owns itself. Depth is bounded by the parser.
class ValueBuilder {
 public:
  bool build(element from, const Place& place, Value* out) {
    switch (from.type()) {
      case element_type::NULL_VALUE: return true;
      case element_type::BOOL:
        out->kind_ = Value::Kind::kBool;
        out->bool_ = from.get_bool().value_unsafe();
        return true;
      case element_type::INT64:
        out->kind_ = Value::Kind::kInteger;
        out->integer_ = from.get_int64().value_unsafe();
        return true;
      case element_type::UINT64:
        out->kind_ = Value::Kind::kNumber;
        out->number_ = from.get_double().value_unsafe();
        out->text_ = std::to_string(from.get_uint64().value_unsafe());
        return true;
      case element_type::DOUBLE:
        out->kind_ = Value::Kind::kNumber;
        out->number_ = from.get_double().value_unsafe();
        return true;
      case element_type::STRING:
        string(from.get_string().value_unsafe(), out);
        return true;
      case element_type::ARRAY: return array(from.get_array().value_unsafe(), place, out);
      case element_type::OBJECT: return object(from.get_object().value_unsafe(), place, out);
    }
    return true;
  }
  Error take_error() { return std::move(error_); }
  /// Strings with kIntegerMark are integers.
  void expect_marks() { has_marks_ = true; }

 private:
  void string(std::string_view from, Value* out) {
    const bool marked = has_marks_ && from.starts_with(kIntegerMark) &&
                        is_large_integer(from.substr(kIntegerMark.size()));
    out->kind_ = marked ? Value::Kind::kNumber : Value::Kind::kString;
    out->text_ = marked ? from.substr(kIntegerMark.size()) : from;
    if (marked) out->number_ = std::strtod(out->text_.c_str(), nullptr);
  }

  bool array(simdjson::dom::array from, const Place& place, Value* out) {
    out->kind_ = Value::Kind::kArray;
    out->items_.reserve(from.size());
    size_t index = 0;
    for (const element item : from) {
      if (!build(item, place.element(index++), &out->items_.emplace_back())) return false;
    }
    return true;
  }

  bool object(simdjson::dom::object from, const Place& place, Value* out) {
    out->kind_ = Value::Kind::kObject;
    out->members_.reserve(from.size());
    for (const auto member : from) {
      Value::Member& added = out->members_.emplace_back(std::string(member.key), Value());
      if (!build(member.value, place.member(member.key), &added.second)) return false;
    }
    return no_duplicates(*out, place);
  }

  bool no_duplicates(const Value& value, const Place& place) {
    std::vector<std::string_view> names;
    names.reserve(value.members_.size());
    for (const Value::Member& member : value.members_) names.push_back(member.first);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return true;
    error_ = Error{ErrorCode::kDuplicateField, fmt::format("{} is there twice", in_quotes(*twice)),
                   place.member(*twice).pointer()};
    return false;
  }

  bool has_marks_ = false;
  Error error_;
};

Result<Value> parse_value(std::string_view text) {
  ValueBuilder builder;
  auto root = parse_document(text);
  if (!root) {
    const std::string quoted = quote_large_integers(text);
    auto again = quoted.empty() ? root : parse_document(quoted);
    if (!again) return fail(std::move(root).error());
    root = std::move(again);
    builder.expect_marks();
  }
  Value value;
  if (!builder.build(*root, Place(), &value)) return fail(builder.take_error());
  return value;
}

std::optional<bool> Value::as_bool() const {
  if (kind_ != Kind::kBool) return std::nullopt;
  return bool_;
}
std::optional<int64_t> Value::as_integer() const {
  if (kind_ != Kind::kInteger) return std::nullopt;
  return integer_;
}
std::optional<double> Value::as_number() const {
  if (kind_ == Kind::kInteger) return static_cast<double>(integer_);
  if (kind_ == Kind::kNumber) return number_;
  return std::nullopt;
}
std::optional<std::string_view> Value::as_string() const {
  if (kind_ != Kind::kString) return std::nullopt;
  return text_;
}
std::optional<std::string> Value::as_text() const {
  if (kind_ == Kind::kString) return text_;
  if (kind_ == Kind::kInteger) return std::to_string(integer_);
  if (kind_ == Kind::kNumber && !text_.empty()) return text_;
  return std::nullopt;
}

const std::vector<Value>& Value::items() const { return items_; }
const std::vector<Value::Member>& Value::members() const { return members_; }

const Value* Value::get(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}
const Value* Value::at(size_t index) const {
  return index < items_.size() ? &items_[index] : nullptr;
}

namespace {

/// One step of a pointer with `~1` and `~0` undone; false for another `~`.
bool unescape_step(std::string_view step, std::string* out) {
  out->clear();
  for (size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      out->push_back(step[i]);
      continue;
    }
    if (++i == step.size() || (step[i] != '0' && step[i] != '1')) return false;
    out->push_back(step[i] == '0' ? '~' : '/');
  }
  return true;
}

const Value* step_into(const Value& value, std::string_view step) {
  if (!value.is_array()) return value.get(step);
  size_t index = 0;
  if (step.empty() || (step.size() > 1 && step.front() == '0')) return nullptr;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (error != std::errc() || end != step.data() + step.size()) return nullptr;
  return value.at(index);
}

}  // namespace

const Value* Value::find(std::string_view pointer) const {
  const Value* value = this;
  std::string step;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    if (!unescape_step(pointer.substr(0, end), &step)) return nullptr;
    value = step_into(*value, step);
    if (value == nullptr) return nullptr;
    pointer.remove_prefix(end);
  }
  return value;
}

namespace {

void append_value(std::string* out, const Value& value);

void append_array(std::string* out, const Value& value) {
  out->push_back('[');
  for (size_t i = 0; i < value.items().size(); ++i) {
    if (i > 0) out->push_back(',');
    append_value(out, value.items()[i]);
  }
  out->push_back(']');
}

void append_object(std::string* out, const Value& value) {
  out->push_back('{');
  for (size_t i = 0; i < value.members().size(); ++i) {
    if (i > 0) out->push_back(',');
    print_text(out, value.members()[i].first);
    out->push_back(':');
    append_value(out, value.members()[i].second);
  }
  out->push_back('}');
}

void append_value(std::string* out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull: out->append("null"); break;
    case Value::Kind::kBool: out->append(*value.as_bool() ? "true" : "false"); break;
    case Value::Kind::kInteger: print_integer(out, *value.as_integer()); break;
    case Value::Kind::kNumber: {
      if (const auto digits = value.as_text()) {  // beyond int64
        out->append(*digits);
        break;
      }
      // Shortest text that reads back as the same double; "-0" or "2" would read back as an integer.
      const std::string text = fmt::format("{}", *value.as_number());
      out->append(text);
      if (text.find_first_of(".e") == text.npos) out->append(".0");
      break;
    }
    case Value::Kind::kString: print_text(out, *value.as_string()); break;
    case Value::Kind::kArray: append_array(out, value); break;
    case Value::Kind::kObject: append_object(out, value); break;
  }
}

}  // namespace

std::string Value::to_text() const {
  std::string text;
  append_value(&text, *this);
  return text;
}

}  // namespace holdfast::json
