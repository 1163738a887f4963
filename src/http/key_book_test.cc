// The book of keys on a disk that loses what was not flushed.
#include "http/key_book.h"

#include <gtest/gtest.h>

#include "io/memory_file_system.h"

namespace holdfast::http {
namespace {

constexpr const char* kPath = "data/keys.log";

class KeyBookTest : public testing::Test {
 protected:
  KeyBookTest() {
    EXPECT_TRUE(files_.make_directories("data").has_value());
    EXPECT_TRUE(files_.sync_directory("data").has_value());
  }
  std::unique_ptr<KeyBook> open() {
    auto book = KeyBook::open(files_, kPath, clock_, random_);
    EXPECT_TRUE(book.has_value()) << (book ? "" : book.error().detail);
    return book ? std::move(*book) : nullptr;
  }
  void power_cut() { files_.power_cut({}, 0); }

  io::MemoryFileSystem files_;
  ManualClock clock_;
  SeededRandom random_{7};
};

TEST_F(KeyBookTest, WhatWasMadeOrDeletedIsSoAfterAPowerCut) {
  auto book = open();
  const auto admin = book->create({"admin", "admin", {}, {}});
  const auto till = book->create(
      {"till", "stock:write", {{"web"}, {"leeds", "berlin", "leeds"}}, clock_.wall() + kDay});
  const auto gone = book->create({"gone", "stock:read", {}, {}});
  ASSERT_TRUE(admin && till && gone);
  ASSERT_TRUE(book->remove("gone", "").has_value());
  book.reset();
  power_cut();
  book = open();
  EXPECT_TRUE(book->find(admin->text));
  EXPECT_FALSE(book->find(gone->text));
  const KeyPtr key = book->find(till->text);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name, "till");
  EXPECT_EQ(key->scopes, ScopeSet("stock:write"));
  EXPECT_EQ(*key->binding, (Binding{{"web"}, {"berlin", "leeds"}}));
  EXPECT_TRUE(key->valid(clock_.wall()));
  clock_.advance(kDay);
  EXPECT_FALSE(key->valid(clock_.wall()));
  EXPECT_EQ(book->list().size(), 2u);
}

TEST_F(KeyBookTest, ADamagedFileIsRefused) {
  auto book = open();
  ASSERT_TRUE(book->create({"admin", "admin", {}, {}}).has_value());
  book.reset();
  auto file = files_.open(kPath, io::OpenMode::kReadWrite);
  ASSERT_TRUE(file.has_value());
  char byte = 0;
  ASSERT_TRUE((*file)->read_at(512 + 40, &byte, 1).has_value());
  byte ^= 1;
  ASSERT_TRUE((*file)->write_at(512 + 40, &byte, 1).has_value());
  ASSERT_TRUE((*file)->sync_data().has_value());
  const auto again = KeyBook::open(files_, kPath, clock_, random_);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kCorrupt);
}

TEST_F(KeyBookTest, ExpiredKeysDoNotOpenTheApiAgain) {
  auto book = open();
  ASSERT_TRUE(book->create({"admin", "admin", {}, clock_.wall() + kHour}).has_value());
  clock_.advance(kDay);
  EXPECT_FALSE(book->empty());
  EXPECT_EQ(book->create({"till", "stock:read", {}, {}}).error().code, ErrorCode::kForbidden);
  EXPECT_TRUE(book->create({"admin", "admin", {}, {}}).has_value())
      << "by who has the directory in hand";
}

TEST_F(KeyBookTest, WhenAKeyWasUsedOutlivesTheProcess) {
  auto book = open();
  const auto made = book->create({"admin", "admin", {}, {}});
  EXPECT_TRUE(book->save_is_due());
  EXPECT_FALSE(book->save_is_due());
  made->key->last_used_us = clock_.wall().us;
  ASSERT_TRUE(book->save_last_used().has_value());
  const uint64_t size = files_.open(kPath, io::OpenMode::kRead).value()->size().value();
  ASSERT_TRUE(book->save_last_used().has_value());
  EXPECT_EQ(files_.open(kPath, io::OpenMode::kRead).value()->size().value(), size)
      << "nothing new to say";
  book.reset();
  EXPECT_EQ(open()->find(made->text)->last_used_us, clock_.wall().us);
}

TEST_F(KeyBookTest, TheFileIsRewrittenBeforeItGrowsForEver) {
  auto book = open();
  const auto made = book->create({"admin", "admin", {}, {}});
  for (int i = 0; i < 3'000; ++i) {
    clock_.advance(kSecond);
    made->key->last_used_us = clock_.wall().us;
    ASSERT_TRUE(book->save_last_used().has_value());
  }
  EXPECT_EQ(book->create({"other", "stock:read", {}, {}})->key->name, "other");
  book.reset();
  book = open();
  EXPECT_EQ(book->list().size(), 2u);
  EXPECT_EQ(book->find(made->text)->last_used_us, clock_.wall().us);
}

TEST(RateBucket, LetsABurstThroughAndThenSoManyASecond) {
  RateBucket bucket({.per_second = 10});
  Duration now = 100 * kSecond;
  int taken = 0;
  while (bucket.take(now)) ++taken;
  EXPECT_EQ(taken, 20);
  now += kSecond;
  while (bucket.take(now)) ++taken;
  EXPECT_EQ(taken, 30);
  EXPECT_TRUE(RateBucket({}).take(now));
}

}  // namespace
}  // namespace holdfast::http
