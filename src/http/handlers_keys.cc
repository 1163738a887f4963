// The keys of this server: list, make, delete. All of it is for the scope admin.
#include <algorithm>

#include <fmt/format.h>

#include "http/handlers.h"
#include "http/key_book.h"
#include "http/problem.h"
#include "http/worker.h"
#include "intake/intake.h"
#include "json/parse.h"
#include "json/print.h"
#include "json/value.h"

namespace holdfast::http {
namespace {

constexpr std::string_view kFields[] = {"name", "scopes", "channels", "locations", "expires_at"};

void print_member(std::string* out, std::string_view name, std::string_view value) {
  json::print_text(out, name);
  out->push_back(':');
  json::print_text(out, value);
}

template <typename Names>
void print_list(std::string* out, std::string_view name, const Names& names) {
  out->push_back(',');
  json::print_text(out, name);
  out->append(":[");
  bool first = true;
  for (const auto& one : names) {
    if (!std::exchange(first, false)) out->push_back(',');
    json::print_text(out, one);
  }
  out->push_back(']');
}

void print_time(std::string* out, std::string_view name, Timestamp time) {
  if (!time.has_value()) return;
  out->push_back(',');
  print_member(out, name, to_rfc3339(time));
}

/// `secret`: the whole key, when it has just been made; empty otherwise.
void print_key(std::string* out, const Key& key, Timestamp now, std::string_view secret) {
  out->push_back('{');
  print_member(out, "name", key.name);
  out->push_back(',');
  print_member(out, "id", key.id);
  if (!secret.empty()) {
    out->push_back(',');
    print_member(out, "key", secret);
  }
  std::vector<std::string_view> scopes;
  for (size_t i = 0; i < std::size(kScopeNames); ++i)
    if (key.scopes.has(static_cast<Scope>(i))) scopes.push_back(kScopeNames[i]);
  print_list(out, "scopes", scopes);
  const Binding binding = key.binding ? *key.binding : Binding{};
  print_list(out, "channels", binding.channels);
  print_list(out, "locations", binding.locations);
  print_time(out, "created_at", key.created_at);
  print_time(out, "expires_at", key.expires_at);
  print_time(out, "last_used_at", {key.last_used_us.load()});
  out->append(key.valid(now) ? ",\"expired\":false}" : ",\"expired\":true}");
}

Result<std::vector<std::string>> read_texts(const json::Value& body, std::string_view name) {
  std::vector<std::string> texts;
  const json::Value* list = body.get(name);
  if (list == nullptr) return texts;
  const std::string pointer = fmt::format("/{}", name);
  if (!list->is_array())
    return fail(ErrorCode::kInvalidValue, "must be an array of texts", pointer);
  for (size_t i = 0; i < list->items().size(); ++i) {
    const auto text = list->items()[i].as_string();
    if (!text) {
      return fail(ErrorCode::kInvalidValue, "must be a text", fmt::format("{}/{}", pointer, i));
    }
    texts.emplace_back(*text);
  }
  return texts;
}

Result<ScopeSet> read_scopes(const json::Value& body) {
  HF_ASSIGN(names, read_texts(body, "scopes"));
  ScopeSet scopes;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto scope = scope_named(names[i]);
    if (!scope) {
      return fail(ErrorCode::kInvalidValue,
                  fmt::format("no such scope; there are {}", fmt::join(kScopeNames, ", ")),
                  fmt::format("/scopes/{}", i));
    }
    scopes.add(*scope);
  }
  return scopes;
}

Result<KeyRequest> read_key(std::string_view text) {
  HF_ASSIGN(body, json::parse_value(text));
  if (!body.is_object()) return fail(ErrorCode::kMalformedJson, "the body must be a JSON object");
  for (const auto& [name, member] : body.members()) {
    if (std::ranges::find(kFields, name) == std::end(kFields))
      return fail(ErrorCode::kUnknownField, "there is no such field here", "/" + name);
  }
  KeyRequest request;
  const json::Value* name = body.get("name");
  if (name == nullptr) return fail(ErrorCode::kMissingField, "`name` is missing", "/name");
  if (!name->as_string()) return fail(ErrorCode::kInvalidName, "must be a text", "/name");
  request.name = *name->as_string();
  HF_ASSIGN(scopes, read_scopes(body));
  HF_ASSIGN(channels, read_texts(body, "channels"));
  HF_ASSIGN(locations, read_texts(body, "locations"));
  request.scopes = scopes;
  request.binding = {std::move(channels), std::move(locations)};
  if (const json::Value* expires = body.get("expires_at")) {
    const auto time = parse_rfc3339(expires->as_string().value_or(""));
    if (!time)
      return fail(ErrorCode::kInvalidTime, "must be RFC 3339 with an offset", "/expires_at");
    request.expires_at = *time;
  }
  return request;
}

/// A key of a source's name would share that source's counters and idempotency.
Status check_no_source(intake::Intake* intake, const std::string& name) {
  if (intake == nullptr) return {};
  for (const intake::SourceStatus& source : intake->status()) {
    if (source.name == name)
      return fail(
          ErrorCode::kInvalidName,
          "a source has this name, and the two would share their idempotency keys: choose another",
          "/name");
  }
  return {};
}

/// Runs `work` on a reader thread and answers with what it made.
void answer_later(Api& api, Exchange& exchange, std::move_only_function<Result<Answer>()> work) {
  Worker& worker = exchange.worker;
  worker.flush_commands();
  const bool taken =
      api.background().run([&worker, mailbox = worker.mailbox(), responder = exchange.responder,
                            path = std::string(exchange.path), work = std::move(work)]() mutable {
        auto made = work();
        Answer answer = made ? std::move(*made) : problem_answer(made.error(), path);
        answer.add_header("Cache-Control", "no-store");
        mailbox->post([&worker, responder, answer = std::move(answer)]() mutable {
          worker.answer(responder, std::move(answer));
        });
      });
  if (!taken)
    refuse(exchange, Error{ErrorCode::kOverloaded,
                           "too many requests wait for the disk: retry after a moment",
                           {}});
}

bool has_keys(Api& api, Exchange& exchange) {
  if (api.ports().keys != nullptr) return true;
  refuse(exchange, {ErrorCode::kNotFound, "this server keeps no keys", {}});
  return false;
}

}  // namespace

void list_keys(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange) || !has_keys(api, exchange)) return;
  std::string body = "{\"keys\":[";
  bool first = true;
  for (const KeyPtr& key : api.ports().keys->list()) {
    if (!std::exchange(first, false)) body.push_back(',');
    print_key(&body, *key, api.ports().clock.wall(), {});
  }
  Answer answer;
  answer.body = body + "]}";
  exchange.worker.answer(exchange.responder, std::move(answer));
}

void post_key(Api& api, Exchange& exchange) {
  if (!check_parameters(exchange) || !has_keys(api, exchange)) return;
  if (!json::is_json(exchange.head.field("content-type")))
    return refuse(exchange,
                  {ErrorCode::kUnsupportedMediaType, "send the body as application/json", {}});
  auto request = read_key(exchange.body);
  if (!request) return refuse(exchange, request.error());
  const ServerPorts& ports = api.ports();
  answer_later(
      api, exchange,
      [&ports, request = std::move(*request), by = exchange.principal.name]() -> Result<Answer> {
        HF_TRY(check_no_source(ports.intake, request.name));
        HF_ASSIGN(made, ports.keys->create(request));
        ports.log.info("key created", {{"key", made.key->name},
                                       {"key_id", made.key->id},
                                       {"scopes", to_text(made.key->scopes)},
                                       {"by", by}});
        Answer answer;
        answer.status = 201;
        print_key(&answer.body, *made.key, made.key->created_at, made.text);
        return answer;
      });
}

void delete_key(Api& api, Exchange& exchange) {
  const std::string id(exchange.query.take("id").value_or(std::string_view{}));
  if (!check_parameters(exchange) || !has_keys(api, exchange)) return;
  const ServerPorts& ports = api.ports();
  answer_later(
      api, exchange,
      [&ports, name = exchange.params.at(0), id, by = exchange.principal.name]() -> Result<Answer> {
        HF_ASSIGN(count, ports.keys->remove(name, id));
        ports.log.info("key deleted", {{"key", name}, {"key_id", id}, {"by", by}});
        Answer answer;
        answer.body = fmt::format("{{\"deleted\":{}}}", count);
        return answer;
      });
}

}  // namespace holdfast::http
