#include "app/shared_tables.h"

#include <fmt/format.h>

#include "store/postgres/record_log.h"

namespace holdfast::app {
namespace {

store::postgres::SessionOptions named(const char* name) {
  store::postgres::SessionOptions options;
  options.name = name;
  return options;
}

}  // namespace

SharedTables::SharedTables(const store::postgres::Url& url, Random& random)
    : leases_(url, fmt::format("{:016x}{:016x}", random.next(), random.next())),
      keys_(url, named("holdfast keys")),
      parked_(url, named("holdfast parked")) {}

io::OpenRecords SharedTables::keys() { return store::postgres::open_record_log(keys_, "keys"); }

io::OpenRecords SharedTables::parked() {
  return store::postgres::open_record_log(parked_, "parked");
}

}  // namespace holdfast::app
