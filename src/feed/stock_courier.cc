#include "feed/stock_courier.h"

#include <algorithm>

#include "json/print.h"
#include "model/event_detail.h"

namespace holdfast::feed {
namespace {

/// Events after which every number may be another one although no event names the SKU.
bool changes_every_number(const Event& event, const std::string& channel) {
  switch (event.type) {
    case EventType::kChannelSet:
    case EventType::kChannelRemoved:
      return channel.empty() || event.channel == channel;
    case EventType::kLocationSet:
    case EventType::kLedgerRestored:
      return true;
    default:
      return false;
  }
}

/// Events that name a SKU and leave all its numbers as they are.
bool changes_no_number(EventType type) {
  switch (type) {
    case EventType::kHoldExtended:
    case EventType::kShortfallOpened:
    case EventType::kShortfallChanged:
    case EventType::kShortfallClosed:
    case EventType::kAvailabilityChanged:
    case EventType::kDiscrepancy:
      return true;
    default:
      return false;
  }
}

/// A restored feed.log does not know how far the receivers were told: each incarnation has its own
/// 2^32.
uint64_t push_seq_floor(const SavedSink& saved, const store::LedgerIdentity& identity) {
  return std::max(saved.push_block_last, uint64_t{identity.incarnation} << 32);
}

}  // namespace

StockCourier::StockCourier(const SinkSettings& settings, size_t window,
                           store::LedgerIdentity identity, const SavedSink& saved, Seq durable,
                           Random& random)
    : settings_(settings),
      window_(std::max<size_t>(window, 1)),
      identity_(std::move(identity)),
      random_(random),
      circuit_(settings.circuit, random),
      rate_(settings.rate_per_s),
      comparison_(settings.channel.empty() ? nullptr : std::make_shared<Comparison>(saved)),
      state_(saved.state),
      read_seq_(saved.cursor),
      next_push_seq_(push_seq_floor(saved, identity_) + 1),
      usable_push_seq_(push_seq_floor(saved, identity_)),
      reserved_push_seq_(push_seq_floor(saved, identity_)),
      dead_letters_(saved.dead_letters),
      last_error_(saved.reason) {
  wait_out_ = saved.pushing;
  if (!saved.pushing) records_.push_back(Pushing{true});
  const Carries carries{DeliverMode::kStock, settings_.channel};
  const bool other_before = saved.carries && *saved.carries != carries;
  if (saved.carries != carries) records_.push_back(carries);
  const bool restored = saved.known && saved.incarnation != identity_.incarnation;
  if (!saved.known || restored || other_before) {
    // After a restore receivers may have seen higher numbers: all of them are told again, and until
    // that is done the cursor says that nothing was.
    read_seq_ = durable;
    mark_all(1);
  } else if (durable > saved.cursor && durable - saved.cursor > kBehindMax) {
    read_seq_ = durable;
    mark_all(saved.cursor + 1);
  } else if (saved.all_dirty) {
    mark_all(saved.cursor + 1);
  }
  begin_observing(saved);
  if (compares()) {
    comparison_->keep_all(observing_);
    for (std::string& sku : comparison_->unread()) unread_.push_back(std::move(sku));
  }
  reserve_push_seqs();
}

/// What was only observed was told to nobody: once it is not observed any more, all of it is told.
void StockCourier::begin_observing(const SavedSink& saved) {
  using Kind = ObserveMode::Kind;
  observing_ = settings_.observe && saved.observe != Kind::kActivated;
  if (observing_ && saved.observe != Kind::kObserving)
    records_.push_back(ObserveMode{Kind::kObserving});
  // What it would tell is noted in memory alone.
  if (observing_ && saved.known) mark_all(1);
  if (settings_.observe || saved.observe == Kind::kNone) return;
  if (saved.observe == Kind::kObserving) mark_all(1);
  records_.push_back(ObserveMode{Kind::kNone});
}

Seq StockCourier::cursor() const {
  Seq first = read_seq_ + 1;
  if (!by_age_.empty()) first = std::min(first, by_age_.begin()->first);
  if (all_since_) first = std::min(first, *all_since_);
  return first - 1;
}

// ---- what is dirty ----

std::optional<Seq> StockCourier::read_after() const {
  if (state_ != SinkState::kActive) return std::nullopt;
  return read_seq_;
}

void StockCourier::take(const store::LogBatch& batch) {
  for (const store::LoggedCommand& command : batch.commands) {
    for (const Event& event : command.events) {
      if (event.seq <= read_seq_) continue;
      read_seq_ = event.seq;
      consider(event);
    }
  }
  std::erase_if(acked_ahead_, [&](const auto& acked) { return acked.second <= read_seq_; });
}

void StockCourier::consider(const Event& event) {
  if (changes_every_number(event, settings_.channel)) return mark_all(event.seq);
  if (event.sku.empty()) return;
  const std::string sku(event.sku);
  if (event.type == EventType::kAvailabilityChanged) {
    const auto detail = decode_availability_detail(event.detail);
    if (detail && detail->level == AvailabilityDetail::Level::kOut) raise_priority(sku);
    return;
  }
  if (!changes_no_number(event.type)) mark(sku, event.seq, event.recorded_at);
}

void StockCourier::mark(const std::string& sku, Seq seq, Timestamp at) {
  const auto acked = acked_ahead_.find(sku);
  if (acked != acked_ahead_.end() && acked->second >= seq) return;
  const auto [found, added] = dirty_.try_emplace(sku);
  Dirty& dirty = found->second;
  dirty.last = std::max(dirty.last, seq);
  dirty.only_enforced = false;
  if (!added) {
    // It may have fallen meanwhile: what is held back is looked at again.
    if (dirty.phase != Phase::kHeldBack) return;
    leave(found);
    return enter(found, Phase::kUnsized);
  }
  dirty.first = seq;
  dirty.since = at;
  by_age_.insert({seq, sku});
  enter(found, Phase::kUnsized);
}

void StockCourier::mark_all(Seq since) {
  all_since_ = all_since_ ? std::min(*all_since_, since) : since;
  listed_to_.clear();
  all_dirty_since_ = std::max(all_dirty_since_, since);
  if (!std::exchange(all_dirty_, true)) records_.push_back(AllDirty{true});
}

/// The ledger says it is sold out: it need not wait until its level is learnt.
void StockCourier::raise_priority(const std::string& sku) {
  const auto found = dirty_.find(sku);
  if (found == dirty_.end()) return;
  const Phase phase = found->second.phase;
  if (phase != Phase::kUnsized && phase != Phase::kSized) return;
  leave(found);
  found->second.level = 0;
  enter(found, Phase::kSized);
}

void StockCourier::enter(DirtyMap::iterator at, Phase phase) {
  Dirty& dirty = at->second;
  if (phase == Phase::kUnsized || phase == Phase::kSized) {
    const auto quiet = quiet_until_.find(at->first);
    if (quiet != quiet_until_.end()) {
      phase = Phase::kWaiting;
      dirty.due_at = quiet->second;
    }
  }
  dirty.phase = phase;
  if (phase == Phase::kUnsized) unsized_.push_back(at->first);
  if (phase == Phase::kSized) by_level_.insert({dirty.level, dirty.first, at->first});
  if (phase == Phase::kWaiting) waiting_.insert({dirty.due_at, at->first});
  if (phase == Phase::kHeldBack) held_back_.insert({dirty.not_before, at->first});
  if (phase == Phase::kUnsized || phase == Phase::kSized)
    sendable_.insert({dirty.first, at->first});
}

void StockCourier::leave(DirtyMap::iterator at) {
  const Dirty& dirty = at->second;
  by_level_.erase({dirty.level, dirty.first, at->first});
  waiting_.erase({dirty.due_at, at->first});
  held_back_.erase({dirty.not_before, at->first});
  sendable_.erase({dirty.first, at->first});
}

/// Numbers as of `reflects` are with the receiver, or need not be.
void StockCourier::clean(DirtyMap::iterator at, Seq reflects) {
  Dirty& dirty = at->second;
  leave(at);
  by_age_.erase({dirty.first, at->first});
  if (dirty.last > reflects) {
    dirty.first = std::max(dirty.first, reflects + 1);
    by_age_.insert({dirty.first, at->first});
    return enter(at, Phase::kUnsized);
  }
  if (reflects > read_seq_) acked_ahead_[at->first] = reflects;
  dirty_.erase(at);
}

void StockCourier::give_skus(const Need& need, const std::vector<std::string>& skus) {
  if (!all_since_ || need.sku != listed_to_) return;  // listing began anew meanwhile
  for (const std::string& sku : skus) mark(sku, *all_since_, {});
  if (skus.empty()) {
    all_since_.reset();
    listed_to_.clear();
  } else {
    listed_to_ = skus.back();
  }
}

// ---- what is sent ----

size_t StockCourier::free_slots(const Now& now) {
  if (state_ != SinkState::kActive || next_push_seq_ > usable_push_seq_) return 0;
  if (!settled(now)) return 0;
  const size_t allowed = circuit_.allowed(window_, now.steady);
  if (in_flight_.size() >= allowed || !rate_.ready(now.steady)) return 0;
  return settings_.rate_per_s > 0 ? 1 : allowed - in_flight_.size();
}

/// After an end that left pushes unanswered, they are waited out: one of them may still arrive.
bool StockCourier::settled(const Now& now) {
  if (std::exchange(wait_out_, false)) settled_at_ = now.steady + settings_.ambiguous_wait;
  return now.steady >= settled_at_;
}

std::optional<Need> StockCourier::need(const Now& now) {
  if (state_ != SinkState::kActive) return std::nullopt;
  if (all_since_) return Need{Need::Kind::kSkuPage, listed_to_, 0, 0, kSkuPage, {}};
  while (!waiting_.empty() && waiting_.begin()->first <= now.steady) {
    const auto at = dirty_.find(waiting_.begin()->second);
    quiet_until_.erase(at->first);
    leave(at);
    enter(at, Phase::kUnsized);
  }
  release_held_back(now);
  const bool compare_first = !unread_.empty() && ++needs_ % kReadEvery == 0;
  std::optional<Need> wanted = compare_first ? next_comparison() : next_send(now);
  return wanted ? wanted : next_comparison();
}

std::optional<Need> StockCourier::next_send(const Now& now) {
  const size_t slots = free_slots(now);
  if (slots == 0 || sendable_.empty()) return std::nullopt;

  Need wanted{Need::Kind::kNumbers, {}, 0, 0, slots, {}};
  std::set<std::string> skus{sendable_.begin()->second};
  // A probe looks further: for one that never failed.
  const bool probing = circuit_.state() == CircuitState::kHalfOpen;
  const size_t looked_at = probing ? kSizedAtOnce : slots;
  for (auto at = by_level_.begin(); at != by_level_.end() && skus.size() <= looked_at; ++at) {
    skus.insert(std::get<2>(*at));
  }
  const auto stale = [&](const std::string& sku) {
    const auto at = dirty_.find(sku);
    return at == dirty_.end() || at->second.phase != Phase::kUnsized;
  };
  while (!unsized_.empty() && stale(unsized_.front())) unsized_.pop_front();
  for (const std::string& sku : unsized_) {
    if (skus.size() >= kSizedAtOnce + slots) break;
    if (!stale(sku)) skus.insert(sku);
  }
  wanted.skus.assign(skus.begin(), skus.end());
  return wanted;
}

void StockCourier::give_numbers(const Need& need, const std::vector<StockView>& numbers,
                                const Now& now) {
  if (need.limit == kForComparison) {
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(need.skus.size()));
  }
  // While a probe is due, what failed before comes last.
  const bool probing = circuit_.state() == CircuitState::kHalfOpen;
  const auto failed_before = [&](const Dirty& dirty) { return probing && dirty.attempts > 0; };
  std::set<std::tuple<bool, int64_t, Seq, size_t>> by_level;
  std::set<std::tuple<bool, Seq, size_t>> by_age;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (compares() && comparison_->wants(need.skus[i])) {
      comparison_->read(need.skus[i], numbers_of(numbers[i]));
    }
    const auto at = dirty_.find(need.skus[i]);
    const bool sendable = at != dirty_.end() && (at->second.phase == Phase::kUnsized ||
                                                 at->second.phase == Phase::kSized);
    if (!sendable) continue;  // read for the comparison alone
    if (!pushable(numbers[i])) {
      clean(at, std::max(numbers[i].seq, at->second.last));
      continue;
    }
    leave(at);
    at->second.level = level_of(numbers[i]);
    enter(at, Phase::kSized);
    if (at->second.phase != Phase::kSized) continue;  // an unanswered push is waited out first
    if (!observing_ && hold_back(need.skus[i], numbers[i], now)) continue;
    by_level.insert({failed_before(at->second), at->second.level, at->second.first, i});
    by_age.insert({failed_before(at->second), at->second.first, i});
  }
  while (!by_age.empty() && free_slots(now) > 0 && rate_.take(now.steady)) {
    const bool oldest = ++slots_ % kOldestEvery == 0;
    const size_t chosen = oldest ? std::get<2>(*by_age.begin()) : std::get<3>(*by_level.begin());
    const Dirty& dirty = dirty_.at(need.skus[chosen]);
    by_level.erase({failed_before(dirty), dirty.level, dirty.first, chosen});
    by_age.erase({failed_before(dirty), dirty.first, chosen});
    if (observing_) {
      note(need.skus[chosen], numbers[chosen], now);
    } else {
      send(need.skus[chosen], numbers[chosen], now);
    }
  }
}

bool StockCourier::pushable(const StockView& view) const {
  if (settings_.channel.empty()) {
    return std::any_of(view.locations.begin(), view.locations.end(),
                       [](const PositionView& position) { return position.tracked; });
  }
  return std::any_of(view.channels.begin(), view.channels.end(), [&](const auto& channel) {
    return channel.channel == settings_.channel && channel.available_to_sell;
  });
}

int64_t StockCourier::level_of(const StockView& view) const {
  std::optional<int64_t> lowest;
  for (const ChannelAvailability& channel : view.channels) {
    if (!settings_.channel.empty() && channel.channel != settings_.channel) continue;
    if (!channel.available_to_sell) continue;
    lowest = std::min(lowest.value_or(INT64_MAX), *channel.available_to_sell);
  }
  if (lowest) return *lowest;
  int64_t sum = 0;
  for (const PositionView& position : view.locations) {
    if (position.tracked) sum += position.available;
  }
  return std::max<int64_t>(sum, 0);
}

/// As if it had been told and taken, but for the telling.
void StockCourier::note(const std::string& sku, const StockView& view, const Now& now) {
  std::erase_if(observations_, [&](const Observation& earlier) { return earlier.sku == sku; });
  if (observations_.size() >= kObservedMax) observations_.pop_front();
  observations_.push_back({sku, view.seq, level_of(view), now.wall});
  clean(dirty_.find(sku), view.seq);
}

void StockCourier::send(const std::string& sku, const StockView& view, const Now& now) {
  const auto at = dirty_.find(sku);
  leave(at);
  enter(at, Phase::kInFlight);
  StockView told = view;
  told.sku = sku;
  std::erase_if(told.locations, [](const PositionView& position) { return !position.tracked; });
  const Push push{sku, next_push_seq_++, view.seq, view.sku_seq};
  const json::LedgerName name{identity_.ledger_id, identity_.incarnation, identity_.restored};
  Item item;
  item.token = next_token_++;
  item.id = json::push_id(name, push.push_seq);
  item.type = "stock.changed";
  item.sku = sku;
  item.attempt = at->second.attempts + 1;
  json::print_stock_changed(&item.body, {&told, settings_.channel, push.push_seq, now.wall}, name);
  in_flight_[item.token] = push;
  outbox_.push_back(std::move(item));
  reserve_push_seqs();
  at->second.not_before = 0;
  if (!compares() || !(settings_.raise_delay > 0 || comparison_->observes())) return;
  if (at->second.only_enforced) comparison_->count_enforced(sku);
  auto record = comparison_->told(sku, numbers_of(view), now.wall);
  if (record) records_.push_back(std::move(*record));
}

std::vector<Item> StockCourier::due(const Now&) { return std::exchange(outbox_, {}); }

/// push_seq must rise over restarts too: numbers are used only from a block that is durable.
void StockCourier::reserve_push_seqs() {
  const bool plenty = usable_push_seq_ >= next_push_seq_ + kPushBlock / 2;
  if (plenty || reservation_record_ != 0) return;
  reserved_push_seq_ = std::max(usable_push_seq_, next_push_seq_ - 1) + kPushBlock;
  records_.push_back(PushBlock{reserved_push_seq_});
  reservation_record_ = records_taken_ + records_.size();
}

void StockCourier::records_durable(uint64_t count) {
  if (reservation_record_ == 0 || count < reservation_record_) return;
  usable_push_seq_ = reserved_push_seq_;
  reservation_record_ = 0;
}

std::vector<CursorRecord> StockCourier::take_records() {
  if (all_dirty_ && !all_since_ && cursor() >= all_dirty_since_) {
    all_dirty_ = false;
    all_dirty_since_ = 0;
    records_.push_back(AllDirty{false});
  }
  if (const Seq now_at = cursor(); now_at != saved_cursor_) {
    saved_cursor_ = now_at;
    records_.push_back(CursorMoved{now_at, identity_.incarnation});
  }
  records_taken_ += records_.size();
  return std::exchange(records_, {});
}

std::optional<Duration> StockCourier::next_timer(const Now& now) const {
  if (state_ != SinkState::kActive) return std::nullopt;
  std::optional<Duration> next;
  const auto consider_time = [&](std::optional<Duration> at) {
    if (at && *at > now.steady && (!next || *at < *next)) next = at;
  };
  consider_time(circuit_.opens_at());
  consider_time(settled_at_);
  if (!sendable_.empty()) consider_time(rate_.next());
  if (!waiting_.empty()) consider_time(waiting_.begin()->first);
  if (!held_back_.empty()) consider_time(held_back_.begin()->first);
  return next;
}

}  // namespace holdfast::feed
