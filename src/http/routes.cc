#include "http/routes.h"

#include <fmt/format.h>

#include "http/handlers.h"

namespace holdfast::http {
namespace {

using enum BodyKind;

// Looked through from the top: what is asked most stands first.
constexpr Route kRoutes[] = {
    {"POST", "/v1/holds", "hold:write", kObject, post_hold},
    {"POST", "/v1/holds/{id}/commit", "hold:write", kObject, commit_hold},
    {"POST", "/v1/events", "stock:write|order:write", kBatch, post_events},
    {"POST", "/v1/orders", "order:write", kObject, post_order},
    {"POST", "/v1/batch", "stock:write|hold:write|order:write", kBatch, post_batch},
    {"GET", "/v1/stock/{sku}", "stock:read", kNone, get_stock},
    {"POST", "/v1/availability", "stock:read", kObject, post_availability},
    {"POST", "/v1/holds/{id}/release", "hold:write", kObject, release_hold},
    {"POST", "/v1/holds/{id}/extend", "hold:write", kObject, extend_hold},
    {"PUT", "/v1/holds/{id}", "hold:write", kObject, put_hold},
    {"GET", "/v1/holds/{id}", "stock:read", kNone, get_hold},
    {"POST", "/v1/sources/{name}", "", kRaw, post_source},

    {"GET", "/v1/holds", "stock:read", kNone, list_holds},
    {"GET", "/v1/orders/{channel}/{order}", "stock:read", kNone, get_order},
    {"GET", "/v1/orders", "stock:read", kNone, list_orders},
    {"GET", "/v1/stock", "stock:read", kNone, list_stock},
    {"GET", "/v1/stock/{sku}/events", "stock:read", kNone, get_stock_events},
    {"GET", "/v1/stock/{sku}/explain", "stock:read", kNone, explain_stock},
    {"GET", "/v1/feed", "feed:read", kNone, get_feed},
    {"GET", "/v1/discrepancies", "stock:read", kNone, list_discrepancies},
    {"GET", "/v1/shortfalls", "stock:read", kNone, list_shortfalls},

    {"GET", "/v1/channels", "stock:read", kNone, list_channels},
    {"GET", "/v1/channels/{id}", "stock:read", kNone, get_channel},
    {"PUT", "/v1/channels/{id}", "admin", kObject, put_channel},
    {"DELETE", "/v1/channels/{id}", "admin", kNone, delete_channel},
    {"GET", "/v1/locations", "stock:read", kNone, list_locations},
    {"PUT", "/v1/locations/{id}", "admin", kObject, put_location},
    {"PUT", "/v1/skus/{alias}", "admin", kObject, put_sku},

    {"GET", "/v1/sinks", "admin", kNone, list_sinks},
    {"GET", "/v1/sinks/{id}", "admin", kNone, get_sink},
    {"POST", "/v1/sinks/{id}/pause", "admin", kNone, pause_sink},
    {"POST", "/v1/sinks/{id}/resume", "admin", kNone, resume_sink},
    {"POST", "/v1/sinks/{id}/activate", "admin", kNone, activate_sink},
    {"GET", "/v1/sinks/{id}/observations", "admin", kNone, list_observations},
    {"GET", "/v1/sinks/{id}/comparison", "admin", kNone, get_comparison},
    {"POST", "/v1/sinks/{id}/comparison", "admin", kObject, post_comparison},
    {"POST", "/v1/sinks/{id}/replay", "admin", kNone, replay_sink},
    {"GET", "/v1/sinks/{id}/dead-letters", "admin", kNone, list_dead_letters},
    {"POST", "/v1/sinks/{id}/dead-letters/redeliver", "admin", kNone, redeliver_dead_letters},
    {"POST", "/v1/resume", "admin", kObject, post_resume},
    {"GET", "/v1/sources", "admin", kNone, list_sources},
    {"GET", "/v1/sources/{name}", "admin", kNone, get_source},
    {"POST", "/v1/sources/{name}/pause", "admin", kNone, pause_source},
    {"POST", "/v1/sources/{name}/resume", "admin", kNone, resume_source},
    {"GET", "/v1/sources/{name}/parked", "admin", kNone, list_parked},
    {"POST", "/v1/sources/{name}/parked/redeliver", "admin", kObject, redeliver_parked},

    {"GET", "/v1/keys", "admin", kNone, list_keys},
    {"POST", "/v1/keys", "admin", kObject, post_key},
    {"DELETE", "/v1/keys/{name}", "admin", kNone, delete_key},

    {"GET", "/livez", "", kNone, get_livez},
    {"GET", "/readyz", "", kNone, get_readyz},
    {"GET", "/metrics", "metrics", kNone, get_metrics},
    {"GET", "/openapi.json", "", kNone, get_openapi},
    {"GET", "/", "", kNone, get_root},
};

/// Takes "/segment" off the front; false at the end.
bool next_segment(std::string_view* path, std::string_view* segment) {
  if (path->empty()) return false;
  path->remove_prefix(1);  // the '/'
  const size_t end = path->find('/');
  *segment = path->substr(0, end);
  *path = end == std::string_view::npos ? std::string_view{} : path->substr(end);
  return true;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

bool matches(std::string_view pattern, std::string_view path) {
  std::string_view wanted, given;
  while (next_segment(&pattern, &wanted)) {
    if (!next_segment(&path, &given)) return false;
    if (is_parameter(wanted) ? given.empty() : wanted != given) return false;
  }
  return path.empty();
}

Result<std::vector<std::string>> parameters_of(std::string_view pattern, std::string_view path) {
  std::vector<std::string> params;
  std::string_view wanted, given;
  while (next_segment(&pattern, &wanted) && next_segment(&path, &given)) {
    if (!is_parameter(wanted)) continue;
    auto decoded = percent_decode(given);
    if (!decoded)
      return fail(ErrorCode::kInvalidValue, "a '%' in the path is not followed by two hex digits");
    params.push_back(std::move(*decoded));
  }
  return params;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Result<RouteMatch> find_route(std::string_view method, std::string_view path, std::string* allow) {
  const std::string_view looked_for = method == "HEAD" ? std::string_view("GET") : method;
  allow->clear();
  for (const Route& route : kRoutes) {
    if (!matches(route.pattern, path)) continue;
    if (route.method == looked_for) {
      HF_ASSIGN(params, parameters_of(route.pattern, path));
      return RouteMatch{&route, std::move(params)};
    }
    if (!allow->empty()) allow->append(", ");
    allow->append(route.method);
    if (route.method == "GET") allow->append(", HEAD");
  }
  if (allow->empty())
    return fail(ErrorCode::kNotFound,
                fmt::format("there is nothing at {}: see /openapi.json", path));
  return fail(ErrorCode::kMethodNotAllowed, fmt::format("{} takes {}", path, *allow));
}

}  // namespace holdfast::http
