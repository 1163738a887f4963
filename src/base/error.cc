#include "base/error.h"

#include <iterator>

namespace holdfast {
namespace {

constexpr ErrorCodeInfo kCodes[] = {
    {ErrorCode::kMalformedJson, "malformed_json"},
    {ErrorCode::kUnknownField, "unknown_field"},
    {ErrorCode::kDuplicateField, "duplicate_field"},
    {ErrorCode::kMissingField, "missing_field"},
    {ErrorCode::kInvalidValue, "invalid_value"},
    {ErrorCode::kInvalidQuantity, "invalid_quantity"},
    {ErrorCode::kInvalidName, "invalid_name"},
    {ErrorCode::kInvalidTime, "invalid_time"},
    {ErrorCode::kInvalidVersion, "invalid_version"},
    {ErrorCode::kIdempotencyKeyRequired, "idempotency_key_required"},
    {ErrorCode::kIdempotencyKeyReused, "idempotency_key_reused"},
    {ErrorCode::kLocationRequired, "location_required"},
    {ErrorCode::kUnsupportedMediaType, "unsupported_media_type"},
    {ErrorCode::kBodyTooLarge, "body_too_large"},
    {ErrorCode::kTooManyLines, "too_many_lines"},
    {ErrorCode::kNotFound, "not_found"},
    {ErrorCode::kMethodNotAllowed, "method_not_allowed"},
    {ErrorCode::kBadRequest, "bad_request"},
    {ErrorCode::kUnauthorized, "unauthorized"},
    {ErrorCode::kForbidden, "forbidden"},
    {ErrorCode::kRateLimited, "rate_limited"},
    {ErrorCode::kUnknownType, "unknown_type"},
    {ErrorCode::kReferenceRequired, "reference_required"},
    {ErrorCode::kCursorInvalid, "cursor_invalid"},
    {ErrorCode::kInsufficientStock, "insufficient_stock"},
    {ErrorCode::kUnknownSku, "unknown_sku"},
    {ErrorCode::kUnknownHold, "unknown_hold"},
    {ErrorCode::kUnknownOrder, "unknown_order"},
    {ErrorCode::kHoldExpired, "hold_expired"},
    {ErrorCode::kHoldEndangered, "hold_endangered"},
    {ErrorCode::kHoldClosed, "hold_closed"},
    {ErrorCode::kHoldCommittedElsewhere, "hold_committed_elsewhere"},
    {ErrorCode::kHoldExists, "hold_exists"},
    {ErrorCode::kOrderExists, "order_exists"},
    {ErrorCode::kStaleQuantity, "stale_quantity"},
    {ErrorCode::kUnknownChannel, "unknown_channel"},
    {ErrorCode::kUnknownLocation, "unknown_location"},
    {ErrorCode::kChannelInUse, "channel_in_use"},
    {ErrorCode::kManagedByConfig, "managed_by_config"},
    {ErrorCode::kSkuMergeConflict, "sku_merge_conflict"},
    {ErrorCode::kQuantityOverflow, "quantity_overflow"},
    {ErrorCode::kOverloaded, "overloaded"},
    {ErrorCode::kIdempotencyFull, "idempotency_full"},
    {ErrorCode::kStorageFull, "storage_full"},
    {ErrorCode::kOutcomeUnknown, "outcome_unknown"},
    {ErrorCode::kSkuLocked, "sku_locked"},
    {ErrorCode::kShuttingDown, "shutting_down"},
    {ErrorCode::kBasisMoved, "basis_moved"},
    {ErrorCode::kTooManyOpen, "too_many_open"},
    {ErrorCode::kUnmappedLocation, "unmapped_location"},
    {ErrorCode::kUnmappedSku, "unmapped_sku"},
    {ErrorCode::kOutsideWindow, "outside_window"},
    {ErrorCode::kUnreadableDelivery, "unreadable_delivery"},
    {ErrorCode::kIo, "io_error"},
    {ErrorCode::kCorrupt, "corrupt"},
    {ErrorCode::kInUse, "in_use"},
    {ErrorCode::kWrongVersion, "wrong_version"},
    {ErrorCode::kClockRefused, "clock_refused"},
    {ErrorCode::kSnapshotAhead, "snapshot_ahead"},
    {ErrorCode::kConfigInvalid, "config_invalid"},
    {ErrorCode::kNoSpace, "no_space"},
    {ErrorCode::kInternal, "internal"},
};

}  // namespace

std::string_view name_of(ErrorCode code) {
  for (const ErrorCodeInfo& entry : kCodes) {
    if (entry.code == code) return entry.name;
  }
  return code == ErrorCode::kNone ? "none" : "internal";
}

const ErrorCodeInfo* all_error_codes(size_t* count) {
  *count = std::size(kCodes);
  return kCodes;
}

}  // namespace holdfast
