#include "connectors/shopify/mapping.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "connectors/shopify/payload.h"
#include "json/check.h"
#include "model/limits.h"

namespace holdfast::connectors::shopify {
namespace {

/// A key is `d:{topic}:{id}#{what}`: what is left of it for the id.
constexpr size_t kIdBytesMax = 64;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : static_cast<char>(c);
  });
  return text;
}

/// The units of a line that are not to be shipped any more and did not ship: the fall of what is
/// fulfillable that no fulfilment explains. Once an order is cancelled nothing is to be shipped.
int64_t removed_of(const Order& order, const OrderLine& line) {
  int64_t removed = line.quantity - (order.cancelled_at.has_value() ? 0 : line.fulfillable);
  for (const Shipment& shipment : order.shipments) {
    const bool leaves = shipment.status != Shipment::Status::kVoided &&
                        shipment.status != Shipment::Status::kFailed;
    for (const Shipment::Line& shipped : shipment.lines) {
      if (leaves && shipped.id == line.id) removed -= shipped.quantity;
    }
  }
  return std::max<int64_t>(0, removed);
}

int64_t cancelled_of(const Order& order, const OrderLine& line) {
  int64_t cancelled = 0;
  for (const Refund& refund : order.refunds) {
    for (const Refund::Line& refunded : refund.lines) {
      const bool is_it = refunded.line == line.id && refunded.restock == Refund::Restock::kCancel;
      if (is_it) cancelled += refunded.quantity;
    }
  }
  return cancelled;
}

/// `legacy_restock` says that units came back, not from where: as many as were removed and not
/// cancelled otherwise were never shipped, the others are returns. The newest are taken for the
/// removed ones: so what once counted as a return stays one in every later payload.
void settle_legacy(Order* order) {
  for (const OrderLine& line : order->lines) {
    int64_t left = std::max<int64_t>(0, removed_of(*order, line) - cancelled_of(*order, line));
    for (auto refund = order->refunds.rbegin(); refund != order->refunds.rend(); ++refund) {
      std::vector<Refund::Line> lines;
      for (Refund::Line& refunded : refund->lines) {
        if (refunded.restock != Refund::Restock::kLegacy || refunded.line != line.id) {
          lines.push_back(std::move(refunded));
          continue;
        }
        Refund::Line cancelled = refunded;
        cancelled.restock = Refund::Restock::kCancel;
        cancelled.quantity = std::min(left, refunded.quantity);
        left -= cancelled.quantity;
        refunded.restock = Refund::Restock::kReturn;
        refunded.quantity -= cancelled.quantity;
        if (cancelled.quantity > 0) lines.push_back(std::move(cancelled));
        if (refunded.quantity > 0) lines.push_back(std::move(refunded));
      }
      refund->lines = std::move(lines);
    }
  }
}

/// A refund's line inside an order is of the order's line: that one says what the article is.
void name_articles(Order* order) {
  const auto name = [&](const std::string& id, Article* article) {
    const auto line = std::find_if(order->lines.begin(), order->lines.end(),
                                   [&](const OrderLine& other) { return other.id == id; });
    if (line != order->lines.end()) *article = line->article;
  };
  for (Refund& refund : order->refunds) {
    for (Refund::Line& line : refund.lines) name(line.line, &line.article);
  }
  for (Shipment& shipment : order->shipments) {
    for (Shipment::Line& line : shipment.lines) name(line.id, &line.article);
  }
}

/// One delivery on its way to commands.
class Booking {
 public:
  Booking(const SourceConfig& config, const Head& head, const json::Value& delivery)
      : config_(config), head_(head), delivery_(delivery) {}

  intake::Mapped book() {
    mapped_.delivery_id = head_.delivery_id;
    Status done = check_head();
    if (done) done = book_topic();
    if (!done) park(std::move(done).error(), delivery_);
    return std::move(mapped_);
  }

 private:
  using Book = Status (Booking::*)();
  struct Topic {
    std::string_view name;
    Book book;
  };
  /// Every topic that says something of stock. `orders/edited` is not among them: it has no SKUs,
  /// and the `orders/updated` that follows it tells the same whole.
  static constexpr std::array<Topic, 12> topics();

  Status book_topic();
  Status check_head() const;
  Status order();
  Status shipment();
  Status refund();
  Status rerouting();
  Status level();

  void tell_cancelled(const Order& order);
  void tell_returned(const std::string& order, const Refund& refund);
  void add_line(const Order& order, const OrderLine& line, Command* command);
  void add_shipment(const Shipment& shipment, Command* command);

  Command command(CommandType type, const std::string& order) const;
  void add(Command command, const std::string& what);
  bool by_name() const { return config_.order_key == "name"; }
  void name_item(Rerouting::Line* line) const;
  /// Whether a line is booked; one that cannot be is parked.
  bool takes(const Article& article, const json::Value& item, const std::string& pointer);
  Result<std::string> our_location(const std::string& theirs, const std::string& pointer) const;
  void park(Error reason, const json::Value& item) {
    mapped_.parked.push_back({std::move(reason), without_people(item)});
  }

  const SourceConfig& config_;
  const Head& head_;
  const json::Value& delivery_;
  intake::Mapped mapped_;
};

constexpr std::array<Booking::Topic, 12> Booking::topics() {
  return {{{"orders/create", &Booking::order},
           {"orders/updated", &Booking::order},
           {"orders/paid", &Booking::order},
           {"orders/cancelled", &Booking::order},
           {"orders/fulfilled", &Booking::order},
           {"orders/partially_fulfilled", &Booking::order},
           {"refunds/create", &Booking::refund},
           {"fulfillments/create", &Booking::shipment},
           {"fulfillments/update", &Booking::shipment},
           {"fulfillment_orders/moved", &Booking::rerouting},
           {"fulfillment_orders/order_routing_complete", &Booking::rerouting},
           {"inventory_levels/update", &Booking::level}}};
}

// ---- the head ----

Status Booking::check_head() const {
  const auto bad = [](std::string detail) {
    return fail(ErrorCode::kUnreadableDelivery, std::move(detail));
  };
  if (head_.topic.empty()) return bad("the header X-Shopify-Topic is missing or there twice");
  if (head_.delivery_id.empty()) {
    return bad("the header X-Shopify-Webhook-Id is missing or there twice");
  }
  if (std::max(head_.delivery_id.size(), head_.event_id.size()) > kIdBytesMax) {
    return bad(fmt::format("an id in the head has more than {} bytes", kIdBytesMax));
  }
  if (!config_.shop_domain.empty() && lower(head_.shop) != config_.shop_domain) {
    return bad(
        fmt::format("the delivery is of the shop \"{}\" and this source takes {}: give each "
                    "shop a source of its own",
                    head_.shop, config_.shop_domain));
  }
  return {};
}

Status Booking::book_topic() {
  for (const Topic& topic : topics()) {
    if (topic.name == head_.topic) return (this->*topic.book)();
  }
  return {};
}

// ---- orders ----

Status Booking::order() {
  HF_ASSIGN(order, read_order(delivery_));
  if (order.is_test) return {};
  if (by_name()) {
    if (order.name.empty()) {
      return fail(ErrorCode::kUnreadableDelivery,
                  "/name is missing, and order_key = \"name\" knows orders by it", "/name");
    }
    order.id = order.name;
  }
  name_articles(&order);
  settle_legacy(&order);
  Command changed = command(CommandType::kOrderChanged, order.id);
  HF_ASSIGN(place, our_location(order.location, "/location_id"));
  changed.location = std::move(place);
  changed.version = {Version::Kind::kTime, order.updated_at.us};
  for (const OrderLine& line : order.lines) add_line(order, line, &changed);
  for (const Shipment& shipment : order.shipments) add_shipment(shipment, &changed);
  const bool has_goods = !changed.lines.empty() || !changed.fulfillments.empty();
  if (has_goods) add(std::move(changed), "order");
  if (has_goods && order.cancelled_at.has_value()) tell_cancelled(order);
  for (const Refund& refund : order.refunds) tell_returned(order.id, refund);
  return {};
}

void Booking::add_line(const Order& order, const OrderLine& line, Command* command) {
  if (!takes(line.article, *line.json, line.pointer)) return;
  const int64_t cancelled = cancelled_of(order, line);
  CommandLine& told = command->lines.emplace_back();
  told.sku = line.article.sku;
  told.line = line.id;
  told.ordered = line.quantity;
  told.cancelled = cancelled;
  told.written_off = std::max<int64_t>(0, removed_of(order, line) - cancelled);
}

void Booking::add_shipment(const Shipment& shipment, Command* command) {
  using S = Shipment::Status;
  if (shipment.status == S::kUnderWay || shipment.status == S::kFailed) return;
  if (shipment.status == S::kUnknown) {
    return park({ErrorCode::kUnreadableDelivery,
                 fmt::format("{}/status is \"{}\", which is no status of a fulfilment",
                             shipment.pointer, shipment.status_word),
                 shipment.pointer},
                *shipment.json);
  }
  CommandFulfillment told;
  told.id = shipment.id;
  told.voided = shipment.status == S::kVoided;
  told.occurred_at = shipment.created_at;
  if (!told.voided) {
    auto place = our_location(shipment.location, shipment.pointer + "/location_id");
    if (!place) return park(std::move(place).error(), *shipment.json);
    told.location = std::move(*place);
    for (const Shipment::Line& line : shipment.lines) {
      // A line without SKU is parked with the order's lines already.
      if (!line.article.is_goods || line.article.sku.empty()) continue;
      told.lines.push_back({line.article.sku, line.id, line.quantity});
    }
    if (told.lines.empty()) return;
  }
  command->fulfillments.push_back(std::move(told));
}

/// What was neither restocked nor shipped is in the snapshot as written off; the whole cancellation
/// says that nothing is owed any more, so that a label voided later frees its units.
void Booking::tell_cancelled(const Order& order) {
  Command whole = command(CommandType::kOrderCancelled, order.id);
  whole.occurred_at = order.cancelled_at;
  add(std::move(whole), "cancelled");
}

// ---- refunds ----

void Booking::tell_returned(const std::string& order, const Refund& refund) {
  Command returned = command(CommandType::kStockReturned, order);
  returned.document = refund.id;
  returned.occurred_at = refund.created_at;
  for (const Refund::Line& line : refund.lines) {
    if (line.restock != Refund::Restock::kReturn) continue;
    if (!takes(line.article, *line.json, line.pointer)) continue;
    auto place = our_location(line.location, line.pointer + "/location_id");
    if (!place) {
      park(std::move(place).error(), *line.json);
      continue;
    }
    CommandLine& told = returned.lines.emplace_back();
    told.sku = line.article.sku;
    told.line = line.line;
    told.quantity = line.quantity;
    told.location = place->empty() ? config_.default_location : *place;
  }
  if (!returned.lines.empty()) add(std::move(returned), "returned-" + refund.id);
}

/// Of a refund alone: what was cancelled and what came back. `no_restock` can be of shipped or of
/// owed units: only the order tells. Nor does `legacy_restock` say which it was.
/// It knows its order by the id alone: where orders go by name, the next `orders/updated` tells it.
Status Booking::refund() {
  HF_ASSIGN(refund, read_refund(delivery_));
  if (refund.is_test || by_name()) return {};
  Command cancelled = command(CommandType::kOrderCancelled, refund.order);
  cancelled.document = refund.id;
  cancelled.occurred_at = refund.created_at;
  for (const Refund::Line& line : refund.lines) {
    if (line.restock != Refund::Restock::kCancel) continue;
    if (!takes(line.article, *line.json, line.pointer)) continue;
    auto place = our_location(line.location, line.pointer + "/location_id");
    if (!place) {
      park(std::move(place).error(), *line.json);
      continue;
    }
    CommandLine& told = cancelled.lines.emplace_back();
    told.sku = line.article.sku;
    told.line = line.line;
    told.quantity = line.quantity;
    told.location = std::move(*place);
  }
  if (!cancelled.lines.empty()) add(std::move(cancelled), "cancelled");
  tell_returned(refund.order, refund);
  return {};
}

// ---- fulfilments and routing ----

Status Booking::shipment() {
  HF_ASSIGN(shipment, read_shipment(delivery_));
  if (shipment.is_test || by_name()) return {};  // as with refund()
  using S = Shipment::Status;
  if (shipment.status == S::kUnderWay || shipment.status == S::kFailed) return {};
  if (shipment.status == S::kUnknown) {
    return fail(
        ErrorCode::kUnreadableDelivery,
        fmt::format("/status is \"{}\", which is no status of a fulfilment", shipment.status_word),
        "/status");
  }
  const bool voided = shipment.status == S::kVoided;
  Command told = command(voided ? CommandType::kOrderUnfulfilled : CommandType::kOrderFulfilled,
                         shipment.order);
  told.document = shipment.id;
  told.occurred_at = shipment.created_at;
  if (voided) {
    add(std::move(told), "voided");
    return {};
  }
  HF_ASSIGN(place, our_location(shipment.location, "/location_id"));
  told.location = std::move(place);
  for (const Shipment::Line& line : shipment.lines) {
    if (!takes(line.article, *line.json, line.pointer)) continue;
    CommandLine& shipped = told.lines.emplace_back();
    shipped.sku = line.article.sku;
    shipped.line = line.id;
    shipped.quantity = line.quantity;
  }
  if (!told.lines.empty()) add(std::move(told), "shipped");
  return {};
}

Status Booking::rerouting() {
  HF_ASSIGN(rerouting, read_rerouting(delivery_, by_name()));
  Command moved = command(CommandType::kOrderReassigned, rerouting.order);
  HF_ASSIGN(from, our_location(rerouting.from, "/source_location/id"));
  HF_ASSIGN(to, our_location(rerouting.to, "/destination_location_id"));
  if (from == to) return {};  // two of Shopify's are one of ours
  moved.location = std::move(from);
  moved.to_location = std::move(to);
  for (Rerouting::Line& line : rerouting.lines) {
    name_item(&line);
    if (!takes(line.article, *line.json, line.pointer)) continue;
    CommandLine& told = moved.lines.emplace_back();
    told.sku = line.article.sku;
    told.quantity = line.quantity;
  }
  if (!moved.lines.empty()) add(std::move(moved), "moved");
  return {};
}

/// A fulfilment order's line names the inventory item, and only sometimes the SKU.
void Booking::name_item(Rerouting::Line* line) const {
  const auto sku = config_.items.find(line->item);
  if (line->article.sku.empty() && sku != config_.items.end()) line->article.sku = sku->second;
}

/// Shopify's own number of what can be sold. It is read when the delivery is put together and may
/// be a later one than the change it is about, and it comes after every order and every push:
/// booked, it would count those again. So it is an observation and moves nothing; of a place that
/// is not ours it says nothing. It names no SKU: only where the item is listed is it compared.
Status Booking::level() {
  HF_ASSIGN(level, read_level(delivery_));
  const auto place = config_.locations.find(level.location);
  if (place == config_.locations.end() || !level.available) return {};
  mapped_.observations = 1;
  const auto sku = config_.items.find(level.item);
  if (sku == config_.items.end()) return {};
  mapped_.observed.push_back({config_.channel, sku->second, place->second, level.location,
                              *level.available, level.updated_at});
  return {};
}

// ---- what all of them share ----

Command Booking::command(CommandType type, const std::string& order) const {
  Command command;
  command.type = type;
  command.source = config_.name;
  command.from_source = true;
  command.channel = config_.channel;
  command.order = order;
  return command;
}

/// (source, topic, delivery id) and (source, topic, event id); `what` tells the facts of one
/// delivery apart and is the same in every payload of it, whatever fields a subscription includes.
void Booking::add(Command command, const std::string& what) {
  const auto key = [&](char kind, const std::string& id) {
    return id.empty() ? std::string() : fmt::format("{}:{}:{}#{}", kind, head_.topic, id, what);
  };
  command.idempotency_key = key('d', head_.delivery_id);
  command.idempotency_key_2 = key('e', head_.event_id);
  if (auto good = json::check_command(command); !good) {
    return park({ErrorCode::kUnreadableDelivery,
                 fmt::format("as {} {}: {}", name_of(command.type), good.error().pointer,
                             good.error().detail),
                 good.error().pointer},
                delivery_);
  }
  mapped_.commands.push_back(std::move(command));
  mapped_.items.push_back(without_people(delivery_));
}

bool Booking::takes(const Article& article, const json::Value& item, const std::string& pointer) {
  if (!article.is_goods) return false;
  if (!article.sku.empty()) return true;
  if (article.has_variant) {
    park({ErrorCode::kUnmappedSku,
          pointer + "/sku is empty: give the variant a SKU, then save the order again", pointer},
         item);
  }
  return false;
}

Result<std::string> Booking::our_location(const std::string& theirs,
                                          const std::string& pointer) const {
  if (theirs.empty()) return std::string();
  const auto ours = config_.locations.find(theirs);
  if (ours != config_.locations.end()) return ours->second;
  return fail(ErrorCode::kUnmappedLocation,
              fmt::format("{} is {}, which is not in [sources.locations]: add it", pointer, theirs),
              pointer);
}

}  // namespace

// ---- configuration ----

Result<Mapping> Mapping::make(const SourceConfig& config) {
  const auto bad = [](std::string detail) {
    return fail(ErrorCode::kConfigInvalid, std::move(detail));
  };
  Mapping mapping;
  mapping.config_ = config;
  mapping.config_.shop_domain = lower(config.shop_domain);
  const std::string& shop = mapping.config_.shop_domain;
  if (shop.find_first_of(":/ ") != shop.npos) {
    return bad("shop_domain: give the domain alone, as in \"x.myshopify.com\"");
  }
  if (!config.default_location.empty()) {
    HF_TRY(json::check_name(config.default_location, "default_location"));
  }
  if (config.order_key != "id" && config.order_key != "name") {
    return bad("order_key: is \"id\" or \"name\"");
  }
  for (const auto& [item, sku] : config.items) {
    if (const auto good = json::check_name(sku, "items_file"); !good) {
      return bad(fmt::format("items_file: item {}: {}", item, good.error().detail));
    }
  }
  mapping.config_.locations.clear();
  for (const auto& [theirs, ours] : config.locations) {
    if (const auto good = json::check_name(ours, "locations"); !good) {
      return bad(fmt::format("locations: \"{}\": {}", theirs, good.error().detail));
    }
    const std::string id = bare_id(theirs);
    const bool is_number = !id.empty() && id.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) {
      return bad(
          fmt::format("locations: \"{}\" is no location of Shopify's: write its number, "
                      "as in \"655441491\" = \"{}\"",
                      theirs, ours));
    }
    if (!mapping.config_.locations.emplace(id, ours).second) {
      return bad(fmt::format("locations: {} is there twice", id));
    }
  }
  return mapping;
}

intake::Mapped Mapping::map(const Head& head, const json::Value& delivery) const {
  return Booking(config_, head, delivery).book();
}

}  // namespace holdfast::connectors::shopify
