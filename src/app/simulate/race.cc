#include "app/simulate/race.h"

#include <algorithm>

#include "app/simulate/race_stock.h"
#include "base/random.h"

namespace holdfast::app {
namespace {

// Everything is drawn in tenths of a millisecond, so that what is shown is what was.
constexpr Duration kTick = kMillisecond / 10;
constexpr Duration kLockTrip = 5 * kTick;  // to the lock server and back

Duration draw(SeededRandom& random, int64_t low_ticks, int64_t high_ticks) {
  return kTick * (low_ticks + static_cast<int64_t>(
                                  random.below(static_cast<uint64_t>(high_ticks - low_ticks + 1))));
}

std::unique_ptr<RaceStock> make_stock(Guard guard, int64_t units, const VirtualTime& time,
                                      bool tokens_on_read) {
  switch (guard) {
    case Guard::kFencedLease:
      return std::make_unique<FencedRow>(units, tokens_on_read);
    case Guard::kLedger:
      return std::make_unique<LedgerStock>(units, time);
    default:
      return std::make_unique<BareRow>(units);
  }
}

/// One way from the first arrival to the last answer: each buyer's process is a chain of steps, and
/// the steps of all buyers interleave as their delays say.
class Run {
 public:
  Run(const RaceSettings& settings, const std::vector<RaceBuyer>& buyers, const RaceWay& way,
      bool tokens_on_read)
      : settings_(settings),
        buyers_(buyers),
        stock_(make_stock(way.guard, settings.stock, time_, tokens_on_read)),
        locked_(way.guard == Guard::kLease || way.guard == Guard::kFencedLease) {
    run_.way = way;
  }

  RaceRun go() {
    for (const RaceBuyer& buyer : buyers_) retries_.emplace_back(buyer.retry_seed);
    for (size_t i = 0; i < buyers_.size(); ++i) {
      const int buyer = static_cast<int>(i) + 1;
      time_.at(buyers_[i].arrives, [this, buyer] { arrive(buyer); });
    }
    time_.run();
    run_.oversold = std::max<int64_t>(0, run_.sold - settings_.stock);
    run_.stock_says = stock_->says();
    run_.problem = stock_->problem();
    return std::move(run_);
  }

 private:
  const RaceBuyer& of(int buyer) const { return buyers_[static_cast<size_t>(buyer) - 1]; }
  void note(int buyer, RaceStepKind kind, int64_t number = 0) {
    run_.steps.push_back({time_.now(), buyer, kind, number});
  }

  void arrive(int buyer) {
    note(buyer, RaceStepKind::kArrives);
    if (!locked_) {
      ask(buyer, 0);
    } else {
      time_.after(kLockTrip, [this, buyer] { lock(buyer, true); });
    }
  }

  void lock(int buyer, bool first_try) {
    const std::optional<int64_t> token = lock_.take();
    if (!token) {
      if (first_try) note(buyer, RaceStepKind::kWaits);
      const Duration delay = draw(retries_[static_cast<size_t>(buyer) - 1], 20, 60);
      time_.after(delay, [this, buyer] { lock(buyer, false); });
      return;
    }
    note(buyer, RaceStepKind::kLocks, *token);
    time_.after(settings_.lease, [this, buyer, token = *token] {
      if (lock_.free(token)) note(buyer, RaceStepKind::kLeaseOver, token);
    });
    ask(buyer, *token);
  }

  void ask(int buyer, int64_t token) {
    time_.after(of(buyer).asks, [this, buyer, token] { read(buyer, token); });
  }

  void read(int buyer, int64_t token) {
    const int64_t seen = stock_->read(token);
    note(buyer, RaceStepKind::kReads, seen);
    if (seen < 1) return leave(buyer, token, RaceStepKind::kLeaves);
    if (!run_.way.pauses || buyer != 1) return decide(buyer, token);
    note(buyer, RaceStepKind::kPauses);
    time_.after(settings_.pause, [this, buyer, token] {
      note(buyer, RaceStepKind::kWakes);
      decide(buyer, token);
    });
  }

  /// The check has passed with what was read; nothing looks at the stock again before it is taken.
  void decide(int buyer, int64_t token) {
    time_.after(of(buyer).thinks + of(buyer).takes, [this, buyer, token] { take(buyer, token); });
  }

  void take(int buyer, int64_t token) {
    switch (stock_->take(buyer, token)) {
      case RaceStock::Taken::kYes:
        ++run_.sold;
        note(buyer, RaceStepKind::kSells, stock_->says());
        return answered(token);
      case RaceStock::Taken::kNotThere:
        return leave(buyer, token, RaceStepKind::kRefused);
      case RaceStock::Taken::kOldToken:
        return leave(buyer, token, RaceStepKind::kFenced);
    }
  }

  void leave(int buyer, int64_t token, RaceStepKind kind) {
    ++run_.turned_away;
    note(buyer, kind);
    answered(token);
  }

  void answered(int64_t token) {
    run_.last_answer = time_.now();
    if (locked_) time_.after(kLockTrip, [this, token] { lock_.free(token); });
  }

  const RaceSettings& settings_;
  const std::vector<RaceBuyer>& buyers_;
  VirtualTime time_;
  std::unique_ptr<RaceStock> stock_;
  const bool locked_;
  LeaseLock lock_;
  std::vector<SeededRandom> retries_;
  RaceRun run_;
};

}  // namespace

const char* name_of(RaceStepKind kind) {
  switch (kind) {
    case RaceStepKind::kArrives:
      return "arrives";
    case RaceStepKind::kWaits:
      return "waits";
    case RaceStepKind::kLocks:
      return "locks";
    case RaceStepKind::kReads:
      return "reads";
    case RaceStepKind::kPauses:
      return "pauses";
    case RaceStepKind::kWakes:
      return "wakes";
    case RaceStepKind::kLeaseOver:
      return "lease_over";
    case RaceStepKind::kSells:
      return "sells";
    case RaceStepKind::kRefused:
      return "refused";
    case RaceStepKind::kFenced:
      return "fenced";
    case RaceStepKind::kLeaves:
      return "leaves";
  }
  return "";
}

const std::vector<RaceWay>& race_ways() {
  static const std::vector<RaceWay> ways = {
      {Guard::kNone, false, "unlocked", "No lock: read, check, decrement"},
      {Guard::kLease, false, "lease", "A lock with a lease"},
      {Guard::kLease, true, "lease_paused", "The lock, while its holder stands still"},
      {Guard::kFencedLease, true, "lease_fenced", "The lock with a fencing token"},
      {Guard::kLedger, true, "ledger", "The ledger, with the same pause"},
  };
  return ways;
}

/// All arrive within a few milliseconds, as when a sale opens. Buyer 1 is the first.
std::vector<RaceBuyer> draw_buyers(const RaceSettings& settings) {
  SeededRandom random(settings.seed);
  std::vector<RaceBuyer> buyers(static_cast<size_t>(settings.buyers));
  for (RaceBuyer& buyer : buyers) {
    buyer.arrives = draw(random, 0, 80);
    buyer.asks = draw(random, 10, 30);
    buyer.thinks = draw(random, 20, 60);
    buyer.takes = draw(random, 10, 30);
    buyer.retry_seed = random.next();
  }
  std::stable_sort(buyers.begin(), buyers.end(),
                   [](const RaceBuyer& a, const RaceBuyer& b) { return a.arrives < b.arrives; });
  return buyers;
}

RaceRun run_race_way(const RaceSettings& settings, const std::vector<RaceBuyer>& buyers,
                     const RaceWay& way, bool tokens_on_read) {
  return Run(settings, buyers, way, tokens_on_read).go();
}

Race run_race(const RaceSettings& settings) {
  Race race;
  race.settings = settings;
  race.buyers = draw_buyers(settings);
  for (const RaceWay& way : race_ways()) {
    race.runs.push_back(run_race_way(settings, race.buyers, way));
  }
  return race;
}

bool Race::passed() const {
  const RaceRun& ledger = runs.back();
  return ledger.oversold == 0 && ledger.problem.empty() &&
         ledger.sold == std::min(settings.buyers, settings.stock);
}

}  // namespace holdfast::app
