// A random life told to two nodes in turns: the tables end as the log says.
#include "ledger/random_commands.h"
#include "tests/shared/nodes.h"

namespace holdfast::shared {
namespace {

class SharedLife : public ManyNodes, public testing::WithParamInterface<uint64_t> {};

TEST_P(SharedLife, OnTwoNodesTheTablesSayWhatTheLogSays) {
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(GetParam()));
  SeededRandom random(GetParam());
  const auto first = node({.threads = false});
  const auto second = node({.threads = false});
  first->decide(channel("web", {"berlin", "leeds"}));
  first->decide(channel("till", {"leeds"}));
  for (const char* sku : {"A", "B", "a"}) second->decide(counted(sku, "berlin", 20));
  const SystemClock clock;
  for (uint64_t number = 0; number < 300;) {
    std::vector<Command> group;
    for (uint64_t size = 1 + random.below(4); size > 0; --size) {
      group.push_back(ledger::random_command(random, number++, clock.wall()));
      if (random.below(3) == 0) group.back().hold_quota = {6, 3};
    }
    for (const Outcome& outcome : (random.below(2) == 0 ? first : second)->decide(group)) {
      ASSERT_NE(outcome.error.code, ErrorCode::kOverloaded) << outcome.error.detail;
      ASSERT_NE(outcome.error.code, ErrorCode::kOutcomeUnknown) << outcome.error.detail;
    }
  }
  expect_books_add_up();
}
INSTANTIATE_TEST_SUITE_P(Seeds, SharedLife, testing::Range<uint64_t>(1, 6));

}  // namespace
}  // namespace holdfast::shared
