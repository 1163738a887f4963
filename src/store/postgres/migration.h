// The numbered steps that make the tables, and which of them a database has.
//
// Used by `holdfast migrate` and at start. Migration numbers only rise; a node runs on any schema
// that has all of its own migrations and none that asks for a newer node.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/connection.h"

namespace holdfast::store::postgres {

struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view sql;
  int min_version = 0;  ///< the newest migration a node must know to run on it
};
/// All of this version, from 1, without gaps.
std::span<const Migration> migrations();

/// Of a session that may take long: a migration rewrites tables.
SessionOptions migrating();

/// What migrate() would apply, in order. kWrongVersion: the schema is newer than this version.
Result<std::vector<Migration>> missing_migrations(Connection& connection);
/// Applies what is missing, each step in a transaction of its own under a lock: of two at once one
/// waits and finds nothing to do. Returns what it applied. `version` is written down beside each.
Result<std::vector<Migration>> migrate(Connection& connection, std::string_view version);

/// The schema is one this version runs on. kWrongVersion with the remedy: absent, older or newer.
Status check_schema(Connection& connection);

}  // namespace holdfast::store::postgres
