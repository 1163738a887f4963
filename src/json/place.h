// Where in a document we are: a chain on the stack, turned into a JSON pointer only when something is wrong.
//
// Used inside json only. A Place lives no longer than the function that made it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast::json {

struct Place {
  const Place* up = nullptr;
  std::string_view name;            ///< a member's name, unless `index` is set
  size_t index = kNoIndex;
  static constexpr size_t kNoIndex = static_cast<size_t>(-1);

  Place member(std::string_view member_name) const { return {this, member_name, kNoIndex}; }
  Place element(size_t position) const { return {this, {}, position}; }

  /// RFC 6901: "" is the root, "/lines/0/sku"; `~` and `/` in names are escaped.
  std::string pointer() const;
};

/// Appends `/name`, escaped.
void append_pointer_step(std::string* pointer, std::string_view name);

}  // namespace holdfast::json
