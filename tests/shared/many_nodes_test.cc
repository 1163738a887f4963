// One ledger, several nodes, one SKU everybody wants.
#include <atomic>
#include <thread>

#include "tests/shared/nodes.h"

namespace holdfast::shared {
namespace {

TEST_F(ManyNodes, OneNodeSellsWhatThereIsAndAnswersQuestions) {
  const auto here = node({.threads = false});
  EXPECT_EQ(here->decide(channel("web", {"berlin"})).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(here->decide(counted("TEE", "berlin", 10)).status, OutcomeStatus::kRecorded);
  EXPECT_EQ(here->decide(placed("cart-1", "TEE", 8)).status, OutcomeStatus::kAccepted);
  const Outcome refused = here->decide(placed("cart-2", "TEE", 3));
  EXPECT_EQ(refused.error.code, ErrorCode::kInsufficientStock);
  ASSERT_EQ(refused.stock.size(), 1u);
  EXPECT_EQ(refused.stock[0].available_to_sell, 2);
  Query hold;
  hold.type = QueryType::kHold;
  hold.hold = "cart-1";
  const QueryResult found = here->ask(hold);
  ASSERT_EQ(found.holds.size(), 1u);
  EXPECT_TRUE(found.holds[0].open);
  Query holds;
  holds.type = QueryType::kHolds;
  holds.open = true;
  EXPECT_EQ(here->ask(holds).holds.size(), 1u);
  const auto views = here->executor().read({"TEE", "UNKNOWN"});
  ASSERT_TRUE(views) << views.error().detail;
  EXPECT_EQ((*views)[0].channels[0].available_to_sell, 2);
  EXPECT_TRUE((*views)[1].locations.empty());
  const auto history = here->executor().sku_history("TEE", 0, 10);
  ASSERT_TRUE(history) << history.error().detail;
  EXPECT_FALSE(history->empty());
  expect_books_add_up();
}

TEST_F(ManyNodes, ThreeNodesSixtyFourClientsSellExactlyWhatThereIs) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < 3; ++i) nodes.push_back(node());
  nodes[0]->decide(channel("web", {"berlin"}));
  nodes[1]->decide(counted("TEE", "berlin", 1'000));
  constexpr int kClients = 64, kOrdersEach = 20;
  std::atomic<int> accepted_orders{0}, refused_orders{0}, others{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      Node& mine = *nodes[static_cast<size_t>(client) % nodes.size()];
      for (int i = 0; i < kOrdersEach; ++i) {
        const Outcome outcome = mine.decide(
            accepted("o-" + std::to_string(client) + "-" + std::to_string(i), "TEE", 1));
        if (outcome.status == OutcomeStatus::kAccepted) {
          ++accepted_orders;
        } else if (outcome.error.code == ErrorCode::kInsufficientStock) {
          ++refused_orders;
        } else {
          ++others;
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(accepted_orders, 1'000);
  EXPECT_EQ(refused_orders, kClients * kOrdersEach - 1'000);
  EXPECT_EQ(others, 0);
  EXPECT_EQ(server_->sql("SELECT available FROM stock WHERE sku = 'TEE'"), "0");
  EXPECT_EQ(server_->sql("SELECT committed FROM stock WHERE sku = 'TEE'"), "1000");
  EXPECT_EQ(
      server_->sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
      "0");
  expect_books_add_up();
}

TEST_F(ManyNodes, ADatabaseThatGoesAwayIsAnAnswerAndComesBack) {
  const auto here = node();
  stock_up(*here, 10);
  server_->stop();
  const Outcome away = here->decide(accepted("1", "TEE", 1));
  EXPECT_EQ(away.error.code, ErrorCode::kOverloaded) << away.error.detail;
  Query stock;
  stock.sku = "TEE";
  EXPECT_EQ(here->ask(stock).error.code, ErrorCode::kOverloaded);
  ASSERT_TRUE(server_->restart());
  EXPECT_EQ(here->decide(accepted("1", "TEE", 1)).status, OutcomeStatus::kAccepted);
  EXPECT_EQ(here->ask(stock).stock[0].channels[0].available_to_sell, 9);
  expect_books_add_up();
}

TEST_F(ManyNodes, ASubmissionLargerThanAGroupIsDecidedInOrder) {
  const auto here = node();
  stock_up(*here, 5'000);
  std::vector<Command> commands;
  for (int i = 0; i < 3'000; ++i) commands.push_back(accepted(std::to_string(i), "TEE", 2));
  const std::vector<Outcome> outcomes = here->decide(std::move(commands));
  ASSERT_EQ(outcomes.size(), 3'000u);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i].status == OutcomeStatus::kAccepted, i < 2'500) << i;
  }
  expect_books_add_up();
}

}  // namespace
}  // namespace holdfast::shared
