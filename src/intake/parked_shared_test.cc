// Parked deliveries of several nodes over one log: every node lists them, each is there once.
#include <gtest/gtest.h>

#include "intake/parked_file.h"
#include "io/memory_records.h"

namespace holdfast::intake {
namespace {

ParkedItem item(const std::string& delivery, const std::string& text) {
  ParkedItem made;
  made.source = "shop";
  made.delivery_id = delivery;
  made.code = ErrorCode::kUnmappedLocation;
  made.reason = "no such location";
  made.item = text;
  made.at = {1'763'884'800'000'000};
  made.kept = std::make_shared<const std::string>("delivery " + delivery);
  return made;
}

class SharedParkedTest : public testing::Test {
 protected:
  std::unique_ptr<ParkedFile> open() {
    auto parked = ParkedFile::open(records_.opener(), "parked");
    EXPECT_TRUE(parked.has_value());
    return std::move(*parked);
  }

  io::MemoryRecords records_;
  std::unique_ptr<ParkedFile> one_ = open(), other_ = open();
};

TEST_F(SharedParkedTest, WhatOneNodeParkedAllList) {
  ASSERT_TRUE(one_->append({item("d1", "{}")}));
  ASSERT_TRUE(other_->append({item("d2", "{}")}));
  ASSERT_TRUE(one_->refresh());
  EXPECT_EQ(one_->count("shop"), 2u);
  EXPECT_EQ(other_->count("shop"), 2u);
}

TEST_F(SharedParkedTest, ASenderThatTriesAgainAtAnotherNodeParksNothingTwice) {
  ASSERT_TRUE(one_->append({item("d1", "{}")}));
  ASSERT_TRUE(other_->append({item("d1", "{}")}));
  EXPECT_EQ(other_->count("shop"), 1u);
}

TEST_F(SharedParkedTest, WhatWasRedeliveredAtOneNodeIsGoneAtAll) {
  ASSERT_TRUE(one_->append({item("d1", "{}"), item("d2", "{}")}));
  ASSERT_TRUE(other_->refresh());
  const auto deliveries = other_->deliveries("shop");
  ASSERT_EQ(deliveries.size(), 2u);
  ASSERT_TRUE(other_->replace("shop", deliveries[0].delivery, {}));
  ASSERT_TRUE(one_->refresh());
  ASSERT_EQ(one_->count("shop"), 1u);
  EXPECT_EQ(one_->list("shop")[0].delivery_id, "d2");
  // The last one: the log begins anew, and the others with it.
  ASSERT_TRUE(one_->replace("shop", deliveries[1].delivery, {}));
  ASSERT_TRUE(other_->refresh());
  EXPECT_EQ(other_->count("shop"), 0u);
  ASSERT_TRUE(other_->append({item("d1", "{}")}));
  EXPECT_EQ(other_->count("shop"), 1u);
}

}  // namespace
}  // namespace holdfast::intake
