#include "tests/schedules/schedule.h"

#include <algorithm>
#include <utility>

#include "tests/schedules/oracles.h"

namespace holdfast::schedules {
namespace {

/// A shopper waits so long for an answer, then asks another node.
constexpr Duration kPatience = 2 * kSecond;
constexpr unsigned kAttemptsMax = 40;
constexpr int kStepsMax = 200'000;

bool is_ambiguous(const Outcome& outcome) { return outcome.error.code == ErrorCode::kOutcomeUnknown; }
bool was_not_recorded(const Outcome& outcome) { return outcome.error.code == ErrorCode::kOverloaded; }

}  // namespace

ScheduleCounts& ScheduleCounts::operator+=(const ScheduleCounts& other) {
  acknowledged += other.acknowledged;
  refused += other.refused;
  replayed += other.replayed;
  ambiguous += other.ambiguous;
  given_up += other.given_up;
  pauses += other.pauses;
  kills += other.kills;
  terminations += other.terminations;
  splits += other.splits;
  failovers += other.failovers;
  return *this;
}

Schedule::Schedule(const ScheduleOptions& options)
    : options_(options), cluster_(options.seed, options.rates) {
  for (size_t i = 0; i < options.nodes; ++i) add_node();
  for (Command& command : opening(cluster_.random())) opening_.emplace_back().command = command;
  for (size_t i = 0; i < options.shoppers; ++i) {
    shoppers_.emplace_back().commands =
        draw_commands(cluster_.random(), i, options.commands_each);
  }
}

void Schedule::add_node() {
  nodes_.push_back(std::make_unique<Node>(cluster_, cluster_.random().next() | 1, options_.guards));
}

std::vector<Task*> Schedule::tasks() {
  std::vector<Task*> tasks;
  for (auto* nodes : {&nodes_, &dying_}) {
    for (const auto& node : *nodes) tasks.push_back(&node->task());
  }
  return tasks;
}

// ---- shopping ----------------------------------------------------------------------------------

void Schedule::submit(Told& told) {
  Node& node = *nodes_[cluster_.random().below(nodes_.size())];
  const unsigned attempt = ++told.attempts;
  const Seq heard = heard_;
  told.open = node.submit(told.command, [this, &told, attempt, heard](Outcome outcome) {
    answer(told, attempt, heard, std::move(outcome));
  });
  told.deadline = cluster_.now() + kPatience;
}

/// An answer that comes after its asker asked somebody else is heard by nobody.
void Schedule::answer(Told& told, unsigned attempt, Seq heard, Outcome outcome) {
  if (!told.open || attempt != told.attempts) return;
  told.open = false;
  if (is_ambiguous(outcome)) {
    told.ambiguous = true;
    ++counts_.ambiguous;
    return;
  }
  if (was_not_recorded(outcome)) return;
  told.heard_before = heard;
  told.timeline = cluster_.database().timeline();
  heard_ = std::max(heard_, outcome.depends_on);
  counts_.replayed += outcome.replayed;
  const bool granted =
      outcome.status == OutcomeStatus::kAccepted || outcome.status == OutcomeStatus::kRecorded;
  ++(granted ? counts_.acknowledged : counts_.refused);
  told.answer = std::move(outcome);
}

void Schedule::shop_on(Shopper& shopper) {
  if (shopper.next == shopper.commands.size() || cluster_.now() < shopper.not_before) return;
  Told& told = shopper.commands[shopper.next];
  if (told.open && cluster_.now() >= told.deadline) {
    told.open = false;
    told.ambiguous = true;
    ++counts_.ambiguous;
  }
  if (told.open) return;
  if (told.answer) {
    ++shopper.next;
    shopper.not_before = cluster_.now() + static_cast<Duration>(cluster_.random().below(400'000));
    return;
  }
  // without a key it cannot be asked again where it may have happened
  const bool may_ask = !told.ambiguous || !told.command.idempotency_key.empty();
  if (!may_ask || told.attempts >= kAttemptsMax) {
    told.given_up = true;
    ++counts_.given_up;
    ++shopper.next;
    return;
  }
  submit(told);
}

// ---- what goes wrong ---------------------------------------------------------------------------

void Schedule::go_wrong() {
  const FaultRates& rates = options_.rates;
  Random& random = cluster_.random();
  const size_t which = random.below(nodes_.size());
  Node& node = *nodes_[which];
  if (cluster_.happens(rates.pause)) {
    ++counts_.pauses;
    node.task().stopped_until =
        cluster_.now() + static_cast<Duration>(random.below(3 * kSecond));
  }
  if (cluster_.happens(rates.split)) {
    ++counts_.splits;
    node.store().split_until(cluster_.now() + static_cast<Duration>(random.below(12 * kSecond)));
  }
  if (cluster_.happens(rates.terminate) && node.store().session() != 0) {
    ++counts_.terminations;
    cluster_.database().terminate(node.store().session());
  }
  if (cluster_.happens(rates.fail_over)) {
    ++counts_.failovers;
    const size_t lost = rates.loses_commits ? random.below(4) : 0;
    cluster_.database().fail_over(lost, random.below(2) == 0,
                                  static_cast<Duration>(random.below(2 * kSecond)));
    heard_ = std::min(heard_, cluster_.database().snapshot()->ledger.last_seq);
  }
  if (cluster_.happens(rates.kill)) {
    ++counts_.kills;
    node.kill();
    dying_.push_back(std::move(nodes_[which]));
    nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(which));
    add_node();
  }
}

void Schedule::sweep_out_dead() {
  std::erase_if(dying_, [](const auto& node) { return node->ended(); });
}

/// A channel's courier: reads on from its cursor, and must see every event, once, in order.
std::string Schedule::follow_the_feed() {
  const Snapshot tables = cluster_.database().snapshot();
  if (options_.rates.loses_commits) return {};
  for (; fed_ < tables->events.size(); ++fed_) feed_.push_back(tables->events[fed_]);
  return fed_ == tables->events.size() ? "" : "the feed has seen events that are gone";
}

bool Schedule::run_until_done(const std::function<bool()>& done) {
  for (int steps = 0; steps < kStepsMax; ++steps) {
    if (done()) return true;
    sweep_out_dead();
    cluster_.run_one(tasks(), cluster_.now() + 20 * kMillisecond);
  }
  return false;
}

bool Schedule::open_the_shop() {
  for (Told& told : opening_) {
    submit(told);
    if (!run_until_done([&] { return !told.open; }) || !told.answer) return false;
    if (told.answer->status != OutcomeStatus::kRecorded) return false;
  }
  return true;
}

bool Schedule::shop() {
  bool feed_is_right = true;
  const auto all_done = [&] {
    bool done = true;
    for (Shopper& shopper : shoppers_) {
      shop_on(shopper);
      done &= shopper.next == shopper.commands.size();
    }
    go_wrong();
    feed_is_right &= follow_the_feed().empty();
    return done;
  };
  return run_until_done(all_done) && feed_is_right;
}

std::string Schedule::run() {
  const FaultRates rates = options_.rates;
  cluster_.set_rates({});
  if (!open_the_shop()) return "the shop does not open";
  cluster_.database().keep_all();
  cluster_.set_rates(rates);
  const bool shopped = shop();
  cluster_.calm();
  for (const auto& node : nodes_) {
    node->task().stopped_until = {};
    node->store().split_until({});
    node->leave();
  }
  const bool left = run_until_done([&] {
    return dying_.empty() &&
           std::all_of(nodes_.begin(), nodes_.end(), [](const auto& n) { return n->ended(); });
  });
  // a COMMIT that is under way without anybody who waits for it
  while (cluster_.database().next_event().has_value()) cluster_.run_one({}, {});
  if (!left) return "nodes do not come to an end";
  if (!shopped) return "shoppers do not come to an end";
  return judge();
}

std::string Schedule::judge() {
  Books books;
  for (const Told& told : opening_) books.told.push_back(&told);
  for (const Shopper& shopper : shoppers_) {
    for (const Told& told : shopper.commands) books.told.push_back(&told);
  }
  books.tables = cluster_.database().snapshot();
  books.timeline = cluster_.database().timeline();
  books.loses_commits = options_.rates.loses_commits;
  if (std::string wrong = follow_the_feed(); !wrong.empty()) return wrong;
  if (!options_.rates.loses_commits && feed_ != books.tables->events) {
    return "the feed saw another log";
  }
  return judge_books(books);
}

}  // namespace holdfast::schedules
