// The numbers of a SKU: as a read, and as a push.
#include "json/print.h"
#include "json/writer.h"

namespace holdfast::json {

void write_position_members(Writer* out, const PositionView& position) {
  out->text("location", position.location);
  out->boolean("tracked", position.tracked);
  out->integer("on_hand", position.on_hand());
  out->integer("available", position.available);
  out->integer("held", position.held);
  out->integer("committed", position.committed);
  out->integer("damaged", position.damaged);
  out->integer("quality_control", position.quality_control);
  out->integer("incoming", position.incoming);
  out->integer("in_transit", position.in_transit);
}

namespace {

void write_position(Writer* out, const PositionView& position) {
  out->open_element('{');
  write_position_members(out, position);
  out->close('}');
}

void write_channel(Writer* out, const ChannelAvailability& channel) {
  out->comma();
  print_text(out->out(), channel.channel);
  out->out()->push_back(':');
  out->open('{');
  out->nullable("available_to_sell", channel.available_to_sell);
  out->open_member("locations", '{');
  for (const auto& [location, units] : channel.locations) {
    out->comma();
    print_text(out->out(), location);
    out->out()->push_back(':');
    print_integer(out->out(), units);
  }
  out->close('}');
  out->close('}');
}

}  // namespace

void write_stock_members(Writer* out, const StockView& stock, std::string_view channel) {
  out->text("sku", stock.sku);
  out->unsigned_integer("sku_seq", stock.sku_seq);
  out->unsigned_integer("seq", stock.seq);
  out->open_member("locations", '[');
  for (const PositionView& position : stock.locations) write_position(out, position);
  out->close(']');
  out->open_member("channels", '{');
  for (const ChannelAvailability& availability : stock.channels) {
    if (channel.empty() || availability.channel == channel) write_channel(out, availability);
  }
  out->close('}');
}

void print_stock(std::string* out, const StockView& stock) {
  Writer writer(out);
  writer.open('{');
  write_stock_members(&writer, stock, {});
  writer.close('}');
}

}  // namespace holdfast::json
