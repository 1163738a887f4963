// Books of keys of several nodes over one log: what one changes holds at all of them.
#include <gtest/gtest.h>

#include "http/key_book.h"
#include "io/memory_records.h"

namespace holdfast::http {
namespace {

class SharedKeysTest : public testing::Test {
 protected:
  std::unique_ptr<KeyBook> open() {
    auto book = KeyBook::open(records_.opener(), "keys", clock_, random_);
    EXPECT_TRUE(book.has_value());
    return std::move(*book);
  }

  io::MemoryRecords records_;
  ManualClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<KeyBook> one_ = open(), other_ = open();
};

TEST_F(SharedKeysTest, AKeyWorksAndIsRefusedAtEveryNodeOnceItIsRefreshed) {
  const auto admin = one_->create({"admin", "admin", {}, {}});
  const auto till = one_->create({"till", "stock:write", {}, {}});
  ASSERT_TRUE(admin && till);
  EXPECT_FALSE(other_->find(till->text));
  ASSERT_TRUE(other_->refresh());
  const KeyPtr held = other_->find(till->text);
  ASSERT_TRUE(held);
  ASSERT_TRUE(one_->remove("till", ""));
  ASSERT_TRUE(other_->refresh());
  EXPECT_FALSE(other_->find(till->text));
  EXPECT_FALSE(held->valid(clock_.wall()));  // a stream that holds it ends
}

TEST_F(SharedKeysTest, WhatOnlyTogetherWouldBeWrongIsRefused) {
  ASSERT_TRUE(one_->create({"admin", "admin", {}, {}}));
  // The other has not heard of it: the second key need not be an admin's.
  ASSERT_TRUE(other_->create({"till", "stock:read", {}, {}}));
  ASSERT_TRUE(other_->create({"chief", "admin", {}, {}}));
  // Each could go if the other stayed.
  ASSERT_TRUE(one_->remove("admin", ""));
  const auto last = other_->remove("chief", "");
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::kForbidden);
}

TEST_F(SharedKeysTest, ARewrittenLogIsReadAnewAndKeysKeepWhatTheyAre) {
  const auto admin = one_->create({"admin", "admin", {}, {}});
  const auto gone = one_->create({"gone", "stock:read", {}, {}});
  ASSERT_TRUE(admin && gone);
  ASSERT_TRUE(other_->refresh());
  const KeyPtr held = other_->find(admin->text);
  ASSERT_TRUE(one_->remove("gone", ""));
  // So much was written about when it was used that the log begins anew, without the deleted key.
  for (int i = 0; i < 20'000; ++i) {
    clock_.advance(kSecond);
    one_->find(admin->text)->last_used_us = clock_.wall().us;
    ASSERT_TRUE(one_->save_last_used());
  }
  ASSERT_TRUE(other_->refresh());
  EXPECT_FALSE(other_->find(gone->text));
  EXPECT_EQ(other_->find(admin->text), held);
  EXPECT_EQ(held->last_used_us.load(), clock_.wall().us);
  EXPECT_EQ(other_->list().size(), 1u);
}

}  // namespace
}  // namespace holdfast::http
