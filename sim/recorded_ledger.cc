#include "sim/recorded_ledger.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "model/limits.h"

namespace holdfast::sim {

RecordedLedger::RecordedLedger(ledger::LedgerOptions options)
    : options_(std::move(options)), ledger_(std::make_unique<ledger::Ledger>(options_)) {}

// ---- the log ----

void RecordedLedger::begin_command(const CommandHead& head) {
  auto recorded = std::make_unique<Recorded>();
  recorded->head = head;
  recorded->source = head.source;
  recorded->key = head.idempotency_key;
  recorded->key_2 = head.idempotency_key_2;
  recorded->head.source = recorded->source;
  recorded->head.idempotency_key = recorded->key;
  recorded->head.idempotency_key_2 = recorded->key_2;
  if (head.shortages != nullptr) {
    recorded->shortages = *head.shortages;
    recorded->head.shortages = &recorded->shortages;
  }
  recorded->recorded_at = now_;
  log_.push_back(std::move(recorded));
}

void RecordedLedger::append(const Event& event) {
  log_.back()->events.emplace_back(event);
  ++events_;
  if (event.sku_seq > 0) sku_seqs_[std::string(event.sku)] = event.sku_seq;
}

void RecordedLedger::replay_after(Seq seq, ledger::Ledger& fresh) const {
  for (const auto& recorded : log_) {
    if (recorded->events.empty() || recorded->events.front()->seq <= seq) continue;
    const Seq first = recorded->events.front()->seq;
    fresh.begin_command(recorded->head, first, recorded->recorded_at);
    for (const OwnedEvent& owned : recorded->events) {
      Event event = owned.get();
      event.recorded_at = recorded->recorded_at;
      event.command_seq = first;
      fresh.apply(event);
    }
    fresh.end_command();
  }
}

std::string RecordedLedger::check_replay() const {
  ledger::Ledger fresh(options_);
  replay_after(0, fresh);
  if (fresh.last_seq() != ledger_->last_seq()) return "replay ends at another seq";
  if (fresh.state_hash() != ledger_->state_hash()) return "replay ends in another state hash";
  return fresh.check();
}

/// Of a repeated key the log has the first answer; a webhook hears only that it is a repetition.
Outcome RecordedLedger::first_answer(const Command& command, const Outcome& repeated) const {
  Outcome answer = repeated;
  if (command.from_source) {
    answer.replayed = false;
    return answer;
  }
  for (const auto& recorded : log_) {
    if (recorded->events.empty() || recorded->events.front()->seq != repeated.first_seq) continue;
    std::vector<Event> events;
    for (const OwnedEvent& owned : recorded->events) events.push_back(owned.get());
    answer = ledger::Ledger::answer_of(recorded->head, events);
  }
  answer.replayed = true;
  return answer;
}

std::string RecordedLedger::check_sequence() const {
  Seq seq = 0;
  std::map<std::string_view, uint64_t> sku_seqs;
  for (const auto& recorded : log_) {
    for (const OwnedEvent& event : recorded->events) {
      if (event->seq != ++seq) return fmt::format("seq {} where {} is due", event->seq, seq);
      if (event->sku_seq == 0) continue;
      if (event->sku_seq != ++sku_seqs[event->sku]) {
        return fmt::format("sku_seq {} of {} at seq {}", event->sku_seq, event->sku, seq);
      }
    }
  }
  return {};
}

// ---- deciding ----

std::string RecordedLedger::resolve(const std::string& sku) const {
  const auto found = aliases_.find(sku);
  return found == aliases_.end() ? sku : found->second;
}

/// What a count's lines held at its time, from all events that occurred up to it.
std::vector<CountBasis> RecordedLedger::prepare(const Command& command) const {
  Timestamp until = command.occurred_at;
  if (!until.has_value() || until > now_ + limits::kFutureTolerance) until = now_;
  std::vector<CountBasis> bases;
  for (const CommandLine& line : command.lines) {
    const std::string sku = resolve(line.sku);
    const std::string& location = line.location.empty() ? command.location : line.location;
    const Account state = line.state == Account::kNone ? Account::kAvailable : line.state;
    const auto counts = [&](Account account) {
      return state == Account::kAvailable ? is_sellable(account) : account == state;
    };
    CountBasis& basis = bases.emplace_back();
    const auto latest = sku_seqs_.find(sku);
    basis.sku_seq = latest == sku_seqs_.end() ? 0 : latest->second;
    for (const auto& recorded : log_) {
      for (const OwnedEvent& event : recorded->events) {
        if (event->sku != sku) continue;
        const Timestamp when =
            event->occurred_at.has_value() ? event->occurred_at : recorded->recorded_at;
        if (when > until) continue;
        const std::string_view to =
            event->to_location.empty() ? event->location : event->to_location;
        if (counts(event->from) && event->location == location) basis.quantity -= event->quantity;
        if (counts(event->to) && to == location) basis.quantity += event->quantity;
      }
    }
  }
  return bases;
}

Outcome RecordedLedger::decide(const Command& command, Timestamp now) {
  now_ = now;
  Outcome outcome = ledger_->decide(command, now, *this);
  if (outcome.error.code == ErrorCode::kBasisMoved) {
    Command prepared = command;
    prepared.count_bases = prepare(command);
    outcome = ledger_->decide(prepared, now, *this);
  }
  if (outcome.replayed) outcome = first_answer(command, outcome);
  if (command.type == CommandType::kSkuMerge && outcome.status == OutcomeStatus::kRecorded &&
      !command.dry_run) {
    aliases_[command.sku_alias] = resolve(command.sku_same_as);
  }
  return outcome;
}

void RecordedLedger::expire_due(Timestamp now) {
  now_ = now;
  while (ledger_->expire_due(now, 4096, *this) > 0) {
  }
  while (ledger_->settle(now, 4096, *this) > 0) {
  }
}

// ---- reading ----

std::vector<PositionView> RecordedLedger::positions(const std::string& sku) const {
  Query query;
  query.type = QueryType::kStock;
  query.sku = sku;
  QueryResult result = ledger_->query(query, now_);
  if (result.stock.empty()) return {};
  std::ranges::sort(result.stock.front().locations, {}, &PositionView::location);
  return result.stock.front().locations;
}

ChannelAvailability RecordedLedger::availability(const std::string& sku,
                                                 const std::string& channel) const {
  Query query;
  query.type = QueryType::kStock;
  query.sku = sku;
  QueryResult result = ledger_->query(query, now_);
  if (!result.stock.empty()) {
    for (const ChannelAvailability& answer : result.stock.front().channels) {
      if (answer.channel == channel) return answer;
    }
  }
  return {channel, std::nullopt, {}};
}

int64_t RecordedLedger::outside(const std::string& sku, Account account) const {
  int64_t balance = 0;
  for (const auto& recorded : log_) {
    for (const OwnedEvent& event : recorded->events) {
      if (event->sku != resolve(sku)) continue;
      if (event->from == account) balance -= event->quantity;
      if (event->to == account) balance += event->quantity;
    }
  }
  return balance;
}

std::optional<HoldView> RecordedLedger::hold(const std::string& id) const {
  Query query;
  query.type = QueryType::kHold;
  query.hold = id;
  QueryResult result = ledger_->query(query, now_);
  if (result.holds.empty()) return std::nullopt;
  return result.holds.front();
}

std::optional<OrderView> RecordedLedger::order(const std::string& channel,
                                               const std::string& order) const {
  Query query;
  query.type = QueryType::kOrder;
  query.channel = channel;
  query.order = order;
  QueryResult result = ledger_->query(query, now_);
  if (result.orders.empty()) return std::nullopt;
  return result.orders.front();
}

std::vector<ShortfallView> RecordedLedger::shortfalls() const {
  Query query;
  query.type = QueryType::kShortfalls;
  query.limit = 1'000;
  QueryResult result = ledger_->query(query, now_);
  std::ranges::sort(result.shortfalls, {},
                    [](const ShortfallView& view) { return std::pair(view.sku, view.location); });
  return result.shortfalls;
}

size_t RecordedLedger::discrepancies() const {
  Query query;
  query.type = QueryType::kDiscrepancies;
  query.limit = 1'000;
  return ledger_->query(query, now_).discrepancies.size();
}

}  // namespace holdfast::sim
