// Where randomness comes from. Injected: the ledger, the engine and the couriers draw nothing else.
#pragma once

#include <cstdint>
#include <memory>

namespace holdfast {

/// Thread-safe unless said otherwise by the implementation.
class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t next() = 0;
  /// Uniform in [0, bound); bound ≥ 1. The bias is below 2^-32 for the bounds used here.
  uint64_t below(uint64_t bound) {
    __extension__ using Wide = unsigned __int128;  // the high half of the product
    return static_cast<uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
};

/// getrandom(2). Thread-safe.
class SystemRandom final : public Random {
 public:
  uint64_t next() override;
};

/// splitmix64 (Steele, Lea, Flood 2014): the same seed gives the same numbers. Confined to one thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() override {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

}  // namespace holdfast
