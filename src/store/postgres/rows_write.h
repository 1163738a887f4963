// Statements that write what a group changed. Each knows how many rows it must change.
//
// Used by group, under its lock. Stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "store/postgres/connection.h"
#include "store/shared_store.h"

namespace holdfast::store::postgres {

/// A statement that was added, and the rows it has to change.
struct Expected {
  const char* what;
  size_t rows;
  static constexpr size_t kAny = SIZE_MAX;
};

/// Adds everything but COMMIT. In order: rows, keys, events, node, ledger.
std::vector<Expected> add_writes(Connection* connection, const GroupWrite& write,
                                 const SharedGuards& guards);

}  // namespace holdfast::store::postgres
