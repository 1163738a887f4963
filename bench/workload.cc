#include "bench/workload.h"

#include <fmt/format.h>

#include "base/random.h"

namespace holdfast::bench {
namespace {

// A number between 0 and 1 and a quantity, both of this buyer alone.
uint64_t draw(uint64_t seed, uint64_t number) {
  return SeededRandom(seed * 0x9e3779b97f4a7c15 ^ number).next();
}
int quantity_of(uint64_t drawn) {
  const uint64_t roll = (drawn >> 8) % 1'000;
  return roll < 900 ? 1 : 2 + static_cast<int>(roll % 4);
}

}  // namespace

Buyer buyer(const Mix& mix, uint64_t number) {
  const uint64_t drawn = draw(mix.seed, number);
  Buyer out{number, mix.only_ones ? 1 : quantity_of(drawn), false, false};
  if (mix.only_ones || number < 1'000) return out;
  const double roll = static_cast<double>(drawn >> 40) / static_cast<double>(1 << 24);
  if (roll < mix.retries + mix.conflicts) {
    // One of the thousand buyers before; itself perhaps a retry, then the first of that chain.
    const Buyer earlier = buyer(mix, number - 1 - (drawn & 0xff) % 999);
    out.key = earlier.key;
    out.retry = roll < mix.retries;
    out.conflict = !out.retry;
    const int first = quantity_of(draw(mix.seed, earlier.key));
    out.quantity = out.retry ? first : first + 1;
  }
  return out;
}

std::string key_text(uint64_t key, uint64_t seed) {
  const uint64_t high = draw(seed + 1, key);
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     (high >> 4) & 0xfff, seed & 0xfff, key & 0xffffffffffff);
}

void append_hold_request(const Mix& mix, uint64_t number, std::string* out) {
  const Buyer who = buyer(mix, number);
  const std::string body =
      fmt::format(R"({{"channel":"web","lines":[{{"sku":"{}","quantity":{}}}],"ttl_s":86400}})",
                  kSku, who.quantity);
  fmt::format_to(std::back_inserter(*out),
                 "POST /v1/holds HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                 "Idempotency-Key: {}\r\nContent-Length: {}\r\n\r\n{}",
                 key_text(who.key, mix.seed), body.size(), body);
}

void append_redis_request(const Mix& mix, uint64_t number, const std::string& sha,
                          std::string* out) {
  const Buyer who = buyer(mix, number);
  const std::string key = key_text(who.key, mix.seed);
  const std::string quantity = std::to_string(who.quantity);
  fmt::format_to(std::back_inserter(*out),
                 "*5\r\n$7\r\nEVALSHA\r\n${}\r\n{}\r\n$1\r\n1\r\n${}\r\n{}\r\n${}\r\n{}\r\n",
                 sha.size(), sha, key.size(), key, quantity.size(), quantity);
}

}  // namespace holdfast::bench
