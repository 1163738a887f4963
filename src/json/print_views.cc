// Holds, orders, settings and lists, as reads show them.
#include "json/cursor.h"
#include "json/print.h"
#include "json/writer.h"

namespace holdfast::json {
namespace {

/// `{"seq":…,"name":[ each item ],"next_cursor"?}`
template <typename T, typename Print>
void print_page(std::string* out, const QueryResult& result, std::string_view name,
                const std::vector<T>& items, Print print) {
  Writer writer(out);
  writer.open('{');
  writer.unsigned_integer("seq", result.seq);
  writer.open_member(name, '[');
  for (const T& item : items) {
    writer.comma();
    print(out, item);
  }
  writer.close(']');
  if (!result.next_cursor.empty()) {
    writer.text("next_cursor", encode_page_cursor(result.next_cursor));
  }
  writer.close('}');
}

void print_discrepancy(std::string* out, const DiscrepancyView& view) {
  Writer writer(out);
  writer.open('{');
  writer.unsigned_integer("seq", view.seq);
  writer.time("recorded_at", view.recorded_at);
  writer.text("sku", view.sku);
  writer.optional_text("location", view.location);
  writer.integer("quantity", view.quantity);
  if (view.account != Account::kNone) writer.text("account", name_of(view.account));
  writer.optional_text("reason", view.reason);
  writer.optional_text("channel", view.channel);
  writer.optional_text("order", view.order);
  writer.optional_text("reference", view.reference);
  writer.close('}');
}

void print_shortfall(std::string* out, const ShortfallView& view) {
  Writer writer(out);
  writer.open('{');
  writer.text("sku", view.sku);
  writer.text("location", view.location);
  writer.integer("quantity", view.quantity);
  write_endangered(&writer, "holds", view.holds, "id");
  write_endangered(&writer, "orders", view.orders, "order");
  if (view.more > 0) writer.unsigned_integer("more", view.more);
  writer.close('}');
}

void print_availability_line(std::string* out, const AvailabilityLineView& view) {
  Writer writer(out);
  writer.open('{');
  writer.text("sku", view.sku);
  writer.nullable("available_to_sell", view.available_to_sell);
  if (view.requested) writer.integer("requested", *view.requested);
  writer.boolean("ok", view.ok);
  writer.close('}');
}

}  // namespace

void print_hold(std::string* out, const HoldView& hold) {
  Writer writer(out);
  writer.open('{');
  writer.text("id", hold.id);
  writer.text("status", hold.open ? "open" : "closed");
  writer.time("expires_at", hold.expires_at);
  writer.integer("endangered", hold.endangered);
  writer.optional_text("channel", hold.channel);
  writer.optional_text("reference", hold.reference);
  writer.open_member("lines", '[');
  for (const HoldLineView& line : hold.lines) {
    writer.open_element('{');
    writer.optional_text("line", line.line);
    writer.text("sku", line.sku);
    writer.text("location", line.location);
    writer.integer("quantity", line.quantity);
    writer.integer("remaining", line.remaining);
    writer.integer("committed", line.committed);
    writer.integer("released", line.released);
    writer.integer("expired", line.expired);
    writer.close('}');
  }
  writer.close(']');
  writer.open_member("commits", '[');
  for (const HoldView::Commit& commit : hold.commits) {
    writer.open_element('{');
    writer.text("channel", commit.channel);
    writer.text("order", commit.order);
    writer.close('}');
  }
  writer.close(']');
  writer.close('}');
}

void print_order(std::string* out, const OrderView& order) {
  Writer writer(out);
  writer.open('{');
  writer.text("channel", order.channel);
  writer.text("order", order.order);
  writer.text("status", order.open ? "open" : "closed");
  writer.boolean("cancelled", order.cancelled);
  writer.open_member("lines", '[');
  for (const OrderLineView& line : order.lines) {
    writer.open_element('{');
    writer.text("sku", line.sku);
    writer.integer("ordered", line.ordered);
    writer.integer("fulfilled", line.fulfilled);
    writer.integer("cancelled", line.cancelled);
    writer.integer("written_off", line.written_off);
    writer.integer("returned", line.returned);
    writer.integer("committed", line.committed);
    writer.open_member("committed_at", '{');
    for (const auto& [location, units] : line.committed_at) {
      writer.comma();
      print_text(out, location);
      out->push_back(':');
      print_integer(out, units);
    }
    writer.close('}');
    writer.close('}');
  }
  writer.close(']');
  writer.close('}');
}

void print_channel(std::string* out, const ChannelView& channel) {
  Writer writer(out);
  writer.open('{');
  writer.text("id", channel.id);
  writer.open_member("locations", '[');
  for (const std::string& location : channel.settings.locations) {
    writer.comma();
    print_text(out, location);
  }
  writer.close(']');
  writer.integer("buffer", channel.settings.buffer);
  writer.integer("oversell_limit", channel.settings.oversell_limit);
  writer.integer("low_at", channel.settings.low_at);
  writer.boolean("managed_by_config", channel.settings.managed_by_config);
  writer.close('}');
}

void print_location(std::string* out, const LocationView& location) {
  Writer writer(out);
  writer.open('{');
  writer.text("id", location.id);
  writer.boolean("sellable", location.settings.sellable);
  writer.boolean("managed_by_config", location.settings.managed_by_config);
  writer.close('}');
}

void print_holds(std::string* out, const QueryResult& result) {
  print_page(out, result, "holds", result.holds, print_hold);
}
void print_orders(std::string* out, const QueryResult& result) {
  print_page(out, result, "orders", result.orders, print_order);
}
void print_stock_page(std::string* out, const QueryResult& result) {
  print_page(out, result, "stock", result.stock, print_stock);
}
void print_channels(std::string* out, const QueryResult& result) {
  print_page(out, result, "channels", result.channels, print_channel);
}
void print_locations(std::string* out, const QueryResult& result) {
  print_page(out, result, "locations", result.locations, print_location);
}
void print_discrepancies(std::string* out, const QueryResult& result) {
  print_page(out, result, "discrepancies", result.discrepancies, print_discrepancy);
}
void print_shortfalls(std::string* out, const QueryResult& result) {
  print_page(out, result, "shortfalls", result.shortfalls, print_shortfall);
}

void print_availability(std::string* out, const QueryResult& result) {
  Writer writer(out);
  writer.open('{');
  writer.unsigned_integer("seq", result.seq);
  writer.boolean("ok", result.all_ok);
  writer.open_member("lines", '[');
  for (const AvailabilityLineView& line : result.availability) {
    writer.comma();
    print_availability_line(out, line);
  }
  writer.close(']');
  writer.close('}');
}

}  // namespace holdfast::json
