// The account behind a SKU's numbers: docs/http-api.md, "Why a number is what it is".
#include <algorithm>

#include "json/print.h"
#include "json/writer.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

constexpr Account kInside[] = {Account::kAvailable, Account::kHeld,           Account::kCommitted,
                               Account::kDamaged,   Account::kQualityControl, Account::kIncoming,
                               Account::kInTransit};

void write_units(Writer* out, std::string_view name, const AccountUnits& units) {
  out->open_member(name, '{');
  for (size_t i = 0; i < units.size(); ++i) {
    if (units[i] != 0) out->integer(name_of(kInside[i]), units[i]);
  }
  out->close('}');
}

void write_limits(Writer* out) {
  out->open_member("limits", '{');
  out->integer("events", limits::kExplainEventsMax);
  out->integer("names", limits::kExplainNamesMax);
  out->integer("seqs", limits::kExplainSeqsMax);
  out->integer("places", limits::kExplainPlacesMax);
  out->integer("channels", limits::kExplainChannelsMax);
  out->close('}');
}

std::string_view name_of_basis(PlaceAccount::Basis basis) {
  switch (basis) {
    case PlaceAccount::Basis::kNothing:
      return "nothing";
    case PlaceAccount::Basis::kCount:
      return "count";
    case PlaceAccount::Basis::kEarlier:
      return "earlier";
  }
  return "";
}

void write_account(Writer* out, const PlaceAccount& place) {
  out->open_member("from", '{');
  out->text("basis", name_of_basis(place.basis));
  if (place.basis_seq != 0) out->unsigned_integer("seq", place.basis_seq);
  out->time("counted_at", place.counted_at);
  write_units(out, "opening", place.opening);
  out->close('}');
  out->open_member("moved", '[');
  for (const Moved& moved : place.moved) {
    out->open_element('{');
    out->text("type", name_of(moved.type));
    out->unsigned_integer("events", moved.events);
    write_units(out, "change", moved.change);
    out->open_member("seqs", '[');
    for (const Seq seq : moved.seqs) {
      out->comma();
      print_integer(out->out(), static_cast<int64_t>(seq));
    }
    out->close(']');
    if (moved.events > moved.seqs.size())
      out->unsigned_integer("more", moved.events - moved.seqs.size());
    out->close('}');
  }
  out->close(']');
}

void write_claims(Writer* out, const PlaceClaims& place) {
  out->open_member("holds", '[');
  for (const PlaceClaims::HoldClaim& claim : place.holds) {
    out->open_element('{');
    out->text("id", claim.hold);
    out->optional_text("channel", claim.channel);
    out->integer("units", claim.units);
    out->time("expires_at", claim.expires_at);
    out->unsigned_integer("seq", claim.seq);
    out->close('}');
  }
  out->close(']');
  if (place.held_by_others != 0) out->integer("held_by_others", place.held_by_others);
  out->open_member("orders", '[');
  for (const PlaceClaims::OrderClaim& claim : place.orders) {
    out->open_element('{');
    out->text("channel", claim.channel);
    out->text("order", claim.order);
    out->integer("units", claim.units);
    out->unsigned_integer("seq", claim.seq);
    out->close('}');
  }
  out->close(']');
  if (place.committed_by_others != 0)
    out->integer("committed_by_others", place.committed_by_others);
  if (place.shortfall != 0) out->integer("shortfall", place.shortfall);
}

void write_channel_sum(Writer* out, const ChannelSum& sum) {
  out->open_element('{');
  out->text("channel", sum.channel);
  out->open_member("terms", '[');
  for (const ChannelTerm& term : sum.terms) {
    out->open_element('{');
    out->text("location", term.location);
    if (term.left_out != LeftOut::kNot) {
      out->text("left_out", name_of(term.left_out));
    } else {
      out->integer("available", term.available);
      out->integer("dealt", term.dealt);
    }
    out->close('}');
  }
  out->close(']');
  if (sum.more != 0) out->unsigned_integer("more", sum.more);
  out->nullable("available", sum.available);
  out->integer("buffer", sum.buffer);
  out->integer("oversell_limit", sum.oversell_limit);
  out->nullable("available_to_sell", sum.available_to_sell);
  out->close('}');
}

}  // namespace

void print_explanation(std::string* out, const StockView& stock, const Explanation& why,
                       const StockAccount& account) {
  Writer writer(out);
  writer.open('{');
  writer.text("sku", stock.sku);
  if (why.sku != stock.sku) writer.text("same_as", why.sku);
  writer.unsigned_integer("sku_seq", stock.sku_seq);
  writer.unsigned_integer("seq", stock.seq);
  writer.open_member("locations", '[');
  for (size_t i = 0; i < why.places.size(); ++i) {
    writer.open_element('{');
    write_position_members(&writer, stock.locations[i]);
    writer.boolean("sellable", why.places[i].sellable);
    const auto place =
        std::find_if(account.places.begin(), account.places.end(),
                     [&](const PlaceAccount& at) { return at.location == why.places[i].location; });
    if (place != account.places.end()) write_account(&writer, *place);
    write_claims(&writer, why.places[i]);
    writer.close('}');
  }
  writer.close(']');
  if (why.more_places != 0) writer.unsigned_integer("more_locations", why.more_places);
  writer.open_member("channels", '[');
  for (const ChannelSum& sum : why.channels) write_channel_sum(&writer, sum);
  writer.close(']');
  if (why.more_channels != 0) writer.unsigned_integer("more_channels", why.more_channels);
  writer.unsigned_integer("events", account.events);
  writer.boolean("more", account.more);
  write_limits(&writer);
  writer.close('}');
}

}  // namespace holdfast::json
