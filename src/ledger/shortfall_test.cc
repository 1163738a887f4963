// What a shortfall names and counts, and what it says of a hold, stay bounded however many carts
// there are.
#include "ledger/test_ledger.h"
#include "model/event_detail.h"

namespace holdfast::ledger {
namespace {

std::vector<ShortfallDetail> shortfalls_of(const RecordingSink::Recorded& command) {
  std::vector<ShortfallDetail> details;
  for (const Event& event : command.views()) {
    if (event.type == EventType::kShortfallOpened) {
      details.push_back(*decode_shortfall_detail(event.detail));
    }
  }
  return details;
}

TEST(Shortfalls, OfOneCommandNameFourThousandTogetherAndCountTheRest) {
  constexpr int kSkus = 60, kCarts = 100;
  TestLedger shop;
  shop.channel("web", {"berlin"});
  std::vector<CommandLine> all;
  for (int i = 0; i < kSkus; ++i) {
    const std::string sku = "S" + std::to_string(i);
    shop.receive(sku, "berlin", kCarts);
    for (int cart = 0; cart < kCarts; ++cart) shop.hold("", {line_of(sku, 1)});
    all.push_back(line_of(sku, kCarts, "berlin"));
  }
  shop.keyed(TestLedger::fact(CommandType::kStockSold, all));
  size_t named = 0, more = 0;
  const auto details = shortfalls_of(shop.sink.last());
  ASSERT_EQ(details.size(), static_cast<size_t>(kSkus));
  for (const ShortfallDetail& detail : details) {
    EXPECT_EQ(detail.missing, kCarts);
    named += detail.holds.size();
    more += detail.more;
  }
  EXPECT_EQ(named, 4'096u);
  EXPECT_EQ(named + more, static_cast<size_t>(kSkus * kCarts));
}

TEST(Shortfalls, CountNoFurtherThanAThousand) {
  constexpr int kCarts = 1'500;
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", kCarts);
  for (int cart = 0; cart < kCarts; ++cart) shop.hold("", {line_of("A", 1)});
  shop.sell("A", "berlin", kCarts);
  const auto details = shortfalls_of(shop.sink.last());
  ASSERT_EQ(details.size(), 1u);
  EXPECT_EQ(details[0].missing, kCarts);
  EXPECT_EQ(details[0].holds.size(), 100u);
  EXPECT_EQ(details[0].more, 900u);
}

TEST(Shortfalls, EndangerTheNewestHoldsWhereverOneAsksFrom) {
  constexpr int kCarts = 9;
  TestLedger shop;
  shop.channel("web", {"berlin"});
  shop.receive("A", "berlin", 2 * kCarts);
  for (int cart = 0; cart < kCarts; ++cart) {
    shop.hold("c" + std::to_string(cart), {line_of("A", 2)});
  }
  for (int missing = 1; missing <= 2 * kCarts + 1; ++missing) {
    shop.sell("A", "berlin", 1);
    int64_t left = missing;
    for (int cart = kCarts - 1; cart >= 0; --cart) {
      const int64_t expected = std::min<int64_t>(left, 2);
      left -= expected;
      EXPECT_EQ(hold_in(shop.ledger(), "c" + std::to_string(cart), shop.now).endangered, expected)
          << "cart " << cart << " of " << missing << " missing";
    }
  }
}

}  // namespace
}  // namespace holdfast::ledger
