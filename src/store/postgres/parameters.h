// Parameters of a statement, in PostgreSQL's binary form with their types: single values, and
// columns for `unnest($1, $2, …)`.
//
//   Parameters().add(owner).add(text).column(rows, &StoredSku::sku)
//
// C++ type → PostgreSQL type:
//   string, string_view → text      int64_t, uint64_t, uint32_t → int8 (the same 64 bits)    bool →
//   bool Bytes → bytea                   Timestamp → timestamptz (none = null) Hash128 → uuid
//   int16_t → int2                  optional<T> → T or null
//
// Confined to one thread; owns what it was given.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/time.h"

namespace holdfast::store::postgres {

/// A string that is bytes and not text.
struct Bytes {
  std::string_view bytes;
};

/// Text that stands for null where it is empty.
inline std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

namespace binary {

/// PostgreSQL's number of a type and of its array.
struct Type {
  uint32_t oid = 0;
  uint32_t array_oid = 0;
};
inline constexpr Type kBool{16, 1000}, kBytea{17, 1001}, kInt8{20, 1016}, kInt2{21, 1005},
    kText{25, 1009}, kTimestamp{1184, 1185}, kUuid{2950, 2951};

constexpr Type type_of(bool) { return kBool; }
constexpr Type type_of(int16_t) { return kInt2; }
constexpr Type type_of(int64_t) { return kInt8; }
constexpr Type type_of(uint64_t) { return kInt8; }
constexpr Type type_of(uint32_t) { return kInt8; }
constexpr Type type_of(std::string_view) { return kText; }
constexpr Type type_of(Bytes) { return kBytea; }
constexpr Type type_of(Timestamp) { return kTimestamp; }
constexpr Type type_of(Hash128) { return kUuid; }

/// The value's bytes, appended. False: it is null.
bool encode(std::string* out, bool value);
bool encode(std::string* out, int16_t value);
bool encode(std::string* out, int64_t value);
bool encode(std::string* out, uint64_t value);
bool encode(std::string* out, uint32_t value);
bool encode(std::string* out, std::string_view value);
bool encode(std::string* out, Bytes value);
bool encode(std::string* out, Timestamp value);
bool encode(std::string* out, Hash128 value);

template <typename T>
struct Plain {
  using type = std::conditional_t<std::is_convertible_v<T, std::string_view>, std::string_view, T>;
};
template <typename T>
struct Plain<std::optional<T>> : Plain<T> {};
/// The type whose encoding applies to a T: without optional, text as a view.
template <typename T>
using PlainOf = typename Plain<std::remove_cvref_t<T>>::type;

template <typename T>
bool encode(std::string* out, const std::optional<T>& value) {
  return value.has_value() && encode(out, PlainOf<T>(*value));
}

void put_int32(std::string* out, int32_t value);

/// An array being written: its head, then each element behind its length.
class ArrayWriter {
 public:
  ArrayWriter(std::string* out, Type type, size_t size);
  template <typename T>
  void add(const T& value) {
    const size_t at = begin_element();
    bool present = false;
    if constexpr (std::is_convertible_v<T, std::string_view>) {
      present = encode(out_, std::string_view(value));
    } else {
      present = encode(out_, value);
    }
    end_element(at, present);
  }

 private:
  size_t begin_element();
  void end_element(size_t at, bool present);

  std::string* out_;
  size_t start_;
};

}  // namespace binary

class Parameters {
 public:
  template <typename T>
  Parameters& add(const T& value) {
    const binary::Type type = binary::type_of(binary::PlainOf<T>{});
    Value& slot = next(type.oid);
    if constexpr (std::is_convertible_v<T, std::string_view>) {
      slot.present = binary::encode(&slot.bytes, std::string_view(value));
    } else {
      slot.present = binary::encode(&slot.bytes, value);
    }
    return *this;
  }

  /// An array of what `of` (a member or a function) gives for each row.
  template <typename Range, typename Projection>
  Parameters& column(const Range& rows, Projection of) {
    using T = std::remove_cvref_t<std::invoke_result_t<Projection, decltype(*std::begin(rows))>>;
    const binary::Type type = binary::type_of(binary::PlainOf<T>{});
    Value& slot = next(type.array_oid);
    binary::ArrayWriter array(&slot.bytes, type, std::size(rows));
    for (const auto& row : rows) array.add(T(std::invoke(of, row)));
    return *this;
  }
  /// The rows themselves.
  template <typename Range>
  Parameters& array(const Range& rows) {
    return column(rows, std::identity());
  }

  size_t size() const { return values_.size(); }
  uint32_t type(size_t i) const { return values_[i].oid; }
  /// nullptr = null.
  const char* data(size_t i) const {
    return values_[i].present ? values_[i].bytes.data() : nullptr;
  }
  size_t length(size_t i) const { return values_[i].bytes.size(); }

 private:
  struct Value {
    uint32_t oid = 0;
    bool present = true;
    std::string bytes;
  };
  Value& next(uint32_t oid) {
    values_.push_back({oid, true, {}});
    return values_.back();
  }
  std::vector<Value> values_;
};

}  // namespace holdfast::store::postgres
