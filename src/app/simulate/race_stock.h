// What buyers race for, three ways of keeping it, and the lock some of them take first.
//
// Used by race.cc. Confined to one thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/simulate/ledger_shelf.h"
#include "app/simulate/virtual_time.h"

namespace holdfast::app {

/// The stock as a buyer's process meets it: read it, then take one.
class RaceStock {
 public:
  virtual ~RaceStock() = default;
  /// `token` = the reader's fencing token, 0 where there is no lock.
  virtual int64_t read(int64_t token) = 0;
  enum class Taken { kYes, kNotThere, kOldToken };
  virtual Taken take(int buyer, int64_t token) = 0;
  virtual int64_t says() const = 0;
  virtual std::string problem() const { return {}; }
};

/// A row in a database: `SELECT n`, then `UPDATE … SET n = n - 1`. It takes what it is told to
/// take.
class BareRow final : public RaceStock {
 public:
  explicit BareRow(int64_t stock) : stock_(stock) {}
  int64_t read(int64_t) override { return stock_; }
  Taken take(int, int64_t) override {
    --stock_;
    return Taken::kYes;
  }
  int64_t says() const override { return stock_; }

 private:
  int64_t stock_;
};

/// The same row with a guard: it remembers the newest token it was shown and takes nothing for an
/// older one.
class FencedRow final : public RaceStock {
 public:
  FencedRow(int64_t stock, bool tokens_on_read) : stock_(stock), on_read_(tokens_on_read) {}
  int64_t read(int64_t token) override {
    if (on_read_) newest_ = std::max(newest_, token);
    return stock_;
  }
  Taken take(int, int64_t token) override {
    if (token < newest_) return Taken::kOldToken;
    newest_ = token;
    --stock_;
    return Taken::kYes;
  }
  int64_t says() const override { return stock_; }

 private:
  int64_t stock_;
  int64_t newest_ = 0;
  const bool on_read_;
};

/// The real ledger: to take is to have an order accepted, which checks and books in one step.
class LedgerStock final : public RaceStock {
 public:
  LedgerStock(int64_t stock, const VirtualTime& time)
      : time_(time), shelf_(stock, {kChannel}, time.wall()) {}
  int64_t read(int64_t) override { return shelf_.available_to_sell(kChannel); }
  Taken take(int buyer, int64_t) override {
    const std::string order = "buyer-" + std::to_string(buyer);
    if (!shelf_.accept(kChannel, order, 1, time_.wall())) return Taken::kNotThere;
    ++accepted_;
    return Taken::kYes;
  }
  int64_t says() const override { return shelf_.available_to_sell(kChannel) - shelf_.oversold(); }
  std::string problem() const override {
    if (shelf_.committed() != accepted_) return "the books hold other orders than were accepted";
    return shelf_.problem();
  }

 private:
  static constexpr const char* kChannel = "web";
  const VirtualTime& time_;
  LedgerShelf shelf_;
  int64_t accepted_ = 0;
};

/// A lock held by lease: `SET lock owner NX PX lease`, given back only by its owner. When the lease
/// is over the lock is free; nobody tells the holder.
class LeaseLock {
 public:
  /// The token, larger with every grant; none while another holds it.
  std::optional<int64_t> take() {
    if (held_) return std::nullopt;
    held_ = true;
    return ++token_;
  }
  /// Frees the lock if the token's grant still stands; false: it is long gone.
  bool free(int64_t token) {
    if (!held_ || token != token_) return false;
    held_ = false;
    return true;
  }

 private:
  bool held_ = false;
  int64_t token_ = 0;
};

}  // namespace holdfast::app
