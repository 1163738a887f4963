#include "connectors/shopify/payload.h"

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/shopify/fields.h"
#include "json/print.h"
#include "model/limits.h"

namespace holdfast::connectors::shopify {
namespace {

constexpr int64_t kMax = limits::kQuantityMax;

/// The members that are kept of a parked delivery, at any depth. `name` is not among them.
constexpr std::array<std::string_view, 37> kKept = {"id",
                                                    "name",
                                                    "order_name",
                                                    "inventory_item_id",
                                                    "admin_graphql_api_id",
                                                    "order_id",
                                                    "order_number",
                                                    "test",
                                                    "created_at",
                                                    "updated_at",
                                                    "cancelled_at",
                                                    "status",
                                                    "location_id",
                                                    "line_items",
                                                    "line_item",
                                                    "line_item_id",
                                                    "variant_id",
                                                    "sku",
                                                    "quantity",
                                                    "current_quantity",
                                                    "fulfillable_quantity",
                                                    "requires_shipping",
                                                    "gift_card",
                                                    "fulfillments",
                                                    "refunds",
                                                    "refund_line_items",
                                                    "restock_type",
                                                    "inventory_item_id",
                                                    "available",
                                                    "moved_fulfillment_order",
                                                    "original_fulfillment_order",
                                                    "fulfillment_order",
                                                    "assigned_location_id",
                                                    "source_location",
                                                    "destination_location_id",
                                                    "order_edit",
                                                    "fulfillment_order_line_items_requested"};

/// A custom item has a SKU and a variant that are null; a line that has no such member is no line.
/// `named_otherwise`: it need not have the key, for it says its inventory item.
Result<Article> read_article(const Field& line, bool named_otherwise = false) {
  Article article;
  if (line.value()->get("sku") == nullptr && !named_otherwise) return line["sku"].wrong("");
  HF_ASSIGN(sku, line["sku"].name());
  HF_ASSIGN(variant, line["variant_id"].optional_id());
  HF_ASSIGN(ships, line["requires_shipping"].flag(true));
  HF_ASSIGN(gift_card, line["gift_card"].flag(false));
  article.sku = std::move(sku);
  article.has_variant = !variant.empty();
  article.is_goods = ships && !gift_card;
  return article;
}

Result<OrderLine> read_line(const Field& from) {
  OrderLine line;
  HF_ASSIGN(id, from["id"].id());
  HF_ASSIGN(article, read_article(from));
  HF_ASSIGN(quantity, from["quantity"].integer(0, kMax));
  HF_ASSIGN(fulfillable, from["fulfillable_quantity"].integer(0, kMax));
  line.id = std::move(id);
  line.article = std::move(article);
  line.quantity = quantity;
  line.fulfillable = fulfillable;
  line.json = from.value();
  line.pointer = from.pointer();
  return line;
}

Shipment::Status status_of(std::string_view word) {
  using S = Shipment::Status;
  if (word == "success") return S::kShipped;
  if (word == "cancelled") return S::kVoided;
  if (word == "pending" || word == "open") return S::kUnderWay;
  return word == "error" || word == "failure" ? S::kFailed : S::kUnknown;
}

Result<Shipment> read_shipment_at(const Field& from) {
  Shipment shipment;
  HF_ASSIGN(id, from["id"].id());
  HF_ASSIGN(order, from["order_id"].optional_id());
  HF_ASSIGN(status, from["status"].name());
  HF_ASSIGN(location, from["location_id"].optional_id());
  HF_ASSIGN(created_at, from["created_at"].time());
  HF_ASSIGN(test, from["receipt"]["testcase"].flag(false));
  HF_ASSIGN(lines, from["line_items"].items());
  for (const Field& field : lines) {
    HF_ASSIGN(line_id, field["id"].id());
    HF_ASSIGN(article, read_article(field));
    HF_ASSIGN(quantity, field["quantity"].integer(0, kMax));
    if (quantity == 0) continue;
    shipment.lines.push_back(
        {std::move(line_id), std::move(article), quantity, field.value(), field.pointer()});
  }
  shipment.id = std::move(id);
  shipment.order = std::move(order);
  shipment.status = status_of(status);
  shipment.status_word = std::move(status);
  shipment.location = std::move(location);
  shipment.created_at = created_at;
  shipment.is_test = test;
  shipment.json = from.value();
  shipment.pointer = from.pointer();
  return shipment;
}

Result<Refund::Restock> read_restock(const Field& from) {
  using R = Refund::Restock;
  HF_ASSIGN(word, from.name());
  if (word == "no_restock") return R::kNone;
  if (word == "cancel") return R::kCancel;
  if (word == "return") return R::kReturn;
  if (word == "legacy_restock") return R::kLegacy;
  return from.wrong("is none of cancel, return, no_restock, legacy_restock");
}

Result<bool> has_test_payment(const Field& refund) {
  if (!refund["transactions"].is_there()) return false;
  HF_ASSIGN(payments, refund["transactions"].items());
  for (const Field& payment : payments) {
    HF_ASSIGN(test, payment["test"].flag(false));
    if (test) return true;
  }
  return false;
}

Result<Article> read_line_item(const Field& from) {
  if (!from.is_there() || !from.value()->is_object()) return from.wrong("is no object");
  return read_article(from);
}

/// `alone`: there is no order around it whose lines say what the articles are.
Result<Refund> read_refund_at(const Field& from, bool alone) {
  Refund refund;
  HF_ASSIGN(id, from["id"].id());
  HF_ASSIGN(order, from["order_id"].optional_id());
  HF_ASSIGN(created_at, from["created_at"].time());
  HF_ASSIGN(test, has_test_payment(from));
  HF_ASSIGN(lines, from["refund_line_items"].items());
  for (const Field& field : lines) {
    HF_ASSIGN(line_id, field["line_item_id"].id());
    Article article;
    if (alone || field["line_item"].is_there()) {
      HF_ASSIGN(told, read_line_item(field["line_item"]));
      article = std::move(told);
    }
    HF_ASSIGN(quantity, field["quantity"].integer(0, kMax));
    HF_ASSIGN(restock, read_restock(field["restock_type"]));
    HF_ASSIGN(location, field["location_id"].optional_id());
    if (quantity == 0) continue;
    refund.lines.push_back({std::move(line_id), std::move(article), quantity, restock,
                            std::move(location), field.value(), field.pointer()});
  }
  refund.id = std::move(id);
  refund.order = std::move(order);
  refund.created_at = created_at;
  refund.is_test = test;
  return refund;
}

void keep(std::string* out, const json::Value& value) {
  if (!value.is_object() && !value.is_array()) {
    out->append(value.to_text());
    return;
  }
  out->push_back(value.is_array() ? '[' : '{');
  bool first = true;
  const auto comma = [&] {
    if (!std::exchange(first, false)) out->push_back(',');
  };
  for (const json::Value& item : value.items()) {
    comma();
    keep(out, item);
  }
  for (const auto& [name, member] : value.members()) {
    if (std::find(kKept.begin(), kKept.end(), name) == kKept.end()) continue;
    comma();
    json::print_text(out, name);
    out->push_back(':');
    keep(out, member);
  }
  out->push_back(value.is_array() ? ']' : '}');
}

}  // namespace

Result<Order> read_order(const json::Value& delivery) {
  const Field from(delivery);
  if (!delivery.is_object()) return from.wrong("is no object");
  // Only the body is signed: a fulfilment told as an order would be one of its own.
  if (from["order_id"].is_there()) {
    return from["order_id"].wrong("is no member of an order: this is another topic's body");
  }
  Order order;
  HF_ASSIGN(id, from["id"].id());
  HF_ASSIGN(name, from["name"].name());
  HF_ASSIGN(test, from["test"].flag(false));
  HF_ASSIGN(updated_at, from["updated_at"].time());
  HF_ASSIGN(cancelled_at, from["cancelled_at"].optional_time());
  HF_ASSIGN(location, from["location_id"].optional_id());
  HF_ASSIGN(lines, from["line_items"].items());
  HF_ASSIGN(shipments, from["fulfillments"].items());
  HF_ASSIGN(refunds, from["refunds"].items());
  for (const Field& field : lines) {
    HF_ASSIGN(line, read_line(field));
    order.lines.push_back(std::move(line));
  }
  for (const Field& field : shipments) {
    HF_ASSIGN(shipment, read_shipment_at(field));
    order.shipments.push_back(std::move(shipment));
  }
  for (const Field& field : refunds) {
    HF_ASSIGN(refund, read_refund_at(field, false));
    order.refunds.push_back(std::move(refund));
  }
  order.id = std::move(id);
  order.name = std::move(name);
  order.is_test = test;
  order.updated_at = updated_at;
  order.cancelled_at = cancelled_at;
  order.location = std::move(location);
  std::stable_sort(order.refunds.begin(), order.refunds.end(),
                   [](const Refund& a, const Refund& b) { return a.created_at < b.created_at; });
  return order;
}

Result<Shipment> read_shipment(const json::Value& delivery) {
  const Field from(delivery);
  if (!delivery.is_object()) return from.wrong("is no object");
  HF_TRY(from["order_id"].id());
  return read_shipment_at(from);
}

Result<Refund> read_refund(const json::Value& delivery) {
  const Field from(delivery);
  if (!delivery.is_object()) return from.wrong("is no object");
  HF_TRY(from["order_id"].id());
  return read_refund_at(from, true);
}

Result<Rerouting> read_rerouting(const json::Value& delivery, bool by_name) {
  const Field from(delivery);
  if (!delivery.is_object()) return from.wrong("is no object");
  const Field moved = from["moved_fulfillment_order"];
  Rerouting rerouting;
  HF_ASSIGN(order, by_name ? moved["order_name"].name() : moved["order_id"].id());
  if (order.empty()) return moved["order_name"].wrong("is missing");
  HF_ASSIGN(source, from["source_location"]["id"].id());
  HF_ASSIGN(destination, from["destination_location_id"].id());
  HF_ASSIGN(lines, moved["line_items"].items());
  for (const Field& field : lines) {
    HF_ASSIGN(item, field["inventory_item_id"].optional_id());
    HF_ASSIGN(article, read_article(field, !item.empty()));
    HF_ASSIGN(quantity, field["quantity"].integer(0, kMax));
    if (quantity == 0) continue;
    rerouting.lines.push_back(
        {std::move(article), std::move(item), quantity, field.value(), field.pointer()});
  }
  rerouting.order = std::move(order);
  rerouting.from = std::move(source);
  rerouting.to = std::move(destination);
  return rerouting;
}

Result<Level> read_level(const json::Value& delivery) {
  const Field from(delivery);
  if (!delivery.is_object()) return from.wrong("is no object");
  Level level;
  HF_ASSIGN(item, from["inventory_item_id"].id());
  HF_ASSIGN(location, from["location_id"].id());
  HF_ASSIGN(updated_at, from["updated_at"].time());
  level.item = std::move(item);
  level.location = std::move(location);
  level.updated_at = updated_at;
  if (!from["available"].is_there()) return level;
  HF_ASSIGN(available, from["available"].integer(-kMax, kMax));
  level.available = available;
  return level;
}

std::string bare_id(std::string_view id) {
  if (!id.starts_with("gid://")) return std::string(id);
  id = id.substr(0, id.find('?'));
  return std::string(id.substr(id.rfind('/') + 1));
}

std::string without_people(const json::Value& value) {
  std::string text;
  keep(&text, value);
  return text;
}

}  // namespace holdfast::connectors::shopify
