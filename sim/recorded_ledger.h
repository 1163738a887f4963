// The ledger with everything it ever emitted kept beside it: books for transcripts and properties,
// and the log to replay, as the engine and the journal would keep it.
//
// Also plays the engine's part for counts of the past: it prepares their basis from the recorded
// events. Confined to one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "sim/books.h"

namespace holdfast::sim {

class RecordedLedger final : public Books, private EventSink {
 public:
  explicit RecordedLedger(ledger::LedgerOptions options = {});

  Outcome decide(const Command& command, Timestamp now) override;
  void expire_due(Timestamp now) override;

  std::vector<PositionView> positions(const std::string& sku) const override;
  ChannelAvailability availability(const std::string& sku,
                                   const std::string& channel) const override;
  int64_t outside(const std::string& sku, Account account) const override;
  std::optional<HoldView> hold(const std::string& id) const override;
  std::optional<OrderView> order(const std::string& channel,
                                 const std::string& order) const override;
  std::vector<ShortfallView> shortfalls() const override;
  size_t discrepancies() const override;
  std::string check() const override { return ledger_->check(); }

  ledger::Ledger& ledger() { return *ledger_; }
  size_t events() const { return events_; }
  /// Replays the log into a fresh ledger; empty, or how it differs.
  std::string check_replay() const;
  /// Replays what came after `seq` into `fresh`.
  void replay_after(Seq seq, ledger::Ledger& fresh) const;
  const ledger::LedgerOptions& options() const { return options_; }
  /// Of the events' own: seq without gaps, sku_seq without gaps; empty, or what is wrong.
  std::string check_sequence() const;

 private:
  struct Recorded {  // one command of the log
    CommandHead head;
    std::string source, key, key_2;
    std::vector<Shortage> shortages;
    bool has_shortages = false;
    Timestamp recorded_at;
    std::vector<OwnedEvent> events;
  };
  void begin_command(const CommandHead& head) override;
  void append(const Event& event) override;
  void end_command() override {}
  Outcome first_answer(const Command& command, const Outcome& repeated) const;
  std::string resolve(const std::string& sku) const;
  std::vector<CountBasis> prepare(const Command& command) const;

  ledger::LedgerOptions options_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::vector<std::unique_ptr<Recorded>> log_;
  std::map<std::string, std::string> aliases_;
  std::map<std::string, uint64_t> sku_seqs_;
  size_t events_ = 0;
  Timestamp now_;
};

}  // namespace holdfast::sim
