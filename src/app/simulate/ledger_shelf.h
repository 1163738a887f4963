// One SKU at one place, kept by the real ledger: what the simulations sell from. Every command goes
// through Ledger::decide, every number comes from its books.
//
// Confined to one thread. Time is given with each call and must not go back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/recorded_ledger.h"

namespace holdfast::app {

class LedgerShelf {
 public:
  /// Counts `stock` units and lets every channel sell from the shelf.
  LedgerShelf(int64_t stock, const std::vector<std::string>& channels, Timestamp now);

  /// What the channel may sell now; 0 or more.
  int64_t available_to_sell(const std::string& channel) const;
  /// A request: true = the order has its units, false = refused because they are not there.
  bool accept(const std::string& channel, const std::string& order, int64_t quantity,
              Timestamp now);
  /// A fact: the channel has sold it already.
  void placed(const std::string& channel, const std::string& order, int64_t quantity, Timestamp at,
              Timestamp now);

  /// Promised to orders.
  int64_t committed() const { return position().committed; }
  /// Promised beyond what is there: −available where that is below zero.
  int64_t oversold() const;
  /// Orders the ledger names as endangered, newest first; `more` says how many it leaves unnamed.
  ShortfallView shortfall() const;
  /// Do the books add up, and does a replay of the log end in the same state? Empty, or what is
  /// wrong.
  std::string problem() const;

 private:
  PositionView position() const;
  void must_stand(const Command& command, Timestamp now);

  sim::RecordedLedger ledger_;
};

/// What the simulated shelf holds.
inline constexpr const char* kShelfSku = "TEE-M";

}  // namespace holdfast::app
