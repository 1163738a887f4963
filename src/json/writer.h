// Appends JSON to a string: commas between members, escaping, nothing else. No allocation of its own.
//
// Used inside json only. Confined to one thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/append.h"
#include "base/time.h"
#include "json/print.h"

namespace holdfast::json {

inline void put(std::string* out, std::string_view text) { append_text(out, text); }
inline void put(std::string* out, char c) {
  append_filled(out, 1, [c](char* at) {
    *at = c;
    return at + 1;
  });
}

/// Nothing in it needs escaping: ASCII without controls, quotes and backslashes.
bool is_plain(std::string_view text);

/// Members of an object or elements of an array, in the order of the calls. Names must need no escaping.
/// Comma, name and value are written in one piece wherever the value's size has a bound.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}

  void open(char bracket) {
    put(out_, bracket);
    first_ = true;
  }
  void close(char bracket) {
    put(out_, bracket);
    first_ = false;
  }
  void comma() {
    if (!first_) put(out_, ',');
    first_ = false;
  }
  template <typename Name>
  void key(const Name& name) {
    member(name, 0, [](char* at) { return at; });
  }

  template <typename Name>
  void text(const Name& name, std::string_view value) {
    if (!is_plain(value)) {
      key(name);
      print_text(out_, value);
      return;
    }
    member(name, value.size() + 2, [value](char* at) {
      *at = '"';
      at = copy_to(at + 1, value);
      *at = '"';
      return at + 1;
    });
  }
  /// Left out if empty.
  template <typename Name>
  void optional_text(const Name& name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  template <typename Name>
  void integer(const Name& name, int64_t value) {
    number(name, value);
  }
  template <typename Name>
  void unsigned_integer(const Name& name, uint64_t value) {
    number(name, value);
  }
  template <typename Name>
  void boolean(const Name& name, bool value) {
    const std::string_view word = value ? "true" : "false";
    member(name, word.size(), [word](char* at) { return copy_to(at, word); });
  }
  /// null where there is none.
  template <typename Name>
  void nullable(const Name& name, const std::optional<int64_t>& value) {
    if (value) {
      number(name, *value);
    } else {
      member(name, 4, [](char* at) { return copy_to(at, "null"); });
    }
  }
  /// Left out if not given.
  template <typename Name>
  void time(const Name& name, Timestamp value) {
    if (!value.has_value()) return;
    key(name);
    put(out_, '"');
    append_rfc3339(out_, value);
    put(out_, '"');
  }

  /// A member that is an object or array: fill it, then close().
  template <typename Name>
  void open_member(const Name& name, char bracket) {
    key(name);
    open(bracket);
  }
  /// An element that is an object or array.
  void open_element(char bracket) {
    comma();
    open(bracket);
  }
  std::string* out() { return out_; }

 private:
  template <size_t N>
  static std::string_view text_of(const char (&literal)[N]) {
    return {literal, N - 1};
  }
  static std::string_view text_of(std::string_view name) { return name; }

  /// `,"name":` and what `fill` writes behind it, at most `most` bytes.
  template <typename Name, typename Fill>
  void member(const Name& given, size_t most, Fill fill) {
    const std::string_view name = text_of(given);
    append_filled(out_, name.size() + 4 + most, [&](char* at) {
      if (!first_) *at++ = ',';
      *at++ = '"';
      at = copy_to(at, name);
      *at++ = '"';
      *at++ = ':';
      return fill(at);
    });
    first_ = false;
  }
  template <typename Name, typename Number>
  void number(const Name& name, Number value) {
    constexpr size_t kDigitsMax = 20;
    member(name, kDigitsMax, [value](char* at) {
      return std::to_chars(at, at + kDigitsMax, value).ptr;
    });
  }

  std::string* out_;
  bool first_ = true;
};

/// Holds or orders a shortfall endangers: [{"id":"cart-1","endangered":2}], `what` being "id".
inline void write_endangered(Writer* out, std::string_view name,
                             const std::vector<std::pair<std::string, int64_t>>& list,
                             std::string_view what) {
  out->open_member(name, '[');
  for (const auto& [whose, units] : list) {
    out->open_element('{');
    out->text(what, whose);
    out->integer("endangered", units);
    out->close('}');
  }
  out->close(']');
}

/// The inside of print_stock(), for writers that add members of their own. An empty `channel` = all.
void write_position_members(Writer* out, const PositionView& position);
void write_stock_members(Writer* out, const StockView& stock, std::string_view channel);

}  // namespace holdfast::json
