// Outbound HTTP for connectors: many requests at once on one thread, over libcurl's multi interface.
//
// Guards (reference/security.md): http and https only, addresses checked at connect time, no redirects, no
// userinfo, no proxy from the environment, answers cut at a limit. Connections are kept alive.
// Confined to one thread, but for wake().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "connectors/shared/network_policy.h"

namespace holdfast::connectors {

struct HttpRequest {
  uint64_t token = 0;      ///< repeated in the answer
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;        ///< sent by POST
};

struct HttpAnswer {
  uint64_t token = 0;
  int status = 0;          ///< 0: there was no answer, see `error`
  std::string error;       ///< "connection refused", "timed out after 15 s" …
  bool connected = false;  ///< the request may have reached the receiver
  std::string retry_after; ///< the header's value as it came
  std::string body;        ///< its first kBodyBytesMax bytes
};

struct HttpClientOptions {
  NetworkPolicy policy;
  Duration timeout = 15 * kSecond;         ///< of a whole request
  Duration connect_timeout = 5 * kSecond;
  size_t connections_max = 32;             ///< kept alive
  std::string ca_file;                     ///< PEM; empty = the system's
};

class HttpClient {
 public:
  static constexpr size_t kBodyBytesMax = 16 << 10;
  static constexpr size_t kHeadBytesMax = 64 << 10;

  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void start(HttpRequest request);
  /// From CLOCK_BOOTTIME `boot` on nothing is sent: requests that are not answered by then are cut
  /// off, those that have not begun too. Looked at whenever anything might be sent, so a process
  /// that was stopped meanwhile sends nothing when it goes on. Timeouts are as they were.
  void send_until(Duration boot);
  /// Waits up to `wait` for answers or wake(), and returns the answers there are. Timeouts of requests are
  /// kept only while it is called.
  std::vector<HttpAnswer> poll(Duration wait);
  /// Ends a poll() early. Thread-safe.
  void wake();
  size_t in_flight() const;

 private:
  struct Transfer;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Retry-After as a wait: seconds or an HTTP date; 0 for anything else.
Duration parse_retry_after(const std::string& value, Timestamp now);

/// What a URL must be to be called: http or https, a host, no userinfo. kConfigInvalid otherwise.
Status check_url(const std::string& url);

}  // namespace holdfast::connectors
