// What a courier wants remembered, and what is remembered of a sink. Values; encoded by cursor_file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "feed/sink_status.h"
#include "model/event.h"

namespace holdfast::feed {

/// Everything up to `seq` was taken, is parked, or is a dead letter.
struct CursorMoved {
  Seq seq = 0;
  uint32_t incarnation = 0;
};
/// The SKU's events from `from` on are still to be delivered, whatever the cursor says. `attempts` were
/// made for the first of them.
struct SkuParked {
  std::string sku;
  Seq from = 0;
  uint32_t attempts = 0;
};
struct SkuUnparked {
  std::string sku;
};
struct DeadLettered {
  DeadLetter letter;
};
struct DeadLetterGone {
  Seq seq = 0;
};
/// push_seq up to and including `last` may be used.
struct PushBlock {
  uint64_t last = 0;
};
struct StateChanged {
  SinkState state = SinkState::kActive;
  std::string reason;
};

using CursorRecord = std::variant<CursorMoved, SkuParked, SkuUnparked, DeadLettered, DeadLetterGone,
                                  PushBlock, StateChanged>;

/// The sum of a sink's records.
struct SavedSink {
  bool known = false;          ///< a cursor was ever saved
  Seq cursor = 0;
  uint32_t incarnation = 0;
  struct Parked {
    Seq from = 0;
    uint32_t attempts = 0;
  };
  std::map<std::string, Parked> parked;
  std::map<Seq, DeadLetter> dead_letters;
  uint64_t push_block_last = 0;
  SinkState state = SinkState::kActive;
  std::string reason;

  void apply(const CursorRecord& record);
};

}  // namespace holdfast::feed
