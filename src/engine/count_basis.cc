#include "engine/count_basis.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/sku_names.h"
#include "model/limits.h"

namespace holdfast::engine {
namespace {

/// What a line counts: one state, or available + held + committed.
struct Counted {
  std::string_view location;  ///< empty: the ledger has one location, which is all there is
  Account state = Account::kNone;
  bool sellable = true;

  bool covers(Account account) const { return sellable ? is_sellable(account) : account == state; }
  bool at(std::string_view place) const { return location.empty() || place == location; }
  int64_t sum_of(const store::PlaceBalances& place) const {
    if (!at(place.location)) return 0;
    if (!sellable) return place.at(state);
    return place.at(Account::kAvailable) + place.at(Account::kHeld) + place.at(Account::kCommitted);
  }
  /// What `event` adds to it.
  int64_t moved_by(const Event& event) const {
    if (event.from == Account::kNone) return 0;
    int64_t sum = 0;
    if (at(event.location) && covers(event.from)) sum -= event.quantity;
    const std::string_view to = event.to_location.empty() ? event.location : event.to_location;
    if (at(to) && covers(event.to)) sum += event.quantity;
    return sum;
  }
};

Counted counted_by(const Command& command, const CommandLine& line) {
  Counted counted;
  counted.location = line.location.empty() ? command.location : line.location;
  counted.state = line.state;
  counted.sellable = line.state_sellable || line.state == Account::kNone;
  return counted;
}

Timestamp time_of(const Event& event) {
  return event.occurred_at.has_value() ? event.occurred_at : event.recorded_at;
}

/// The sum at `place` of everything up to event `newest` of the SKU that had occurred at `time`.
Result<int64_t> sum_up_to(store::EventLog& store, const std::string& sku, const Counted& counted,
                          Timestamp time, Seq newest) {
  // An event may say it occurred up to 2 s after it was recorded: what was recorded long enough
  // before `time` certainly counts, what came later is looked at one by one.
  HF_ASSIGN(certain, store.seq_at(time - limits::kFutureTolerance));
  const Seq from = std::min(certain, newest);
  int64_t sum = 0;
  HF_ASSIGN(places, store.balances_after(sku, from));
  for (const store::PlaceBalances& place : places) sum += counted.sum_of(place);
  HF_TRY(store.walk_late_facts(sku, from, time, [&](const Event& event) {
    if (event.seq <= newest) sum += counted.moved_by(event);
    return true;
  }));
  return sum;
}

Status prepare_basis(store::EventLog& store, const Command& command, const CommandLine& line,
                     CountBasis* basis, std::string* summed_for) {
  const Counted counted = counted_by(command, line);
  HF_ASSIGN(sku, name_in_log(store, line.sku));
  if (*summed_for != sku) *basis = {};
  *summed_for = sku;
  const uint64_t known = basis->sku_seq;
  Seq newest_seq = 0;
  uint64_t newest_sku_seq = known;
  int64_t since_known = 0;
  HF_TRY(store.walk_sku(sku, 0, [&](const Event& event) {
    newest_seq = std::max(newest_seq, event.seq);
    newest_sku_seq = std::max(newest_sku_seq, event.sku_seq);
    if (known == 0 || event.sku_seq <= known) return false;
    if (time_of(event) <= command.occurred_at) since_known += counted.moved_by(event);
    return true;
  }));
  if (known == 0) {
    HF_ASSIGN(sum, sum_up_to(store, sku, counted, command.occurred_at, newest_seq));
    basis->quantity = sum;
  } else {
    basis->quantity += since_known;
  }
  basis->sku_seq = newest_sku_seq;
  return {};
}

}  // namespace

bool may_need_basis(const Command& command) {
  return command.type == CommandType::kStockCounted && command.occurred_at.has_value();
}

Status prepare_bases(store::EventLog& store, Command* command, BasisSkus* skus) {
  command->count_bases.resize(command->lines.size());
  skus->resize(command->lines.size());
  for (size_t i = 0; i < command->lines.size(); ++i) {
    HF_TRY(
        prepare_basis(store, *command, command->lines[i], &command->count_bases[i], &(*skus)[i]));
  }
  return {};
}

void drop_stale_bases(const ledger::Ledger& ledger, Command* command, BasisSkus* skus) {
  for (size_t i = 0; i < skus->size(); ++i) {
    if ((*skus)[i] == ledger.sku_meant(command->lines[i].sku)) continue;
    command->count_bases.clear();
    skus->clear();
  }
}

}  // namespace holdfast::engine
