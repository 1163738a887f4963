#include "store/postgres/result_rows.h"

#include <charconv>
#include <cstring>

#include <endian.h>
#include <libpq-fe.h>

#include "base/invariant.h"
#include "store/postgres/epoch.h"

namespace holdfast::store::postgres {
namespace {

constexpr uint32_t kInt4Oid = 23;

uint64_t big_endian_64(const char* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return be64toh(value);
}

}  // namespace

void Row::check_columns(size_t count) const {
  INVARIANT(static_cast<size_t>(PQnfields(result_)) == count, "{} columns are read of {}", count,
            PQnfields(result_));
}

bool Row::is_null(int column) const { return PQgetisnull(result_, row_, column) != 0; }

std::string_view Row::bytes(int column) const {
  return {PQgetvalue(result_, row_, column),
          static_cast<size_t>(PQgetlength(result_, row_, column))};
}

int64_t Row::integer(int column) const {
  if (is_null(column)) return 0;
  const std::string_view value = bytes(column);
  uint32_t four = 0;
  uint16_t two = 0;
  switch (PQftype(result_, column)) {
    case binary::kInt8.oid:
      return static_cast<int64_t>(big_endian_64(value.data()));
    case kInt4Oid:
      std::memcpy(&four, value.data(), sizeof four);
      return static_cast<int32_t>(be32toh(four));
    case binary::kInt2.oid:
      std::memcpy(&two, value.data(), sizeof two);
      return static_cast<int16_t>(be16toh(two));
    default:
      INVARIANT(false, "column {} has type {}, an integer is read", PQfname(result_, column),
                PQftype(result_, column));
  }
}

void Row::get(int column, std::string_view* value) const { *value = bytes(column); }
void Row::get(int column, std::string* value) const { value->assign(bytes(column)); }
void Row::get(int column, bool* value) const {
  INVARIANT(PQftype(result_, column) == binary::kBool.oid, "column {} is no bool",
            PQfname(result_, column));
  *value = !is_null(column) && bytes(column).front() != 0;
}
void Row::get(int column, int64_t* value) const { *value = integer(column); }
void Row::get(int column, uint64_t* value) const {
  *value = static_cast<uint64_t>(integer(column));
}
void Row::get(int column, uint32_t* value) const {
  *value = static_cast<uint32_t>(integer(column));
}
void Row::get(int column, uint8_t* value) const { *value = static_cast<uint8_t>(integer(column)); }

void Row::get(int column, Timestamp* value) const {
  INVARIANT(PQftype(result_, column) == binary::kTimestamp.oid, "column {} is no time",
            PQfname(result_, column));
  *value =
      is_null(column)
          ? Timestamp{}
          : Timestamp{static_cast<int64_t>(big_endian_64(bytes(column).data())) + kPostgresEpochUs};
}

void Row::get(int column, Hash128* value) const {
  INVARIANT(PQftype(result_, column) == binary::kUuid.oid, "column {} is no uuid",
            PQfname(result_, column));
  *value = {};
  if (is_null(column)) return;
  value->high = big_endian_64(bytes(column).data());
  value->low = big_endian_64(bytes(column).data() + 8);
}

// ---- Rows
// ----------------------------------------------------------------------------------------

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

size_t Rows::size() const { return result_ ? static_cast<size_t>(PQntuples(result_.get())) : 0; }

std::string_view Rows::tag() const { return result_ ? PQcmdStatus(result_.get()) : ""; }

uint64_t Rows::changed() const {
  const std::string_view text = result_ ? PQcmdTuples(result_.get()) : "";
  uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

}  // namespace holdfast::store::postgres
