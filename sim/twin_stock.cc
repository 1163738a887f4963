// Facts about goods: receipts, sales, counts, adjustments, transfers.
#include <algorithm>

#include "sim/twin.h"

namespace holdfast::sim {
namespace {

const std::string& line_name(const CommandLine& line) {
  return line.line.empty() ? line.sku : line.line;
}

Account state_of(const CommandLine& line) {
  return line.state == Account::kNone ? Account::kAvailable : line.state;
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
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> stated;
  for (const CommandLine& line : command.lines) {
    stated[{place_of(command, line.location), line.sku, line_name(line)}] +=
        line.expected.value_or(0);
  }
  bool anything = false;
  for (const auto& [key, quantity] : stated) {
    const auto& [location, sku, line] = key;
    at(sku, location);
    const auto found = reference.expected.find(key);
    if ((found == reference.expected.end() ? 0 : found->second) != quantity) anything = true;
    reference.expected[key] = quantity;
    const int64_t open =
        reference.closed ? 0
                         : std::max<int64_t>(0, quantity - reference.received[{sku, line}].value());
    outside_[{sku, Account::kSupplier}] -= open - reference.incoming[key];
    reference.incoming[key] = open;
  }
  return recorded(anything);
}

Outcome Twin::received(const Command& command) {
  if (auto missing = missing_place(command)) return *missing;
  Reference unnamed;
  Reference& reference = command.reference.empty() ? unnamed : references_[command.reference];
  const Timestamp when = clamp(command.occurred_at);
  bool anything = command.final && !reference.closed;
  for (const CommandLine& line : command.lines) {
    const std::string location = place_of(command, line.location);
    Counter& counter = reference.received[{line.sku, line_name(line)}];
    const int64_t before = counter.value();
    if (line.total) {
      counter.raise("", *line.total);
    } else {
      counter.deltas += line.quantity.value_or(0);
    }
    const int64_t arrived = counter.value() - before;
    if (line.quantity || arrived > 0) anything = true;
    if (anything) track(line.sku, location);
    move(line.sku, Account::kSupplier, "", state_of(line), location, arrived, when);
  }
  reference.closed = reference.closed || command.final;
  for (auto& [key, open] : reference.incoming) {
    const auto& [location, sku, line] = key;
    const int64_t left = reference.closed
                             ? 0
                             : std::max<int64_t>(0, reference.expected[key] -
                                                        reference.received[{sku, line}].value());
    outside_[{sku, Account::kSupplier}] -= left - open;
    open = left;
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
  for (const auto& [key, counted] : bins) {
    const auto& [sku, location, state] = key;
    track(sku, location);
    int64_t known = 0;
    for (const Movement& movement : history_[key]) {
      if (!when.has_value() || movement.when <= when) known += movement.quantity;
    }
    if (counted > known) {
      move(sku, Account::kAdjustment, "", state, location, counted - known, when);
    } else if (counted < known) {
      take(sku, state, location, Account::kAdjustment, known - counted, when);
    }
    anchors_[key].insert(when.has_value() ? when : now_);
  }
  return recorded(true);
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
    Counter& counter = transfer.dispatched[{line.sku, line_name(line)}];
    const int64_t before = counter.value();
    if (line.total) {
      counter.raise("", *line.total);
    } else {
      counter.deltas += line.quantity.value_or(0);
    }
    const int64_t gone = counter.value() - before;
    anything = anything || line.quantity.has_value() || gone > 0;
    move(line.sku, Account::kAvailable, location, Account::kInTransit, "", gone,
         clamp(command.occurred_at));
    at(line.sku, command.to_location);
    transfer.in_transit[{line.sku, command.to_location}] += gone;
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
    Counter& counter = transfer.received[{line.sku, line_name(line)}];
    const int64_t before = counter.value();
    if (line.total) {
      counter.raise("", *line.total);
    } else {
      counter.deltas += line.quantity.value_or(0);
    }
    int64_t arrived = counter.value() - before;
    if (line.quantity || arrived > 0) anything = true;
    if (anything) track(line.sku, location);
    const auto unload = [&](int64_t& on_the_way) {
      const int64_t taken = std::min(arrived, on_the_way);
      on_the_way -= taken;
      arrived -= taken;
      move(line.sku, Account::kInTransit, "", state_of(line), location, taken, when);
    };
    unload(transfer.in_transit[{line.sku, location}]);
    for (auto& [place, on_the_way] : transfer.in_transit) {
      if (place.first == line.sku) unload(on_the_way);
    }
    if (arrived > 0) ++discrepancies_;
    move(line.sku, Account::kAdjustment, "", state_of(line), location, arrived, when);
  }
  if (command.final) {
    for (auto& [place, on_the_way] : transfer.in_transit) {
      outside_[{place.first, Account::kAdjustment}] += on_the_way;
      on_the_way = 0;
    }
  }
  return recorded(anything);
}

}  // namespace holdfast::sim
