#include "bench/workload.h"

#include <fmt/format.h>

#include "base/random.h"

namespace holdfast::bench {
namespace {

// A number between 0 and 1 and a quantity, both of this buyer alone.
uint64_t draw(uint64_t seed, uint64_t number) {
  return SeededRandom(seed * 0x9e3779b97f4a7c15 ^ number).next();
}
/// Writes the lowest `digits` hexadecimal digits over those that are there.
void put_hex(std::string* text, size_t at, size_t digits, uint64_t value) {
  for (size_t i = digits; i-- > 0; value >>= 4) (*text)[at + i] = "0123456789abcdef"[value & 15];
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
  std::string text = "00000000-0000-4000-8000-000000000000";
  put_hex(&text, 0, 8, high >> 32);
  put_hex(&text, 9, 4, high >> 16);
  put_hex(&text, 15, 3, high >> 4);
  put_hex(&text, 20, 3, seed);
  put_hex(&text, 24, 12, key);
  return text;
}

void append_hold_request(const Mix& mix, uint64_t number, std::string* out) {
  const Buyer who = buyer(mix, number);
  // By hand: the generator shares the CPUs with the server it measures. One digit of quantity.
  static const std::string body =
      fmt::format(R"({{"channel":"web","lines":[{{"sku":"{}","quantity":0}}],"ttl_s":86400}})", kSku);
  static const std::string tail = fmt::format("\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
  static const size_t quantity_at = tail.find("\"quantity\":0") + 11;
  out->append(
      "POST /v1/holds HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "Idempotency-Key: ");
  out->append(key_text(who.key, mix.seed));
  const size_t tail_at = out->size();
  out->append(tail);
  (*out)[tail_at + quantity_at] = static_cast<char>('0' + who.quantity);
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
