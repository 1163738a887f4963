#include "http/auth.h"

#include <fmt/format.h>

#include "http/server.h"
#include "model/outcome.h"

namespace holdfast::http {
namespace {

constexpr int64_t kRefusalsLoggedPerSecond = 10;
constexpr std::string_view kHowToSend = "send `Authorization: Bearer hf_…`";

std::unexpected<Error> unauthorized(std::string detail) {
  return fail(ErrorCode::kUnauthorized, std::move(detail));
}

size_t count_of(const Head& head, std::string_view lower_name) {
  size_t count = 0;
  for (size_t i = 0; i < head.field_count; ++i)
    count += equals_ignoring_case(head.fields[i].name, lower_name) ? 1 : 0;
  return count;
}

/// "Bearer TOKEN" → TOKEN; empty for another scheme.
std::string_view bearer(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size() ||
      !equals_ignoring_case(header.substr(0, kScheme.size()), kScheme))
    return {};
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

/// The open API answers this machine's programs, not the pages its browsers show.
Status check_local(const Head& head) {
  const std::string_view host = head.field("host");
  if (!host.empty() && !is_local_host(host)) {
    return fail(
        ErrorCode::kForbidden,
        fmt::format("without keys this server answers as localhost, 127.0.0.1 and [::1] only, and "
                    "not as {}: use one of these, or create a key",
                    host));
  }
  if (is_cross_site(head)) {
    return fail(ErrorCode::kForbidden,
                "a page of another origin may not use a server without keys: create a key");
  }
  return {};
}

}  // namespace

bool is_local_host(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
  host = host.substr(0, host.find(':'));
  return equals_ignoring_case(host, "localhost") || host == "127.0.0.1" ||
         is_loopback_address(std::string(host));
}

bool is_cross_site(const Head& head) {
  const std::string_view site = head.field("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view origin = head.field("origin");
  if (origin.empty()) return false;
  const size_t authority = origin.find("://");
  return authority == std::string_view::npos || origin.substr(authority + 3) != head.field("host");
}

Access::Access(KeyBook* keys, bool open_allowed, HoldQuota hold_quota, const Clock& clock,
               telemetry::Log& log, telemetry::Metrics& metrics)
    : keys_(keys),
      open_allowed_(open_allowed),
      hold_quota_(hold_quota),
      clock_(clock),
      log_(log),
      unauthorized_(metrics.counter("holdfast_http_denied_total", "Requests refused for their key.",
                                    {{"reason", "unauthorized"}})),
      forbidden_(metrics.counter("holdfast_http_denied_total", "Requests refused for their key.",
                                 {{"reason", "forbidden"}})),
      rate_limited_(metrics.counter("holdfast_http_denied_total", "Requests refused for their key.",
                                    {{"reason", "rate_limited"}})) {}

Result<KeyPtr> Access::authenticate(const Head& head, SeenCredential* seen) const {
  const std::string_view header = head.field("authorization");
  if (header.empty()) return unauthorized(fmt::format("this server needs a key: {}", kHowToSend));
  if (count_of(head, "authorization") > 1)
    return unauthorized("`Authorization` is there twice: send one");
  if (!seen->key || !io::equal_in_constant_time(seen->header, header)) {
    *seen = {};
    const std::string_view token = bearer(header);
    if (token.empty()) return unauthorized(fmt::format("not a bearer token: {}", kHowToSend));
    KeyPtr key = keys_ == nullptr ? nullptr : keys_->find(token);
    if (!key)
      return unauthorized("no such key: it may have been deleted, or was cut when it was copied");
    seen->header = header;
    seen->key = std::move(key);
  }
  if (seen->key->valid(clock_.wall())) return seen->key;
  const bool deleted = seen->key->deleted.load();
  return unauthorized(deleted ? "this key was deleted: ask for a new one"
                              : "this key has expired: ask for a new one");
}

Result<Principal> Access::decide(ScopeSet scopes, const Head& head, SeenCredential* seen) const {
  if (open()) {
    HF_TRY(check_local(head));
    // a client that believes it is authenticated shall not be served as if it were
    if (!head.field("authorization").empty())
      return unauthorized("this server has no keys: send the request without Authorization");
    return Principal{"local", nullptr, {}};
  }
  HF_ASSIGN(key, authenticate(head, seen));
  note_use(*key);
  if (!key->scopes.has_any(scopes)) {
    return fail(ErrorCode::kForbidden,
                fmt::format("the key \"{}\" lacks the scope {}", key->name, to_text(scopes)));
  }
  if (key->rate->limits() && !key->rate->take(clock_.boot()))
    return fail(ErrorCode::kRateLimited, "more requests than this key may make: slow down");
  std::string name = key->name;
  return Principal{std::move(name), std::move(key), hold_quota_};
}

Result<Principal> Access::admit(ScopeSet scopes, const Head& head, SeenCredential* seen) {
  if (scopes.empty()) return Principal{};
  auto principal = decide(scopes, head, seen);
  if (!principal) note_refusal(principal.error(), head, *seen);
  return principal;
}

bool Access::knows(ScopeSet scopes, const Head& head, SeenCredential* seen) {
  if (scopes.empty() || open()) return true;
  const auto key = authenticate(head, seen);
  return key && (*key)->scopes.has_any(scopes);
}

Status Access::permit(const Principal& principal, Command* command) {
  if (!principal.key) return {};
  const Scope needed = scope_of(command->type);
  if (!principal.key->scopes.has(needed)) {
    return fail(ErrorCode::kForbidden,
                fmt::format("the key \"{}\" lacks the scope {}", principal.name, name_of(needed)));
  }
  command->hold_quota = principal.hold_quota;
  if (!principal.key->binding) return {};
  HF_TRY(check_bound(*principal.key->binding, *command));
  command->binding = principal.key->binding;
  return {};
}

Status Access::permit(const Principal& principal, Query* query) {
  if (!principal.binding()) return {};
  HF_TRY(check_bound(*principal.key->binding, *query));
  query->binding = principal.key->binding;
  return {};
}

void Access::note_use(Key& key) const {
  const int64_t now_us = clock_.wall().us;
  const int64_t before_us = key.last_used_us.load(std::memory_order_relaxed);
  if (now_us / kSecond != before_us / kSecond)
    key.last_used_us.store(now_us, std::memory_order_relaxed);
}

/// Counted each, logged up to a bound: whoever knocks a thousand times a second must not fill the
/// disk.
void Access::note_refusal(const Error& error, const Head& head, const SeenCredential& seen) {
  const bool limited = error.code == ErrorCode::kRateLimited;
  (limited                                  ? rate_limited_
   : error.code == ErrorCode::kUnauthorized ? unauthorized_
                                            : forbidden_)
      .add();
  const int64_t second = clock_.boot() / kSecond;
  if (refusal_second_.exchange(second) != second) refusals_in_second_.store(0);
  if (refusals_in_second_.fetch_add(1) >= kRefusalsLoggedPerSecond) return;
  log_.warning("a request was refused for its key",
               {{"code", holdfast::name_of(error.code)},
                {"key", seen.key ? std::string_view(seen.key->name) : std::string_view()},
                {"key_id", seen.key ? std::string_view(seen.key->id) : std::string_view()},
                {"method", head.method},
                {"path", head.path}});
}

}  // namespace holdfast::http
