#include "feed/cursor_record.h"

#include <algorithm>
#include <vector>

namespace holdfast::feed {
namespace {

struct Applier {
  SavedSink& sink;

  void operator()(const CursorMoved& record) const {
    sink.known = true;
    sink.cursor = record.seq;
    sink.incarnation = record.incarnation;
  }
  void operator()(const SkuParked& record) const {
    sink.parked[record.sku] = {record.from, record.attempts};
  }
  void operator()(const SkuUnparked& record) const { sink.parked.erase(record.sku); }
  void operator()(const DeadLettered& record) const {
    sink.dead_letters[record.letter.seq] = record.letter;
  }
  void operator()(const DeadLetterGone& record) const { sink.dead_letters.erase(record.seq); }
  void operator()(const PushBlock& record) const { sink.push_block_last = record.last; }
  void operator()(const StateChanged& record) const {
    sink.state = record.state;
    sink.reason = record.reason;
  }
  void operator()(const Carries& record) const { sink.carries = record; }
  void operator()(const Pushing& record) const { sink.pushing = record.on_the_way; }
  void operator()(const AllDirty& record) const { sink.all_dirty = record.dirty; }
  void operator()(const Replaying& record) const { sink.replaying = record; }
  void operator()(const ObserveMode& record) const { sink.observe = record.kind; }
  void operator()(const LevelSeen& record) const {
    SavedSink::put(&sink.compared[record.sku], record);
  }
  void operator()(const NumbersTold& record) const {
    SavedSink::put(&sink.compared[record.sku], record);
  }
};

}  // namespace

bool SavedSink::supersedes(const LevelSeen& level, const LevelSeen& other) {
  return level.location == other.location &&
         (level.place == other.place || level.place.empty() || other.place.empty());
}

void SavedSink::put(Compared* compared, const LevelSeen& level) {
  std::vector<LevelSeen>& seen = compared->seen;
  std::erase_if(seen, [&](const LevelSeen& other) { return supersedes(level, other); });
  seen.push_back(level);
  Timestamp confirmed = level.since;
  for (const LevelSeen& other : seen) confirmed = std::min(confirmed, other.since);
  while (compared->told.size() > 1 && compared->told.front().at < confirmed) {
    compared->told.erase(compared->told.begin());
  }
}

void SavedSink::put(Compared* compared, const NumbersTold& told) {
  compared->told.push_back(told);
  const size_t most = compared->seen.empty() ? kToldUnseenMax : kToldMax;
  while (compared->told.size() > most) compared->told.erase(compared->told.begin());
}

void SavedSink::apply(const CursorRecord& record) { std::visit(Applier{*this}, record); }

}  // namespace holdfast::feed
