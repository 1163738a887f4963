// Who is asking, and what they may do: the one place where a request is let in or refused.
//
// Deny by default: a route is open only where the table of routes says so. Once a key exists every
// other request needs one, with a scope of its route; its binding goes with every command and query
// it makes. Without any key the API is open on loopback, to programs of this machine: requests that
// a browser makes for a foreign page are refused. Used by Api; thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/framing_guard.h"
#include "http/key_book.h"
#include "http/scope.h"
#include "model/command.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace holdfast::http {

struct Principal {
  std::string name;  ///< the scope of idempotency keys, and `source` of the commands
  KeyPtr key;        ///< null: "local", on an open server
  HoldQuota hold_quota;

  BindingPtr binding() const { return key ? key->binding : nullptr; }
};

/// The credential a connection sent last, found good: the next request with the same one is not
/// hashed.
struct SeenCredential {
  std::string header;
  KeyPtr key;
};

class Access {
 public:
  /// `keys` may be null: a server without any. `open_allowed`: nobody but this machine reaches it.
  Access(KeyBook* keys, bool open_allowed, HoldQuota hold_quota, const Clock& clock,
         telemetry::Log& log, telemetry::Metrics& metrics);

  /// kUnauthorized: no key, or none of ours. kForbidden: the scope is missing, or a browser asks
  /// for a foreign page. kRateLimited. `scopes` is the route's; empty = open to everyone.
  Result<Principal> admit(ScopeSet scopes, const Head& head, SeenCredential* seen);
  /// True when admit() would not refuse the head for its credential: asked before a large body is taken.
  bool knows(ScopeSet scopes, const Head& head, SeenCredential* seen);
  /// The command's own scope, whatever route it came by, and what its binding excludes by name;
  /// puts the binding and the quota on it for the ledger. kForbidden.
  static Status permit(const Principal& principal, Command* command);
  /// The same of a query.
  static Status permit(const Principal& principal, Query* query);

  bool open() const { return open_allowed_ && (keys_ == nullptr || keys_->empty()); }

 private:
  Result<KeyPtr> authenticate(const Head& head, SeenCredential* seen) const;
  Result<Principal> decide(ScopeSet scopes, const Head& head, SeenCredential* seen) const;
  void note_refusal(const Error& error, const Head& head, const SeenCredential& seen);
  void note_use(Key& key) const;

  KeyBook* const keys_;
  const bool open_allowed_;
  const HoldQuota hold_quota_;  ///< of one name
  const Clock& clock_;
  telemetry::Log& log_;
  telemetry::Counter& unauthorized_;
  telemetry::Counter& forbidden_;
  telemetry::Counter& rate_limited_;
  std::atomic<int64_t> refusal_second_{0};  ///< a second's refusals are logged up to a bound
  std::atomic<int64_t> refusals_in_second_{0};
};

/// True for the names by which only this machine reaches itself: localhost, 127.0.0.0/8 and ::1,
/// with any port. Another name may have been made to point here (DNS rebinding).
bool is_local_host(std::string_view host);
/// Whether a browser may be asking on behalf of a page of another origin (Fetch Metadata, RFC
/// 6454).
bool is_cross_site(const Head& head);

}  // namespace holdfast::http
