// The shop of the cut-over test: 10,000 SKUs, 400 open orders and what happens to them, drawn from
// a seed; its files, its signed deliveries, and what the ledger's numbers must be after each of
// them. Confined to one thread, but for admissible(), which is only read.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace holdfast::test {

struct ShopDelivery {
  std::string topic;
  std::string body;
  std::string id;  ///< X-Shopify-Webhook-Id
  std::string secret;
  int answer = 200;  ///< what it must be answered
};

class CutOverShop {
 public:
  /// `now`: the moment of the opening files.
  CutOverShop(uint64_t seed, Timestamp now);

  std::string stock_csv() const;
  std::string orders_csv() const;
  std::string items_csv() const;
  /// What the shop shows after the first `deliveries` of them: sales it made itself included.
  /// `wrong`: these SKUs with a number nobody knows why.
  std::string inventory_export(size_t deliveries, const std::set<std::string>& wrong) const;
  const std::vector<ShopDelivery>& deliveries() const { return deliveries_; }
  /// inventory_levels/update of a SKU's one location.
  ShopDelivery level_of(const std::string& sku, int64_t available, Timestamp at) const;

  /// Every number the channel may be told of a SKU: after the opening and any of the deliveries.
  const std::set<int64_t>& admissible(const std::string& sku) const { return admissible_.at(sku); }
  int64_t final_number(const std::string& sku) const { return numbers_.at(sku); }
  const std::map<std::string, int64_t>& final_numbers() const { return numbers_; }
  /// SKUs that the shop has and nobody counted.
  const std::set<std::string>& uncounted() const { return uncounted_; }

  static constexpr const char* kSecret = "shpss_cut_over";
  static constexpr size_t kSkus = 10'000;
  static constexpr size_t kOpenOrders = 400;

 private:
  struct Line {
    uint64_t id = 0;
    std::string sku;
    int64_t quantity = 0;
    int64_t shipped = 0;
  };
  struct Order {
    uint64_t id = 0;
    std::vector<Line> lines;
    bool cancelled = false;
    bool in_file = false;
    int64_t version_s = 0;               ///< updated_at, seconds after the moment
    std::vector<std::string> shipments;  ///< JSON
    int64_t owed(const Line& line) const { return cancelled ? 0 : line.quantity - line.shipped; }
  };

  void draw_stock();
  Order draw_order(uint64_t id);
  void draw_deliveries();
  std::string body_of(const Order& order) const;
  std::string ship(Order& order, Line& line, int64_t quantity, int64_t at_s);
  void tell(const std::string& topic, std::string body);
  /// What the deliveries so far come to.
  void settle(const Order& before, const Order& after);
  std::string time(int64_t at_s) const;
  const std::string& place_of(const std::string& sku) const { return place_.at(sku); }

  SeededRandom random_;
  const Timestamp now_;
  std::vector<std::string> skus_;
  std::set<std::string> uncounted_;
  std::map<std::string, std::string> place_;  ///< its one location
  std::map<std::string, int64_t> on_hand_;
  std::map<std::string, int64_t> damaged_;
  std::vector<Order> orders_;
  std::vector<ShopDelivery> deliveries_;
  std::map<std::string, int64_t> numbers_;                  ///< available to sell
  std::vector<std::map<std::string, int64_t>> changed_by_;  ///< by delivery: the numbers it changed
  std::map<std::string, int64_t> opening_;
  std::map<std::string, std::set<int64_t>> admissible_;
  std::string orders_csv_;
  uint64_t next_shipment_ = 9'000'000'001;
};

}  // namespace holdfast::test
