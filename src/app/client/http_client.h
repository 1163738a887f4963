// A blocking HTTP client for the client commands and the demo's shops: one connection, kept alive.
//
// The only room of app that sees libcurl. Confined to one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace holdfast::app {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string content_type;
  bool ok() const { return status >= 200 && status < 300; }
};

class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `base` is the server's address, "http://127.0.0.1:4653"; a missing scheme means http.
  explicit HttpClient(std::string base);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  const std::string& base() const { return base_; }
  /// Sent with every request from now on; empty = none.
  void set_key(std::string key) { key_ = std::move(key); }
  /// Whose certificates are believed; empty = the system's.
  void set_ca_file(std::string file) { ca_file_ = std::move(file); }

  /// Any HTTP answer is a value; kIo when there is none, naming the address and the remedy. Whether a
  /// request without an answer was carried out is unknown: ask again with the same Idempotency-Key.
  Result<HttpAnswer> get(const std::string& path);
  Result<HttpAnswer> post(const std::string& path, std::string_view body,
                          const Headers& headers = {});
  Result<HttpAnswer> remove(const std::string& path);  ///< DELETE
  /// Hands the body over piece by piece as it arrives, until the end, or until `take` returns false. The
  /// body of an answer that is no 2xx is in the result instead.
  Result<HttpAnswer> stream(const std::string& path, const Headers& headers,
                            const std::function<bool(std::string_view)>& take);

  /// How long one answer may take; streams have no limit.
  void set_timeout(Duration timeout) { timeout_ = timeout; }

 private:
  struct Handle;
  Result<HttpAnswer> perform(const std::string& path, const Headers& headers, Duration timeout);

  std::string base_;
  std::string key_;
  std::string ca_file_;
  Duration timeout_ = 30 * kSecond;
  std::unique_ptr<Handle> handle_;
};

/// Percent-encodes what is not unreserved (RFC 3986), for one path segment or query value.
std::string percent_encode(std::string_view text);

}  // namespace holdfast::app
