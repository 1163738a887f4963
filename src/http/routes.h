// The one table of routes: method, path pattern, the scope a key needs, what body it takes, its handler.
//
// Used by Api; held against docs/reference/openapi.json both ways by a test. Immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/exchange.h"
#include "http/scope.h"

namespace holdfast::http {

class Api;

enum class BodyKind : uint8_t {
  kNone,    ///< what comes is read and ignored
  kObject,  ///< one JSON value, body_bytes_max
  kBatch,   ///< array or NDJSON, batch_body_bytes_max
  kRaw,     ///< bytes as they are, body_bytes_max
};

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< "/v1/holds/{id}"; each {…} is one path segment
  ScopeSet scope;            ///< any of them lets a key in; empty = open to everyone
  BodyKind body;
  void (*handler)(Api&, Exchange&);
};

std::span<const Route> routes();

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> params;  ///< decoded
};
/// HEAD finds the GET route. kNotFound; kMethodNotAllowed with the allowed methods in `*allow`;
/// kInvalidValue for a bad escape in a parameter.
Result<RouteMatch> find_route(std::string_view method, std::string_view path, std::string* allow);

}  // namespace holdfast::http
