// What `holdfast doctor --ledger` makes of a PostgreSQL: findings, each with a remedy. A pure
// function.
#pragma once

#include <string>
#include <vector>

#include "app/commands/diagnosis.h"
#include "store/postgres/health.h"

namespace holdfast::app {

/// What was asked of the database. What was not got holds why.
struct LedgerCheckup {
  std::string shown;  ///< its address, without a password
  Status reached;
  bool replicated = false;  ///< the durability that nodes are to have
  // the checks of a node that starts
  Status server, writable, schema, rights, durability;
  Result<store::postgres::ServerHealth> health = fail(ErrorCode::kIo, "not asked");
};

inline constexpr Duration kServerClockWrong = kSecond;
inline constexpr Duration kTransactionLong = kMinute;
inline constexpr int64_t kConnectionsLeftFew = 10;

std::vector<Finding> diagnose(const LedgerCheckup& checkup);

}  // namespace holdfast::app
