// What a courier wants remembered, and what is remembered of a sink. Values; encoded by
// cursor_file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
/// The SKU's events from `from` on are still to be delivered, whatever the cursor says. `attempts`
/// were made for the first of them.
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

/// What the sink carries. One that carried something else before has it all to hear anew.
struct Carries {
  DeliverMode mode = DeliverMode::kEvents;
  std::string channel;
  bool operator==(const Carries&) const = default;
};
/// A stock sink's pushes may be on their way (true), or all of them were answered (false). True at
/// a start: it ended without knowing, so what was sent last is waited out.
struct Pushing {
  bool on_the_way = false;
};
/// Every SKU has to be told again (true), or was (false).
struct AllDirty {
  bool dirty = false;
};
/// Events are told again from `from` to `to`; from 0 = that is done.
struct Replaying {
  Seq from = 0;
  Seq to = 0;
};

/// Whether what a stock sink has "taken" was only observed, or an operator has activated it since.
struct ObserveMode {
  enum class Kind : uint8_t { kNone, kObserving, kActivated };
  Kind kind = Kind::kNone;
};

/// A number that the sink's channel shows, as last observed. `since`: the push it confirmed last.
struct LevelSeen {
  std::string sku;
  std::string location;  ///< ours; empty = the channel's whole number
  std::string place;     ///< the sender's id of the place
  int64_t available = 0;
  Timestamp at;
  Timestamp since;
};
/// Numbers that were told, and may come back as an observation.
struct NumbersTold {
  std::string sku;
  Timestamp at;
  ChannelNumbers numbers;
};

using CursorRecord = std::variant<CursorMoved, SkuParked, SkuUnparked, DeadLettered, DeadLetterGone,
                                  PushBlock, StateChanged, Carries, Pushing, AllDirty, Replaying,
                                  ObserveMode, LevelSeen, NumbersTold>;

/// The sum of a sink's records.
struct SavedSink {
  bool known = false;  ///< a cursor was ever saved
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
  std::optional<Carries> carries;
  bool pushing = false;
  bool all_dirty = false;
  Replaying replaying;
  ObserveMode::Kind observe = ObserveMode::Kind::kNone;
  /// Of one SKU: what the channel shows, by (location, place), and what it was told, oldest first.
  struct Compared {
    std::vector<LevelSeen> seen;
    std::vector<NumbersTold> told;
  };
  /// In the place of what it supersedes: the same place's, or, told of a location as a whole, that
  /// of all its places, and the other way round.
  static void put(Compared* compared, const LevelSeen& level);
  /// Keeps what may still come back: since the oldest confirmation, and not too many.
  static void put(Compared* compared, const NumbersTold& told);
  static bool supersedes(const LevelSeen& level, const LevelSeen& other);
  std::map<std::string, Compared> compared;
  static constexpr size_t kToldMax = 16;
  static constexpr size_t kToldUnseenMax = 4;  ///< of a SKU that was never observed

  void apply(const CursorRecord& record);
};

}  // namespace holdfast::feed
