#include "bench/floors.h"

#include <chrono>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/invariant.h"

namespace holdfast::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

void measure_flushes(const std::string& path, Floors* floors) {
  const int fd = open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
  INVARIANT(fd >= 0, "cannot create {}", path);
  const std::vector<char> zeros(1 << 20);
  constexpr int kMebibytes = 32;
  for (int i = 0; i < kMebibytes; ++i) {
    INVARIANT(pwrite(fd, zeros.data(), zeros.size(), i << 20) == 1 << 20, "cannot fill {}", path);
  }
  fsync(fd);
  const std::vector<char> block(4096, 'x');
  const auto begin = SteadyClock::now();
  uint64_t flushes = 0;
  while (seconds_since(begin) < 0.7) {
    const auto one = SteadyClock::now();
    const auto offset = static_cast<off_t>(flushes % (kMebibytes << 8)) * 4096;
    INVARIANT(pwrite(fd, block.data(), block.size(), offset) == 4096, "cannot write {}", path);
    INVARIANT(fdatasync(fd) == 0, "cannot flush {}", path);
    floors->flush.record(static_cast<int64_t>(seconds_since(one) * 1e9));
    ++flushes;
  }
  floors->flushes_per_s = static_cast<double>(flushes) / seconds_since(begin);
  close(fd);
  unlink(path.c_str());
}

void measure_copy(Floors* floors) {
  constexpr size_t kSize = 64 << 20;
  std::vector<char> from(kSize, 'a'), to(kSize, 'b');
  const auto begin = SteadyClock::now();
  int copies = 0;
  char keep = 0;
  while (seconds_since(begin) < 0.2) {
    from[static_cast<size_t>(copies)] = static_cast<char>(copies);
    std::memcpy(to.data(), from.data(), kSize);
    keep = static_cast<char>(keep + to[kSize / 2]);
    ++copies;
  }
  const double gib = static_cast<double>(copies) * kSize / (1 << 30);
  floors->copy_gib_per_s = keep == 127 ? 0 : gib / seconds_since(begin);
}

}  // namespace

Floors measure_floors(const std::string& directory) {
  Floors floors;
  measure_flushes(directory + "/floor", &floors);
  measure_copy(&floors);
  return floors;
}

}  // namespace holdfast::bench
