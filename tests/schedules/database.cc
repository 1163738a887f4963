#include "tests/schedules/database.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace holdfast::schedules {
namespace {

constexpr size_t kPastKept = 8;

Timestamp earlier(Timestamp a, Timestamp b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  return std::min(a, b);
}

}  // namespace

Database::Database(Timestamp now, DatabaseOptions options)
    : options_(options), now_(now), up_at_(now), committed_(std::make_shared<Tables>()) {}

// ---- sessions ----------------------------------------------------------------------------------

Database::Session Database::connect() {
  if (now_ < up_at_) return 0;
  sessions_[++last_session_];
  return last_session_;
}

Database::Backend& Database::at(Session session) {
  const auto found = sessions_.find(session);
  INVARIANT(found != sessions_.end(), "session {} has ended", session);
  return found->second;
}

void Database::terminate(Session session) {
  if (alive(session)) end(session);
}

void Database::abandon(Session session, Duration after) {
  if (!alive(session)) return;
  Backend& backend = at(session);
  if (!backend.in_transaction) return end(session);
  if (!backend.commits_at.has_value()) backend.ends_at = now_ + after;
}

void Database::end(Session session) {
  release(session);
  sessions_.erase(session);
}

void Database::release(Session session) {
  std::erase(queue_, session);
  if (holder_ != session) return;
  holder_ = 0;
  if (queue_.empty()) return;
  holder_ = queue_.front();
  queue_.pop_front();
  Backend& next = at(holder_);
  next.waiting = false;
  next.since = now_;
}

// ---- statements --------------------------------------------------------------------------------

void Database::begin(Session session) {
  Backend& backend = at(session);
  backend.in_transaction = true;
  backend.since = now_;
}

void Database::lock(Session session) {
  Backend& backend = at(session);
  INVARIANT(backend.in_transaction, "session {} locks outside a transaction", session);
  backend.since = now_;
  if (holder_ == 0) {
    holder_ = session;
  } else if (holder_ != session) {
    backend.waiting = true;
    queue_.push_back(session);
  }
}

bool Database::holds_lock(Session session) const { return session != 0 && holder_ == session; }

bool Database::waits(Session session) const {
  const auto found = sessions_.find(session);
  return found != sessions_.end() && found->second.waiting;
}

Status Database::write(Session session, const store::GroupWrite& write,
                       const store::SharedGuards& guards) {
  INVARIANT(holder_ == session, "session {} writes without the lock", session);
  Backend& backend = at(session);
  backend.since = now_;
  auto draft = std::make_shared<Tables>(*committed_);
  HF_TRY(write_group(draft.get(), write, guards));
  backend.draft = std::move(draft);
  return {};
}

size_t Database::purge(Session session, Duration keys_kept, Duration holds_kept, size_t max) {
  INVARIANT(holder_ == session, "session {} purges without the lock", session);
  auto draft = std::make_shared<Tables>(*committed_);
  const size_t gone = purge_rows(draft.get(), now_, keys_kept, holds_kept, max);
  at(session).draft = std::move(draft);
  return gone;
}

void Database::install(std::shared_ptr<Tables> draft) {
  if (draft == nullptr) return;
  past_.push_back(std::exchange(committed_, std::move(draft)));
  if (past_.size() > kPastKept) past_.pop_front();
}

void Database::commit(Session session) {
  install(std::exchange(at(session).draft, nullptr));
  rollback(session);
}

void Database::commit_later(Session session, Duration after) {
  at(session).commits_at = now_ + after;
}

void Database::rollback(Session session) {
  Backend& backend = at(session);
  backend.in_transaction = false;
  backend.waiting = false;
  backend.draft = nullptr;
  release(session);
}

// ---- the server --------------------------------------------------------------------------------

void Database::fail_over(size_t lost, bool keep_pending, Duration down) {
  if (keep_pending && holder_ != 0 && at(holder_).commits_at.has_value()) {
    install(std::exchange(at(holder_).draft, nullptr));
  }
  queue_.clear();
  holder_ = 0;
  sessions_.clear();
  for (; lost > 0 && !past_.empty(); --lost) {
    committed_ = past_.back();
    past_.pop_back();
  }
  past_.clear();
  up_at_ = now_ + down;
  ++timeline_;
}

/// When the server does something about the session by itself.
Timestamp Database::event_of(const Backend& backend) const {
  if (!backend.in_transaction) return {};
  if (backend.commits_at.has_value()) return backend.commits_at;
  const Duration patience =
      backend.waiting ? options_.lock_wait_max : options_.idle_in_transaction_max;
  return earlier(backend.ends_at, backend.since + patience);
}

Timestamp Database::next_event() const {
  Timestamp next = now_ < up_at_ ? up_at_ : Timestamp{};
  for (const auto& [session, backend] : sessions_) next = earlier(next, event_of(backend));
  return next;
}

void Database::happen(Session session) {
  if (at(session).commits_at.has_value()) install(std::exchange(at(session).draft, nullptr));
  end(session);
}

/// Events happen in their order: one may give the lock to the next.
void Database::set_time(Timestamp now) {
  for (;;) {
    Session next = 0;
    Timestamp when;
    for (const auto& [session, backend] : sessions_) {
      const Timestamp event = event_of(backend);
      if (!event.has_value() || event > now || (when.has_value() && event >= when)) continue;
      next = session;
      when = event;
    }
    if (next == 0) break;
    now_ = std::max(now_, when);
    happen(next);
  }
  now_ = std::max(now_, now);
}

}  // namespace holdfast::schedules
