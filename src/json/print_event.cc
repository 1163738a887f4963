// Events as CloudEvents 1.0 in structured JSON (https://github.com/cloudevents/spec, 1.0.2).
#include <fmt/format.h>

#include "json/print.h"
#include "json/writer.h"
#include "model/event_detail.h"

namespace holdfast::json {
namespace {

using E = EventType;

/// What the sender calls the id of the fulfilment, return or cancellation.
std::string_view document_field(E type) {
  switch (type) {
    case E::kOrderCancelled: return "cancellation";
    case E::kStockReturned: return "return";
    default: return "fulfillment";
  }
}

/// What the sender called the number it told.
std::string_view total_field(const Event& event) {
  switch (event.type) {
    case E::kStockExpected: return "expected";
    case E::kStockCounted: return "counted";
    case E::kStockAdjusted: return "set";
    case E::kOrderPlaced:
    case E::kOrderChanged:
    case E::kOrderAccepted: return "ordered";
    default: return "total";
  }
}

void write_version(Writer* out, const Version& version) {
  if (version.kind == Version::Kind::kTime) out->time("version", Timestamp{version.value});
  if (version.kind == Version::Kind::kInteger) out->integer("version", version.value);
}

void write_movement(Writer* out, const Event& event) {
  out->optional_text("sku", event.sku);
  if (event.sku_seq != 0) out->unsigned_integer("sku_seq", event.sku_seq);
  if (event.from != Account::kNone) {
    out->text("from", name_of(event.from));
    out->text("to", name_of(event.to));
  }
  if (event.quantity != 0) out->integer("quantity", event.quantity);
  out->optional_text("location", event.location);
  out->optional_text("to_location", event.to_location);
}

void write_told_numbers(Writer* out, const Event& event) {
  const bool snapshot = event.has(Event::kSnapshotLine);
  if (event.has_total) out->integer(total_field(event), event.total);
  if (snapshot || event.cancelled != 0) out->integer("cancelled", event.cancelled);
  if (snapshot || event.written_off != 0) out->integer("written_off", event.written_off);
  if (event.has(Event::kSellable)) out->text("state", "sellable");
}

void write_belongings(Writer* out, const Event& event) {
  out->optional_text("channel", event.channel);
  out->optional_text("order", event.order);
  out->optional_text("line", event.line);
  out->optional_text("reference", event.reference);
  out->optional_text(document_field(event.type), event.document);
  out->optional_text("hold", event.hold);
  out->optional_text("reason", event.reason);
  write_version(out, event.version);
  if (event.has(Event::kNoRestock)) out->boolean("restock", false);
  if (event.has(Event::kWhole)) out->boolean("whole", true);
  if (event.has(Event::kVoided)) out->boolean("voided", true);
  if (event.has(Event::kFinal)) out->boolean("final", true);
  if (event.has(Event::kClosed)) out->boolean("closed", true);
}

void write_times(Writer* out, const Event& event) {
  out->optional_text("source", event.source);
  out->time("expires_at", event.deadline);
  out->time("occurred_at", event.occurred_at.has_value() ? event.occurred_at : event.recorded_at);
  out->time("claimed_at", event.claimed_at);
  out->time("recorded_at", event.recorded_at);
}

void write_shortfall(Writer* out, std::string_view bytes) {
  const auto detail = decode_shortfall_detail(bytes);
  if (!detail) return;
  out->integer("missing", detail->missing);
  write_endangered(out, "holds", detail->holds, "id");
  write_endangered(out, "orders", detail->orders, "order");
  if (detail->more > 0) out->unsigned_integer("more", detail->more);
}

void write_channel_settings(Writer* out, std::string_view bytes) {
  const auto settings = decode_channel_settings(bytes);
  if (!settings) return;
  out->open_member("locations", '[');
  for (const std::string& location : settings->locations) {
    out->comma();
    print_text(out->out(), location);
  }
  out->close(']');
  out->integer("buffer", settings->buffer);
  out->integer("oversell_limit", settings->oversell_limit);
  out->integer("low_at", settings->low_at);
}

void write_detail(Writer* out, const Event& event) {
  switch (event.type) {
    case E::kShortfallOpened:
    case E::kShortfallChanged:
    case E::kShortfallClosed: write_shortfall(out, event.detail); break;
    case E::kAvailabilityChanged:
      if (const auto detail = decode_availability_detail(event.detail)) {
        out->text("level", name_of(detail->level));
        out->nullable("available_to_sell", detail->available_to_sell);
      }
      break;
    case E::kChannelSet: write_channel_settings(out, event.detail); break;
    case E::kLocationCreated:
    case E::kLocationSet:
      if (const auto settings = decode_location_settings(event.detail)) {
        out->boolean("sellable", settings->sellable);
      }
      break;
    default: break;
  }
}

void write_data(Writer* out, const Event& event, const LedgerName& name) {
  out->open('{');
  out->unsigned_integer("seq", event.seq);
  if (event.command_seq != 0) out->text("command_id", event_id(name, event.command_seq));
  write_movement(out, event);
  write_told_numbers(out, event);
  write_belongings(out, event);
  write_detail(out, event);
  write_times(out, event);
  out->close('}');
}

/// `source` of a CloudEvent is a URI reference: what may not stand in one is percent-encoded.
std::string source_uri(std::string_view ledger) {
  std::string uri = "holdfast/";
  for (const char c : ledger) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      uri.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(uri), "%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return uri;
}

struct Attributes {
  std::string_view id, type, subject;
  uint64_t sequence = 0;
  Timestamp time;
};

void write_attributes(Writer* out, const Attributes& attributes, const LedgerName& name) {
  out->text("specversion", "1.0");
  out->text("id", attributes.id);
  out->text("source", source_uri(name.ledger));
  out->text("type", attributes.type);
  out->optional_text("subject", attributes.subject);
  out->time("time", attributes.time);
  out->text("datacontenttype", "application/json");
  out->optional_text("partitionkey", attributes.subject);
  out->text("sequence", fmt::format("{:020}", attributes.sequence));
}

}  // namespace

uint32_t LedgerName::incarnation_at(Seq seq) const {
  if (restores.empty()) return incarnation;
  uint32_t recorded_in = 0;
  for (const Restore& restore : restores) {
    if (restore.seq <= seq) recorded_in = restore.incarnation;
  }
  return recorded_in;
}

std::string event_id(const LedgerName& name, Seq seq) {
  return fmt::format("{}-{}-{}", name.ledger, name.incarnation_at(seq), seq);
}

std::string push_id(const LedgerName& name, uint64_t push_seq) {
  return fmt::format("{}-{}-push-{}", name.ledger, name.incarnation, push_seq);
}

void print_event_data(std::string* out, const Event& event, const LedgerName& name) {
  Writer writer(out);
  write_data(&writer, event, name);
}

void print_cloudevent(std::string* out, const Event& event, const LedgerName& name) {
  const std::string id = event_id(name, event.seq);
  Writer writer(out);
  writer.open('{');
  write_attributes(&writer,
                   {id, name_of(event.type), event.sku, event.seq,
                    event.occurred_at.has_value() ? event.occurred_at : event.recorded_at},
                   name);
  writer.key("data");
  write_data(&writer, event, name);
  writer.close('}');
}

void print_history(std::string* out, std::string_view sku, std::span<const OwnedEvent> events,
                   const LedgerName& name, Seq next_before) {
  Writer writer(out);
  writer.open('{');
  writer.text("sku", sku);
  writer.open_member("events", '[');
  for (const OwnedEvent& event : events) {
    writer.comma();
    print_cloudevent(out, event.get(), name);
  }
  writer.close(']');
  if (next_before != 0) writer.unsigned_integer("next_before", next_before);
  writer.close('}');
}

void print_stock_changed(std::string* out, const StockPush& push, const LedgerName& name) {
  const std::string id = push_id(name, push.push_seq);
  Writer writer(out);
  writer.open('{');
  write_attributes(&writer, {id, "stock.changed", push.stock->sku, push.push_seq, push.time}, name);
  writer.open_member("data", '{');
  write_stock_members(&writer, *push.stock, push.channel);
  writer.unsigned_integer("incarnation", name.incarnation);
  writer.unsigned_integer("push_seq", push.push_seq);
  writer.close('}');
  writer.close('}');
}

}  // namespace holdfast::json
