#include "base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace holdfast {

void invariant_failed(const char* file, int line, const char* condition,
                      const std::string& message) {
  std::fprintf(stderr, "holdfast: broken invariant at %s:%d: %s: %s\n", file, line, condition,
               message.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace holdfast
