#include "app/demo/books.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/ports_wait.h"

namespace holdfast::app {
namespace {

constexpr size_t kDifferencesMax = 20;

bool is_empty(const PositionView& position) {
  PositionView nothing;
  nothing.location = position.location;
  nothing.tracked = position.tracked;
  return position == nothing;
}

/// By place; places where there never was anything are no difference.
std::vector<PositionView> sorted(std::vector<PositionView> positions) {
  std::erase_if(positions, is_empty);
  std::sort(positions.begin(), positions.end(),
            [](const PositionView& a, const PositionView& b) { return a.location < b.location; });
  return positions;
}

std::string to_text(const std::vector<PositionView>& positions) {
  std::string text;
  for (const PositionView& at : positions) {
    text += fmt::format(" {}: {}/{}/{} damaged {} incoming {}", at.location, at.available, at.held,
                        at.committed, at.damaged, at.incoming);
  }
  return text.empty() ? " nothing" : text;
}

}  // namespace

TwinBooks::TwinBooks() : thread_([this] { run(); }) {}

TwinBooks::~TwinBooks() { finish(); }

uint64_t TwinBooks::record(const std::vector<Command>& commands) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({commands, {}, false, false});
  return first_number_ + entries_.size() - 1;
}

void TwinBooks::take_back(uint64_t number) {
  const std::lock_guard lock(mutex_);
  entries_[number - first_number_].taken_back = true;
  changed_.notify_all();
}

void TwinBooks::settle(uint64_t number, const std::vector<Outcome>& outcomes) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[number - first_number_];
  for (const Outcome& outcome : outcomes) {
    entry.answers.push_back({outcome.status, outcome.error.code, outcome.replayed ? 0 : outcome.seq});
  }
  entry.settled = true;
  changed_.notify_all();
}

void TwinBooks::note_time(Seq seq, Timestamp time) {
  const std::lock_guard lock(mutex_);
  times_[seq] = time;
  last_time_ = std::max(last_time_, time);
  changed_.notify_all();
}

/// The front entry is answered and the times of what it logged are known.
bool TwinBooks::next_ready() const {
  if (entries_.empty()) return false;
  const Entry& entry = entries_.front();
  if (entry.taken_back) return true;
  if (!entry.settled) return false;
  for (const Answer& answer : entry.answers) {
    if (answer.status == OutcomeStatus::kDuplicate || answer.seq == 0) continue;
    if (!times_.contains(answer.seq)) return false;
  }
  return true;
}

void TwinBooks::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return next_ready() || (finishing_ && entries_.empty()); });
    if (entries_.empty()) return;
    const Entry entry = std::move(entries_.front());
    entries_.pop_front();
    ++first_number_;
    std::map<Seq, Timestamp> times;
    for (const Answer& answer : entry.answers) {
      const auto found = times_.find(answer.seq);
      if (found != times_.end()) times.insert(times_.extract(found));
    }
    lock.unlock();
    if (!entry.taken_back) decide(entry, times);
    lock.lock();
  }
}

/// A command that logged something is decided at the time the log gave it; one that logged nothing at the
/// last known time: at most carts are still held that the engine already saw expire, and a request it
/// refused is refused all the more.
void TwinBooks::decide(const Entry& entry, const std::map<Seq, Timestamp>& times) {
  for (size_t i = 0; i < entry.commands.size(); ++i) {
    const Answer& answer = entry.answers[i];
    if (const auto time = times.find(answer.seq); time != times.end()) {
      now_ = std::max(now_, time->second);
    }
    const Outcome twins = twin_.decide(entry.commands[i], now_);
    ++decided_;
    if (twins.status == answer.status || differences_.size() == kDifferencesMax) continue;
    differences_.push_back(fmt::format("{} of {}{}: the ledger answered {} {}, the twin {} {}",
                                       name_of(entry.commands[i].type), entry.commands[i].channel,
                                       entry.commands[i].order, name_of(answer.status),
                                       name_of(answer.code), name_of(twins.status),
                                       name_of(twins.error.code)));
  }
}

void TwinBooks::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
    changed_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  // carts that ran out after the last command are in the ledger's log
  twin_.expire_due(std::max(now_, last_time_));
}

bool TwinBooks::finished() const {
  const std::lock_guard lock(mutex_);
  return finishing_;
}

bool Recorder::submit(std::vector<Command> commands, CommandsDone done) {
  if (books_.finished()) return engine_.submit(std::move(commands), std::move(done));
  const std::lock_guard lock(order_);
  const uint64_t number = books_.record(commands);
  const bool taken = engine_.submit(
      std::move(commands),
      [this, number, done = std::move(done)](std::vector<Outcome> outcomes) mutable {
        books_.settle(number, outcomes);
        done(std::move(outcomes));
      });
  if (!taken) books_.take_back(number);
  return taken;
}

std::vector<std::string> compare_books(CommandPort& ledger, TwinBooks& books) {
  std::vector<std::string> found = books.differences();
  sim::Twin& twin = books.twin();
  if (const std::string wrong = twin.check(); !wrong.empty()) found.push_back("twin: " + wrong);
  for (const std::string& sku : twin.skus()) {
    Query query;
    query.type = QueryType::kStock;
    query.sku = sku;
    const Result<QueryResult> answer = query_and_wait(ledger, std::move(query));
    if (!answer || answer->stock.empty()) {
      found.push_back(fmt::format("{}: the ledger does not know it", sku));
      continue;
    }
    const StockView& stock = answer->stock.front();
    const auto ours = sorted(stock.locations);
    const auto twins = sorted(twin.positions(sku));
    if (ours != twins) {
      found.push_back(fmt::format("{}: the ledger has{}, the twin has{}", sku, to_text(ours), to_text(twins)));
    }
    for (const ChannelAvailability& channel : stock.channels) {
      const auto theirs = twin.availability(sku, channel.channel).available_to_sell;
      if (channel.available_to_sell == theirs) continue;
      found.push_back(fmt::format("{} in {}: the ledger may sell {}, the twin {}", sku, channel.channel,
                                  channel.available_to_sell.value_or(-1), theirs.value_or(-1)));
    }
    if (found.size() > kDifferencesMax) break;
  }
  return found;
}

}  // namespace holdfast::app
