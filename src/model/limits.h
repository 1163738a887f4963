// Every bound in one place. What exceeds one is refused with an error that names it, never grown into.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace holdfast::limits {

inline constexpr size_t kNameBytesMax = 128;       // sku, location, channel, order, reference …
inline constexpr size_t kKeyBytesMax = 255;        // idempotency key
inline constexpr size_t kHoldIdBytesMax = 64;      // client-chosen: [A-Za-z0-9_-]
inline constexpr int64_t kQuantityMax = 1'000'000'000;
inline constexpr size_t kLinesMax = 1'000;         // of one command, fulfilment lines included
inline constexpr size_t kBatchItemsMax = 10'000;   // of one array or one submitted slice of NDJSON

inline constexpr int64_t kHoldTtlDefaultS = 900;
inline constexpr int64_t kHoldTtlMaxS = 86'400;
inline constexpr int64_t kHoldLifeMaxS = 172'800;
inline constexpr int64_t kHoldsOpenMax = 20'000'000;
inline constexpr int64_t kOrdersOpenMax = 20'000'000;
inline constexpr Duration kClosedKept = 35 * kDay;  // of holds; orders stay for ever
inline constexpr Duration kFutureTolerance = 2 * kSecond;  // occurred_at beyond it is clamped

inline constexpr int64_t kIdempotencyWindowDays = 7;
inline constexpr uint64_t kIdempotencyKeysMax = 16'000'000;

inline constexpr size_t kExpiriesPerGroupMax = 4'096;      // of SKUs the group does not touch
inline constexpr size_t kAvailabilityPerGroupMax = 4'096;  // availability.changed caused by a setting
inline constexpr size_t kShortfallNamesMax = 100;          // holds and orders a shortfall names

inline constexpr size_t kExplainEventsMax = 1'000;   // of the SKU's history, newest first
inline constexpr size_t kExplainNamesMax = 20;       // holds, and orders, named per place
inline constexpr size_t kExplainSeqsMax = 10;        // named per place and type of event
inline constexpr size_t kExplainPlacesMax = 100;     // of the SKU, and of a channel
inline constexpr size_t kExplainChannelsMax = 100;

inline constexpr size_t kComparedSkusMax = 250'000;   // of one sink, with what its channel shows
inline constexpr size_t kObservedLevelsMax = 5'000;   // of one POST …/comparison

inline constexpr size_t kBodyBytesMax = 1 << 20;
inline constexpr size_t kBatchBodyBytesMax = 64 << 20;
inline constexpr size_t kRequestLineBytesMax = 8 << 10;
inline constexpr size_t kHeadBytesMax = 16 << 10;
inline constexpr size_t kHeadFieldsMax = 100;
inline constexpr size_t kJsonDepthMax = 32;

inline constexpr size_t kQueueCommandsMax = 65'536;  // waiting for the sequencer
inline constexpr size_t kGroupCommandsMax = 8'192;   // decided into one group
inline constexpr size_t kGroupBytesMax = 16 << 20;

}  // namespace holdfast::limits
