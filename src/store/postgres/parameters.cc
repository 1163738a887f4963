#include "store/postgres/parameters.h"

#include <endian.h>

#include "base/invariant.h"
#include "store/postgres/epoch.h"

namespace holdfast::store::postgres::binary {
namespace {

template <typename T>
void put(std::string* out, T big_endian) {
  out->append(reinterpret_cast<const char*>(&big_endian), sizeof big_endian);
}

}  // namespace

bool encode(std::string* out, bool value) {
  out->push_back(value ? 1 : 0);
  return true;
}
bool encode(std::string* out, int16_t value) {
  put(out, htobe16(static_cast<uint16_t>(value)));
  return true;
}
bool encode(std::string* out, uint64_t value) {
  put(out, htobe64(value));
  return true;
}
bool encode(std::string* out, int64_t value) { return encode(out, static_cast<uint64_t>(value)); }
bool encode(std::string* out, uint32_t value) { return encode(out, static_cast<uint64_t>(value)); }
bool encode(std::string* out, std::string_view value) {
  out->append(value);
  return true;
}
bool encode(std::string* out, Bytes value) { return encode(out, value.bytes); }
bool encode(std::string* out, Timestamp value) {
  return value.has_value() && encode(out, value.us - kPostgresEpochUs);
}
bool encode(std::string* out, Hash128 value) {
  return encode(out, value.high) && encode(out, value.low);
}

void put_int32(std::string* out, int32_t value) { put(out, htobe32(static_cast<uint32_t>(value))); }

ArrayWriter::ArrayWriter(std::string* out, Type type, size_t size)
    : out_(out), start_(out->size()) {
  put_int32(out, size == 0 ? 0 : 1);  // dimensions
  put_int32(out, 0);                  // whether one is null: set when it is
  put_int32(out, static_cast<int32_t>(type.oid));
  if (size == 0) return;
  put_int32(out, static_cast<int32_t>(size));
  put_int32(out, 1);  // the index of the first
}

size_t ArrayWriter::begin_element() {
  const size_t at = out_->size();
  put_int32(out_, -1);
  return at;
}

void ArrayWriter::end_element(size_t at, bool present) {
  if (!present) {
    INVARIANT(out_->size() == at + 4, "null has no bytes");
    (*out_)[start_ + 7] = 1;
    return;
  }
  const uint32_t length = htobe32(static_cast<uint32_t>(out_->size() - at - 4));
  out_->replace(at, 4, reinterpret_cast<const char*>(&length), 4);
}

}  // namespace holdfast::store::postgres::binary
