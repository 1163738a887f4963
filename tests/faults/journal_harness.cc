#include "tests/faults/journal_harness.h"

#include <algorithm>

#include "base/random.h"
#include "store/store_fixtures.h"

namespace holdfast::store {

JournalOptions small_options(JournalGuards guards) {
  JournalOptions options;
  options.ledger_id = "faultstest00";
  options.segment_bytes = 32 << 10;  // header, six groups of a block, seal
  options.helper_thread = false;
  options.guards = guards;
  return options;
}

Attempt write_groups(io::MemoryFileSystem& files, const std::vector<std::string>& keys,
                     JournalGuards guards, bool helper, size_t events) {
  Attempt attempt;
  auto opened = Journal::open(files, kDirectory, small_options(guards));
  if (!opened) {
    attempt.error = opened.error();
    files.kill();
    return attempt;
  }
  Journal& journal = **opened;
  Seq last = journal.durable_seq();
  uint64_t sku_seq = last;
  std::vector<Seq> ends;
  for (const std::string& key : keys) {
    last = testing::append_command(journal, last, "A", &sku_seq, events, key);
    attempt.tried.push_back(key);
    ends.push_back(last);
    const Status flushed = journal.flush_group();
    const auto is_durable = [&](Seq end) { return end <= journal.durable_seq(); };
    attempt.acknowledged = static_cast<size_t>(std::count_if(ends.begin(), ends.end(), is_durable));
    if (!flushed) {
      attempt.error = flushed.error();
      break;
    }
    // the spare takes three steps, then comes the mark
    while (helper && journal.do_work()) {
    }
  }
  files.kill();  // the writer dies where it stands: closing must not save it
  return attempt;
}

Result<std::vector<std::string>> reopen(io::MemoryFileSystem& files, JournalGuards guards) {
  HF_ASSIGN(journal, Journal::open(files, kDirectory, small_options(guards)));
  std::vector<std::string> keys = testing::keys_of(*journal);
  files.kill();
  return keys;
}

std::string check_prefix(const Attempt& attempt, const std::vector<std::string>& keys) {
  if (keys.size() < attempt.acknowledged) {
    return "lost: " + std::to_string(attempt.acknowledged) + " were acknowledged, " +
           std::to_string(keys.size()) + " are there";
  }
  if (keys.size() > attempt.tried.size()) return "there is more than was written";
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] != attempt.tried[i]) return "place " + std::to_string(i) + " holds " + keys[i];
  }
  return {};
}

std::string check_recovery(io::MemoryFileSystem& files, const Attempt& attempt,
                           JournalGuards guards) {
  const auto served = reopen(files, guards);
  if (!served) return "does not start: " + served.error().detail;
  if (std::string wrong = check_prefix(attempt, *served); !wrong.empty()) return wrong;

  files.power_cut({}, 0);
  Attempt again;
  again.tried = *served;
  again.acknowledged = served->size();
  const Attempt more = write_groups(files, {"after"}, guards);
  if (more.error) return "does not go on: " + more.error->detail;
  again.tried.push_back("after");
  again.acknowledged += more.acknowledged;
  const auto last = reopen(files, guards);
  if (!last) return "does not start again: " + last.error().detail;
  if (std::string wrong = check_prefix(again, *last); !wrong.empty())
    return "after serving: " + wrong;
  return {};
}

std::string check_goes_on(io::MemoryFileSystem& files, const Attempt& attempt, bool helper) {
  files.kill();
  const auto served = reopen(files);
  if (!served) return "does not start: " + served.error().detail;
  if (std::string wrong = check_prefix(attempt, *served); !wrong.empty()) return wrong;
  Attempt again;
  again.tried = *served;
  const Attempt more = write_groups(files, numbered_keys(3, "after-"), {}, helper);
  if (more.error) return "does not go on: " + more.error->detail;
  again.tried.insert(again.tried.end(), more.tried.begin(), more.tried.end());
  again.acknowledged = served->size() + more.acknowledged;
  return for_each_power_cut(
      files,
      [&](io::MemoryFileSystem& after) {
        const auto last = reopen(after);
        if (!last) return "does not start after the power cut: " + last.error().detail;
        const std::string wrong = check_prefix(again, *last);
        return wrong.empty() ? wrong : "after going on: " + wrong;
      },
      4, 20);
}

std::string for_each_power_cut(const io::MemoryFileSystem& files,
                               const std::function<std::string(io::MemoryFileSystem&)>& check,
                               size_t exhaustive_max, size_t samples) {
  const std::vector<io::MemoryFileSystem::Sector> sectors = files.unsynced_sectors();
  std::vector<std::vector<bool>> subsets;
  if (sectors.size() <= exhaustive_max) {
    for (uint64_t bits = 0; bits < (uint64_t{1} << sectors.size()); ++bits) {
      std::vector<bool>& keep = subsets.emplace_back(sectors.size());
      for (size_t i = 0; i < keep.size(); ++i) keep[i] = ((bits >> i) & 1) != 0;
    }
  } else {
    subsets.emplace_back(sectors.size(), false);
    subsets.emplace_back(sectors.size(), true);
    for (size_t i = 0; i < sectors.size(); ++i)
      subsets.emplace_back(sectors.size(), true)[i] = false;
    SeededRandom random(sectors.size());
    for (size_t i = 0; i < samples; ++i) {
      std::vector<bool>& keep = subsets.emplace_back(sectors.size());
      for (size_t at = 0; at < keep.size(); ++at) keep[at] = random.below(2) == 1;
    }
  }
  for (size_t names = 0; names <= files.unsynced_names(); ++names) {
    for (const std::vector<bool>& keep : subsets) {
      const auto copy = files.clone();
      copy->power_cut(keep, names);
      std::string complaint = check(*copy);
      if (complaint.empty()) continue;
      complaint += " [names kept " + std::to_string(names) + ", sectors kept";
      for (size_t i = 0; i < sectors.size(); ++i) {
        if (keep[i]) complaint += " " + sectors[i].path + "#" + std::to_string(sectors[i].index);
      }
      return complaint + "]";
    }
  }
  return {};
}

std::vector<std::string> numbered_keys(size_t count, const std::string& prefix) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < count; ++i) keys.push_back(prefix + std::to_string(i));
  return keys;
}

}  // namespace holdfast::store
