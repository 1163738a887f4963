// The flash sale (F1): one SKU, buyers with unique keys, some exact retries, some keys used again
// with another body, quantity 1 (90%) or 2-5. A pure function of (seed, number): the same buyers
// for everyone.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast::bench {

struct Buyer {
  uint64_t key = 0;  ///< identifies the purchase; a retry repeats an earlier buyer's
  int quantity = 1;
  bool retry = false;     ///< exactly an earlier request
  bool conflict = false;  ///< an earlier key with another quantity
};

struct Mix {
  uint64_t seed = 1;
  double retries = 0.02;
  double conflicts = 0.005;
  bool only_ones = false;  ///< quantity 1 for all, unique keys only: the rate rows
};

Buyer buyer(const Mix& mix, uint64_t number);

/// A 36-character key in the shape of a UUID.
std::string key_text(uint64_t key, uint64_t seed);

/// `POST /v1/holds` of that buyer, complete with head and body.
void append_hold_request(const Mix& mix, uint64_t number, std::string* out);
/// The same purchase as an EVALSHA of the Redis script.
void append_redis_request(const Mix& mix, uint64_t number, const std::string& sha,
                          std::string* out);

inline constexpr const char* kSku = "FLASH-1";

}  // namespace holdfast::bench
