#include "http/auth.h"

namespace holdfast::http {

Result<Principal> resolve_principal(const Head& head) {
  if (!head.field("authorization").empty())
    return fail(ErrorCode::kUnauthorized,
                "this server has no keys: send the request without Authorization");
  return Principal{"local"};
}

}  // namespace holdfast::http
