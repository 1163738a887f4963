// Facts about goods: receipts, sales, counts, adjustments, transfers.
#include <algorithm>
#include <utility>

#include "sim/twin.h"

namespace holdfast::sim {
namespace {

Account state_of(const CommandLine& line) {
  return line.state == Account::kNone ? Account::kAvailable : line.state;
}

/// A delta, or what a total says above what is booked.
int64_t booked_now(int64_t& booked, const CommandLine& line) {
  const int64_t more =
      line.total ? std::max<int64_t>(0, *line.total - booked) : line.quantity.value_or(0);
  booked += more;
  return more;
}

}  // namespace

int64_t Twin::Counter::value() const {
  int64_t told = 0;
  for (const auto& [line, total] : totals) told += total;
  return std::max(deltas, told);
}

bool Twin::Counter::raise(const std::string& line, int64_t total) {
  int64_t& present = totals[line];
  const bool more = total > present;
  present = std::max(present, total);
  return more;
}

void Twin::Counter::add_to(Counter& other) const {
  other.deltas += deltas;
  for (const auto& [line, total] : totals) other.totals[line] += total;
}

Outcome Twin::expected(const Command& command) {
  if (command.reference.empty()) return rejected(ErrorCode::kReferenceRequired);
  if (auto missing = missing_place(command)) return *missing;
  Reference& reference = references_[command.reference];
  if (reference.closed) return recorded(false);
  std::map<Place, std::pair<std::string, int64_t>> stated;  // two lines of one name are one
  for (const CommandLine& line : command.lines) {
    const std::pair first{place_of(command, line.location), int64_t{0}};
    stated.try_emplace({line.sku, line.line}, first).first->second.second +=
        line.expected.value_or(0);
  }
  bool anything = false;
  for (const auto& [key, told] : stated) {
    const auto& [location, expected] = told;
    at(key.first, location);
    ExpectedLine& known = reference.lines[key];
    const int64_t came = std::max(known.used, reference.received[key]);
    Units open = {{location, std::max<int64_t>(0, expected - came)}};
    for (const auto& [place, units] : known.open) open.try_emplace(place, 0);
    known.open.try_emplace(location, 0);
    anything = anything || open != known.open || expected != known.expected;
    for (const auto& [place, units] : open) {
      outside_[{key.first, Account::kSupplier}] -= units - known.open[place];
    }
    known.expected = expected;
    known.open = open;
  }
  return recorded(anything);
}

/// Takes what is expected at a place: of the line itself first, then of the others by name.
int64_t Twin::take_expected(Reference& reference, const CommandLine& arrived,
                            const std::string& location, int64_t quantity) {
  int64_t taken = 0;
  for (const bool own : {true, false}) {
    for (auto& [key, line] : reference.lines) {
      if (key.first != arrived.sku || (key.second == arrived.line) != own) continue;
      const int64_t here = std::min(quantity - taken, line.open[location]);
      line.open[location] -= here;
      line.used += here;
      taken += here;
    }
  }
  outside_[{arrived.sku, Account::kSupplier}] += taken;
  return taken;
}

Outcome Twin::received(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  Reference unnamed;
  Reference& reference = command.reference.empty() ? unnamed : references_[command.reference];
  const Timestamp when = clamp(command.occurred_at);
  bool anything = command.final && !reference.closed;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    const int64_t arrived = booked_now(reference.received[{line.sku, line.line}], line);
    if (arrived == 0) continue;
    anything = true;
    track(line.sku, location);
    move(line.sku, Account::kSupplier, "", state_of(line), location, arrived, when);
    // Where it arrived first, then wherever it is expected.
    int64_t left = arrived - take_expected(reference, line, location, arrived);
    for (const std::string& place : location_names_) {
      left -= take_expected(reference, line, place, left);
    }
  }
  if (command.final) {
    reference.closed = true;
    for (auto& [key, line] : reference.lines) {
      for (const auto& [place, units] : std::exchange(line.open, {})) {
        outside_[{key.first, Account::kSupplier}] += units;
      }
    }
  }
  return recorded(anything);
}

Outcome Twin::sold(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    move(line.sku, Account::kAvailable, location, Account::kCustomer, "", line.quantity.value_or(0),
         clamp(command.occurred_at));
  }
  return recorded(true);
}

Outcome Twin::adjusted(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  for (const CommandLine& line : command.lines) {
    if (!line.set || !line.expected) continue;
    const auto found = positions_.find({line.sku, place_of(command, line.location)});
    const int64_t present =
        found == positions_.end() ? 0 : found->second.balance[static_cast<int>(state_of(line))];
    if (present != *line.expected)
      return refused(ErrorCode::kStaleQuantity, std::to_string(present));
  }
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    const Account state = state_of(line);
    const int64_t delta =
        line.set ? *line.set - balance(line.sku, location, state) : line.delta.value_or(0);
    const Timestamp when = clamp(command.occurred_at);
    if (delta > 0) move(line.sku, Account::kAdjustment, "", state, location, delta, when);
    if (delta < 0) take(line.sku, state, location, Account::kAdjustment, -delta, when);
    anything = anything || delta != 0;
  }
  return recorded(anything);
}

Outcome Twin::counted(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  std::map<std::tuple<std::string, std::string, Account>, int64_t> bins;
  for (const CommandLine& line : command.lines) {
    bins[{line.sku, place_of(command, line.location), state_of(line)}] += line.counted.value_or(0);
  }
  const Timestamp when = clamp(command.occurred_at);
  bool anything = false;
  for (const auto& [key, counted] : bins) {
    const auto& [sku, location, state] = key;
    anything = anything || !is_tracked(sku, location);
    track(sku, location);
    int64_t known = 0;
    for (const Movement& movement : history_[key]) {
      if (!when.has_value() || movement.when <= when) known += movement.quantity;
    }
    // A count takes the place of one of the same moment: that one does not absorb it.
    const Timestamp moment = when.has_value() ? when : now_;
    const bool is_new = anchors_[key].erase(moment) == 0;
    if (counted > known) {
      move(sku, Account::kAdjustment, "", state, location, counted - known, when);
    } else if (counted < known) {
      take(sku, state, location, Account::kAdjustment, known - counted, when);
    }
    anchors_[key].insert(moment);
    anything = anything || is_new || counted != known;
  }
  return recorded(anything);
}

Outcome Twin::moved(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    const Timestamp when = clamp(command.occurred_at);
    const int64_t quantity = line.quantity.value_or(0);
    if (line.to == Account::kAvailable) {  // never invented as sellable
      const int64_t there = std::min(quantity, balance(line.sku, location, line.from));
      move(line.sku, line.from, location, line.to, location, there, when);
      if (there < quantity) ++discrepancies_;
    } else {
      take(line.sku, line.from, location, line.to, quantity, when);
    }
  }
  return recorded(true);
}

Outcome Twin::dispatched(const Command& command) {
  if (command.reference.empty()) return rejected(ErrorCode::kReferenceRequired);
  if (auto missing = missing_place(command)) return *missing;
  Transfer& transfer = transfers_[command.reference];
  bool anything = false;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    const int64_t gone = booked_now(transfer.dispatched[{line.sku, line.line}], line);
    if (gone == 0) continue;
    anything = true;
    move(line.sku, Account::kAvailable, location, Account::kInTransit, "", gone,
         clamp(command.occurred_at));
    at(line.sku, command.to_location);
    // What came before was taken from adjustment then; under a closed reference the rest is lost.
    const int64_t came = std::min(gone, transfer.surplus[line.sku]);
    transfer.surplus[line.sku] -= came;
    const int64_t ended = transfer.closed ? gone : came;
    outside_[{line.sku, Account::kAdjustment}] += ended;
    transfer.on_the_way[{line.sku, command.to_location}] += gone - ended;
  }
  return recorded(anything);
}

Outcome Twin::transfer_received(const Command& command) {
  if (command.reference.empty()) return rejected(ErrorCode::kReferenceRequired);
  if (auto missing = missing_place(command)) return *missing;
  Transfer& transfer = transfers_[command.reference];
  const Timestamp when = clamp(command.occurred_at);
  bool anything = command.final && !transfer.closed;
  transfer.closed = transfer.closed || command.final;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    int64_t arrived = booked_now(transfer.received[{line.sku, line.line}], line);
    if (arrived == 0) continue;
    anything = true;
    track(line.sku, location);
    // What was sent here first, then what was sent elsewhere.
    std::vector<std::string> places = location_names_;
    places.insert(places.begin(), location);
    for (const std::string& to : places) {
      int64_t& open = transfer.on_the_way[{line.sku, to}];
      const int64_t taken = std::min(arrived, open);
      open -= taken;
      arrived -= taken;
      move(line.sku, Account::kInTransit, "", state_of(line), location, taken, when);
    }
    if (arrived > 0) ++discrepancies_;
    transfer.surplus[line.sku] += std::max<int64_t>(0, arrived);
    move(line.sku, Account::kAdjustment, "", state_of(line), location, arrived, when);
  }
  if (command.final) {
    for (auto& [to, open] : transfer.on_the_way) {
      outside_[{to.first, Account::kAdjustment}] += open;
      open = 0;
    }
  }
  return recorded(anything);
}

}  // namespace holdfast::sim
