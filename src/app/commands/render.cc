#include "app/commands/render.h"

#include <vector>

#include <fmt/format.h>

#include "app/commands/output.h"

namespace holdfast::app {
namespace {

const std::vector<json::Value>& items_of(const json::Value& object, std::string_view name) {
  static const std::vector<json::Value> kNone;
  const json::Value* value = object.get(name);
  return value == nullptr ? kNone : value->items();
}

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const std::vector<json::Value>& items, const std::vector<std::string>& columns) {
  Rows rows = {columns};
  for (const json::Value& item : items) {
    std::vector<std::string> row;
    for (const std::string& column : columns) row.push_back(text_of(item, column));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string more(const json::Value& page) {
  return text_of(page, "next_cursor").empty() ? "" : "… and more (--limit)\n";
}

}  // namespace

std::string render_outcome(const json::Value& answer) {
  const std::vector<json::Value>& results = items_of(answer, "results");
  if (!results.empty()) {
    std::string text;
    for (const json::Value& result : results) text += render_outcome(result);
    return text;
  }
  std::string text = text_of(answer, "status");
  if (text.empty()) text = "done";
  if (const std::string seq = text_of(answer, "seq"); !seq.empty() && seq != "0")
    text += " at seq " + seq;
  for (const char* member : {"code", "detail"}) {
    if (const std::string part = text_of(answer, member); !part.empty()) text += ": " + part;
  }
  text += "\n";
  for (const json::Value& shortage : items_of(answer, "shortages")) {
    text +=
        fmt::format("  short: {}: asked for {}, available to sell {}\n", text_of(shortage, "sku"),
                    text_of(shortage, "requested"), text_of(shortage, "available_to_sell"));
  }
  for (const json::Value& stock : items_of(answer, "stock")) {
    text += fmt::format("  {}: available to sell {}\n", text_of(stock, "sku"),
                        text_of(stock, "available_to_sell"));
  }
  if (const json::Value* hold = answer.get("hold")) text += render_hold(*hold);
  if (const json::Value* order = answer.get("order"); order != nullptr && order->is_object()) {
    text += render_order(*order);
  }
  return text;
}

std::string render_stock(const json::Value& stock) {
  std::string text = fmt::format("{} at seq {}\n\n", text_of(stock, "sku"), text_of(stock, "seq"));
  text += to_table(rows_of(items_of(stock, "locations"),
                           {"location", "on_hand", "available", "held", "committed", "damaged",
                            "quality_control", "incoming", "in_transit", "tracked"}));
  const json::Value* channels = stock.get("channels");
  if (channels == nullptr || channels->members().empty()) return text;
  Rows rows = {{"channel", "from", "available to sell"}};
  for (const auto& [name, channel] : channels->members()) {
    std::string from;
    if (const json::Value* places = channel.get("locations")) {
      for (const auto& [place, units] : places->members()) {
        from +=
            fmt::format("{}{} {}", from.empty() ? "" : ", ", place, units.as_text().value_or("-"));
      }
    }
    rows.push_back({name, from, text_of(channel, "available_to_sell")});
  }
  return text + "\n" + to_table(rows, 2);
}

std::string render_stock_list(const json::Value& page) {
  Rows rows = {{"sku", "location", "on_hand", "available", "held", "committed", "incoming"}};
  for (const json::Value& stock : items_of(page, "stock")) {
    for (const json::Value& place : items_of(stock, "locations")) {
      rows.push_back({text_of(stock, "sku"), text_of(place, "location"), text_of(place, "on_hand"),
                      text_of(place, "available"), text_of(place, "held"),
                      text_of(place, "committed"), text_of(place, "incoming")});
    }
  }
  if (rows.size() == 1) return "nothing is tracked yet: record a stock.counted or stock.received\n";
  return to_table(rows, 2) + more(page);
}

std::string render_hold(const json::Value& hold) {
  std::string text = fmt::format("hold {} {} until {}", text_of(hold, "id"),
                                 text_of(hold, "status"), text_of(hold, "expires_at"));
  if (const std::string endangered = text_of(hold, "endangered");
      !endangered.empty() && endangered != "0") {
    text += fmt::format(", {} units endangered", endangered);
  }
  text += "\n";
  text += to_table(rows_of(items_of(hold, "lines"), {"sku", "location", "quantity", "remaining",
                                                     "committed", "released", "expired"}),
                   2);
  for (const json::Value& commit : items_of(hold, "commits")) {
    text += fmt::format("committed to order {} of {}\n", text_of(commit, "order"),
                        text_of(commit, "channel"));
  }
  return text;
}

std::string render_holds(const json::Value& page) {
  std::string text;
  for (const json::Value& hold : items_of(page, "holds")) text += render_hold(hold) + "\n";
  return text.empty() ? "no hold\n" : text + more(page);
}

std::string render_order(const json::Value& order) {
  std::string text = fmt::format("order {} of {} is {}\n", text_of(order, "order"),
                                 text_of(order, "channel"), text_of(order, "status"));
  return text +
         to_table(rows_of(items_of(order, "lines"), {"sku", "ordered", "committed", "fulfilled",
                                                     "cancelled", "written_off", "returned"}));
}

std::string render_orders(const json::Value& page) {
  std::string text;
  for (const json::Value& order : items_of(page, "orders")) text += render_order(order) + "\n";
  return text.empty() ? "no order\n" : text + more(page);
}

std::string render_event(const json::Value& event) {
  static const json::Value kNothing;
  const json::Value* data = event.get("data");
  if (data == nullptr) data = &kNothing;
  std::string text =
      fmt::format("{:>8} {} {:<22} {}", text_of(*data, "seq"), text_of(event, "time"),
                  text_of(event, "type"), text_of(event, "subject"));
  if (const std::string quantity = text_of(*data, "quantity"); !quantity.empty()) {
    text += fmt::format(" {} {} → {}", quantity, text_of(*data, "from"), text_of(*data, "to"));
  }
  for (const char* member : {"location", "channel", "order", "hold", "reference"}) {
    const std::string value = text_of(*data, member);
    if (!value.empty()) text += fmt::format(" {}={}", member, value);
  }
  return text + "\n";
}

}  // namespace holdfast::app
