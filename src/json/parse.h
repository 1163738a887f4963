// Strict JSON in: request bodies become model Commands and Queries, or an Error that names the field by
// JSON pointer and the remedy. docs/http-api.md is the table of what each type accepts.
//
// Used by http, intake and connectors, app. Every function is thread-safe (each thread keeps one parser
// and reuses its memory); results own their text. Nothing here touches stock.
//
// Strict means: valid UTF-8, depth ≤ kJsonDepthMax, no duplicate and no unknown fields, integers only,
// nothing after the value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/command.h"
#include "model/outcome.h"

namespace holdfast::json {

/// What a body does not say itself. Views must outlive the call (an NdjsonItems: the object).
struct ParseContext {
  std::string_view source = "local";      ///< the API key's name, the source's name, or "local"
  std::string_view idempotency_header;    ///< as received, quoted or bare; empty = none
  std::string_view method = "POST";       ///< part of the fingerprint, with path and body
  std::string_view path;                  ///< without the query string
  bool from_source = false;               ///< see Command::from_source
  bool dry_run = false;                   ///< `?dry_run=true`
};

/// Which commands an array or stream may hold.
enum class Accept { kFacts, kFactsAndRequests };

/// The items of an array or a slice of NDJSON, in order: a malformed one is an Error in its place. Its
/// pointer is relative to the item.
using Items = std::vector<Result<Command>>;

/// True if the body's first character that is not white space is `[`.
bool is_array(std::string_view body);

/// POST /v1/events: one fact, whole (`lines`) or with its one line flat.
Result<Command> parse_event(std::string_view body, const ParseContext& context);
/// One item of /v1/batch: a fact (`type`) or a request (`do`).
Result<Command> parse_item(std::string_view body, const ParseContext& context);
/// An array, whole: 1 … kBatchItemsMax items. An Error only if the array itself is malformed or too long.
/// An item without a key gets `{header}#{index}` from an Idempotency-Key header.
Result<Items> parse_array(std::string_view body, const ParseContext& context, Accept accept);

/// An NDJSON body, slice by slice, so that a long stream never stands in memory parsed. Empty lines are
/// skipped; the index of `{header}#{index}` counts the items of the whole stream. Confined to one thread.
class NdjsonItems {
 public:
  NdjsonItems(std::string_view body, const ParseContext& context, Accept accept);
  bool at_end() const { return rest_.empty(); }
  /// Up to `max` further items; empty only at the end.
  Items next(size_t max);
  /// Index of the next item, from 0.
  size_t index() const { return index_; }

 private:
  std::string_view rest_;
  ParseContext context_;
  Accept accept_;
  size_t index_ = 0;
};

/// Array or NDJSON by media type ("application/json", "application/x-ndjson", parameters ignored), all at
/// once and at most kBatchItemsMax. kUnsupportedMediaType for another type.
Result<Items> parse_items(std::string_view body, std::string_view content_type,
                          const ParseContext& context, Accept accept);

/// True for application/x-ndjson, application/ndjson and application/jsonl, parameters ignored.
bool is_ndjson(std::string_view content_type);
/// True for application/json (and for an absent type), parameters ignored.
bool is_json(std::string_view content_type);

// ---- the request endpoints; ids come from the path, percent-decoded ----

Result<Command> parse_hold_place(std::string_view body, const ParseContext& context);
Result<Command> parse_hold_change(std::string_view body, std::string_view hold,
                                  const ParseContext& context);
Result<Command> parse_hold_commit(std::string_view body, std::string_view hold,
                                  const ParseContext& context);
/// An empty body releases everything.
Result<Command> parse_hold_release(std::string_view body, std::string_view hold,
                                   const ParseContext& context);
Result<Command> parse_hold_extend(std::string_view body, std::string_view hold,
                                  const ParseContext& context);
Result<Command> parse_order_accept(std::string_view body, const ParseContext& context);
Result<Query> parse_availability(std::string_view body);

// ---- settings ----

/// PUT /v1/channels/{id}.
Result<Command> parse_channel_settings(std::string_view body, std::string_view channel,
                                       const ParseContext& context);
/// DELETE /v1/channels/{id}: no body.
Result<Command> channel_removal(std::string_view channel, const ParseContext& context);
/// PUT /v1/locations/{id}.
Result<Command> parse_location_settings(std::string_view body, std::string_view location,
                                        const ParseContext& context);
/// PUT /v1/skus/{alias}.
Result<Command> parse_sku_alias(std::string_view body, std::string_view alias,
                                const ParseContext& context);

}  // namespace holdfast::json
