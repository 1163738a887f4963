#include "json/cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace holdfast::json {
namespace {

TEST(FeedCursor, IsAnEventIdOrItsEnd) {
  EXPECT_EQ(decode_cursor("2-41"), (FeedCursor{2, 41}));
  EXPECT_EQ(decode_cursor("my-ledger-2-41"), (FeedCursor{2, 41, "my-ledger"}));
  EXPECT_EQ(decode_cursor("0-18446744073709551615"), (FeedCursor{0, UINT64_MAX}));
}

TEST(FeedCursor, RefusesWhatItDidNotMake) {
  for (const char* text : {"", "-", "41", "-41", "2-", "2-x", "2-+1", "2-01", "02-1", "2- 1", "x-1",
                           "4294967296-1", "0-18446744073709551616", "2-41 "}) {
    EXPECT_EQ(decode_cursor(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(PageCursor, RoundTrips, (const std::string& key)) {
  const std::string text = encode_page_cursor(key);
  for (const char c : text) RC_ASSERT(isalnum(c) || c == '-' || c == '_');
  RC_ASSERT(decode_page_cursor(text) == key);
}

TEST(PageCursor, RefusesWhatItDidNotMake) {
  for (const char* text : {"A", "QQ=", "Q Q", "QR", "QUJD!"}) {
    EXPECT_EQ(decode_page_cursor(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace holdfast::json
