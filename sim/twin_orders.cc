// The order entity: everything told is kept by source, what it comes to is computed anew each time,
// and the books follow. So the effect is a function of the set of what was told.
#include <algorithm>

#include "sim/twin.h"

namespace holdfast::sim {
namespace {

template <typename Key>
int64_t sum(const std::map<Key, int64_t>& by_key) {
  int64_t total = 0;
  for (const auto& [key, quantity] : by_key) total += quantity;
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

constexpr Account kStates[] = {Account::kDamaged, Account::kQualityControl, Account::kAvailable};

}  // namespace

bool Twin::Field::tell(const Version& of, const std::optional<int64_t>& number) {
  if (!number) return false;
  const bool same_version = told && of.has_value() && of == version;
  if (same_version ? *number <= value : told && !is_newer(of, version)) return false;
  if (told && !of.has_value() && *number == value) return false;
  told = true;
  version = of;
  value = *number;
  return true;
}

Twin::Order& Twin::order_of(const Command& command) {
  Order& order = orders_[{channel_of(command), command.order}];
  if (order.number == 0) order.number = ++numbers_;
  return order;
}

// ---- what all that was told comes to ----

/// One source's own number: the larger of the sum of its deltas (each document once) and its
/// totals.
int64_t Twin::told_by(const Source& source, What what, const std::string& sku,
                      const std::string& location, Account state) const {
  int64_t deltas = 0, fallen = 0;
  Units totals;
  for (const auto& [key, document] : source.documents) {
    if (key.first != what || document.voided) continue;
    const auto found = document.told.find({sku, location, state});
    if (found != document.told.end()) deltas += found->second;
  }
  if (const auto found = source.counters.find({what, sku, location, state});
      found != source.counters.end()) {
    deltas += found->second.deltas;
    totals = found->second.totals;
  }
  for (const auto& [key, line] : source.lines) {
    if (key.first != sku) continue;
    int64_t& total = totals[key.second];
    if (what == What::kCancelled) total = std::max(total, line.cancelled.value);
    if (what == What::kWrittenOff) total = std::max(total, line.written_off.value);
    if (what == What::kWrittenOff) fallen += line.fallen;
  }
  return std::max(deltas, sum(totals)) + fallen;
}

int64_t Twin::largest(const Order& order, What what, const std::string& sku,
                      const std::string& location, Account state) const {
  int64_t most = 0;
  for (const auto& [name, source] : order.told) {
    most = std::max(most, told_by(source, what, sku, location, state));
  }
  return most;
}

int64_t Twin::snapshot_ordered(const Order& order, const std::string& sku) const {
  int64_t most = 0;
  for (const auto& [name, source] : order.told) {
    int64_t told = 0;
    for (const auto& [key, line] : source.lines) {
      if (key.first == sku) told += line.ordered.value + line.fallen;
    }
    most = std::max(most, told);
  }
  return most;
}

/// A snapshot later than the last commit replaces what holds committed.
bool Twin::is_replaced(const Order& order, const std::string& sku) const {
  const OrderSku& counters = order.skus.at(sku);
  if (counters.by_holds == 0) return false;
  for (const auto& [name, source] : order.told) {
    for (const auto& [key, line] : source.lines) {
      if (key.first == sku && line.ordered.told &&
          line.ordered.version.kind == Version::Kind::kTime &&
          line.ordered.version.value > counters.last_commit.us) {
        return true;
      }
    }
  }
  return false;
}

void Twin::commit_by_hold(Order& order, const std::string& sku, int64_t quantity) {
  OrderSku& counters = order.skus[sku];
  if (is_replaced(order, sku)) {
    counters.by_holds = std::min(counters.by_holds, snapshot_ordered(order, sku));
  }
  counters.by_holds += quantity;
  counters.last_commit = now_;
}

Twin::Target Twin::target_of(const Order& order, const std::string& sku) const {
  Target target;
  const OrderSku& counters = order.skus.at(sku);
  const int64_t snapshot = snapshot_ordered(order, sku);
  target.ordered = is_replaced(order, sku) ? snapshot : std::max(snapshot, counters.by_holds);
  target.known = counters.by_holds > 0;
  for (const auto& [name, source] : order.told) {
    for (const auto& [key, line] : source.lines) {
      target.known = target.known || (key.first == sku && line.ordered.told);
    }
  }
  for (const std::string& location : location_names_) {
    const int64_t there = largest(order, What::kFulfilled, sku, location);
    if (there > 0) target.fulfilled_at[location] = there;
    target.fulfilled += there;
  }
  target.owed = std::max<int64_t>(0, target.ordered - target.fulfilled);
  target.written_off = std::min(target.owed, largest(order, What::kWrittenOff, sku));
  target.owed -= target.written_off;
  target.cancelled = std::min(target.owed, largest(order, What::kCancelled, sku));
  target.owed -= target.cancelled;
  if (order.cancelled) {  // for ever: whatever is told later commits nothing
    (order.no_restock ? target.written_off : target.cancelled) += target.owed;
    target.owed = 0;
  }
  return target;
}

// ---- the books follow ----

std::string Twin::home_of(const std::string& channel) const {
  const std::vector<std::string> order = fill_order(channel);
  if (!order.empty()) return order.front();
  return location_names_.empty() ? "" : location_names_.front();
}

void Twin::settle_shipments(Order& order, Timestamp when) {
  for (auto& [sku, line] : order.skus) {
    Units target = target_of(order, sku).fulfilled_at;
    for (auto& [location, moved] : line.fulfilled) {
      const int64_t back = std::max<int64_t>(0, moved - target[location]);  // a voided shipment
      move(sku, Account::kCustomer, "", Account::kCommitted, location, back, when);
      line.committed[location] += back;
      moved -= back;
    }
    for (const auto& [location, quantity] : target) {
      // What is committed here goes first; the goods have left from here anyway.
      const int64_t more = std::max<int64_t>(0, quantity - line.fulfilled[location]);
      const int64_t committed = std::min(more, line.committed[location]);
      move(sku, Account::kCommitted, location, Account::kCustomer, "", committed, when);
      move(sku, Account::kAvailable, location, Account::kCustomer, "", more - committed, when);
      line.committed[location] -= committed;
      line.fulfilled[location] += more;
    }
  }
}

/// At the order's home: from the commitment there, else from what is available there.
void Twin::settle_written_off(Order& order, const std::string& channel, Timestamp when) {
  for (auto& [sku, line] : order.skus) {
    int64_t more = target_of(order, sku).written_off - sum(line.written_off);
    if (more > 0) {
      const std::string home = home_of(channel);
      const int64_t committed = std::min(more, line.committed[home]);
      move(sku, Account::kCommitted, home, Account::kAdjustment, "", committed, when);
      move(sku, Account::kAvailable, home, Account::kAdjustment, "", more - committed, when);
      line.committed[home] -= committed;
      line.written_off[home] += more;
    }
    for (const std::string& location : location_names_) {  // it was shipped after all
      int64_t& moved = line.written_off[location];
      const int64_t back = std::min(moved, std::max<int64_t>(0, -more));
      move(sku, Account::kAdjustment, "", Account::kAvailable, location, back, when);
      moved -= back;
      more += back;
    }
  }
}

/// Commits what is still owed by the fill order, or gives back what no longer is.
void Twin::settle_owed(Order& order, const Command& command, Timestamp when) {
  const std::string channel = channel_of(command);
  const std::vector<std::string> places = fill_order(channel);
  std::vector<Demand> rises;
  for (auto& [sku, line] : order.skus) {
    std::string named;
    for (const CommandLine& told : command.lines) {
      const std::string& place = told.location.empty() ? command.location : told.location;
      if (told.sku == sku && !place.empty()) named = place;
    }
    int64_t change = target_of(order, sku).owed - sum(line.committed);
    if (change > 0) rises.push_back({sku, named, "", change, change, {}});
    std::vector<std::string> from = {named};
    for (const std::string& location : location_names_) {
      if (std::ranges::find(places, location) == places.end()) from.push_back(location);
    }
    from.insert(from.end(), places.rbegin(), places.rend());
    for (const std::string& location : from) {
      if (location.empty()) continue;
      const int64_t back = std::min(line.committed[location], std::max<int64_t>(0, -change));
      move(sku, Account::kCommitted, location, Account::kAvailable, location, back, when);
      line.committed[location] -= back;
      change += back;
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

/// At most once per unit of a known order. Where sources disagree about the state, a unit that one
/// of them calls damaged is not sold again.
void Twin::settle_returns(Order& order, Timestamp when) {
  for (auto& [sku, line] : order.skus) {
    const Target target = target_of(order, sku);
    int64_t bound = target.known ? target.ordered : INT64_MAX;
    std::map<std::pair<std::string, Account>, int64_t> returned;
    for (const std::string& location : location_names_) {
      int64_t left = 0;
      for (const auto& [name, source] : order.told) {
        int64_t told = 0;
        for (const Account state : kStates) {
          told += told_by(source, What::kReturned, sku, location, state);
        }
        left = std::max(left, told);
      }
      left = std::min(left, bound);
      bound -= left;
      for (const Account state : kStates) {
        const int64_t told = state == Account::kAvailable
                                 ? left
                                 : largest(order, What::kReturned, sku, location, state);
        const int64_t here = std::min(left, told);
        if (here > 0) returned[{location, state}] = here;
        left -= here;
      }
    }
    for (auto& [place, moved] : line.returned) {
      const int64_t back = std::max<int64_t>(0, moved - returned[place]);
      take(sku, place.second, place.first, Account::kCustomer, back, when);
      moved -= back;
    }
    for (const auto& [place, quantity] : returned) {
      const int64_t more = std::max<int64_t>(0, quantity - line.returned[place]);
      move(sku, Account::kCustomer, "", place.second, place.first, more, when);
      line.returned[place] += more;
    }
  }
}

void Twin::settle(Order& order, const Command& command, Timestamp when) {
  settle_shipments(order, when);
  settle_written_off(order, channel_of(command), when);
  settle_owed(order, command, when);
  settle_returns(order, when);
}

/// A commit is one more thing told of the order.
void Twin::settle_committed(Order& order, const std::pair<std::string, std::string>& key) {
  Command of_order;
  of_order.channel = key.first;
  settle(order, of_order, {});
}

// ---- what is told ----

/// A document counts once; told again it counts what it says more.
bool Twin::tell_document(
    Source& source, What what, const std::string& id,
    const std::map<std::tuple<std::string, std::string, Account>, int64_t>& told) {
  Document& document = source.documents[{what, id}];
  if (document.voided) return false;  // void for ever
  bool anything = false;
  for (const auto& [place, quantity] : told) {
    int64_t before = 0;
    for (const auto& [known, n] : document.told) {
      const bool counts =
          what == What::kReturned ? known == place : std::get<0>(known) == std::get<0>(place);
      if (counts) before += n;
    }
    if (quantity <= before) continue;
    document.told[place] += quantity - before;
    anything = true;
  }
  return anything;
}

/// A number told without a document: a keyed delta, or a line's total.
bool Twin::tell_line(Source& source, What what, const Command&, const CommandLine& line,
                     const std::string& location, Account state) {
  Counter& counter = source.counters[{what, line.sku, location, state}];
  if (!line.total) {
    counter.deltas += line.quantity.value_or(0);
    return true;
  }
  // A snapshot of this source may have said it before.
  if (const auto known = source.lines.find({line.sku, line.line}); known != source.lines.end()) {
    const Field& field = known->second.*(what == What::kCancelled ? &SnapshotLine::cancelled
                                                                  : &SnapshotLine::written_off);
    const bool counts = what == What::kCancelled || what == What::kWrittenOff;
    if (counts && field.value >= *line.total) return false;
  }
  return counter.raise(line.line, *line.total);
}

Outcome Twin::order_snapshot(const Command& command) {
  for (const CommandLine& line : command.lines) {
    if (!line.location.empty()) know_location(line.location);
  }
  if (!command.location.empty()) know_location(command.location);
  for (const auto& fulfillment : command.fulfillments) {
    if (!fulfillment.location.empty()) know_location(fulfillment.location);
  }
  const std::string channel = channel_of(command);
  if (home_of(channel).empty()) return rejected(ErrorCode::kLocationRequired);
  Order& order = order_of(command);
  Source& source = order.told[command.source];
  bool anything = false;

  std::map<Place, CommandLine> lines;  // two lines of one SKU without ids are one
  for (const CommandLine& line : command.lines) {
    const auto [known, is_first] = lines.try_emplace({line.sku, line.line}, line);
    CommandLine& stated = known->second;
    if (is_first && !stated.ordered && command.type == CommandType::kOrderPlaced) {
      stated.ordered = stated.quantity;
    }
    if (is_first) continue;
    const auto add = [](std::optional<int64_t>& to, const std::optional<int64_t>& more) {
      if (more) to = to.value_or(0) + *more;
    };
    add(stated.ordered, line.ordered ? line.ordered : line.quantity);
    add(stated.cancelled, line.cancelled);
    add(stated.written_off, line.written_off);
  }
  for (const auto& [key, stated] : lines) {
    order.skus[key.first];
    SnapshotLine& present = source.lines[key];
    const int64_t before =
        present.ordered.told ? present.ordered.value : order.skus[key.first].by_holds;
    if (present.ordered.tell(command.version, stated.ordered)) {
      anything = true;
      if (!command.restock) present.fallen += std::max<int64_t>(0, before - *stated.ordered);
    }
    if (present.cancelled.tell(command.version, stated.cancelled)) anything = true;
    if (present.written_off.tell(command.version, stated.written_off)) anything = true;
  }
  const Timestamp when = command.version.kind == Version::Kind::kTime
                             ? clamp(Timestamp{command.version.value})
                             : clamp(command.occurred_at);
  for (const CommandFulfillment& fulfillment : command.fulfillments) {
    if (fulfillment.voided) {
      Document& document = source.documents[{What::kFulfilled, fulfillment.id}];
      anything = anything || !document.voided;
      document.voided = true;
    } else {
      std::map<std::tuple<std::string, std::string, Account>, int64_t> told;
      for (const auto& line : fulfillment.lines) {
        const std::string& location =
            fulfillment.location.empty() ? home_of(channel) : fulfillment.location;
        told[{line.sku, location, Account::kNone}] += line.quantity;
        order.skus[line.sku];
      }
      if (tell_document(source, What::kFulfilled, fulfillment.id, told)) anything = true;
    }
    // Booked at the fulfilment's own time, the same in every delivery.
    settle_shipments(order,
                     fulfillment.occurred_at.has_value() ? clamp(fulfillment.occurred_at) : when);
  }
  settle(order, command, when);
  return recorded(anything);
}

Outcome Twin::order_fulfilled(const Command& command) {
  if (!command.location.empty()) know_location(command.location);
  if (home_of(channel_of(command)).empty()) return rejected(ErrorCode::kLocationRequired);
  Order& order = order_of(command);
  Source& source = order.told[command.source];
  std::map<std::tuple<std::string, std::string, Account>, int64_t> document;
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    std::string location = line.location.empty() ? command.location : line.location;
    if (location.empty()) location = home_of(channel_of(command));
    know_location(location);
    order.skus[line.sku];
    if (!command.document.empty()) {
      document[{line.sku, location, Account::kNone}] +=
          line.quantity.value_or(line.total.value_or(0));
    } else if (tell_line(source, What::kFulfilled, command, line, location, Account::kNone)) {
      anything = true;
    }
  }
  if (!document.empty())
    anything = tell_document(source, What::kFulfilled, command.document, document);
  settle(order, command, clamp(command.occurred_at));
  return recorded(anything);
}

Outcome Twin::order_unfulfilled(const Command& command) {
  Order& order = order_of(command);
  Source& source = order.told[command.source];
  bool anything = false;
  if (!command.document.empty()) {
    Document& document = source.documents[{What::kFulfilled, command.document}];
    anything = !document.voided;
    document.voided = true;
  } else {
    for (const CommandLine& line : command.lines) {
      const std::string location = place_of(command, line.location);
      if (location.empty()) return rejected(ErrorCode::kLocationRequired);
      Counter& counter = source.counters[{What::kFulfilled, line.sku, location, Account::kNone}];
      const int64_t back = std::min(line.quantity.value_or(0), counter.deltas);
      counter.deltas -= back;
      anything = anything || back > 0;
    }
  }
  settle(order, command, clamp(command.occurred_at));
  return recorded(anything);
}

Outcome Twin::order_cancelled(const Command& command) {
  Order& order = order_of(command);
  Source& source = order.told[command.source];
  const What what = command.restock ? What::kCancelled : What::kWrittenOff;
  bool anything = false;
  if (command.lines.empty() && !order.cancelled) {
    order.cancelled = true;
    order.no_restock = !command.restock;
    anything = true;
  }
  std::map<std::tuple<std::string, std::string, Account>, int64_t> document;
  for (const CommandLine& line : command.lines) {
    order.skus[line.sku];
    if (!command.document.empty()) {
      document[{line.sku, "", Account::kNone}] += line.quantity.value_or(line.total.value_or(0));
    } else if (tell_line(source, what, command, line, "", Account::kNone)) {
      anything = true;
    }
  }
  if (!document.empty()) anything = tell_document(source, what, command.document, document);
  settle(order, command, clamp(command.occurred_at));
  return recorded(anything);
}

Outcome Twin::order_reassigned(const Command& command) {
  const auto found = orders_.find({channel_of(command), command.order});
  if (found == orders_.end()) return recorded(false);
  const Timestamp when = clamp(command.occurred_at);
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    const auto counters = found->second.skus.find(line.sku);
    if (counters == found->second.skus.end()) continue;
    Units& committed = counters->second.committed;
    const int64_t quantity = std::min(line.quantity.value_or(0), committed[command.location]);
    if (quantity == 0) continue;
    move(line.sku, Account::kCommitted, command.location, Account::kAvailable, command.location,
         quantity, when);
    at(line.sku, command.to_location);
    move(line.sku, Account::kAvailable, command.to_location, Account::kCommitted,
         command.to_location, quantity, when);
    committed[command.location] -= quantity;
    committed[command.to_location] += quantity;
    anything = true;
  }
  return recorded(anything);
}

Outcome Twin::stock_returned(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  const Timestamp when = clamp(command.occurred_at);
  const auto state_of = [](const CommandLine& line) {
    return line.state == Account::kNone ? Account::kAvailable : line.state;
  };
  if (command.order.empty()) {
    for (const CommandLine& line : command.lines) {
      move(line.sku, Account::kCustomer, "", state_of(line), place_of(command, line.location),
           line.quantity.value_or(line.total.value_or(0)), when);
    }
    return recorded(true);
  }
  Order& order = order_of(command);
  Source& source = order.told[command.source];
  std::map<std::tuple<std::string, std::string, Account>, int64_t> document;
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    know_location(location);
    order.skus[line.sku];
    if (!command.document.empty()) {
      document[{line.sku, location, state_of(line)}] +=
          line.quantity.value_or(line.total.value_or(0));
    } else if (tell_line(source, What::kReturned, command, line, location, state_of(line))) {
      anything = true;
    }
  }
  if (!document.empty())
    anything = tell_document(source, What::kReturned, command.document, document);
  settle(order, command, when);
  return recorded(anything);
}

Outcome Twin::accept_order(const Command& command) {
  const std::string channel = channel_of(command);
  Units asked;
  for (const CommandLine& line : command.lines) asked[line.sku] += line.quantity.value_or(0);
  if (const auto found = orders_.find({channel, command.order}); found != orders_.end()) {
    Units present;
    for (const auto& [sku, line] : found->second.skus) {
      const int64_t ordered = target_of(found->second, sku).ordered;
      if (ordered > 0) present[sku] = ordered;
    }
    const bool equal = present == asked && !found->second.cancelled;
    return equal ? recorded(false) : refused(ErrorCode::kOrderExists);
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
  for (const Demand& demand : demands) {
    commit_by_hold(order, demand.sku, demand.quantity);
    for (const Take& take : demand.takes) {
      move(demand.sku, Account::kAvailable, take.location, Account::kCommitted, take.location,
           take.quantity, {});
      order.skus[demand.sku].committed[take.location] += take.quantity;
    }
  }
  Outcome outcome = recorded(true);
  outcome.status = OutcomeStatus::kAccepted;
  return outcome;
}

}  // namespace holdfast::sim
