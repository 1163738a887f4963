#include "feed/event_courier.h"

#include <algorithm>

#include "json/print.h"

namespace holdfast::feed {

EventCourier::EventCourier(const SinkSettings& settings, size_t window,
                           store::LedgerIdentity identity, const SavedSink& saved, Random& random)
    : settings_(settings),
      window_(std::max<size_t>(window, 1)),
      identity_(std::move(identity)),
      random_(random),
      circuit_(settings.circuit, random),
      rate_(settings.rate_per_s),
      state_(saved.state),
      read_seq_(saved.cursor),
      saved_cursor_(saved.known ? saved.cursor : UINT64_MAX),
      dead_letters_(saved.dead_letters),
      replay_next_(saved.replaying.from),
      replay_to_(saved.replaying.to),
      replaying_(saved.replaying.from > 0),
      last_error_(saved.reason) {
  replay_from_ = saved.replaying.from;
  const Carries carries{DeliverMode::kEvents, settings_.channel};
  if (saved.carries != carries) records_.push_back(carries);
  for (const auto& [sku, parked] : saved.parked) {
    Lane& lane = lanes_[sku];
    lane.parked = true;
    lane.parked_from = parked.from;
    lane.attempts = parked.attempts;
    ++parked_;
    set_due(sku, lane, 0);
  }
}

Seq EventCourier::cursor() const { return open_.empty() ? read_seq_ : open_.front().seq - 1; }

// ---- reading ----

std::optional<Seq> EventCourier::read_after() const {
  const bool room = waiting_ < kWaitingEventsMax && waiting_bytes_ < kWaitingBytesMax &&
                    open_.size() < kOpenSeqsMax;
  if (state_ != SinkState::kActive || !room) return std::nullopt;
  return read_seq_;
}

void EventCourier::take(const store::LogBatch& batch) {
  for (const store::LoggedCommand& command : batch.commands) {
    for (const Event& event : command.events) {
      if (event.seq <= read_seq_) continue;
      read_seq_ = event.seq;
      const std::string name(event.sku);
      Lane& lane = lanes_[name];
      // A parked SKU's events are read again from its chain: the cursor may pass them.
      if (lane.parked && open_.empty()) continue;
      open_.push_back({event.seq, event.recorded_at, lane.parked});
      if (lane.parked) continue;
      if (lane.queue.empty() && !lane.in_flight) ready_.push_back(name);
      lane.queue.push_back(entry_of(event, false, false));
      ++waiting_;
      waiting_bytes_ += lane.queue.back().body.size();
      if (lane.in_flight && lane.queue.size() > kLaneEventsMax) overflow(name, lane);
    }
  }
}

EventCourier::Entry EventCourier::entry_of(const Event& event, bool redelivered,
                                           bool replayed) const {
  const json::LedgerName name{identity_.ledger_id, identity_.incarnation, identity_.restored};
  Entry entry;
  entry.seq = event.seq;
  entry.sku_seq = event.sku_seq;
  entry.sku = event.sku;
  entry.id = json::event_id(name, event.seq);
  entry.type = name_of(event.type);
  entry.redelivered = redelivered;
  json::print_cloudevent(&entry.body, event, name);
  // Extension attributes of the envelope, so that `data` and the id stay what they were the first
  // time.
  if (redelivered || replayed) {
    entry.body.pop_back();
    entry.body += redelivered ? ",\"redelivered\":true}" : ",\"replayed\":true}";
  }
  return entry;
}

std::optional<Need> EventCourier::need(const Now& now) {
  if (state_ != SinkState::kActive) return std::nullopt;
  if (in_flight_.size() >= circuit_.allowed(window_, now.steady)) return std::nullopt;
  for (const auto& [due_at, name] : parked_due_) {
    if (due_at > now.steady || waiting_ >= kWaitingEventsMax) break;
    const Lane& lane = lanes_.at(name);
    if (!lane.queue.empty()) continue;
    return Need{Need::Kind::kChain, name, lane.parked_from, read_seq_, kChainMax, {}};
  }
  if (extras_.size() >= window_) return std::nullopt;
  if (!redeliver_.empty()) {
    return Need{Need::Kind::kRange, {}, redeliver_.front(), redeliver_.front(), 1, {}};
  }
  if (replay_next_ > 0 && ready_.empty()) {
    return Need{Need::Kind::kRange, {}, replay_next_, replay_to_, window_, {}};
  }
  return std::nullopt;
}

void EventCourier::give_events(const Need& need, const std::vector<OwnedEvent>& events) {
  if (need.kind == Need::Kind::kChain) {
    Lane& lane = lanes_.at(need.sku);
    if (events.empty()) return unpark(need.sku);
    for (const OwnedEvent& event : events) {
      lane.queue.push_back(entry_of(event.get(), false, false));
      ++waiting_;
      waiting_bytes_ += lane.queue.back().body.size();
    }
    return;
  }
  const bool redelivery = !redeliver_.empty() && need.from == redeliver_.front();
  for (const OwnedEvent& event : events) {
    extras_.push_back(entry_of(event.get(), redelivery, !redelivery));
  }
  if (redelivery) {
    redeliver_.pop_front();
  } else {
    replay_pending_ += events.size();
    replay_next_ = events.empty() ? 0 : events.back()->seq + 1;
    if (replay_next_ > replay_to_) replay_next_ = 0;
  }
}

// ---- delivering ----

std::vector<Item> EventCourier::due(const Now& now) {
  std::vector<Item> items;
  if (state_ != SinkState::kActive) return items;
  const size_t allowed = circuit_.allowed(window_, now.steady);
  while (in_flight_.size() < allowed) {
    // A probe is rather a SKU that never failed than one that is parked for failing. Otherwise they
    // take turns: what is read from chains may never end.
    const bool probing = circuit_.state() == CircuitState::kHalfOpen;
    const bool live_first = probing || (turn_ = !turn_);
    if (live_first && !ready_.empty()) {
      if (!rate_.take(now.steady)) break;
      send_lane(&items);
    } else if (send_parked(&items, now) || send_lane_limited(&items, now) ||
               send_extra(&items, now)) {
      continue;
    } else {
      break;
    }
  }
  return items;
}

bool EventCourier::send_lane_limited(std::vector<Item>* items, const Now& now) {
  if (ready_.empty() || !rate_.take(now.steady)) return false;
  send_lane(items);
  return true;
}

void EventCourier::send_lane(std::vector<Item>* items) {
  const std::string name = std::move(ready_.front());
  ready_.pop_front();
  put_on_way(items, name, lanes_.at(name));
}

bool EventCourier::send_parked(std::vector<Item>* items, const Now& now) {
  for (auto at = parked_due_.begin(); at != parked_due_.end() && at->first <= now.steady; ++at) {
    const std::string name = at->second;
    Lane& lane = lanes_.at(name);
    if (lane.queue.empty()) continue;
    if (!rate_.take(now.steady)) return false;
    parked_due_.erase(at);
    put_on_way(items, name, lane);
    return true;
  }
  return false;
}

bool EventCourier::send_extra(std::vector<Item>* items, const Now& now) {
  for (auto at = extras_.begin(); at != extras_.end(); ++at) {
    if (at->not_before > now.steady) continue;
    if (!rate_.take(now.steady)) return false;
    items->push_back(item_of(*at));
    in_flight_[items->back().token] = {true, {}, std::move(*at)};
    extras_.erase(at);
    return true;
  }
  return false;
}

void EventCourier::put_on_way(std::vector<Item>* items, const std::string& name, Lane& lane) {
  lane.in_flight = true;
  lane.queue.front().attempts = lane.attempts;
  items->push_back(item_of(lane.queue.front()));
  in_flight_[items->back().token] = {false, name, {}};
}

Item EventCourier::item_of(const Entry& entry) {
  return {next_token_++, entry.id, entry.type, entry.sku, entry.body, entry.attempts + 1};
}

std::vector<CursorRecord> EventCourier::take_records() {
  if (replaying_ && replay_next_ == 0 && replay_pending_ == 0) {
    replaying_ = false;
    records_.push_back(Replaying{});
  }
  if (const Seq now_at = cursor(); now_at != saved_cursor_) {
    saved_cursor_ = now_at;
    records_.push_back(CursorMoved{now_at, identity_.incarnation});
  }
  return std::exchange(records_, {});
}

std::optional<Duration> EventCourier::next_timer(const Now& now) const {
  if (state_ != SinkState::kActive) return std::nullopt;
  std::optional<Duration> next;
  const auto consider = [&](std::optional<Duration> at) {
    if (at && *at > now.steady && (!next || *at < *next)) next = at;
  };
  consider(circuit_.opens_at());
  consider(rate_.next());
  const auto later = parked_due_.upper_bound({now.steady, std::string(1, '\x7f')});
  for (auto at = later; at != parked_due_.end(); ++at) {
    consider(at->first);
    if (at->first > now.steady) break;
  }
  for (const Entry& extra : extras_) consider(extra.not_before);
  return next;
}

}  // namespace holdfast::feed
