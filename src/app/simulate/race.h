// Buyers who want the last units at the same moment, under five ways of guarding the stock. Every
// way sees the same buyers with the same delays under virtual time; what comes of it is computed,
// not told.
//
// The ways: a bare row that is read, checked and decremented; the same inside a per-SKU lock held
// by lease, as with Redis `SET key owner NX PX`; the same when the lock's holder stands still for
// longer than its lease; the same where the row also refuses tokens older than the newest it has
// seen (fencing); and the ledger, which checks and takes in one step.
//
// Pure functions; deterministic for a seed.
#pragma once

#include <string>
#include <vector>

#include "app/simulate/settings.h"

namespace holdfast::app {

enum class Guard { kNone, kLease, kFencedLease, kLedger };

struct RaceWay {
  Guard guard = Guard::kNone;
  bool pauses = false;  ///< the first buyer's process stands still between reading and taking
  const char* name;     ///< for programs
  const char* title;    ///< for people
};

/// One buyer's delays, the same in every way.
struct RaceBuyer {
  Duration arrives = 0, asks = 0, thinks = 0, takes = 0;
  uint64_t retry_seed = 0;  ///< when it tries for the lock again
};

enum class RaceStepKind {
  kArrives,
  kWaits,   // the lock is taken by another
  kLocks,   // `number` = the fencing token
  kReads,   // `number` = what the stock says
  kPauses,  // the process stands still
  kWakes,
  kLeaseOver,  // while its holder still believes in it
  kSells,      // `number` = what the stock says afterwards
  kRefused,    // the ledger: not there any more
  kFenced,     // the row has seen a newer token
  kLeaves,     // read that nothing is left
};
const char* name_of(RaceStepKind kind);

struct RaceStep {
  Duration at = 0;
  int buyer = 0;  ///< from 1, by arrival
  RaceStepKind kind = RaceStepKind::kArrives;
  int64_t number = 0;
};

struct RaceRun {
  RaceWay way;
  std::vector<RaceStep> steps;  ///< in order
  int64_t sold = 0;             ///< buyers who were told that the unit is theirs
  int64_t oversold = 0;         ///< of these, how many there is no unit for
  int64_t turned_away = 0;
  int64_t stock_says = 0;  ///< at the end; below zero where more was taken than there was
  Duration last_answer = 0;
  std::string problem;  ///< the ledger: what its books say against it; else empty
};

struct Race {
  RaceSettings settings;
  std::vector<RaceBuyer> buyers;
  std::vector<RaceRun> runs;  ///< one per way, the ledger last

  /// The ledger sold what there was, nothing twice, and its books add up.
  bool passed() const;
};

Race run_race(const RaceSettings& settings);

/// One way alone. `tokens_on_read` = false switches off half of the fence: the row then learns of a
/// token only when something is written with it, which is too late (race_test.cc shows why).
RaceRun run_race_way(const RaceSettings& settings, const std::vector<RaceBuyer>& buyers,
                     const RaceWay& way, bool tokens_on_read = true);
std::vector<RaceBuyer> draw_buyers(const RaceSettings& settings);
const std::vector<RaceWay>& race_ways();

}  // namespace holdfast::app
