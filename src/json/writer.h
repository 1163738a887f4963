// Appends JSON to a string: commas between members, escaping, nothing else. No allocation of its own.
//
// Used inside json only. Confined to one thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "json/print.h"

namespace holdfast::json {

/// Appends without a call into the library while there is room: answers are many small pieces.
inline void put(std::string* out, const char* data, size_t size) {
  const size_t old = out->size();
  if (out->capacity() - old < size) {
    out->append(data, size);
    return;
  }
  out->resize_and_overwrite(old + size, [&](char* text, size_t) {
    std::memcpy(text + old, data, size);
    return old + size;
  });
}
inline void put(std::string* out, std::string_view text) { put(out, text.data(), text.size()); }
inline void put(std::string* out, char c) {
  const size_t old = out->size();
  if (out->capacity() == old) {
    out->push_back(c);
    return;
  }
  out->resize_and_overwrite(old + 1, [&](char* text, size_t) {
    text[old] = c;
    return old + 1;
  });
}

/// Members of an object or elements of an array, in the order of the calls. Names must need no escaping;
/// as literals they are copied in one piece.
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
  template <size_t N>
  void key(const char (&name)[N]) {
    char piece[N + 3] = {',', '"'};  // the comma is skipped by the first
    std::memcpy(piece + 2, name, N - 1);
    piece[N + 1] = '"';
    piece[N + 2] = ':';
    const size_t skip = first_ ? 1 : 0;
    first_ = false;
    put(out_, piece + skip, sizeof piece - skip);
  }
  void key(std::string_view name) {
    comma();
    put(out_, '"');
    put(out_, name);
    put(out_, "\":");
  }

  template <typename Name>
  void text(const Name& name, std::string_view value) {
    key(name);
    print_text(out_, value);
  }
  /// Left out if empty.
  template <typename Name>
  void optional_text(const Name& name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  template <typename Name>
  void integer(const Name& name, int64_t value) {
    key(name);
    print_integer(out_, value);
  }
  template <typename Name>
  void unsigned_integer(const Name& name, uint64_t value) {
    key(name);
    print_unsigned(value);
  }
  template <typename Name>
  void boolean(const Name& name, bool value) {
    key(name);
    put(out_, value ? std::string_view("true") : std::string_view("false"));
  }
  /// null where there is none.
  template <typename Name>
  void nullable(const Name& name, const std::optional<int64_t>& value) {
    key(name);
    if (value) {
      print_integer(out_, *value);
    } else {
      put(out_, "null");
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
  void print_unsigned(uint64_t value);

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
