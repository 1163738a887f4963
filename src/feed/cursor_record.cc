#include "feed/cursor_record.h"

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
};

}  // namespace

void SavedSink::apply(const CursorRecord& record) { std::visit(Applier{*this}, record); }

}  // namespace holdfast::feed
