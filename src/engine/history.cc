#include "engine/history.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/account_book.h"
#include "engine/sku_names.h"
#include "model/limits.h"

namespace holdfast::engine {
namespace {

Timestamp time_of(const Event& event) {
  return event.occurred_at.has_value() ? event.occurred_at : event.recorded_at;
}

PositionView& position_at(StockView* view, std::string_view location) {
  for (PositionView& position : view->locations) {
    if (position.location == location) return position;
  }
  view->locations.push_back({.location = std::string(location)});
  return view->locations.back();
}

/// The view's number of an account; null for the outside accounts, which have no place.
int64_t* balance_of(PositionView& position, Account account) {
  switch (account) {
    case Account::kAvailable: return &position.available;
    case Account::kHeld: return &position.held;
    case Account::kCommitted: return &position.committed;
    case Account::kDamaged: return &position.damaged;
    case Account::kQualityControl: return &position.quality_control;
    case Account::kIncoming: return &position.incoming;
    case Account::kInTransit: return &position.in_transit;
    default: return nullptr;
  }
}

void add(StockView* view, std::string_view location, Account account, int64_t quantity) {
  if (account == Account::kNone || is_outside(account)) return;
  *balance_of(position_at(view, location), account) += quantity;
}

void add_movement(StockView* view, const Event& event) {
  if (event.from == Account::kNone) return;
  add(view, event.location, event.from, -event.quantity);
  add(view, event.to_location.empty() ? event.location : event.to_location, event.to,
      event.quantity);
}

/// A position is tracked from its first count or receipt on (product.md, Words).
bool starts_tracking(const Event& event) {
  return event.has(Event::kTracked) || event.type == EventType::kStockCounted ||
         event.type == EventType::kStockReceived;
}

}  // namespace

Result<std::vector<OwnedEvent>> History::sku_history(const std::string& sku, Seq before_seq,
                                                     size_t limit) {
  std::vector<OwnedEvent> events;
  if (limit == 0) return events;
  HF_ASSIGN(name, name_in_log(store_, sku));
  HF_TRY(store_.walk_sku(name, before_seq, [&](const Event& event) {
    events.emplace_back(event);
    return events.size() < limit;
  }));
  if (events.empty()) HF_TRY(check_known(sku));
  return events;
}

Result<StockView> History::stock_as_of_seq(const std::string& sku, Seq seq) {
  if (seq > store_.durable_seq()) {
    return fail(ErrorCode::kCursorInvalid,
                fmt::format("seq {} is beyond the log, which ends at {}", seq, store_.durable_seq()));
  }
  StockView view;
  view.sku = sku;
  view.seq = seq;
  HF_ASSIGN(name, name_in_log(store_, sku, seq));
  HF_ASSIGN(places, store_.balances_after(name, seq));
  for (const store::PlaceBalances& place : places) {
    PositionView& position = position_at(&view, place.location);
    for (int account = 0; account < kAccountCount; ++account) {
      if (int64_t* balance = balance_of(position, static_cast<Account>(account))) {
        *balance = place.balances[static_cast<size_t>(account)];
      }
    }
  }
  size_t untracked = view.locations.size();
  bool known = false;
  HF_TRY(store_.walk_sku(name, seq + 1, [&](const Event& event) {
    view.sku_seq = std::max(view.sku_seq, event.sku_seq);
    known = true;
    if (starts_tracking(event)) {
      const bool elsewhere = event.has(Event::kTracked) && !event.to_location.empty();
      PositionView& position =
          position_at(&view, elsewhere ? event.to_location : event.location);
      if (!std::exchange(position.tracked, true)) --untracked;
    }
    return untracked > 0;
  }));
  if (!known) HF_TRY(check_known(sku));
  return view;
}

Status History::check_known(const std::string& sku) {
  bool known = false;
  HF_TRY(store_.walk_sku(sku, 0, [&](const Event&) {
    known = true;
    return false;
  }));
  if (!known) return fail(ErrorCode::kUnknownSku, "no event names this SKU");
  return {};
}

Result<StockAccount> History::stock_account(const std::string& name, Seq seq, size_t events_max) {
  HF_ASSIGN(balances, store_.balances_after(name, seq));
  AccountBook book(balances);
  StockAccount account;
  HF_TRY(store_.walk_sku(name, seq + 1, [&](const Event& event) {
    if (book.complete()) return false;
    if (account.events == events_max) {
      account.more = true;
      return false;
    }
    ++account.events;
    book.undo(event);
    return true;
  }));
  if (account.events == 0) HF_TRY(check_known(name));
  account.places = book.finish(account.more);
  return account;
}

Result<StockView> History::stock_as_of_time(const std::string& sku, Timestamp time,
                                            bool by_occurred) {
  // An event may say it occurred up to 2 s after it was recorded, so on that axis the last two seconds
  // are looked at event by event, like what was told late.
  HF_ASSIGN(seq, store_.seq_at(by_occurred ? time - limits::kFutureTolerance : time));
  HF_ASSIGN(view, stock_as_of_seq(sku, seq));
  if (by_occurred) HF_TRY(add_late_facts(sku, time, &view));
  return view;
}

Status History::add_late_facts(const std::string& sku, Timestamp time, StockView* view) {
  HF_ASSIGN(name, name_in_log(store_, sku));
  return store_.walk_late_facts(name, view->seq, time, [&](const Event& event) {
    if (time_of(event) > time) return true;
    add_movement(view, event);
    if (starts_tracking(event)) position_at(view, event.location).tracked = true;
    view->sku_seq = std::max(view->sku_seq, event.sku_seq);
    return true;
  });
}

}  // namespace holdfast::engine
