#include "store/postgres/sqlstate.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace holdfast::store::postgres {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// By SQLSTATE or by its class (the first two characters); the first that fits.
constexpr struct {
  std::string_view state;
  ErrorCode code;
} kMeanings[] = {
    {"08", ErrorCode::kOverloaded},     // connection
    {"57P", ErrorCode::kOverloaded},    // shut down, crashed, starting
    {"57014", ErrorCode::kOverloaded},  // statement_timeout
    {"55P03", ErrorCode::kOverloaded},  // lock_timeout
    {"25P03", ErrorCode::kOverloaded},  // idle_in_transaction_session_timeout
    {"25P02", ErrorCode::kOverloaded},  // the transaction has failed already
    {"25006", ErrorCode::kOverloaded},  // a standby: the primary has moved
    {"40", ErrorCode::kOverloaded},     // serialization, deadlock
    {"53100", ErrorCode::kStorageFull},   {"53", ErrorCode::kOverloaded},  // memory, connections
    {"28", ErrorCode::kConfigInvalid},                                     // user, password
    {"3D", ErrorCode::kConfigInvalid},                                     // database
    {"42501", ErrorCode::kConfigInvalid},                                  // rights
    {"3F", ErrorCode::kWrongVersion},                                      // schema
    {"42P01", ErrorCode::kWrongVersion},                                   // table
    {"42703", ErrorCode::kWrongVersion},                                   // column
    {"XX001", ErrorCode::kCorrupt},       {"XX002", ErrorCode::kCorrupt},
};

}  // namespace

Error connect_error(std::string_view shown, std::string_view message) {
  if (contains(message, "session is read-only") ||
      contains(message, "server is in hot standby mode")) {
    return {
        ErrorCode::kConfigInvalid,
        fmt::format(
            "{} is a standby and takes no writes: name the primary, or all hosts of the cluster",
            shown),
        {}};
  }
  const bool settled =
      contains(message, "authentication") || contains(message, "does not exist") ||
      contains(message, "pg_hba.conf") || contains(message, "no password supplied") ||
      contains(message, "invalid connection option") || contains(message, "invalid port") ||
      contains(message, "could not translate host name") || contains(message, "certificate");
  return {settled ? ErrorCode::kConfigInvalid : ErrorCode::kOverloaded,
          fmt::format("no connection to {}: {}", shown, message),
          {}};
}

Error statement_error(std::string_view sqlstate, std::string_view message) {
  if (sqlstate.empty()) {
    return {ErrorCode::kOverloaded,
            fmt::format("the connection to PostgreSQL was lost: {}", message),
            {}};
  }
  const auto meaning =
      std::find_if(std::begin(kMeanings), std::end(kMeanings),
                   [&](const auto& entry) { return sqlstate.starts_with(entry.state); });
  const ErrorCode code = meaning == std::end(kMeanings) ? ErrorCode::kInternal : meaning->code;
  return {code, fmt::format("PostgreSQL: {} (SQLSTATE {})", message, sqlstate), {}};
}

}  // namespace holdfast::store::postgres
