#include "tests/schedules/oracles.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ledger/ledger.h"
#include "tests/schedules/model_log.h"
#include "tests/schedules/node.h"

namespace holdfast::schedules {
namespace {

std::string text_of(const Event& e) {
  return fmt::format("{} {} {}#{} {}>{} {} {}>{} order={} hold={} channel={} deadline={}",
                     static_cast<int>(e.type), e.seq, e.sku, e.sku_seq, static_cast<int>(e.from),
                     static_cast<int>(e.to), e.quantity, e.location, e.to_location, e.order, e.hold,
                     e.channel, e.deadline.us);
}

/// What the rules decide, as text.
class Decisions final : public EventSink {
 public:
  void begin_command(const CommandHead&) override { lines.emplace_back("command"); }
  void append(const Event& event) override { lines.push_back(text_of(event)); }
  void end_command() override {}
  std::vector<std::string> lines;
};

bool is_granted(const Outcome& outcome) {
  return outcome.status == OutcomeStatus::kAccepted || outcome.status == OutcomeStatus::kRecorded;
}

class Judge {
 public:
  explicit Judge(const Books& books) : books_(books), tables_(*books.tables) {}

  std::string judge() {
    for (const Told* told : books_.told) {
      by_fingerprint_[told->command.fingerprint] = told;
      if (told->answer && refuses(*told)) refusals_.emplace(told->answer->depends_on, told);
    }
    const auto log = decode_log(books_.tables, 1, SIZE_MAX);
    if (tables_.events.empty()) return "the log is empty";
    if (!log) return log.error().detail;
    if (log->last_seq != tables_.ledger.last_seq) return "the log ends at another seq";
    for (const store::LoggedCommand& command : log->commands) {
      check_once(command);
      for (const Event& event : command.events) check_movement(event);
    }
    if (!wrong_.empty()) return wrong_;
    check_refusals_at(0);
    for (const store::LoggedCommand& command : log->commands) {
      check_command(command);
      if (!wrong_.empty()) return wrong_;
    }
    for (const Told* told : books_.told) check_told(*told);
    check_rows();
    return wrong_;
  }

 private:
  /// Whether the answer says that nothing was logged.
  static bool refuses(const Told& told) {
    return told.answer->status == OutcomeStatus::kRefused ||
           told.answer->status == OutcomeStatus::kRejected;
  }
  /// Whether the answer may speak of commits that were lost.
  bool of_a_lost_future(const Told& told) const {
    return books_.loses_commits && told.timeline != books_.timeline;
  }
  void wrong(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  void check_command(const store::LoggedCommand& command) {
    const Timestamp at = command.events.front().recorded_at;
    if (at < time_) return wrong(fmt::format("seq {}: time goes back", command.first_seq()));
    time_ = at;
    if (command.head.type == CommandType::kNone) {
      replay(command);
    } else {
      decide_again(command);
    }
    check_refusals_at(command.last_seq());
  }

  /// Counted here by nothing but the movements themselves.
  void check_movement(const Event& event) {
    if (event.from == Account::kNone) return;
    const std::string here(event.location);
    const std::string there(event.to_location.empty() ? event.location : event.to_location);
    const std::string sku(event.sku);
    if (event.to == Account::kAvailable) available_[{sku, there}] += event.quantity;
    if (event.from != Account::kAvailable) return;
    const int64_t left = available_[{sku, here}] -= event.quantity;
    if (left < 0) {
      wrong(fmt::format("oversold: {} at {} is {} after seq {}", sku, here, left, event.seq));
    }
  }

  void replay(const store::LoggedCommand& command) {
    whole_.begin_command(command.head, command.first_seq(), time_);
    for (const Event& event : command.events) whole_.apply(event);
    whole_.end_command();
  }

  void check_once(const store::LoggedCommand& command) {
    if (command.head.type == CommandType::kNone) return;
    if (logged_.emplace(command.head.fingerprint, command.last_seq()).second) return;
    const auto found = by_fingerprint_.find(command.head.fingerprint);
    wrong(fmt::format("oversold: {} is in the log twice, again at seq {}",
                      found == by_fingerprint_.end() ? "?" : said(found->second->command),
                      command.first_seq()));
  }

  void decide_again(const store::LoggedCommand& command) {
    const auto found = by_fingerprint_.find(command.head.fingerprint);
    if (found == by_fingerprint_.end()) {
      return wrong(fmt::format("seq {}: nobody said that", command.first_seq()));
    }
    const std::string name = said(found->second->command);
    Decisions decisions;
    (void)whole_.decide(found->second->command, time_, decisions);
    std::vector<std::string> logged = {"command"};
    for (const Event& event : command.events) logged.push_back(text_of(event));
    if (decisions.lines != logged) {
      wrong(fmt::format("seq {}: the rules decide {} otherwise:\n  log   {}\n  rules {}",
                        command.first_seq(), name, fmt::join(logged, "\n        "),
                        fmt::join(decisions.lines, "\n        ")));
    }
  }

  /// What was refused on the state up to `seq` is refused by the rules on it too.
  void check_refusals_at(Seq seq) {
    const auto [from, to] = refusals_.equal_range(seq);
    for (auto at = from; at != to; ++at) {
      const Told& told = *at->second;
      if (of_a_lost_future(told) || !time_.has_value()) continue;
      Command again = told.command;
      again.dry_run = true;
      Decisions none;
      const Outcome outcome = whole_.decide(again, time_, none);
      if (outcome.error.code != told.answer->error.code) {
        wrong(fmt::format("{} was refused at seq {} ({}), where the rules say {}",
                          said(told.command), seq, told.answer->error.detail,
                          outcome.error.detail));
      }
    }
  }

  void check_told(const Told& told) {
    if (!told.answer || of_a_lost_future(told)) return;
    const std::string name = said(told.command);
    const auto logged = logged_.find(told.command.fingerprint);
    const Outcome& answer = *told.answer;
    if (is_granted(answer) && logged == logged_.end()) {
      return wrong(fmt::format("{} was acknowledged at seq {} and is not in the log", name,
                               answer.seq));
    }
    if (is_granted(answer) && !answer.replayed && answer.seq != logged->second) {
      return wrong(fmt::format("{} was told seq {} and is at {}", name, answer.seq,
                               logged->second));
    }
    // a refusal leaves no key: an attempt that was given up for lost may be granted after it
    if (refuses(told) && !told.ambiguous && logged != logged_.end()) {
      return wrong(fmt::format("{} was refused ({}) and is in the log at seq {}", name,
                               answer.error.detail, logged->second));
    }
    if (!books_.loses_commits && answer.depends_on < told.heard_before) {
      wrong(fmt::format("{} was answered from seq {}, after seq {} had been answered", name,
                        answer.depends_on, told.heard_before));
    }
  }

  void check_rows() {
    if (const std::string sums = whole_.check(); !sums.empty()) wrong("sums: " + sums);
    if (tables_.ledger.open_holds != whole_.open_holds()) wrong("the counter of open holds is off");
    if (tables_.ledger.keys != tables_.keys.size()) wrong("the counter of keys is off");
    int64_t by_source = 0;
    for (const auto& [number, source] : tables_.sources) by_source += source.open_holds;
    if (by_source != static_cast<int64_t>(whole_.open_holds())) wrong("holds per source are off");
    for (const auto& [name, sku] : tables_.skus) check_sku(*sku);
    for (const auto& [id, hold] : tables_.holds) check_hold(*hold);
  }

  void check_sku(const StoredSku& sku) {
    Query query;
    query.type = QueryType::kStock;
    query.sku = sku.sku;
    const QueryResult known = whole_.query(query, time_);
    if (known.stock.empty()) return wrong("a row of a SKU nobody knows: " + sku.sku);
    const StockView& view = known.stock.front();
    if (view.sku_seq != sku.sku_seq) wrong(sku.sku + ": the row has another sku_seq than the log");
    for (const StoredPlace& place : sku.places) {
      const auto at = std::find_if(view.locations.begin(), view.locations.end(),
                                   [&](const auto& v) { return v.location == place.location; });
      if (at == view.locations.end()) continue;
      if (at->available != place.balances[0] || at->held != place.balances[1] ||
          at->committed != place.balances[2]) {
        wrong(fmt::format("{} at {}: the row says {}/{}/{}, the log {}/{}/{}", sku.sku,
                          place.location, place.balances[0], place.balances[1], place.balances[2],
                          at->available, at->held, at->committed));
      }
    }
  }

  void check_hold(const StoredHold& hold) {
    Query query;
    query.type = QueryType::kHold;
    query.hold = hold.id;
    const QueryResult known = whole_.query(query, time_);
    int64_t remaining = 0;
    for (const HoldView& view : known.holds) {
      for (const HoldLineView& line : view.lines) remaining += line.remaining;
    }
    if (known.holds.empty() || remaining != hold.remaining) {
      wrong(fmt::format("hold {}: the row has {} units left, the log {}", hold.id, hold.remaining,
                        remaining));
    }
  }

  const Books& books_;
  const Tables& tables_;
  ledger::Ledger whole_{{.ledger_id = kLedgerId}};
  Timestamp time_;
  std::map<uint64_t, const Told*> by_fingerprint_;
  std::multimap<Seq, const Told*> refusals_;
  std::map<uint64_t, Seq> logged_;  ///< fingerprint → last seq
  std::map<std::pair<std::string, std::string>, int64_t> available_;
  std::string wrong_;
};

}  // namespace

std::string judge_books(const Books& books) { return Judge(books).judge(); }

}  // namespace holdfast::schedules
