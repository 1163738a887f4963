#include "engine/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/recovery.h"
#include "engine/verify_book.h"

namespace holdfast::engine {
namespace {

std::string hex(const Hash128& hash) { return fmt::format("{:016x}{:016x}", hash.high, hash.low); }

/// Feeds the ledger and the book from one pass over the log.
class VerifyReplay final : public store::LogVisitor {
 public:
  explicit VerifyReplay(ledger::Ledger& ledger) : ledger_(ledger) {}
  void begin_command(const CommandHead& head, Seq first_seq, Timestamp recorded_at) override {
    ledger_.begin_command(head, first_seq, recorded_at);
    book.note_command(recorded_at);
  }
  void event(const Event& event) override {
    ledger_.apply(event);
    book.note(event);
  }
  void end_command() override { ledger_.end_command(); }

  VerifyBook book;

 private:
  ledger::Ledger& ledger_;
};

class ReportWriter {
 public:
  explicit ReportWriter(VerifyReport* report) : report_(report) {}
  void passed(std::string name, std::string detail) {
    report_->checks.push_back({std::move(name), true, std::move(detail)});
  }
  void failed(std::string name, std::string detail) {
    report_->checks.push_back({std::move(name), false, std::move(detail)});
  }
  /// `fault` empty: passed.
  void note(std::string name, const std::string& fault, std::string detail) {
    fault.empty() ? passed(std::move(name), std::move(detail)) : failed(std::move(name), fault);
  }

 private:
  VerifyReport* report_;
};

/// The newest snapshot and what the log adds to it must come to the state of the whole log.
void check_snapshot(const VerifyInput& input, const Hash128& replayed, ReportWriter& report) {
  const char* const kName = "snapshot = replay";
  const SystemClock clock;
  auto recovered = recover(input.store, input.snapshots, input.options, clock);
  if (!recovered) return report.failed(kName, recovered.error().detail);
  const RecoveryFacts& facts = recovered->facts;
  if (!facts.remarks.empty()) return report.failed(kName, facts.remarks.front());
  if (facts.snapshot_seq == 0) return report.passed(kName, "there is no snapshot");
  const Hash128 hash = recovered->ledger->state_hash();
  if (hash != replayed) {
    return report.failed(kName, fmt::format("from the snapshot of seq {}: {}; from the log: {}",
                                            facts.snapshot_seq, hex(hash), hex(replayed)));
  }
  report.passed(kName, fmt::format("snapshot of seq {} and {} events after it", facts.snapshot_seq,
                                   facts.events_replayed));
}

}  // namespace

bool VerifyReport::passed() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.passed; });
}

std::string VerifyReport::text() const {
  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("{:<6} {:<22} {}\n", check.passed ? "ok" : "FAILED", check.name,
                        check.detail);
  }
  text += fmt::format("{}: {} events, {} commands, {} SKUs, state {}\n",
                      passed() ? "verified" : "NOT VERIFIED", last_seq, commands, skus,
                      state_hash);
  return text;
}

VerifyReport verify(const VerifyInput& input) {
  VerifyReport report;
  ReportWriter checks(&report);
  if (input.check_chain) {
    const Status chain = input.check_chain();
    checks.note("hash chain", chain ? "" : chain.error().detail,
                fmt::format("every group up to seq {}", input.store.durable_seq()));
  }
  ledger::Ledger ledger(input.options);
  VerifyReplay replay(ledger);
  const Status replayed = input.store.replay(0, replay);
  const VerifyBook& book = replay.book;
  report.last_seq = book.last_seq();
  report.skus = book.skus();
  report.commands = book.commands();
  report.state_hash = hex(ledger.state_hash());
  std::string fault = replayed ? book.order_fault() : replayed.error().detail;
  if (fault.empty() && book.last_seq() != input.store.durable_seq()) {
    fault = fmt::format("the log ends at seq {}, replay at {}", input.store.durable_seq(),
                        book.last_seq());
  }
  checks.note("order of events", fault, "seq, sku_seq and time without a gap");
  checks.note("zero sum", book.zero_sum_fault(), fmt::format("{} SKUs", book.skus()));
  checks.note("balances = events", book.difference_from(ledger), "every position");
  checks.note("holds and orders", ledger.check(),
              fmt::format("{} open holds; every counter", ledger.open_holds()));
  if (input.snapshots != nullptr) check_snapshot(input, ledger.state_hash(), checks);
  return report;
}

}  // namespace holdfast::engine
