// The load generator: one thread, epoll, any number of keep-alive connections to one loopback port.
//
// Closed loop (`rate` 0): each connection sends its next request when its answer is there; gives
// capacity. Open loop: send times are planned in advance at `rate` per second and latency counts
// from the planned time, so a stalled server is not let off (no coordinated omission); `lag` is the
// generator's own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/histogram.h"

namespace holdfast::bench {

enum class Protocol { kHttp, kRedis };

struct LoadPlan {
  int port = 0;
  Protocol protocol = Protocol::kHttp;
  int connections = 64;
  int pipeline = 1;           ///< requests in flight per connection
  double seconds = 3;         ///< end of the run …
  uint64_t requests_max = 0;  ///< … or after so many requests; 0 = no such end
  double rate = 0;            ///< planned requests per second; 0 = closed loop
  /// Appends request number `n` (from 0, over all connections) to *out.
  std::function<void(uint64_t n, std::string* out)> request;
  /// Told of the answer to request number `n`; may be empty.
  std::function<void(uint64_t n, int status, bool replayed)> answered;
};

/// Every request that was sent is in exactly one of the counts.
struct LoadResult {
  double seconds = 0;  ///< from the first request to the last answer
  uint64_t sent = 0;
  uint64_t succeeded = 0;    ///< 2xx, or a Redis integer ≥ 0, and not a replay
  uint64_t replayed = 0;     ///< 2xx marked `Idempotent-Replayed`, or a Redis 0
  uint64_t sold_out = 0;     ///< 409, or Redis -1
  uint64_t conflicted = 0;   ///< 422, or Redis -2
  uint64_t pushed_back = 0;  ///< 423, 429, 503
  uint64_t failed = 0;  ///< anything else: broken connections and answers that never came included
  Histogram latency;
  Histogram lag;
  /// One of the counts above per second.
  double rate_of(uint64_t count) const {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
  }
};

LoadResult run_load(const LoadPlan& plan);

/// One blocking HTTP request on a connection of its own; gives the status code, the body in *body.
int http_once(int port, const std::string& method, const std::string& path,
              const std::string& headers, const std::string& request_body, std::string* body);

}  // namespace holdfast::bench
