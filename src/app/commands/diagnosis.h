// What `holdfast doctor` makes of a server's answers: findings, each with a remedy. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/client/http_client.h"
#include "base/result.h"

namespace holdfast::app {

enum class Health : uint8_t {
  kFine,
  kNote,   ///< worth knowing, nothing wrong
  kWrong,  ///< `holdfast doctor` exits 1
};
std::string_view name_of(Health health);  ///< "ok", "note", "wrong"

struct Finding {
  std::string check;  ///< "reachable", "sink erp" …
  Health health = Health::kFine;
  std::string detail;
  std::string remedy;  ///< empty where there is nothing to do
};

/// What was asked of the server. Answers that were not got hold why.
struct Checkup {
  std::string base;  ///< the server's address
  Result<HttpAnswer> ready = fail(ErrorCode::kIo, "not asked");
  Result<HttpAnswer> without_key = ready;  ///< GET /v1/sinks without any key
  Result<HttpAnswer> metrics = ready;
  Result<HttpAnswer> sinks = ready;
  Result<HttpAnswer> sources = ready;
  Result<HttpAnswer> discrepancies = ready;
  Result<HttpAnswer> shortfalls = ready;
  struct Disk {
    std::string directory;
    uint64_t free_bytes = 0, size_bytes = 0;
    std::string error;  ///< why its room is unknown
  };
  std::optional<Disk> disk;
};

inline constexpr int64_t kSinkLagWrongMs = 60'000;
inline constexpr uint64_t kDiskFreeWrongBytes = uint64_t{1} << 30;
inline constexpr double kDiskFreeWrongShare = 0.05;
inline constexpr int64_t kClockWrongUs = 2'000'000;

std::vector<Finding> diagnose(const Checkup& checkup);
bool is_well(const std::vector<Finding>& findings);

/// The value of a metric without labels in Prometheus text; nullopt where it is not there.
std::optional<double> metric_of(std::string_view text, std::string_view name);

}  // namespace holdfast::app
