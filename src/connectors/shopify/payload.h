// What Shopify says, as plain values: the keys of its payloads that concern stock, read strictly.
// Nothing is decided here. Pure functions, thread-safe.
//
// Ids are text: they exceed 2^53, and even int64, and "gid://shopify/Order/1" is the same as 1.
// Every error is kUnreadableDelivery and names the JSON pointer in its detail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "json/value.h"

namespace holdfast::connectors::shopify {

/// The article of a line, wherever a line is told.
struct Article {
  std::string sku;           ///< trimmed; empty = none
  bool has_variant = false;  ///< false: a custom item that no stock stands behind
  bool is_goods = true;      ///< false: a gift card, or nothing that is shipped
};

struct OrderLine {
  std::string id;
  Article article;
  int64_t quantity = 0;     ///< ordered, 0 … 1e9; does not fall when units are removed
  int64_t fulfillable = 0;  ///< still to ship, 0 … 1e9
  const json::Value* json = nullptr;
  std::string pointer;
};

struct Shipment {
  enum class Status {
    kShipped,   ///< "success"
    kVoided,    ///< "cancelled"
    kUnderWay,  ///< "pending", "open": not to be fulfilled by anybody else, and not gone yet
    kFailed,    ///< "error", "failure"
    kUnknown,
  };
  struct Line {
    std::string id;  ///< of the order's line
    Article article;
    int64_t quantity = 0;  ///< 1 … 1e9
    const json::Value* json = nullptr;
    std::string pointer;  ///< where it stands in the delivery
  };
  std::string id;
  std::string order;
  Status status = Status::kUnknown;
  std::string status_word;
  std::string location;  ///< Shopify's id; empty = none told
  Timestamp created_at;
  bool is_test = false;
  std::vector<Line> lines;
  const json::Value* json = nullptr;
  std::string pointer;  ///< where it stands in the delivery
};

struct Refund {
  enum class Restock { kNone, kCancel, kReturn, kLegacy };
  struct Line {
    std::string line;  ///< id of the order's line
    Article article;
    int64_t quantity = 0;  ///< 1 … 1e9
    Restock restock = Restock::kNone;
    std::string location;  ///< Shopify's id; empty = none told
    const json::Value* json = nullptr;
    std::string pointer;
  };
  std::string id;
  std::string order;
  Timestamp created_at;
  bool is_test = false;
  std::vector<Line> lines;
};

struct Order {
  std::string id;
  std::string name;  ///< "#1001"; empty = none told
  bool is_test = false;
  Timestamp updated_at;
  Timestamp cancelled_at;  ///< none = not cancelled
  std::string location;    ///< of a till; empty = sold online
  std::vector<OrderLine> lines;
  std::vector<Shipment> shipments;
  std::vector<Refund> refunds;  ///< oldest first
};

/// Units of an order that were routed to another location.
struct Rerouting {
  std::string order;
  std::string from, to;  ///< Shopify's location ids
  struct Line {
    Article article;
    std::string item;      ///< inventory item id; empty = none told
    int64_t quantity = 0;  ///< 1 … 1e9
    const json::Value* json = nullptr;
    std::string pointer;
  };
  std::vector<Line> lines;
};

/// Shopify's own number of what can be sold at a location.
struct Level {
  std::string item, location;
  std::optional<int64_t>
      available;  ///< below zero where it oversold; none = the item is not tracked
  Timestamp updated_at;
};

/// The values hold pointers into `delivery`, which outlives them.
Result<Order> read_order(const json::Value& delivery);
Result<Shipment> read_shipment(const json::Value& delivery);
Result<Refund> read_refund(const json::Value& delivery);
/// `by_name`: the order is known by /moved_fulfillment_order/order_name instead of its order_id.
Result<Rerouting> read_rerouting(const json::Value& delivery, bool by_name);
Result<Level> read_level(const json::Value& delivery);

/// "gid://shopify/Location/24826418?x=y" → "24826418"; anything else as it is.
std::string bare_id(std::string_view id);

/// The delivery without everything that does not concern stock: what is kept of one that is parked.
/// Names and addresses of customers are not ours to keep.
std::string without_people(const json::Value& value);

}  // namespace holdfast::connectors::shopify
