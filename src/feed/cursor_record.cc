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
};

}  // namespace

void SavedSink::apply(const CursorRecord& record) { std::visit(Applier{*this}, record); }

}  // namespace holdfast::feed
