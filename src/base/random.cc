#include "base/random.h"

#include <sys/random.h>

#include "base/invariant.h"

namespace holdfast {

uint64_t SystemRandom::next() {
  uint64_t value = 0;
  const ssize_t got = getrandom(&value, sizeof value, 0);
  INVARIANT(got == sizeof value, "getrandom gave {} bytes", got);
  return value;
}

}  // namespace holdfast
