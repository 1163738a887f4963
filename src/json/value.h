// A JSON value as an immutable tree: for what has no shape of its own, such as a foreign sender's delivery,
// and for reading our own output in tests.
//
// Used by connectors, intake, app (the client commands) and tests. Immutable after parse_value(); const
// members are thread-safe. Integers are exact over all of int64; beyond it they are numbers whose digits as_text() and
// to_text() keep: senders number their documents as they like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holdfast::json {

class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Value>;

  Value() = default;  ///< null

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_object() const { return kind_ == Kind::kObject; }
  bool is_array() const { return kind_ == Kind::kArray; }

  std::optional<bool> as_bool() const;
  /// Only of a number written as an integer that fits int64: 3 is one, 3.0, 3e0 and "3" are not.
  std::optional<int64_t> as_integer() const;
  /// Of any number.
  std::optional<double> as_number() const;
  /// Only of a string; the view lives as long as this value.
  std::optional<std::string_view> as_string() const;
  /// A string as it is, an integer in decimal: how senders write ids either way.
  std::optional<std::string> as_text() const;

  /// Empty unless this is an array.
  const std::vector<Value>& items() const;
  /// In the order written. Empty unless this is an object.
  const std::vector<Member>& members() const;
  /// A member of an object by name, an element of an array by position; null if there is none.
  const Value* get(std::string_view name) const;
  const Value* at(size_t index) const;

  /// RFC 6901: "" is this value, "/lines/0/sku" …; null if it leads nowhere or is no pointer.
  const Value* find(std::string_view pointer) const;

  /// Compact JSON text of this value, members in order.
  std::string to_text() const;

 private:
  friend class ValueBuilder;
  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;  ///< of a string; of a number, the digits of an integer beyond int64
  std::vector<Value> items_;
  std::vector<Member> members_;
};

/// Strict, as parse.h is (but any field names): valid UTF-8, depth ≤ kJsonDepthMax, no duplicate members,
/// nothing after the value. kMalformedJson (with the byte offset), kDuplicateField.
Result<Value> parse_value(std::string_view text);

}  // namespace holdfast::json
