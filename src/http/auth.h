// Who is asking: the one place where a request's principal is found.
//
// Without keys the API is open on loopback and everyone is "local"; app refuses to bind elsewhere.
#pragma once

#include <string>

#include "base/result.h"
#include "http/framing_guard.h"

namespace holdfast::http {

struct Principal {
  std::string name;  ///< the scope of idempotency keys, and `source` of the commands
};

/// kUnauthorized for credentials where there are none to be had: a client that believes it is authenticated
/// shall not be served as if it were.
Result<Principal> resolve_principal(const Head& head);

}  // namespace holdfast::http
