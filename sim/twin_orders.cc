// The order entity: everything told is kept by source, the counters are computed anew each time,
// and the books follow them. So the effect is a function of the set of what was told.
#include <algorithm>

#include "sim/twin.h"

namespace holdfast::sim {
namespace {

const std::string& name_of_line(const std::string& line, const std::string& sku) {
  return line.empty() ? sku : line;
}

int64_t sum(const std::map<std::string, int64_t>& by_name) {
  int64_t total = 0;
  for (const auto& [name, quantity] : by_name) total += quantity;
  return total;
}

/// `a` is newer than `b`; compared only within one source.
bool is_newer(const Version& a, const Version& b) {
  if (!a.has_value()) return !b.has_value();  // without versions the last to arrive wins
  return !b.has_value() || a.value > b.value;
}

std::string channel_of(const Command& command) {
  return command.channel.empty() ? "default" : command.channel;
}

}  // namespace

Twin::Order& Twin::order_of(const Command& command) {
  Order& order = orders_[{channel_of(command), command.order}];
  if (order.number == 0) order.number = ++numbers_;
  return order;
}

// ---- the counters
// ----------------------------------------------------------------------------------

int64_t Twin::ordered(const Order& order, const std::string& sku) const {
  const auto found = order.skus.find(sku);
  int64_t most = found == order.skus.end() ? 0 : found->second.by_holds;
  for (const auto& [source, told] : order.told) {
    int64_t snapshot = 0;
    for (const auto& [key, line] : told.lines) snapshot += key.first == sku ? line.ordered : 0;
    most = std::max(most, snapshot);
  }
  return most;
}

int64_t Twin::told_cancelled(const Order& order, const std::string& sku) const {
  int64_t most = 0;
  for (const auto& [source, told] : order.told) {
    const auto counter = told.cancelled.find(sku);
    if (counter != told.cancelled.end()) most = std::max(most, counter->second.value());
  }
  return most;
}

int64_t Twin::told_written_off(const Order& order, const std::string& sku) const {
  int64_t most = 0;
  for (const auto& [source, told] : order.told) {
    const auto counter = told.written_off.find(sku);
    if (counter != told.written_off.end()) most = std::max(most, counter->second.value());
  }
  const auto extra = order.extra_written_off.find(sku);
  return most + (extra == order.extra_written_off.end() ? 0 : extra->second);
}

int64_t Twin::owed(const Order& order, const std::string& sku) const {
  const auto found = order.skus.find(sku);
  if (order.cancelled || found == order.skus.end()) return 0;
  return std::max<int64_t>(0, ordered(order, sku) - sum(found->second.fulfilled) -
                                  told_cancelled(order, sku) - told_written_off(order, sku));
}

// ---- the books follow
// ------------------------------------------------------------------------------

std::string Twin::home_of(const std::string& channel, const Command& command) const {
  const std::vector<std::string> order = fill_order(channel);
  if (!order.empty()) return order.front();
  const auto found = channels_.find(channel);
  if (found != channels_.end() && !found->second.locations.empty())
    return found->second.locations.front();
  for (const CommandLine& line : command.lines) {
    if (!place_of(command, line.location).empty()) return place_of(command, line.location);
  }
  return place_of(command, "");
}

/// Undoes commitments, the last place of the fill order first.
void Twin::uncommit(OrderSku& line, const std::string& channel, const std::string& sku,
                    int64_t quantity, Account to, Timestamp when) {
  const std::vector<std::string> order = fill_order(channel);
  std::vector<std::string> places;
  for (const auto& [location, committed] : line.committed) {
    if (std::ranges::find(order, location) == order.end()) places.push_back(location);
  }
  places.insert(places.end(), order.rbegin(), order.rend());
  for (const std::string& location : places) {
    int64_t& committed = line.committed[location];
    const int64_t taken = std::min(quantity, committed);
    move(sku, Account::kCommitted, location, to, location, taken, when);
    committed -= taken;
    quantity -= taken;
  }
}

/// Units of the order leave `location`: what is committed there first, then commitments elsewhere
/// are undone and the unit is taken where it really left.
void Twin::ship(OrderSku& line, const std::string& channel, const std::string& sku,
                const std::string& location, int64_t quantity, Account to, Timestamp when) {
  int64_t& here = line.committed[location];
  const int64_t committed = std::min(quantity, here);
  move(sku, Account::kCommitted, location, to, "", committed, when);
  here -= committed;
  quantity -= committed;
  uncommit(line, channel, sku, std::min(quantity, sum(line.committed)), Account::kAvailable, when);
  move(sku, Account::kAvailable, location, to, "", quantity, when);
}

void Twin::settle_shipments(Order& order, const std::string& channel, Timestamp when) {
  std::map<Place, int64_t> target;  // the largest of the sources' own sums, per place
  for (const auto& [source, told] : order.told) {
    std::map<Place, int64_t> deltas;
    for (const auto& [id, document] : told.fulfillments) {
      if (document.voided) continue;
      for (const auto& [place, lines] : document.told) deltas[place] += sum(lines);
    }
    for (const auto& [place, counter] : told.fulfilled) deltas[place] += counter.deltas;
    for (const auto& [place, quantity] : deltas) {
      const auto counter = told.fulfilled.find(place);
      const int64_t total = counter == told.fulfilled.end() ? 0 : sum(counter->second.totals);
      target[place] = std::max({target[place], quantity, total});
    }
  }
  for (auto& [sku, line] : order.skus) {
    for (auto& [location, moved] : line.fulfilled) {
      const int64_t back = moved - target[{sku, location}];
      if (back <= 0) continue;
      move(sku, Account::kCustomer, "", Account::kCommitted, location, back, when);
      line.committed[location] += back;
      moved -= back;
    }
  }
  for (const auto& [place, quantity] : target) {
    OrderSku& line = order.skus[place.first];
    const int64_t more = quantity - line.fulfilled[place.second];
    if (more <= 0) continue;
    ship(line, channel, place.first, place.second, more, Account::kCustomer, when);
    line.fulfilled[place.second] += more;
  }
}

void Twin::settle_returns(Order& order, Timestamp when) {
  std::map<Place, int64_t> target;
  for (const auto& [source, told] : order.told) {
    for (const auto& [place, counter] : told.returned) {
      target[place] = std::max(target[place], counter.value());
    }
  }
  for (const auto& [place, quantity] : target) {
    OrderSku& line = order.skus[place.first];
    int64_t more = quantity - line.returned[place.second];
    const int64_t bound = ordered(order, place.first);
    if (bound > 0 && more > bound - sum(line.returned)) {  // at most once per unit of a known order
      more = std::max<int64_t>(0, bound - sum(line.returned));
      ++discrepancies_;
    }
    if (more <= 0) continue;
    const Account state = line.return_state[place.second];
    move(place.first, Account::kCustomer, "", state, place.second, more, when);
    line.returned[place.second] += more;
  }
}

/// Written off at home, then commits what is still owed or gives back what no longer is.
void Twin::settle_owed(Order& order, const Command& command, Timestamp when) {
  const std::string channel = channel_of(command);
  std::vector<Demand> rises;
  for (auto& [sku, line] : order.skus) {
    const int64_t bound = std::max<int64_t>(0, ordered(order, sku) - sum(line.fulfilled));
    const int64_t written_off = std::min(told_written_off(order, sku), bound) - line.written_off;
    if (written_off > 0) {
      ship(line, channel, sku, home_of(channel, command), written_off, Account::kAdjustment, when);
      line.written_off += written_off;
    }
    const int64_t change = owed(order, sku) - sum(line.committed);
    if (change < 0 && command.restock) {
      uncommit(line, channel, sku, -change, Account::kAvailable, when);
    } else if (change < 0) {
      ship(line, channel, sku, home_of(channel, command), -change, Account::kAdjustment, when);
    } else if (change > 0) {
      Demand& demand = rises.emplace_back(Demand{sku, "", "", change, change, {}});
      for (const CommandLine& told : command.lines) {
        if (told.sku != sku || !demand.location.empty()) continue;
        demand.location = told.location.empty() ? command.location : told.location;
      }
      if (demand.location.empty() && !channels_.contains(channel)) {
        demand.location = home_of(channel, command);
      }
    }
  }
  fill(channel, rises, true);
  for (const Demand& demand : rises) {
    for (const Take& take : demand.takes) {
      move(demand.sku, Account::kAvailable, take.location, Account::kCommitted, take.location,
           take.quantity, when);
      order.skus[demand.sku].committed[take.location] += take.quantity;
    }
  }
}

// ---- what is told
// ----------------------------------------------------------------------------------

bool Twin::tell_fulfillment(Told& told, const CommandFulfillment& fulfillment,
                            const std::string& location, Timestamp version_time) {
  Document& document = told.fulfillments[fulfillment.id];
  if (document.voided) return false;  // void for ever
  if (!document.occurred_at.has_value()) {
    document.occurred_at =
        clamp(fulfillment.occurred_at.has_value() ? fulfillment.occurred_at : version_time);
  }
  if (fulfillment.voided) {
    document.voided = true;
    return true;
  }
  if (!document.told.empty()) return false;  // counts once
  for (const auto& line : fulfillment.lines) {
    document.told[{line.sku, location}][name_of_line(line.line, line.sku)] += line.quantity;
  }
  return true;
}

Outcome Twin::order_snapshot(const Command& command) {
  const std::string channel = channel_of(command);
  if (home_of(channel, command).empty()) return rejected(ErrorCode::kLocationRequired);
  Order& order = order_of(command);
  Told& told = order.told[command.source];
  bool anything = false;

  std::map<Place, SnapshotLine> lines;  // two lines of one SKU without ids are one
  for (const CommandLine& line : command.lines) {
    SnapshotLine& stated = lines[{line.sku, name_of_line(line.line, line.sku)}];
    stated.version = command.version;
    stated.ordered += line.ordered.value_or(line.quantity.value_or(0));
    order.skus[line.sku];
    const std::string& name = name_of_line(line.line, line.sku);
    if (line.cancelled && told.cancelled[line.sku].raise(name, *line.cancelled)) anything = true;
    if (line.written_off && told.written_off[line.sku].raise(name, *line.written_off))
      anything = true;
  }
  std::set<std::string> replaced;
  for (const auto& [key, stated] : lines) {
    const bool is_first = !told.lines.contains(key);
    SnapshotLine& present = told.lines[key];
    anything = anything || is_first;
    if (is_first || is_newer(stated.version, present.version)) {
      anything = anything || present.version != stated.version || present.ordered != stated.ordered;
      present.version = stated.version;
      present.ordered = stated.ordered;
      if (stated.version.kind == Version::Kind::kTime && order.last_commit.has_value() &&
          stated.version.value > order.last_commit.us && order.skus[key.first].by_holds > 0) {
        replaced.insert(key.first);
      }
    }
  }
  for (const std::string& sku : replaced) {
    order.skus[sku].by_holds = 0;
    int64_t snapshot = 0;
    for (const auto& [key, line] : told.lines) snapshot += key.first == sku ? line.ordered : 0;
    order.skus[sku].by_holds = snapshot;
  }
  const Timestamp when = command.version.kind == Version::Kind::kTime
                             ? clamp(Timestamp{command.version.value})
                             : clamp(command.occurred_at);
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    const std::string location =
        fulfillment.location.empty() ? home_of(channel, command) : fulfillment.location;
    if (!tell_fulfillment(told, fulfillment, location, when)) continue;
    anything = true;
    settle_shipments(order, channel, told.fulfillments[fulfillment.id].occurred_at);
  }
  settle_returns(order, when);
  settle_owed(order, command, when);
  return recorded(anything);
}

Outcome Twin::order_fulfilled(const Command& command) {
  const std::string channel = channel_of(command);
  if (home_of(channel, command).empty()) return rejected(ErrorCode::kLocationRequired);
  Order& order = order_of(command);
  Told& told = order.told[command.source];
  const Timestamp when = clamp(command.occurred_at);
  bool anything = false;
  const bool known_document = !command.document.empty() &&
                              told.fulfillments.contains(command.document) &&
                              !told.fulfillments[command.document].told.empty();
  for (const CommandLine& line : command.lines) {
    std::string location = line.location.empty() ? command.location : line.location;
    if (location.empty()) location = home_of(channel, command);
    const std::string& name = name_of_line(line.line, line.sku);
    if (command.document.empty()) {
      Counter& counter = told.fulfilled[{line.sku, location}];
      if (line.total) {
        if (counter.raise(name, *line.total)) anything = true;
      } else {
        counter.deltas += line.quantity.value_or(0);
        anything = true;
      }
      continue;
    }
    Document& document = told.fulfillments[command.document];
    if (document.voided || (known_document && !line.total)) continue;
    document.occurred_at = when.has_value() ? when : now_;
    int64_t& quantity = document.told[{line.sku, location}][name];
    if (line.total) {
      anything = anything || *line.total > quantity;
      quantity = std::max(quantity, *line.total);
    } else {
      quantity += line.quantity.value_or(0);
      anything = true;
    }
  }
  settle_shipments(order, channel, when);
  settle_owed(order, command, when);
  return recorded(anything);
}

Outcome Twin::order_unfulfilled(const Command& command) {
  const std::string channel = channel_of(command);
  Order& order = order_of(command);
  Told& told = order.told[command.source];
  bool anything = false;
  if (!command.document.empty()) {
    Document& document = told.fulfillments[command.document];
    anything = !document.voided;
    document.voided = true;
  } else {
    for (const CommandLine& line : command.lines) {
      const std::string location = place_of(command, line.location);
      if (location.empty()) return rejected(ErrorCode::kLocationRequired);
      Counter& counter = told.fulfilled[{line.sku, location}];
      const int64_t back = std::min(line.quantity.value_or(0), counter.deltas);
      counter.deltas -= back;
      anything = anything || back > 0;
    }
  }
  settle_shipments(order, channel, clamp(command.occurred_at));
  settle_owed(order, command, clamp(command.occurred_at));
  return recorded(anything);
}

Outcome Twin::order_cancelled(const Command& command) {
  Order& order = order_of(command);
  const Timestamp when = clamp(command.occurred_at);
  bool anything = false;
  if (command.lines.empty()) {
    anything = !order.cancelled;
    if (!order.cancelled && !command.restock) {
      for (auto& [sku, line] : order.skus) order.extra_written_off[sku] += sum(line.committed);
    }
    order.cancelled = true;
  }
  Told& told = order.told[command.source];
  const bool seen = !command.document.empty() && !told.documents.insert(command.document).second;
  for (const CommandLine& line : command.lines) {
    order.skus[line.sku];
    Counter& counter = command.restock ? told.cancelled[line.sku] : told.written_off[line.sku];
    if (line.total) {
      if (counter.raise(name_of_line(line.line, line.sku), *line.total)) anything = true;
    } else if (!seen) {
      counter.deltas += line.quantity.value_or(0);
      anything = true;
    }
  }
  settle_owed(order, command, when);
  return recorded(anything);
}

Outcome Twin::order_reassigned(const Command& command) {
  const auto found = orders_.find({channel_of(command), command.order});
  if (found == orders_.end()) return recorded(false);
  const Timestamp when = clamp(command.occurred_at);
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    const std::string from = line.location.empty() ? command.location : line.location;
    OrderSku& counters = found->second.skus[line.sku];
    const int64_t quantity = std::min(line.quantity.value_or(0), counters.committed[from]);
    move(line.sku, Account::kCommitted, from, Account::kAvailable, from, quantity, when);
    at(line.sku, command.to_location);
    move(line.sku, Account::kAvailable, command.to_location, Account::kCommitted,
         command.to_location, quantity, when);
    counters.committed[from] -= quantity;
    counters.committed[command.to_location] += quantity;
    anything = anything || quantity > 0;
  }
  return recorded(anything);
}

Outcome Twin::stock_returned(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  const Timestamp when = clamp(command.occurred_at);
  if (command.order.empty()) {
    for (const CommandLine& line : command.lines) {
      const Account state = line.state == Account::kNone ? Account::kAvailable : line.state;
      move(line.sku, Account::kCustomer, "", state, place_of(command, line.location),
           line.quantity.value_or(line.total.value_or(0)), when);
    }
    return recorded(true);
  }
  Order& order = order_of(command);
  Told& told = order.told[command.source];
  if (!command.document.empty() && !told.documents.insert(command.document).second) {
    return recorded(false);
  }
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    order.skus[line.sku].return_state[location] =
        line.state == Account::kNone ? Account::kAvailable : line.state;
    Counter& counter = told.returned[{line.sku, location}];
    if (line.total) {
      if (counter.raise(name_of_line(line.line, line.sku), *line.total)) anything = true;
    } else {
      counter.deltas += line.quantity.value_or(0);
      anything = true;
    }
  }
  settle_returns(order, when);
  return recorded(anything);
}

Outcome Twin::accept_order(const Command& command) {
  const std::string channel = channel_of(command);
  std::map<std::string, int64_t> asked;
  for (const CommandLine& line : command.lines) asked[line.sku] += line.quantity.value_or(0);
  if (const auto found = orders_.find({channel, command.order}); found != orders_.end()) {
    std::map<std::string, int64_t> present = found->second.accepted;
    if (present.empty()) {
      for (const auto& [sku, line] : found->second.skus) {
        if (ordered(found->second, sku) > 0) present[sku] = ordered(found->second, sku);
      }
    }
    return present == asked ? recorded(false) : refused(ErrorCode::kOrderExists);
  }
  if (auto missing = nowhere(command, command.channel, command.lines)) return *missing;
  std::vector<Demand> demands = demands_of(command, command.lines);
  const std::vector<Shortage> shortages = grant(command.channel, demands);
  if (!shortages.empty()) {
    Outcome outcome = refused(ErrorCode::kInsufficientStock);
    outcome.shortages = shortages;
    return outcome;
  }
  fill(command.channel, demands, false);
  Order& order = order_of(command);
  order.accepted = asked;
  order.last_commit = now_;
  for (const Demand& demand : demands) {
    OrderSku& line = order.skus[demand.sku];
    line.by_holds += demand.quantity;
    for (const Take& take : demand.takes) {
      move(demand.sku, Account::kAvailable, take.location, Account::kCommitted, take.location,
           take.quantity, {});
      line.committed[take.location] += take.quantity;
    }
  }
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  return outcome;
}

}  // namespace holdfast::sim
