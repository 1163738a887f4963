// Ours and theirs side by side: what is an echo, what has drifted, and what is only late.
#include "feed/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::feed {
namespace {

constexpr Timestamp kStart{1'763'884'800'000'000};
Timestamp at(int seconds) { return kStart + seconds * kSecond; }

ChannelNumbers whole(int64_t number) { return {number, {}}; }
ChannelNumbers places(int64_t berlin, int64_t leeds) {
  return {berlin + leeds, {{"berlin", berlin}, {"leeds", leeds}}};
}

class ComparisonTest : public testing::Test {
 protected:
  ObservationResult see(int64_t available, int seconds, const std::string& location = "",
                        const std::string& place = "") {
    auto seen = comparison_.observed({"web", "TEE", location, place, available, at(seconds)});
    if (seen.record) kept_.apply(*seen.record);
    return seen.result;
  }
  void tell(const ChannelNumbers& numbers, int seconds) {
    const auto record = comparison_.told("TEE", numbers, at(seconds));
    ASSERT_TRUE(record.has_value());
    kept_.apply(*record);
  }
  ComparedRow row(const std::string& location = "") {
    std::string next;
    for (const ComparedRow& row : comparison_.page("", 100, std::nullopt, &next)) {
      if (row.sku == "TEE" && row.location == location) return row;
    }
    ADD_FAILURE() << "there is no such row";
    return {};
  }

  Comparison comparison_{SavedSink{}};
  SavedSink kept_;
};

TEST_F(ComparisonTest, ANumberIsEqualDifferentOrNotKnown) {
  comparison_.keep_all(true);
  comparison_.read("TEE", whole(7));
  EXPECT_EQ(row().state, ComparedState::kUnobserved);
  EXPECT_EQ(see(7, 1), ObservationResult::kEqual);
  EXPECT_EQ(row().difference(), 0);
  EXPECT_EQ(see(9, 2), ObservationResult::kDrift);
  EXPECT_EQ(row().state, ComparedState::kDrift);
  EXPECT_EQ(row().difference(), 2);  // they would sell two that are not there
  comparison_.read("TEE", whole(9));
  EXPECT_EQ(row().state, ComparedState::kEqual);
  comparison_.read("TEE", ChannelNumbers{});
  EXPECT_EQ(row().state, ComparedState::kUntracked);
  EXPECT_EQ(row().difference(), std::nullopt);
  EXPECT_EQ(comparison_.counts().of(ComparedState::kUntracked), 1u);
}

TEST_F(ComparisonTest, WhatTheyOversoldIsNothingToSell) {
  see(-2, 1);
  comparison_.read("TEE", whole(0));
  EXPECT_EQ(row().state, ComparedState::kEqual);
  EXPECT_EQ(row().theirs, -2);
  EXPECT_EQ(row().difference(), 0);
}

// Scenario 20: push 5, push 4; the echo of 5 is no change of somebody else's.
TEST_F(ComparisonTest, Scenario20AnEchoOfAnyNumberToldSinceTheLastConfirmedOne) {
  see(9, 0);
  tell(whole(5), 10);
  tell(whole(4), 12);
  EXPECT_EQ(see(5, 11), ObservationResult::kEcho);
  EXPECT_EQ(row().state, ComparedState::kPending);
  EXPECT_EQ(see(4, 13), ObservationResult::kEqual);
  // 4 is confirmed: a 5 that comes now was put there by somebody.
  EXPECT_EQ(see(5, 20), ObservationResult::kDrift);
}

TEST_F(ComparisonTest, Scenario20AnEchoMayShowALaterNumberThanItsChange) {
  see(9, 0);
  tell(whole(0), 10);
  tell(whole(10), 11);
  EXPECT_EQ(see(10, 10), ObservationResult::kEqual);  // put together late: it shows 10 already
  EXPECT_EQ(see(10, 11), ObservationResult::kEqual);
}

TEST_F(ComparisonTest, AnOlderObservationChangesNothing) {
  comparison_.read("TEE", whole(3));
  see(3, 10);
  EXPECT_EQ(see(8, 9), ObservationResult::kStale);
  EXPECT_EQ(row().theirs, 3);
}

TEST_F(ComparisonTest, WhatWasSeenBeforeTheLastPushIsNoDrift) {
  see(8, 1);
  comparison_.read("TEE", whole(6));
  EXPECT_EQ(row().state, ComparedState::kDrift);
  tell(whole(6), 5);
  EXPECT_EQ(row().state, ComparedState::kPending);
  EXPECT_EQ(see(8, 9), ObservationResult::kDrift);
}

TEST_F(ComparisonTest, EachPlaceIsComparedAndTwoOfTheirsMayBeOneOfOurs) {
  comparison_.read("TEE", places(5, 2));
  see(3, 1, "berlin", "655441491");
  comparison_.read("TEE", places(5, 2));
  EXPECT_EQ(row("berlin").state, ComparedState::kDrift);
  EXPECT_EQ(row("leeds").state, ComparedState::kUnobserved);
  EXPECT_EQ(see(2, 1, "berlin", "655441493"), ObservationResult::kEqual);
  EXPECT_EQ(see(2, 1, "leeds", "655441492"), ObservationResult::kEqual);
  EXPECT_EQ(see(4, 1, "paris", "655441494"), ObservationResult::kOther);
  EXPECT_EQ(row("paris").state, ComparedState::kUntracked);
  EXPECT_EQ(comparison_.counts().of(ComparedState::kEqual), 2u);
}

TEST_F(ComparisonTest, AFileTellsAPlaceAsAWholeAndTheNextDeliveryIsNotAddedToIt) {
  comparison_.keep_all(true);
  comparison_.read("TEE", places(5, 2));
  EXPECT_EQ(see(5, 1, "berlin"), ObservationResult::kEqual);
  EXPECT_EQ(see(5, 2, "berlin", "655441491"), ObservationResult::kEqual);
  EXPECT_EQ(see(4, 1, "berlin"), ObservationResult::kStale);
  EXPECT_EQ(see(4, 3, "berlin"), ObservationResult::kDrift);
  EXPECT_EQ(row("berlin").theirs, 4);
}

TEST_F(ComparisonTest, ARestartKnowsWhatWasToldAndSeen) {
  see(9, 0);
  tell(whole(5), 10);
  tell(whole(4), 12);
  Comparison again(kept_);
  EXPECT_THAT(again.unread(), testing::ElementsAre("TEE"));
  EXPECT_EQ(again.counts().of(ComparedState::kUnread), 1u);
  again.read("TEE", whole(4));
  EXPECT_EQ(again.observed({"web", "TEE", "", "", 5, at(11)}).result, ObservationResult::kEcho);
  EXPECT_TRUE(again.wait_until_read(0));
}

TEST_F(ComparisonTest, OnlyWhatRisesAndNowhereFallsIsARaise) {
  see(9, 0);
  comparison_.read("TEE", whole(9));
  EXPECT_TRUE(comparison_.raises("TEE", whole(10), false));
  tell(places(5, 2), 10);
  EXPECT_TRUE(comparison_.raises("TEE", places(5, 3), false));
  EXPECT_FALSE(comparison_.raises("TEE", places(4, 4), false));
  EXPECT_FALSE(comparison_.raises("TEE", places(5, 2), false));
  EXPECT_FALSE(comparison_.raises("TEE", whole(8), true));  // they show 9
  EXPECT_FALSE(comparison_.raises("MUG", whole(8), false));
}

TEST_F(ComparisonTest, PagesAreBySkuAndOneStateCanBeAskedFor) {
  comparison_.keep_all(true);
  for (int i = 0; i < 25; ++i) comparison_.read("SKU-" + std::to_string(100 + i), whole(i));
  comparison_.observed({"web", "SKU-110", "", "", 99, at(1)});
  std::string after, next;
  std::vector<std::string> skus;
  do {
    for (const ComparedRow& row : comparison_.page(after, 10, std::nullopt, &next)) {
      skus.push_back(row.sku);
    }
    after = next;
  } while (!next.empty());
  EXPECT_EQ(skus.size(), 25u);
  EXPECT_TRUE(std::is_sorted(skus.begin(), skus.end()));
  const auto drifted = comparison_.page("", 10, ComparedState::kDrift, &next);
  ASSERT_EQ(drifted.size(), 1u);
  EXPECT_EQ(drifted[0].sku, "SKU-110");
  comparison_.keep_all(false);  // what nobody observed is kept no longer
  EXPECT_EQ(comparison_.page("", 100, std::nullopt, &next).size(), 1u);
  EXPECT_EQ(comparison_.counts().of(ComparedState::kUnobserved), 0u);
}

}  // namespace
}  // namespace holdfast::feed
