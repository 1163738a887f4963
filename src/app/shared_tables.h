// What a node of many keeps beside the ledger in the ledger's database: who serves which sink, and
// the logs of API keys and parked deliveries.
//
// Made by Node where `ledger.url` is set; outlives feed, intake and keys. Thread-safe.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "io/record_log.h"
#include "store/postgres/session.h"
#include "store/postgres/sink_leases.h"

namespace holdfast::app {

class SharedTables {
 public:
  /// `url` is one that a shared ledger was started on.
  SharedTables(const store::postgres::Url& url, Random& random);

  store::postgres::TableLeases& leases() { return leases_; }
  io::OpenRecords keys();
  io::OpenRecords parked();

 private:
  store::postgres::TableLeases leases_;
  store::postgres::Session keys_, parked_;  ///< of their own: each is waited for by other threads
};

}  // namespace holdfast::app
