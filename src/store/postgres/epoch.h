// PostgreSQL counts its times from 2000-01-01, we from 1970-01-01; both in microseconds.
#pragma once

#include <cstdint>

namespace holdfast::store::postgres {

inline constexpr int64_t kPostgresEpochUs = 946'684'800'000'000;

}  // namespace holdfast::store::postgres
