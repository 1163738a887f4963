// The one list of what can go wrong, and the value that carries it.
//
// `ErrorCode` is numbered by owner, stable on the wire (by name) and never renumbered. Each entry says
// what the caller should do. `http/problem.cc` is the one table that maps it to HTTP.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

enum class ErrorCode : uint16_t {
  kNone = 0,

  // 1-99: the request itself. Mend it and send it again; nothing was recorded.
  kMalformedJson = 1,            // not JSON, or not the JSON asked for: see `pointer`
  kUnknownField = 2,             // a field this command does not have
  kDuplicateField = 3,           // the same field twice in one object
  kMissingField = 4,             // a required field is absent
  kInvalidValue = 5,             // wrong type or out of range: `detail` names the range
  kInvalidQuantity = 6,          // not an integer, or outside 1 … 1e9 (0 … 1e9 for totals and counts)
  kInvalidName = 7,              // sku, location, channel …: 1-128 bytes UTF-8, no control characters
  kInvalidTime = 8,              // not RFC 3339 with an offset
  kInvalidVersion = 9,           // neither RFC 3339 nor integer, or another kind than this source's before
  kIdempotencyKeyRequired = 10,  // a delta fact needs a key: send `Idempotency-Key` or `idempotency_key`
  kIdempotencyKeyReused = 11,    // same key, other body: use a fresh key
  kLocationRequired = 12,        // a request needs a `channel` or a `location`
  kUnsupportedMediaType = 13,    // send application/json or application/x-ndjson
  kBodyTooLarge = 14,            // split the request
  kTooManyLines = 15,            // split the command
  kNotFound = 16,                // no such route
  kMethodNotAllowed = 17,        // see `Allow`
  kBadRequest = 18,              // HTTP framing that is not accepted; the connection is closed
  kUnauthorized = 19,            // missing or wrong key or signature
  kForbidden = 20,               // the key lacks the scope, channel or location
  kRateLimited = 21,             // slow down; see `Retry-After`
  kUnknownType = 22,             // no such event type or `do`
  kReferenceRequired = 23,       // transfers and expected receipts need a `reference`
  kCursorInvalid = 24,           // the cursor is of an abandoned future or beyond the log; see `resume_at`

  // 100-199: the ledger's refusals. The request was understood and does not hold against the state.
  kInsufficientStock = 100,      // see `shortages`; retry after a restock, or take less
  kUnknownSku = 101,             // reads only
  kUnknownHold = 102,
  kUnknownOrder = 103,
  kHoldExpired = 104,            // send `rehold: true` to take the units afresh
  kHoldEndangered = 105,         // a fact took what this hold promised; the hold is kept
  kHoldClosed = 106,             // released or fully used: it cannot be changed or extended
  kHoldCommittedElsewhere = 107, // committed to another order, named in `detail`
  kHoldExists = 108,             // this client-chosen id is another hold
  kOrderExists = 109,            // this (channel, order) is another order
  kStaleQuantity = 110,          // `expected` is not the present number, which `detail` gives
  kUnknownChannel = 111,
  kUnknownLocation = 112,
  kChannelInUse = 113,           // open holds: release them first
  kManagedByConfig = 114,        // defined in the configuration file: change it there
  kSkuMergeConflict = 115,       // an alias of an alias, or of itself
  kQuantityOverflow = 116,       // the sum would leave int64

  // 200-299: the ledger cannot take it now. Nothing was recorded unless said otherwise.
  kOverloaded = 200,             // a queue is full: retry after `Retry-After`
  kIdempotencyFull = 201,        // the key table is at keys_max: raise it or wait for the window
  kStorageFull = 202,            // free disk space; clears by itself
  kOutcomeUnknown = 203,         // may have happened: ask again with the same key
  kSkuLocked = 204,              // another holder keeps the SKU: retry after `Retry-After`
  kShuttingDown = 205,           // draining; retry elsewhere or later
  kBasisMoved = 206,             // internal: a count's prepared basis is stale, prepare it again
  kTooManyOpen = 207,            // open holds or orders at their limit, the ledger's or the key's

  // 300-399: reasons why a source's delivery is parked instead of booked.
  kUnmappedLocation = 300,       // add the sender's location id to [sources.locations]
  kUnmappedSku = 301,
  kOutsideWindow = 302,          // older than the idempotency window: could be a repeat
  kUnreadableDelivery = 303,     // signed but not mappable: `detail` says where

  // 400-499: storage and start-up. The process says so and exits, or does not start.
  kIo = 400,                     // an operating system error; `detail` has path and errno
  kCorrupt = 401,                // bytes that were acknowledged do not verify: `restore` or `--truncate-at`
  kInUse = 402,                  // another process holds the data directory
  kWrongVersion = 403,           // written by another format version
  kClockRefused = 404,           // the wall clock is far off: set it, or `--accept-clock`
  kSnapshotAhead = 405,          // a snapshot names events the log does not have: acknowledged events are gone
  kConfigInvalid = 406,          // a setting is unknown or out of range
  kNoSpace = 407,                // ENOSPC while making a spare segment

  // 500-: a defect of ours.
  kInternal = 500,
};

/// The code's name on the wire, e.g. "insufficient_stock". Never empty.
std::string_view name_of(ErrorCode code);

/// Every code, in order of its number, for tests and generated documentation (tools/reference).
struct ErrorCodeInfo {
  ErrorCode code;
  std::string_view name;
  std::string_view remedy;  ///< what it means and what its caller should do, in Markdown
};
const ErrorCodeInfo* all_error_codes(size_t* count);

/// What went wrong, for people (`detail`) and for programs (`code`, `pointer`).
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail;   ///< one sentence that names the remedy
  std::string pointer;  ///< JSON pointer of the offending field, or empty
};

}  // namespace holdfast
