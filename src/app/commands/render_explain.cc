#include "app/commands/render_explain.h"

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

int64_t number_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.get(name);
  return value == nullptr ? 0 : value->as_integer().value_or(0);
}

/// "available +40, held -2"; "nothing" where no balance changed.
std::string units_text(const json::Value* units, bool signs) {
  std::string text;
  if (units != nullptr) {
    for (const auto& [account, value] : units->members()) {
      const int64_t number = value.as_integer().value_or(0);
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", account,
                          signs ? fmt::format("{:+}", number) : std::to_string(number));
    }
  }
  return text.empty() ? "nothing" : text;
}

std::string seqs_text(const json::Value& moved) {
  std::string text;
  for (const json::Value& seq : items_of(moved, "seqs")) {
    text += fmt::format("{}{}", text.empty() ? "seq " : ", ", seq.as_text().value_or("?"));
  }
  if (const int64_t more = number_of(moved, "more"); more > 0)
    text += fmt::format(" and {} more", more);
  return text;
}

std::string basis_text(const json::Value& from) {
  const std::string opening = units_text(from.get("opening"), false);
  const std::string basis = text_of(from, "basis");
  if (basis == "count") {
    return fmt::format("  counted as of {} (seq {}): {}\n", text_of(from, "counted_at"),
                       text_of(from, "seq"), opening);
  }
  if (basis == "earlier") {
    return fmt::format("  stood after seq {}, before which was not looked: {}\n",
                       text_of(from, "seq"), opening);
  }
  return "  began with nothing\n";
}

std::string place_text(const json::Value& place) {
  std::string text =
      fmt::format("{}: available {}, held {}, committed {}, on_hand {}\n",
                  text_of(place, "location"), text_of(place, "available"), text_of(place, "held"),
                  text_of(place, "committed"), text_of(place, "on_hand"));
  const json::Value* tracked = place.get("tracked");
  if (tracked != nullptr && !tracked->as_bool().value_or(true))
    text += "  not tracked: no count and no receipt yet, so it is in no sum\n";
  if (const json::Value* from = place.get("from")) text += basis_text(*from);
  for (const json::Value& moved : items_of(place, "moved")) {
    text += fmt::format("  {}: {} ({})\n", text_of(moved, "type"),
                        units_text(moved.get("change"), true), seqs_text(moved));
  }
  for (const json::Value& hold : items_of(place, "holds")) {
    const std::string channel = text_of(hold, "channel");
    text += fmt::format("  held: {} by hold {}{} until {} (seq {})\n", text_of(hold, "units"),
                        text_of(hold, "id"), channel.empty() ? "" : " of " + channel,
                        text_of(hold, "expires_at"), text_of(hold, "seq"));
  }
  if (const std::string others = text_of(place, "held_by_others"); !others.empty())
    text += fmt::format("  held: {} by older holds, not named here\n", others);
  for (const json::Value& order : items_of(place, "orders")) {
    text += fmt::format("  committed: {} to order {} of {} (seq {})\n", text_of(order, "units"),
                        text_of(order, "order"), text_of(order, "channel"), text_of(order, "seq"));
  }
  if (const std::string others = text_of(place, "committed_by_others"); !others.empty())
    text += fmt::format("  committed: {} to older orders, not named here\n", others);
  if (const std::string missing = text_of(place, "shortfall"); !missing.empty())
    text += fmt::format("  shortfall: {} promised and not there\n", missing);
  return text;
}

std::string left_out_text(const json::Value& term) {
  const std::string why = text_of(term, "left_out");
  if (why == "untracked") return "left out: not tracked, no count and no receipt yet";
  if (why == "not_sellable") return "left out: nothing is sold from here unless it is named";
  return "left out: not one of the channel's locations";
}

std::string channel_text(const json::Value& sum) {
  std::string text = fmt::format("channel {}: available to sell {}\n", text_of(sum, "channel"),
                                 text_of(sum, "available_to_sell"));
  for (const json::Value& term : items_of(sum, "terms")) {
    const std::string location = text_of(term, "location");
    text += term.get("left_out") != nullptr
                ? fmt::format("  {}: {}\n", location, left_out_text(term))
                : fmt::format("  {}: available {}, of which dealt to it {}\n", location,
                              text_of(term, "available"), text_of(term, "dealt"));
  }
  if (const std::string more = text_of(sum, "more"); !more.empty())
    text += fmt::format("  and {} locations more\n", more);
  const json::Value* available = sum.get("available");
  if (available == nullptr || !available->as_integer())
    return text + "  none of its locations is tracked: no number, and nothing is pushed\n";
  const int64_t result =
      number_of(sum, "available") - number_of(sum, "buffer") + number_of(sum, "oversell_limit");
  return text + fmt::format("  {} available − {} buffer + {} oversell limit = {}{}\n",
                            number_of(sum, "available"), number_of(sum, "buffer"),
                            number_of(sum, "oversell_limit"), result, result < 0 ? ", so 0" : "");
}

}  // namespace

std::string render_explanation(const json::Value& why) {
  std::string text = text_of(why, "sku");
  if (const std::string same = text_of(why, "same_as"); !same.empty())
    text += " (same as " + same + ")";
  text += fmt::format(" at seq {}\n", text_of(why, "seq"));
  for (const json::Value& place : items_of(why, "locations")) text += "\n" + place_text(place);
  if (const std::string more = text_of(why, "more_locations"); !more.empty())
    text += fmt::format("\nand {} locations more\n", more);
  for (const json::Value& sum : items_of(why, "channels")) text += "\n" + channel_text(sum);
  if (const std::string more = text_of(why, "more_channels"); !more.empty())
    text += fmt::format("\nand {} channels more: --channel NAME\n", more);
  const json::Value* older = why.get("more");
  if (older != nullptr && older->as_bool().value_or(false)) {
    text +=
        fmt::format("\nThe newest {} events were looked at; all of them: holdfast tail --skus {}\n",
                    text_of(why, "events"), text_of(why, "sku"));
  }
  return text;
}

}  // namespace holdfast::app
