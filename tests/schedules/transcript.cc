// Runs the lines of a transcript on either side: knows rows and names, not who keeps them.
#include <map>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/invariant.h"
#include "tests/schedules/both_sides.h"

namespace holdfast::schedules {
namespace {

using store::CommitOutcome;
using store::GroupStart;
using store::GroupWrite;
using store::KnownRow;

/// What a session has seen: its cache lasts as long as it is told to.
struct Seen {
  GroupStart start;
  std::map<std::string, StoredSku> cached;
  uint64_t groups = 0;
};

const char* name_of(CommitOutcome outcome, bool cut) {
  if (outcome == CommitOutcome::kCommitted) return "committed";
  // whether a dead connection takes the statements is luck; that nothing was committed is not
  if (cut) return "no answer";
  return outcome == CommitOutcome::kUnknown ? "unknown" : "not committed";
}

class Runner {
 public:
  explicit Runner(Side& side) : side_(side) {}

  std::string run(const std::string& line) {
    std::istringstream words(line);
    std::string session, verb, word;
    words >> session >> verb;
    std::vector<std::string> rest;
    while (words >> word) rest.push_back(word);
    const char who = session.front();
    if (verb == "cut") return side_.cut(who), cut_.insert_or_assign(who, true), "";
    if (verb == "idles") return side_.let_idle_end(who), cut_.insert_or_assign(who, true), "";
    if (verb != "…") side_.start(who, [this, who, verb, rest] { return act(who, verb, rest); });
    return side_.waits(who) ? "waits" : side_.finish(who);
  }

 private:
  std::string act(char who, const std::string& verb, const std::vector<std::string>& words) {
    if (verb == "begin") return begin(who, words);
    if (verb == "commit") return commit(who, words);
    if (verb == "settle") {
      cut_[who] = false;
      return name_of(side_.store(who).settle(owner(who), seen_[who].groups), false);
    }
    INVARIANT(verb == "rollback", "a transcript says {}", verb);
    side_.store(who).rollback();
    return "";
  }

  static uint64_t owner(char who) { return static_cast<uint64_t>(who - 'A') + 1; }

  std::string begin(char who, const std::vector<std::string>& words) {
    Seen& seen = seen_[who];
    RowNames names;
    std::vector<KnownRow> known;
    for (const std::string& word : words) {
      if (word.starts_with("key=")) {
        names.keys.push_back(hash128(word.substr(4)));
        continue;
      }
      names.skus.push_back(word);
      if (seen.cached.contains(word)) known.push_back({word, seen.cached[word].token});
    }
    auto start = side_.store(who).begin(names, known, 0);
    if (!start) return "refused";
    cut_[who] = false;
    std::string text = fmt::format("seq {}", start->ledger.last_seq);
    std::map<std::string, StoredSku> rows;
    for (const StoredSku& sku : start->rows.skus) rows[sku.sku] = sku;
    for (auto& [name, sku] : rows) {
      text += fmt::format(", {} {}.{} {}", name, sku.token.epoch, sku.token.owner,
                          sku.row.empty() ? "as cached" : "= " + sku.row);
      if (sku.row.empty()) sku.row = seen.cached[name].row;
      seen.cached[name] = sku;
    }
    for (const StoredKey& key : start->rows.keys) text += fmt::format(", key of {}", key.first_seq);
    seen.start = std::move(*start);
    return text;
  }

  std::string commit(char who, const std::vector<std::string>& words) {
    Seen& seen = seen_[who];
    GroupWrite write;
    StoredLedger& ledger = write.changes.ledger = seen.start.ledger;
    ledger.last_time = seen.start.time;
    Event event;
    event.type = EventType::kStockSold;
    event.seq = event.command_seq = ++ledger.last_seq;
    event.recorded_at = seen.start.time;
    for (const std::string& word : words) {
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
      if (name == "key") {
        write.changes.keys.push_back({hash128(value), 7, event.seq, seen.start.time});
        ++ledger.keys;
        continue;
      }
      StoredSku& sku = write.changes.skus.emplace_back(seen.cached[name]);
      if (sku.sku.empty()) sku.number = ledger.skus_born++;
      sku.sku = name;
      sku.token = {sku.token.epoch + 1, owner(who)};
      sku.row = value;
    }
    write.events.push_back({OwnedEvent(event), "record"});
    write.owner = owner(who);
    write.group = ++seen.groups;
    Error error;
    const CommitOutcome outcome = side_.store(who).commit(write, &error);
    if (outcome == CommitOutcome::kCommitted) {
      for (const StoredSku& sku : write.changes.skus) seen.cached[sku.sku] = sku;
    }
    return name_of(outcome, cut_[who]);
  }

  Side& side_;
  std::map<char, Seen> seen_;
  std::map<char, bool> cut_;
};

}  // namespace

std::string run_transcript(Side& side, const std::string& lines) {
  Runner runner(side);
  std::istringstream in(lines);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const size_t from = line.find_first_not_of(' ');
    if (from == std::string::npos) continue;
    line = line.substr(from, line.find(" ->") == std::string::npos ? line.npos
                                                                   : line.find(" ->") - from);
    const std::string gave = runner.run(line);
    out += line + (gave.empty() ? "" : " -> " + gave) + "\n";
  }
  return out;
}

}  // namespace holdfast::schedules
