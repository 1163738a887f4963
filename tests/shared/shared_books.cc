#include "tests/shared/shared_books.h"

#include <algorithm>

namespace holdfast::shared {
namespace {

constexpr Duration kLater = 36'525 * kDay;

Timestamp later(Timestamp time) { return time.has_value() ? time + kLater : time; }
Timestamp earlier(Timestamp time) { return time.has_value() ? time - kLater : time; }

HoldView told(HoldView view) {
  view.expires_at = earlier(view.expires_at);
  return view;
}

}  // namespace

SharedBooks::SharedBooks(test::Postgres& server, std::unique_ptr<Node> node)
    : server_(server), node_(std::move(node)) {
  auto connection = store::postgres::Connection::open(*store::postgres::Url::parse(server.url()));
  EXPECT_TRUE(connection) << connection.error().detail;
  clock_ = std::move(*connection);
}

void SharedBooks::be_at(Timestamp now) {
  const auto set =
      clock_->execute("UPDATE ledger SET last_time = greatest(last_time, timestamptz 'epoch' + " +
                      std::to_string(later(now).us) + " * interval '1 microsecond')");
  ASSERT_TRUE(set) << set.error().detail;
}

Outcome SharedBooks::decide(const Command& command, Timestamp now) {
  be_at(now);
  Command moved = command;
  moved.occurred_at = later(command.occurred_at);
  for (CommandFulfillment& fulfillment : moved.fulfillments) {
    fulfillment.occurred_at = later(fulfillment.occurred_at);
  }
  Outcome outcome = node_->decide(std::move(moved));
  if (outcome.hold) outcome.hold = told(*outcome.hold);
  return outcome;
}

void SharedBooks::expire_due(Timestamp now) {
  be_at(now);
  while ((*node_)->do_work()) {
  }
}

StockView SharedBooks::stock(const std::string& sku) const {
  Query query;
  query.sku = sku;
  QueryResult result = node_->ask(query);
  return result.stock.empty() ? StockView{} : result.stock.front();
}

std::vector<PositionView> SharedBooks::positions(const std::string& sku) const {
  return stock(sku).locations;
}

ChannelAvailability SharedBooks::availability(const std::string& sku,
                                              const std::string& channel) const {
  for (const ChannelAvailability& answer : stock(sku).channels) {
    if (answer.channel == channel) return answer;
  }
  return {channel, std::nullopt, {}};
}

int64_t SharedBooks::outside(const std::string& sku, Account account) const {
  const std::string balance = server_.sql("SELECT " + std::string(name_of(account)) +
                                          " FROM sku WHERE sku = coalesce((SELECT same_as FROM sku "
                                          "WHERE sku = '" +
                                          sku + "'), '" + sku + "')");
  return balance.empty() ? 0 : std::stoll(balance);
}

std::optional<HoldView> SharedBooks::hold(const std::string& id) const {
  Query query;
  query.type = QueryType::kHold;
  query.hold = id;
  QueryResult result = node_->ask(query);
  if (result.holds.empty()) return std::nullopt;
  return told(result.holds.front());
}

std::optional<OrderView> SharedBooks::order(const std::string& channel,
                                            const std::string& order) const {
  Query query;
  query.type = QueryType::kOrder;
  query.channel = channel;
  query.order = order;
  QueryResult result = node_->ask(query);
  if (result.orders.empty()) return std::nullopt;
  return result.orders.front();
}

std::vector<ShortfallView> SharedBooks::shortfalls() const {
  Query query;
  query.type = QueryType::kShortfalls;
  query.limit = 1'000;
  QueryResult result = node_->ask(query);
  std::ranges::sort(result.shortfalls, {},
                    [](const ShortfallView& view) { return std::pair(view.sku, view.location); });
  return result.shortfalls;
}

size_t SharedBooks::discrepancies() const {
  Query query;
  query.type = QueryType::kDiscrepancies;
  query.limit = 1'000;
  return node_->ask(query).discrepancies.size();
}

}  // namespace holdfast::shared
