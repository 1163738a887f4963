#include "tests/integration/cut_over_shop.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::test {
namespace {

constexpr uint64_t kFirstOrder = 5'401'234'567'890'000'000;
constexpr uint64_t kFirstLine = 3'401'234'567'890'000'000;
constexpr const char* kPlaces[] = {"berlin", "leeds"};

std::string place_id(const std::string& place) {
  return place == "berlin" ? "655441491" : "655441492";
}
std::string place_name(const std::string& place) {
  return place == "berlin" ? "Main street" : "Leeds";
}
uint64_t item_of(const std::string& sku) {
  return 271'878'346'596'000'000 + std::stoull(sku.substr(4));
}

}  // namespace

CutOverShop::CutOverShop(uint64_t seed, Timestamp now) : random_(seed), now_(now) {
  draw_stock();
  for (size_t i = 0; i < kOpenOrders; ++i) {
    Order order = draw_order(kFirstOrder + i);
    order.in_file = true;
    // A tenth of them was shipped in part before the moment.
    Line& line = order.lines.front();
    if (i % 10 == 0 && line.quantity > 1) order.shipments.push_back(ship(order, line, 1, -3'600));
    for (const Line& owed : order.lines) {
      orders_csv_ += fmt::format("web,{},{},{},{}\n", order.id, owed.sku, order.owed(owed),
                                 place_of(owed.sku));
      numbers_[owed.sku] -= order.owed(owed);
    }
    orders_.push_back(std::move(order));
  }
  for (const std::string& sku : uncounted_) numbers_.erase(sku);
  for (const auto& [sku, number] : numbers_) admissible_[sku].insert(std::max<int64_t>(0, number));
  opening_ = numbers_;
  draw_deliveries();
}

void CutOverShop::draw_stock() {
  for (size_t i = 0; i < kSkus; ++i) {
    const std::string sku = fmt::format("SKU-{:05}", i);
    skus_.push_back(sku);
    place_[sku] = kPlaces[i % 3 == 0 ? 1 : 0];
    // A tenth is sold out, the others have from 5: what orders take of them leaves some.
    const bool sold_out = random_.below(10) == 0;
    on_hand_[sku] = sold_out ? 0 : 5 + static_cast<int64_t>(random_.below(200));
    damaged_[sku] = !sold_out && random_.below(20) == 0 ? 2 : 0;
    if (i % 500 == 499) uncounted_.insert(sku);
    numbers_[sku] = on_hand_[sku] - damaged_[sku];
  }
}

/// One to three lines of SKUs that are there.
CutOverShop::Order CutOverShop::draw_order(uint64_t id) {
  Order order;
  order.id = id;
  const size_t lines = 1 + random_.below(3);
  while (order.lines.size() < lines) {
    const std::string& sku = skus_[random_.below(skus_.size())];
    const bool taken = std::any_of(order.lines.begin(), order.lines.end(),
                                   [&](const Line& line) { return line.sku == sku; });
    if (taken || uncounted_.contains(sku) || numbers_.at(sku) < 3) continue;
    order.lines.push_back({kFirstLine + (id - kFirstOrder) * 4 + order.lines.size(), sku,
                           1 + static_cast<int64_t>(random_.below(3)), 0});
  }
  return order;
}

std::string CutOverShop::time(int64_t at_s) const { return to_rfc3339(now_ + at_s * kSecond); }

std::string CutOverShop::ship(Order& order, Line& line, int64_t quantity, int64_t at_s) {
  line.shipped += quantity;
  return fmt::format(
      R"({{"id":{},"order_id":{},"status":"success","created_at":"{}","location_id":{},)"
      R"("line_items":[{{"id":{},"variant_id":5,"sku":"{}","quantity":{}}}]}})",
      next_shipment_++, order.id, time(at_s), place_id(place_of(line.sku)), line.id, line.sku,
      quantity);
}

std::string CutOverShop::body_of(const Order& order) const {
  std::string lines;
  for (const Line& line : order.lines) {
    lines += fmt::format(
        R"({}{{"id":{},"variant_id":5,"sku":"{}","quantity":{},"fulfillable_quantity":{}}})",
        lines.empty() ? "" : ",", line.id, line.sku, line.quantity, order.owed(line));
  }
  // What was cancelled was restocked: a refund line each.
  std::string refunds;
  if (order.cancelled) {
    std::string refunded;
    for (const Line& line : order.lines) {
      if (line.quantity == line.shipped) continue;
      refunded += fmt::format(
          R"({}{{"line_item_id":{},"quantity":{},"restock_type":"cancel","location_id":{},)"
          R"("line_item":{{"variant_id":5,"sku":"{}"}}}})",
          refunded.empty() ? "" : ",", line.id, line.quantity - line.shipped,
          place_id(place_of(line.sku)), line.sku);
    }
    if (!refunded.empty())
      refunds =
          fmt::format(R"({{"id":{},"order_id":{},"created_at":"{}","refund_line_items":[{}]}})",
                      order.id + 7, order.id, time(order.version_s), refunded);
  }
  return fmt::format(
      R"({{"id":{},"name":"#{}","updated_at":"{}",{}"line_items":[{}],"fulfillments":[{}],)"
      R"("refunds":[{}]}})",
      order.id, order.id % 100'000, time(order.version_s),
      order.cancelled ? fmt::format(R"("cancelled_at":"{}",)", time(order.version_s)) : "", lines,
      fmt::join(order.shipments, ","), refunds);
}

void CutOverShop::tell(const std::string& topic, std::string body) {
  deliveries_.push_back({topic, std::move(body), fmt::format("d-{}", deliveries_.size()), kSecret});
  changed_by_.emplace_back();
}

/// The difference the last delivery makes to what can be sold.
void CutOverShop::settle(const Order& before, const Order& after) {
  for (size_t i = 0; i < after.lines.size(); ++i) {
    const Line& line = after.lines[i];
    const int64_t was =
        before.lines.empty() ? 0 : before.owed(before.lines[i]) + before.lines[i].shipped;
    const int64_t is = after.owed(line) + line.shipped;
    if (was == is) continue;
    const int64_t number = numbers_[line.sku] -= is - was;
    changed_by_.back()[line.sku] = number;
    admissible_[line.sku].insert(std::max<int64_t>(0, number));
  }
}

/// New orders, shipments, cancellations, orders that were done before the moment and are touched;
/// repetitions, old versions after newer ones, one that nobody signed.
void CutOverShop::draw_deliveries() {
  uint64_t next_order = kFirstOrder + 100'000;
  for (int i = 0; i < 900; ++i) {
    const int64_t at_s = 1 + i / 100;
    const uint64_t kind = random_.below(10);
    if (kind < 4) {
      Order order = draw_order(next_order++);
      order.version_s = at_s;
      tell("orders/create", body_of(order));
      settle({}, order);
      orders_.push_back(std::move(order));
    } else if (kind < 7) {
      Order& order = orders_[random_.below(orders_.size())];
      Line& line = order.lines.front();
      if (order.cancelled || order.owed(line) == 0) continue;
      const Order before = order;
      const std::string old_body = body_of(order);
      order.shipments.push_back(ship(order, line, order.owed(line), at_s));
      order.version_s = std::max(order.version_s + 1, at_s);
      tell("fulfillments/create", order.shipments.back());
      tell("orders/updated", body_of(order));
      settle(before, order);
      if (i % 3 == 0) tell("orders/updated", old_body);  // late: an older version
    } else if (kind < 8) {
      Order& order = orders_[random_.below(orders_.size())];
      if (order.cancelled) continue;
      const Order before = order;
      order.cancelled = true;
      order.version_s = std::max(order.version_s + 1, at_s);
      tell("orders/cancelled", body_of(order));
      settle(before, order);
    } else if (kind < 9) {
      // Shipped whole before the moment: what lies there does not know it any more.
      Order order = draw_order(next_order++);
      for (Line& line : order.lines)
        order.shipments.push_back(ship(order, line, line.quantity, -7'200));
      order.version_s = at_s;
      tell("orders/updated", body_of(order));
    } else if (!deliveries_.empty()) {
      const size_t again = random_.below(deliveries_.size());
      if (deliveries_[again].answer != 200) continue;
      deliveries_.push_back(deliveries_[again]);
      changed_by_.emplace_back();
    }
    if (i == 450) {
      tell("orders/create", body_of(draw_order(next_order++)));
      deliveries_.back().secret = "shpss_forged";
      deliveries_.back().answer = 401;
    }
  }
}

// ---- its files ----

std::string CutOverShop::stock_csv() const {
  std::string csv = "sku,location,on_hand,damaged\n";
  for (const std::string& sku : skus_) {
    if (uncounted_.contains(sku)) continue;
    csv += fmt::format("{},{},{},{}\n", sku, place_of(sku), on_hand_.at(sku), damaged_.at(sku));
  }
  return csv;
}

std::string CutOverShop::orders_csv() const {
  return "channel,order,sku,quantity,location\n" + orders_csv_;
}

std::string CutOverShop::items_csv() const {
  std::string csv = "inventory_item_id,sku\n";
  for (const std::string& sku : skus_) csv += fmt::format("{},{}\n", item_of(sku), sku);
  return csv;
}

std::string CutOverShop::inventory_export(size_t deliveries,
                                          const std::set<std::string>& wrong) const {
  std::map<std::string, int64_t> shown = opening_;
  for (size_t i = 0; i < deliveries; ++i) {
    for (const auto& [sku, number] : changed_by_[i]) shown[sku] = number;
  }
  std::string csv = "Handle,SKU,Location,Available (not editable),On hand (current)\n";
  for (const std::string& sku : skus_) {
    const std::string& place = place_of(sku);
    const int64_t number =
        uncounted_.contains(sku) ? on_hand_.at(sku) : shown.at(sku) + (wrong.contains(sku) ? 3 : 0);
    csv += fmt::format("h,{},{},{},{}\n", sku, place_name(place), number, on_hand_.at(sku));
    csv += fmt::format("h,{},{},not stocked,not stocked\n", sku,
                       place_name(place == "berlin" ? "leeds" : "berlin"));
  }
  return csv;
}

ShopDelivery CutOverShop::level_of(const std::string& sku, int64_t available, Timestamp at) const {
  return {"inventory_levels/update",
          fmt::format(R"({{"inventory_item_id":{},"location_id":{},"available":{},)"
                      R"("updated_at":"{}"}})",
                      item_of(sku), place_id(place_of(sku)), available, to_rfc3339(at)),
          "level-" + sku + to_rfc3339(at), kSecret};
}

}  // namespace holdfast::test
