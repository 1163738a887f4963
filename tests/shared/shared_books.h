// A node over PostgreSQL with the face of sim::Books, so that the stories told to one ledger are
// told to a shared one, word by word.
//
// The stories have times of their own; a shared ledger's clock is the database's, and never before
// its last group. So every time is moved a century on, and the last group is said to have been
// then. Confined to one thread.
#pragma once

#include <memory>
#include <string>

#include "sim/books.h"
#include "tests/shared/nodes.h"

namespace holdfast::shared {

class SharedBooks final : public sim::Books {
 public:
  SharedBooks(test::Postgres& server, std::unique_ptr<Node> node);

  Outcome decide(const Command& command, Timestamp now) override;
  void expire_due(Timestamp now) override;
  std::vector<PositionView> positions(const std::string& sku) const override;
  ChannelAvailability availability(const std::string& sku,
                                   const std::string& channel) const override;
  int64_t outside(const std::string& sku, Account account) const override;
  std::optional<HoldView> hold(const std::string& id) const override;
  std::optional<OrderView> order(const std::string& channel,
                                 const std::string& order) const override;
  std::vector<ShortfallView> shortfalls() const override;
  size_t discrepancies() const override;
  std::string check() const override { return {}; }  // ManyNodes::expect_books_add_up

 private:
  void be_at(Timestamp now);
  StockView stock(const std::string& sku) const;

  test::Postgres& server_;
  std::unique_ptr<store::postgres::Connection> clock_;
  std::unique_ptr<Node> node_;
};

}  // namespace holdfast::shared
