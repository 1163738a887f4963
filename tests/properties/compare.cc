#include "tests/properties/compare.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::properties {
namespace {

std::string shown(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

std::string say(const Outcome& outcome) {
  std::string text(name_of(outcome.status));
  if (outcome.error.code != ErrorCode::kNone)
    text += " " + std::string(name_of(outcome.error.code));
  if (outcome.replayed) text += " replayed";
  for (const Shortage& s : outcome.shortages) {
    text += fmt::format(" short {}@{}/{} {} of {}", s.sku, s.location, s.line, s.requested,
                        s.untracked ? "null" : std::to_string(s.available_to_sell));
  }
  return text;
}

/// Lines of one (line, sku, location) are one; lines that came to nothing are none.
std::string say(const HoldView& hold) {
  std::map<std::string, std::array<int64_t, 5>> lines;
  for (const HoldLineView& line : hold.lines) {
    auto& sum = lines[fmt::format("{}/{}@{}", line.line, line.sku, line.location)];
    sum[0] += line.quantity;
    sum[1] += line.remaining;
    sum[2] += line.committed;
    sum[3] += line.released;
    sum[4] += line.expired;
  }
  std::string text =
      fmt::format("hold {} {} until {} endangered {}", hold.id, hold.open ? "open" : "closed",
                  to_rfc3339(hold.expires_at), hold.endangered);
  for (const auto& [name, sum] : lines) {
    if (sum[0] == 0) continue;
    text += fmt::format(" [{} {}: {} left, {} committed, {} released, {} expired]", name, sum[0],
                        sum[1], sum[2], sum[3], sum[4]);
  }
  for (const auto& commit : hold.commits) text += " →" + commit.channel + "/" + commit.order;
  return text;
}

std::string say(const OrderView& order) {
  std::map<std::string, std::string> lines;
  for (const OrderLineView& line : order.lines) {
    std::string text =
        fmt::format("ordered {} fulfilled {} cancelled {} written_off {} returned {} committed {}",
                    line.ordered, line.fulfilled, line.cancelled, line.written_off, line.returned,
                    line.committed);
    for (const auto& [location, quantity] : line.committed_at) {
      if (quantity != 0) text += fmt::format(" {}@{}", quantity, location);
    }
    if (line.ordered + line.fulfilled + line.cancelled + line.written_off + line.returned != 0) {
      lines[line.sku] = text;
    }
  }
  std::string text =
      fmt::format("order {}/{} {}{}", order.channel, order.order, order.open ? "open" : "closed",
                  order.cancelled ? " cancelled" : "");
  for (const auto& [sku, line] : lines) text += fmt::format(" [{}: {}]", sku, line);
  return text;
}

std::string say(const PositionView& at) {
  return fmt::format("{} {}/{}/{} damaged {} quality_control {} incoming {} in_transit {}{}",
                     at.location, at.available, at.held, at.committed, at.damaged,
                     at.quality_control, at.incoming, at.in_transit,
                     at.tracked ? "" : " untracked");
}

bool is_nothing(const PositionView& at) {
  return !at.tracked && at.on_hand() == 0 && at.available == 0 && at.incoming == 0 &&
         at.in_transit == 0;
}

/// A place a SKU was never at, and one it has left without a trace, are the same.
std::string say_positions(const sim::Books& books, const std::string& sku) {
  std::string text;
  for (const PositionView& at : books.positions(sku)) {
    if (!is_nothing(at)) text += fmt::format("\n    {} {}", sku, say(at));
  }
  return text;
}

std::string say(const ChannelAvailability& answer) {
  std::string text = fmt::format("{} on {}", shown(answer.available_to_sell), answer.channel);
  if (!answer.available_to_sell) return text;
  for (const auto& [location, quantity] : answer.locations)
    text += fmt::format(" {} {}", location, quantity);
  return text;
}

std::string say(const std::vector<ShortfallView>& shortfalls) {
  std::string text;
  for (const ShortfallView& shortfall : shortfalls) {
    auto holds = shortfall.holds;
    std::ranges::sort(holds);
    text += fmt::format("\n    {}@{} {}:", shortfall.sku, shortfall.location, shortfall.quantity);
    for (const auto& [hold, quantity] : holds) text += fmt::format(" {} {}", hold, quantity);
    for (const auto& [order, quantity] : shortfall.orders)
      text += fmt::format(" {} {}", order, quantity);
  }
  return text;
}

std::string differ(const std::string& what, const std::string& ledger, const std::string& twin) {
  if (ledger == twin) return {};
  return fmt::format("{}\n  ledger: {}\n  twin:   {}", what, ledger, twin);
}

/// Exactly the largest one-line request that would now be granted.
std::string try_ats(sim::RecordedLedger& ledger, const sim::Twin& twin, Timestamp now) {
  for (const std::string& channel : twin.channels()) {
    for (const std::string& sku : twin.skus()) {
      const int64_t ats = ledger.availability(sku, channel).available_to_sell.value_or(0);
      for (const int64_t quantity : {ats, ats + 1}) {
        if (quantity == 0) continue;
        Command command;
        command.type = CommandType::kHoldPlace;
        command.source = "local";
        command.hold = "probe";
        command.channel = channel;
        command.dry_run = true;
        command.lines.emplace_back().sku = sku;
        command.lines.back().quantity = quantity;
        const Outcome outcome = ledger.decide(command, now);
        const bool granted = outcome.status == OutcomeStatus::kAccepted;
        if (granted != (quantity == ats)) {
          return fmt::format("ATS of {} on {} is {}; a hold of {} is {}", sku, channel, ats,
                             quantity, say(outcome));
        }
      }
    }
  }
  return {};
}

}  // namespace

std::string compare_answers(const Outcome& ledger, const Outcome& twin) {
  const std::string wrong = differ("answer", say(ledger), say(twin));
  if (!wrong.empty() || !twin.hold || twin.replayed) return wrong;
  return differ("hold in the answer", ledger.hold ? say(*ledger.hold) : "none", say(*twin.hold));
}

std::string compare_books(const sim::Books& ledger, const sim::Twin& twin) {
  for (const std::string& sku : twin.skus()) {
    if (auto wrong = differ("balances", say_positions(ledger, sku), say_positions(twin, sku));
        !wrong.empty()) {
      return wrong;
    }
    for (const std::string& channel : twin.channels()) {
      auto wrong = differ("available to sell of " + sku, say(ledger.availability(sku, channel)),
                          say(twin.availability(sku, channel)));
      if (!wrong.empty()) return wrong;
    }
  }
  for (const std::string& id : twin.hold_ids()) {
    const auto hold = ledger.hold(id);
    if (auto wrong = differ("hold", hold ? say(*hold) : "none", say(*twin.hold(id)));
        !wrong.empty())
      return wrong;
  }
  for (const auto& [channel, name] : twin.order_keys()) {
    const auto order = ledger.order(channel, name);
    auto wrong = differ("order", order ? say(*order) : "none", say(*twin.order(channel, name)));
    if (!wrong.empty()) return wrong;
  }
  return differ("shortfalls", say(ledger.shortfalls()), say(twin.shortfalls()));
}

std::string tell(const Story& story, const StoryOptions& options) {
  sim::RecordedLedger ledger;
  sim::Twin twin;
  twin.ats_error_for_tests = options.ats_error;
  Teller teller;
  for (const Command& command : opening()) {
    ledger.decide(command, teller.now());
    twin.decide(command, teller.now());
  }
  size_t number = 0;
  for (const uint64_t entry : story) {
    ++number;
    const Command command = teller.tell(entry);
    const auto where = [&](const std::string& wrong) {
      return fmt::format("command {} at {}: {}\n{}", number, to_rfc3339(teller.now()),
                         describe(command), wrong);
    };
    if (!options.lazy_expiry) ledger.expire_due(teller.now());
    const Outcome said = ledger.decide(command, teller.now());
    auto wrong = compare_answers(said, twin.decide(command, teller.now()));
    if (wrong.empty()) {
      ledger.expire_due(teller.now());
      wrong = compare_books(ledger, twin);
    }
    if (wrong.empty()) wrong = ledger.check();
    if (wrong.empty()) wrong = twin.check();
    if (wrong.empty() && options.try_every_ats) wrong = try_ats(ledger, twin, teller.now());
    if (!wrong.empty()) return where(wrong);
  }
  for (const std::string& sku : twin.skus()) {
    for (const Account account : {Account::kSupplier, Account::kCustomer, Account::kAdjustment}) {
      if (ledger.outside(sku, account) == twin.outside(sku, account)) continue;
      return fmt::format("{} of {}: ledger {}, twin {}", name_of(account), sku,
                         ledger.outside(sku, account), twin.outside(sku, account));
    }
  }
  if (auto wrong = ledger.check_sequence(); !wrong.empty()) return wrong;
  return ledger.check_replay();
}

Story shorten(Story story, const StoryOptions& options) {
  for (size_t size = std::max<size_t>(1, story.size() / 2); size > 0; size /= 2) {
    for (size_t start = 0; start < story.size();) {
      Story shorter = story;
      const auto from = shorter.begin() + static_cast<long>(start);
      shorter.erase(from, from + static_cast<long>(std::min(size, story.size() - start)));
      if (!tell(shorter, options).empty()) {
        story = std::move(shorter);
      } else {
        start += size;
      }
    }
  }
  return story;
}

std::string retell(const Story& story) {
  Teller teller;
  std::string text;
  for (const uint64_t entry : story) {
    const Command command = teller.tell(entry);
    text += fmt::format("  {} {}\n", to_rfc3339(teller.now()), describe(command));
  }
  return text;
}

}  // namespace holdfast::properties
