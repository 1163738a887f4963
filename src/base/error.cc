#include "base/error.h"

#include <iterator>

namespace holdfast {
namespace {

constexpr ErrorCodeInfo kCodes[] = {
    {ErrorCode::kMalformedJson, "malformed_json",
     "The body is not JSON, or not the JSON asked for (an object, an array). `detail` has the "
     "byte, `errors[].pointer` the place. Mend it."},
    {ErrorCode::kUnknownField, "unknown_field",
     "A field this type does not have; `detail` names the nearest one there is. Mend the "
     "spelling, or leave it out."},
    {ErrorCode::kDuplicateField, "duplicate_field",
     "The same field twice in one object. Send it once."},
    {ErrorCode::kMissingField, "missing_field", "A required field is absent. Add it."},
    {ErrorCode::kInvalidValue, "invalid_value",
     "A field has the wrong type or is out of range; `detail` names the range."},
    {ErrorCode::kInvalidQuantity, "invalid_quantity",
     "Quantities are written as integers: 1 to 1,000,000,000; `total`, `ordered`, `expected`, "
     "`counted` and settings from 0; `delta` not 0. Not 2.5, not \"3\", not 1e3."},
    {ErrorCode::kInvalidName, "invalid_name",
     "A sku, location, channel, order … is 1-128 bytes of UTF-8 without control characters and "
     "without white space at the ends; a hold's id is 1-64 of A-Z a-z 0-9 _ - (and behind the ids "
     "of bound keys `~` and eight digits, which nobody else chooses)."},
    {ErrorCode::kInvalidTime, "invalid_time",
     "Times are RFC 3339 with an offset: `2026-11-23T10:00:00+01:00`."},
    {ErrorCode::kInvalidVersion, "invalid_version",
     "A `version` is an integer or RFC 3339, and of the same kind as this source's versions "
     "before."},
    {ErrorCode::kIdempotencyKeyRequired, "idempotency_key_required",
     "A delta told twice would be booked twice. Send an `Idempotency-Key` header or the field "
     "`idempotency_key`."},
    {ErrorCode::kIdempotencyKeyReused, "idempotency_key_reused",
     "This key was used with another body. Use a fresh key for what is new."},
    {ErrorCode::kLocationRequired, "location_required",
     "A request needs a `channel`, or a `location` on each line."},
    {ErrorCode::kUnsupportedMediaType, "unsupported_media_type",
     "Send `application/json` or `application/x-ndjson`."},
    {ErrorCode::kBodyTooLarge, "body_too_large",
     "The body is over the limit. Split it, or send NDJSON to /v1/batch."},
    {ErrorCode::kTooManyLines, "too_many_lines",
     "A command has at most 1,000 lines, an array at most 10,000 items. Split it."},
    {ErrorCode::kNotFound, "not_found",
     "There is no such route, sink or source. See /openapi.json."},
    {ErrorCode::kMethodNotAllowed, "method_not_allowed",
     "The route has other methods: see `Allow`."},
    {ErrorCode::kBadRequest, "bad_request",
     "HTTP framing that is not accepted (two lengths, folded headers …). The connection is "
     "closed."},
    {ErrorCode::kUnauthorized, "unauthorized",
     "The API key or the webhook's signature is missing or wrong; the key may have expired or "
     "been deleted."},
    {ErrorCode::kForbidden, "forbidden",
     "The key lacks the scope, the channel or the location, which `detail` names; or a server "
     "without keys was asked under a foreign name."},
    {ErrorCode::kRateLimited, "rate_limited", "Slow down: see `Retry-After`."},
    {ErrorCode::kUnknownType, "unknown_type",
     "There is no such event `type` or request `do`; `detail` names the nearest."},
    {ErrorCode::kReferenceRequired, "reference_required",
     "Transfers, expected receipts, totals of a receipt and `final` need a `reference`."},
    {ErrorCode::kCursorInvalid, "cursor_invalid",
     "The cursor is of another ledger, of a future that a restore cut off, or beyond the log. "
     "Read present state, then go on at `resume_at`."},
    {ErrorCode::kInsufficientStock, "insufficient_stock",
     "The units are not there. `shortages` lists every short line. Take less, or retry after a "
     "restock with the same key: refusals are not remembered."},
    {ErrorCode::kUnknownSku, "unknown_sku",
     "Nothing was ever said about this SKU (reads only; in a request it is a short line)."},
    {ErrorCode::kUnknownHold, "unknown_hold", "There is no such hold."},
    {ErrorCode::kUnknownOrder, "unknown_order", "There is no such order in this channel."},
    {ErrorCode::kHoldExpired, "hold_expired",
     "The deadline has passed. Send `\"rehold\": true` to take the units afresh."},
    {ErrorCode::kHoldEndangered, "hold_endangered",
     "A fact took what this hold promised, and you asked to be told. The hold is kept."},
    {ErrorCode::kHoldClosed, "hold_closed", "The hold is released or used up. Place a new one."},
    {ErrorCode::kHoldCommittedElsewhere, "hold_committed_elsewhere",
     "The hold was committed to another order, which `detail` names."},
    {ErrorCode::kHoldExists, "hold_exists",
     "This id is another hold, of another channel or with other lines. Choose a fresh id."},
    {ErrorCode::kOrderExists, "order_exists", "This (channel, order) exists with other lines."},
    {ErrorCode::kStaleQuantity, "stale_quantity",
     "`expected` is not the present number, which `detail` gives. Read and decide again."},
    {ErrorCode::kUnknownChannel, "unknown_channel",
     "There is no such channel: PUT /v1/channels/{id} first."},
    {ErrorCode::kUnknownLocation, "unknown_location", "There is no such location."},
    {ErrorCode::kChannelInUse, "channel_in_use", "The channel has open holds. Release them first."},
    {ErrorCode::kManagedByConfig, "managed_by_config",
     "Defined in the configuration file: change it there and reload."},
    {ErrorCode::kSkuMergeConflict, "sku_merge_conflict", "An alias of an alias, or of itself."},
    {ErrorCode::kQuantityOverflow, "quantity_overflow",
     "The sum would leave 64 bits. Check the quantities."},
    {ErrorCode::kOverloaded, "overloaded",
     "A queue is full; nothing was recorded. Retry after `Retry-After`."},
    {ErrorCode::kIdempotencyFull, "idempotency_full",
     "The key table is at `idempotency.keys_max`; nothing was recorded. Raise it, or wait for "
     "the window."},
    {ErrorCode::kStorageFull, "storage_full",
     "The disk is full; nothing was recorded. Release, expiry, cancel and reads go on. Free "
     "space: it clears by itself."},
    {ErrorCode::kOutcomeUnknown, "outcome_unknown",
     "It may have happened. Ask again with the same key."},
    {ErrorCode::kSkuLocked, "sku_locked",
     "Another holder keeps the SKU longer than the wait budget (many nodes only). Retry after "
     "`Retry-After`."},
    {ErrorCode::kShuttingDown, "shutting_down",
     "This process is draining; nothing was recorded. Retry on another, or later."},
    {ErrorCode::kBasisMoved, "basis_moved",
     "A count of the past was overtaken again and again under load; nothing was recorded. Retry."},
    {ErrorCode::kTooManyOpen, "too_many_open",
     "Open holds or orders are at their limit, the ledger's or the key's own "
     "(`keys.holds_open_max`, of one SKU `keys.holds_open_per_sku_max`); nothing was recorded. "
     "Release or commit some, or let them expire."},
    {ErrorCode::kUnmappedLocation, "unmapped_location",
     "Parked: the sender's location id is in no map. Add it to `[sources.locations]`."},
    {ErrorCode::kUnmappedSku, "unmapped_sku", "Parked: the sender's item is mapped to nothing."},
    {ErrorCode::kOutsideWindow, "outside_window",
     "Parked: older than the idempotency window, so it could be a repeat. Check it and book it "
     "by hand."},
    {ErrorCode::kUnreadableDelivery, "unreadable_delivery",
     "Parked: signed, but the mapping finds no value where it should be; `detail` says where."},
    {ErrorCode::kIo, "io_error",
     "The operating system refused; `detail` has the path and the error. The process exits: "
     "check the disk and start it again."},
    {ErrorCode::kCorrupt, "corrupt",
     "Bytes that were acknowledged do not verify; `detail` has file and offset. Put a whole copy "
     "of the directory in its place, or cut with `holdfast verify --truncate-at SEQ` knowing "
     "what that loses."},
    {ErrorCode::kInUse, "in_use",
     "Another process holds the data directory. Stop it, or name another directory."},
    {ErrorCode::kWrongVersion, "wrong_version",
     "Written by another format version. Use that version of holdfast."},
    {ErrorCode::kClockRefused, "clock_refused",
     "The wall clock is far from the last record's. Set it, or start with `--accept-clock`."},
    {ErrorCode::kSnapshotAhead, "snapshot_ahead",
     "A snapshot names events the log does not have: acknowledged events are gone. Restore a "
     "backup."},
    {ErrorCode::kConfigInvalid, "config_invalid",
     "A setting is unknown or out of range; `detail` names the nearest. `holdfast config check` "
     "shows all of them."},
    {ErrorCode::kNoSpace, "no_space", "No room for a spare segment. Free space."},
    {ErrorCode::kInternal, "internal",
     "A defect of Holdfast's. Please report it with the log line of the same time."},
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
