// Appends JSON to a string: commas between members, escaping, nothing else. No allocation of its own.
//
// Used inside json only. Confined to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "json/print.h"

namespace holdfast::json {

/// Members of an object or elements of an array, in the order of the calls. Names must need no escaping.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}

  void open(char bracket) {
    out_->push_back(bracket);
    first_ = true;
  }
  void close(char bracket) {
    out_->push_back(bracket);
    first_ = false;
  }
  void comma() {
    if (!first_) out_->push_back(',');
    first_ = false;
  }
  void key(std::string_view name) {
    comma();
    out_->push_back('"');
    out_->append(name);
    out_->append("\":");
  }

  void text(std::string_view name, std::string_view value) {
    key(name);
    print_text(out_, value);
  }
  /// Left out if empty.
  void optional_text(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void integer(std::string_view name, int64_t value) {
    key(name);
    print_integer(out_, value);
  }
  void unsigned_integer(std::string_view name, uint64_t value);
  void boolean(std::string_view name, bool value) {
    key(name);
    out_->append(value ? "true" : "false");
  }
  /// null where there is none.
  void nullable(std::string_view name, const std::optional<int64_t>& value) {
    key(name);
    if (value) {
      print_integer(out_, *value);
    } else {
      out_->append("null");
    }
  }
  /// Left out if not given.
  void time(std::string_view name, Timestamp value);

  /// A member that is an object or array: fill it, then close().
  void open_member(std::string_view name, char bracket) {
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
  std::string* out_;
  bool first_ = true;
};

/// The inside of print_stock(), for writers that add members of their own. An empty `channel` = all.
void write_stock_members(Writer* out, const StockView& stock, std::string_view channel);

}  // namespace holdfast::json
