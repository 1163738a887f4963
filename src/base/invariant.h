// INVARIANT: what must be true whatever the input. Always on; prints the values and aborts.
// User input never trips one: that is an Error.
#pragma once

#include <fmt/format.h>

namespace holdfast {

[[noreturn]] void invariant_failed(const char* file, int line, const char* condition,
                                   const std::string& message);

}  // namespace holdfast

/// INVARIANT(n >= 0, "held went below zero: sku={} n={}", sku, n);
#define INVARIANT(condition, ...)                                                          \
  do {                                                                                     \
    if (!(condition)) [[unlikely]]                                                         \
      ::holdfast::invariant_failed(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
  } while (false)
