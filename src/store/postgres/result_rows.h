// What a statement gave, in PostgreSQL's binary form, read column by column:
//
//   for (const Row row : rows) {
//     StoredKey key;
//     row.read(key.key, key.fingerprint, key.first_seq, key.at);
//   }
//
// A column that has another type than what it is read into is a defect of the statement: INVARIANT.
// Types as in parameters.h, int2 and int4 also into wider ones; null reads as empty, 0 or none.
// Views live as long as the rows. Movable; confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"
#include "store/postgres/parameters.h"

struct pg_result;  // libpq's

namespace holdfast::store::postgres {

class Row {
 public:
  Row(const pg_result* result, int row) : result_(result), row_(row) {}

  /// The columns from the first on, each into its variable; as many as the statement gives.
  template <typename... Values>
  void read(Values&... values) const {
    check_columns(sizeof...(values));
    int column = 0;
    (get(column++, &values), ...);
  }

  bool is_null(int column) const;
  void get(int column, std::string* value) const;
  void get(int column, std::string_view* value) const;
  void get(int column, bool* value) const;
  void get(int column, int64_t* value) const;
  void get(int column, uint64_t* value) const;
  void get(int column, uint32_t* value) const;
  void get(int column, uint8_t* value) const;
  void get(int column, Timestamp* value) const;
  void get(int column, Hash128* value) const;
  template <typename T>
  void get(int column, std::optional<T>* value) const {
    value->reset();
    if (!is_null(column)) get(column, &value->emplace());
  }
  /// One column by itself.
  template <typename T>
  T as(int column) const {
    T value{};
    get(column, &value);
    return value;
  }

 private:
  void check_columns(size_t count) const;
  std::string_view bytes(int column) const;
  int64_t integer(int column) const;

  const pg_result* result_;
  int row_;
};

class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* result) : result_(result) {}

  const pg_result* get() const { return result_.get(); }
  size_t size() const;
  bool empty() const { return size() == 0; }
  Row operator[](size_t row) const { return Row(result_.get(), static_cast<int>(row)); }
  /// Rows an INSERT, UPDATE or DELETE changed.
  uint64_t changed() const;
  /// What was done: "SELECT 1", "COMMIT", "ROLLBACK" …
  std::string_view tag() const;

  class Iterator {
   public:
    Iterator(const pg_result* result, int row) : result_(result), row_(row) {}
    Row operator*() const { return Row(result_, row_); }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const pg_result* result_;
    int row_;
  };
  Iterator begin() const { return {result_.get(), 0}; }
  Iterator end() const { return {result_.get(), static_cast<int>(size())}; }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace holdfast::store::postgres
