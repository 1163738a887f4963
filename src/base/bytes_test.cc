#include "base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace holdfast {
namespace {

RC_GTEST_PROP(Bytes, ReadsBackWhatItWrites,
              (uint8_t a, uint32_t b, uint64_t c, int64_t d, const std::string& text)) {
  std::string buffer;
  ByteWriter out(&buffer);
  out.u8(a);
  out.u32(b);
  out.varint(c);
  out.svarint(d);
  out.text(text);
  out.u64(c);
  ByteReader in(buffer);
  RC_ASSERT(in.u8() == a);
  RC_ASSERT(in.u32() == b);
  RC_ASSERT(in.varint() == c);
  RC_ASSERT(in.svarint() == d);
  RC_ASSERT(in.text() == text);
  RC_ASSERT(in.u64() == c);
  RC_ASSERT(in.ok() && in.at_end());
}

RC_GTEST_PROP(Bytes, AnyCutIsNoticed, (uint64_t number, const std::string& text)) {
  std::string buffer;
  ByteWriter out(&buffer);
  out.varint(number);
  out.text(text);
  const size_t cut = *rc::gen::inRange<size_t>(0, buffer.size());
  ByteReader in(std::string_view(buffer).substr(0, cut));
  in.varint();
  in.text();
  RC_ASSERT(!in.ok());
}

TEST(Bytes, RefusesVarintsThatDoNotFit64Bits) {
  const std::string too_long(10, '\xff');
  ByteReader in(too_long);
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_FALSE(in.ok());
  std::string largest(9, '\xff');
  largest.push_back('\x01');
  ByteReader edge(largest);
  EXPECT_EQ(edge.varint(), UINT64_MAX);
  EXPECT_TRUE(edge.ok());
}

TEST(Bytes, RefusesTextLongerThanTheRest) {
  std::string buffer;
  ByteWriter out(&buffer);
  out.varint(UINT64_MAX);
  ByteReader in(buffer);
  EXPECT_EQ(in.text(), "");
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace holdfast
