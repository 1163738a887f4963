// The election without a table: what one node asks, and how long it trusts an answer.
#include "feed/sink_election.h"

#include <gtest/gtest.h>

namespace holdfast::feed {
namespace {

using Step = SinkElection::Step;

class SinkElectionTest : public testing::Test {
 protected:
  static store::SinkLeaseRow row(uint64_t epoch, uint64_t beat, std::string owner) {
    store::SinkLeaseRow made;
    made.epoch = epoch;
    made.beat = beat;
    made.owner = std::move(owner);
    return made;
  }
  void win(Duration at) {
    election_.sent(at);
    election_.looked(row(3, 0, ""), at);
    ASSERT_EQ(election_.next(at), Step::kTake);
    election_.sent(at);
    election_.took(true, at);
  }

  const LeaseTimes times_;
  SinkElection election_{"me", times_};
};

TEST_F(SinkElectionTest, ASinkNobodyHasIsTakenAtOnce) {
  EXPECT_EQ(election_.next(0), Step::kLook);
  win(0);
  EXPECT_EQ(election_.epoch(), 4u);
  EXPECT_EQ(election_.next(times_.renew_every() - 1), Step::kNothing);
  EXPECT_EQ(election_.next(times_.renew_every()), Step::kRenew);
}

TEST_F(SinkElectionTest, TheLeaseIsTrustedFromBeforeTheStatementWasSent) {
  win(0);
  election_.sent(kSecond);
  election_.renewed(true, 4 * kSecond);  // the answer took three seconds
  EXPECT_EQ(election_.valid_until(), kSecond + times_.ttl - times_.margin);
}

TEST_F(SinkElectionTest, AnAnswerThatCameTooLateIsWorthNothing) {
  election_.looked(row(3, 0, ""), 0);
  election_.sent(0);
  election_.took(true, times_.ttl);
  EXPECT_EQ(election_.epoch(), 0u);
}

TEST_F(SinkElectionTest, AHolderThatDoesNotBeatIsOvertakenAfterTheWholeTime) {
  election_.looked(row(3, 7, "other"), 0);
  election_.looked(row(3, 8, "other"), kSecond);  // it beats
  EXPECT_EQ(election_.next(kSecond + times_.ttl - 1), Step::kLook);
  election_.looked(row(3, 8, "other"), kSecond + times_.ttl - 1);
  EXPECT_EQ(election_.next(kSecond + times_.ttl), Step::kTake);
}

TEST_F(SinkElectionTest, OneThatWasTakenMeanwhileIsSeenAnew) {
  election_.looked(row(3, 7, "other"), 0);
  election_.took(false, times_.ttl);
  EXPECT_EQ(election_.epoch(), 0u);
  EXPECT_EQ(election_.next(times_.ttl), Step::kLook);
  election_.looked(row(4, 0, "third"), times_.ttl);
  EXPECT_EQ(election_.next(2 * times_.ttl - 1), Step::kLook);
}

TEST_F(SinkElectionTest, ATakeWhoseAnswerWasLostIsTakenAgainWithAnotherEpoch) {
  election_.looked(row(3, 0, ""), 0);
  election_.sent(0);
  election_.unanswered(kSecond);
  EXPECT_EQ(election_.epoch(), 0u);
  EXPECT_EQ(election_.next(2 * kSecond), Step::kLook);
  election_.looked(row(4, 0, "me"), 2 * kSecond);
  EXPECT_EQ(election_.next(2 * kSecond), Step::kTake);
  election_.sent(2 * kSecond);
  election_.took(true, 2 * kSecond);
  EXPECT_EQ(election_.epoch(), 5u);
}

TEST_F(SinkElectionTest, WithoutAnswersItIsServedUntilTheLeaseRunsOut) {
  win(0);
  for (Duration at = times_.renew_every(); at < times_.ttl - times_.margin; at += kSecond) {
    ASSERT_EQ(election_.next(at), Step::kRenew);
    election_.sent(at);
    election_.unanswered(at);
    EXPECT_FALSE(election_.ran_out(at));
  }
  EXPECT_TRUE(election_.ran_out(times_.ttl - times_.margin));
}

}  // namespace
}  // namespace holdfast::feed
