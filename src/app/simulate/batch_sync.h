// A flash sale on several channels, told to each other in three ways: by a cron job, by pushes as
// each sale happens, and not at all because every channel asks the ledger first. All three see the
// same demand under virtual time, and in all three the books are the real ledger's.
//
// A channel that sells by itself knows a number: it takes its own sales off at once and sells while
// the number lasts. Cron: every interval the sales since the last run are booked, and each channel
// gets the new number. Pushes: a sale is booked half a lag later, and each channel has the new
// number another half later; it only ever lowers its own, as Holdfast's pushes do while a channel's
// sales are under way. Asking: an order is a request, and the ledger's answer is the sale.
//
// Pure functions; deterministic for a seed.
#pragma once

#include <string>
#include <vector>

#include "app/simulate/flash_sale.h"

namespace holdfast::app {

enum class Telling { kCron, kPushes, kAsking };
const char* name_of(Telling telling);

/// A sale, and what had been sold with it.
struct Sold {
  Duration at = 0;
  int64_t quantity = 0;
  int64_t units_so_far = 0;
};

struct SyncRun {
  Telling telling = Telling::kCron;
  std::vector<Sold> sales;      ///< by time
  std::vector<Duration> syncs;  ///< cron: when it ran
  int64_t orders = 0;           ///< sold
  int64_t units = 0;            ///< sold
  int64_t turned_away = 0;      ///< orders
  int64_t oversold = 0;         ///< units promised beyond the stock, by the ledger's books
  int64_t to_cancel = 0;        ///< orders, the newest first, until no unit is promised twice
  std::vector<std::string> endangered;  ///< the orders the ledger names, newest first
  uint64_t endangered_more = 0;         ///< those it leaves unnamed
  std::string problem;                  ///< what the books say against it; else empty

  /// Units sold up to and including that time.
  int64_t units_at(Duration at) const;
};

struct BatchSync {
  BatchSyncSettings settings;
  FlashSale sale;
  SyncRun cron, pushes, asking;

  /// The most units asked for within one lag: what pushes may oversell at most.
  int64_t within_a_lag() const;
  /// Asking oversold nothing, pushes no more than within_a_lag(), and all books add up.
  bool passed() const;
};

BatchSync run_batch_sync(const BatchSyncSettings& settings);
SyncRun run_sync(const BatchSyncSettings& settings, const FlashSale& sale, Telling telling);

}  // namespace holdfast::app
