#include "json/parse.h"

#include <fmt/format.h>

#include "json/check.h"
#include "json/command_reader.h"
#include "json/fields.h"
#include "json/split.h"
#include "model/limits.h"

namespace holdfast::json {
namespace {

/// Everything but what the body says. `key` = what the header gives it.
void fill_blank(Command* command, CommandType type, std::string_view body,
                const ParseContext& context, std::string key) {
  command->type = type;
  command->source = context.source;
  command->idempotency_key = std::move(key);
  command->fingerprint = fingerprint_of(context.method, context.path, body);
  command->from_source = context.from_source;
  command->dry_run = context.dry_run;
}

/// A command is large: it is made where it is returned to.
Result<Command> blank(CommandType type, std::string_view body, const ParseContext& context,
                      std::string key) {
  Result<Command> command(std::in_place);
  fill_blank(&*command, type, body, context, std::move(key));
  return command;
}

Result<std::string> header_key(const ParseContext& context) {
  if (context.idempotency_header.empty()) return std::string();
  return key_of_header(context.idempotency_header);
}

// ---- which command an item is ----

std::vector<std::string_view> names_where(bool (*wanted)(CommandType)) {
  std::vector<std::string_view> names;
  for (int i = 1; i < 64; ++i) {
    const auto type = static_cast<CommandType>(i);
    if (wanted(type) && name_of(type) != "none") names.push_back(name_of(type));
  }
  return names;
}
bool fact_type(CommandType type) { return is_fact(type); }
bool request_type(CommandType type) { return is_request(type); }

std::unexpected<Error> unknown_type(std::string_view field, std::string_view word, bool facts) {
  const auto names = names_where(facts ? fact_type : request_type);
  std::string detail = fmt::format("`{}` {} is not one of the {}", field, in_quotes(word),
                                   facts ? "facts" : "requests");
  const auto other = command_type_named(word);
  if (const std::string_view near = nearest_word(word, names); !near.empty()) {
    detail += fmt::format(": did you mean \"{}\"?", near);
  } else if (facts && other && is_request(*other)) {
    detail += ": it is a request, said with `do` in POST /v1/batch";
  } else if (!facts && other && is_fact(*other)) {
    detail += ": it is a fact, said with `type`";
  } else {
    detail += fmt::format("; there are: {}", fmt::join(names, ", "));
  }
  return fail(ErrorCode::kUnknownType, std::move(detail), fmt::format("/{}", field));
}

Result<CommandType> type_of(Element root, Accept accept) {
  simdjson::dom::object members;
  if (root.get_object().get(members) != simdjson::SUCCESS) {
    return fail(ErrorCode::kMalformedJson, fmt::format("an object is wanted; got {}", shown(root)));
  }
  Element type, verb;
  const bool has_type = members.at_key("type").get(type) == simdjson::SUCCESS;
  const bool has_verb = members.at_key("do").get(verb) == simdjson::SUCCESS;
  if (has_verb && accept == Accept::kFacts) {
    return fail(ErrorCode::kUnknownField,
                "`do` is a request: send it to POST /v1/batch or to its own endpoint", "/do");
  }
  if (has_type && has_verb) {
    return fail(ErrorCode::kInvalidValue, "give `type` (a fact) or `do` (a request), not both",
                "/do");
  }
  if (!has_type && !has_verb) {
    return fail(ErrorCode::kMissingField,
                accept == Accept::kFacts ? "`type` is missing" : "`type` or `do` is missing",
                "/type");
  }
  const std::string_view field = has_type ? "type" : "do";
  std::string_view word;
  if ((has_type ? type : verb).get_string().get(word) != simdjson::SUCCESS) {
    return fail(ErrorCode::kUnknownType, fmt::format("`{}` must be text", field),
                fmt::format("/{}", field));
  }
  const auto named = command_type_named(word);
  if (named && (has_type ? is_fact(*named) : is_request(*named))) return *named;
  return unknown_type(field, word, has_type);
}

Result<Command> parse_one(std::string_view body, const ParseContext& context, Accept accept,
                          std::string key) {
  HF_ASSIGN(root, parse_root(body));
  HF_ASSIGN(type, type_of(root, accept));
  const FieldSet other_verb = bit(is_fact(type) ? Field::kDo : Field::kType);
  Result<Command> command = blank(type, body, context, std::move(key));
  HF_TRY(CommandReader(*command).read(root, other_verb));
  return command;
}

/// The key of item `index` from the header's, which has passed its own checks.
Result<std::string> item_key(const std::string& header, size_t index) {
  if (header.empty()) return std::string();
  std::string key = fmt::format("{}#{}", header, index);
  HF_TRY(check_idempotency_key(key));
  return key;
}

Result<Command> parse_array_item(std::string_view item, size_t index, const std::string& header,
                                 const ParseContext& context, Accept accept) {
  HF_ASSIGN(key, item_key(header, index));
  return parse_one(item, context, accept, std::move(key));
}

Status read_request(std::string_view body, std::string_view hold, FieldSet taken,
                    Command* command) {
  if (has(taken, Field::kId)) {
    HF_TRY(check_hold_id(hold));
    command->hold = hold;
  }
  HF_ASSIGN(root, parse_root(body));
  return CommandReader(*command).read(root, taken | bit(Field::kDo));
}

/// A request endpoint: what `do` names is the route, and `hold`, if any, is in the path.
Result<Command> parse_request(CommandType type, std::string_view body, std::string_view hold,
                              FieldSet taken, const ParseContext& context) {
  auto key = header_key(context);
  Result<Command> command(std::in_place);
  if (key) fill_blank(&*command, type, body, context, std::move(*key));
  Status read = key ? read_request(body, hold, taken, &*command) : fail(std::move(key.error()));
  if (!read) command = fail(std::move(read.error()));
  return command;
}

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] | 0x20) : a[i];
    if (c != b[i]) return false;
  }
  return true;
}

}  // namespace

bool is_array(std::string_view body) {
  const std::string_view text = trim(body);
  return !text.empty() && text.front() == '[';
}

bool is_ndjson(std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  return same_ignoring_case(type, "application/x-ndjson") ||
         same_ignoring_case(type, "application/ndjson") ||
         same_ignoring_case(type, "application/jsonl");
}

bool is_json(std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  return type.empty() || same_ignoring_case(type, "application/json");
}

Result<Command> parse_event(std::string_view body, const ParseContext& context) {
  HF_ASSIGN(key, header_key(context));
  return parse_one(body, context, Accept::kFacts, std::move(key));
}

Result<Command> parse_item(std::string_view body, const ParseContext& context) {
  HF_ASSIGN(key, header_key(context));
  return parse_one(body, context, Accept::kFactsAndRequests, std::move(key));
}

Result<Items> parse_array(std::string_view body, const ParseContext& context, Accept accept) {
  HF_ASSIGN(header, header_key(context));
  HF_ASSIGN(texts, split_array(body, limits::kBatchItemsMax));
  Items items;
  items.reserve(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    items.push_back(parse_array_item(texts[i], i, header, context, accept));
  }
  return items;
}

NdjsonItems::NdjsonItems(std::string_view body, const ParseContext& context, Accept accept)
    : rest_(trim(body)), context_(context), accept_(accept) {}

Items NdjsonItems::next(size_t max) {
  const auto header = header_key(context_);
  Items items;
  while (items.size() < max && !rest_.empty()) {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = trim(rest_.substr(0, end));
    rest_ = trim(rest_.substr(end));
    if (line.empty()) continue;
    if (!header) {
      items.push_back(fail(header.error()));
    } else {
      items.push_back(parse_array_item(line, index_, *header, context_, accept_));
    }
    ++index_;
  }
  return items;
}

Result<Items> parse_items(std::string_view body, std::string_view content_type,
                          const ParseContext& context, Accept accept) {
  if (is_json(content_type)) return parse_array(body, context, accept);
  if (!is_ndjson(content_type)) {
    return fail(ErrorCode::kUnsupportedMediaType, "send application/json or application/x-ndjson");
  }
  NdjsonItems stream(body, context, accept);
  Items items = stream.next(limits::kBatchItemsMax);
  if (!stream.at_end()) {
    return fail(ErrorCode::kTooManyLines,
                fmt::format("more than {} items: split the stream", limits::kBatchItemsMax));
  }
  if (items.empty()) return fail(ErrorCode::kMalformedJson, "the stream has no items");
  return items;
}

Result<Command> parse_hold_place(std::string_view body, const ParseContext& context) {
  return parse_request(CommandType::kHoldPlace, body, {}, 0, context);
}
Result<Command> parse_hold_change(std::string_view body, std::string_view hold,
                                  const ParseContext& context) {
  return parse_request(CommandType::kHoldChange, body, hold, bit(Field::kId), context);
}
Result<Command> parse_hold_commit(std::string_view body, std::string_view hold,
                                  const ParseContext& context) {
  return parse_request(CommandType::kHoldCommit, body, hold, bit(Field::kId), context);
}
Result<Command> parse_hold_release(std::string_view body, std::string_view hold,
                                   const ParseContext& context) {
  const std::string_view text = trim(body).empty() ? "{}" : body;
  return parse_request(CommandType::kHoldRelease, text, hold, bit(Field::kId), context);
}
Result<Command> parse_hold_extend(std::string_view body, std::string_view hold,
                                  const ParseContext& context) {
  return parse_request(CommandType::kHoldExtend, body, hold, bit(Field::kId), context);
}
Result<Command> parse_order_accept(std::string_view body, const ParseContext& context) {
  return parse_request(CommandType::kOrderAccept, body, {}, 0, context);
}

// ---- settings ----

Result<Command> parse_channel_settings(std::string_view body, std::string_view channel,
                                       const ParseContext& context) {
  HF_TRY(check_name(channel, "channel"));
  HF_ASSIGN(key, header_key(context));
  Result<Command> command = blank(CommandType::kChannelSet, body, context, std::move(key));
  command->channel = channel;
  HF_ASSIGN(root, parse_root(body));
  HF_TRY(CommandReader(*command).read(root));
  return command;
}

Result<Command> channel_removal(std::string_view channel, const ParseContext& context) {
  HF_TRY(check_name(channel, "channel"));
  HF_ASSIGN(key, header_key(context));
  Result<Command> command = blank(CommandType::kChannelRemove, {}, context, std::move(key));
  command->channel = channel;
  return command;
}

Result<Command> parse_location_settings(std::string_view body, std::string_view location,
                                        const ParseContext& context) {
  HF_TRY(check_name(location, "location"));
  HF_ASSIGN(key, header_key(context));
  Result<Command> command = blank(CommandType::kLocationSet, body, context, std::move(key));
  command->location = location;
  HF_ASSIGN(root, parse_root(body));
  HF_TRY(CommandReader(*command).read(root));
  return command;
}

Result<Command> parse_sku_alias(std::string_view body, std::string_view alias,
                                const ParseContext& context) {
  HF_TRY(check_name(alias, "sku"));
  HF_ASSIGN(key, header_key(context));
  Result<Command> command = blank(CommandType::kSkuMerge, body, context, std::move(key));
  command->sku_alias = alias;
  HF_ASSIGN(root, parse_root(body));
  HF_TRY(CommandReader(*command).read(root));
  return command;
}

}  // namespace holdfast::json
