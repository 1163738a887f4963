// A place in a delivery: a value with its JSON pointer, and the readers that name it in their
// errors. Used inside shopify only. Confined to one thread; the delivery outlives it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"

namespace holdfast::connectors::shopify {

class Field {
 public:
  explicit Field(const json::Value& root) : value_(&root) {}

  /// The member; one that is null counts as absent.
  Field operator[](std::string_view name) const;
  bool is_there() const { return value_ != nullptr; }
  const json::Value* value() const { return value_; }
  const std::string& pointer() const { return pointer_; }

  std::unexpected<Error> wrong(std::string_view why) const;

  /// An id as text, bare of its gid: 1-128 bytes.
  Result<std::string> id() const;
  Result<std::string> optional_id() const;  ///< empty = absent
  /// Trimmed text; empty = absent or blank. A name as the ledger takes it.
  Result<std::string> name() const;
  Result<int64_t> integer(int64_t min, int64_t max) const;
  Result<Timestamp> time() const;
  Result<Timestamp> optional_time() const;
  Result<bool> flag(bool absent) const;
  /// Of an array of at most kLinesMax elements, each an object.
  Result<std::vector<Field>> items() const;

 private:
  Field(const json::Value* value, std::string pointer)
      : value_(value), pointer_(std::move(pointer)) {}

  const json::Value* value_;
  std::string pointer_;
};

}  // namespace holdfast::connectors::shopify
