// Logs of records in tables that all nodes share: io/record_log.h over PostgreSQL.
//
// A shared log appends only where nothing came since it was read. A fenced one belongs to whoever
// holds the lease of a sink, and each of its statements asks for that under a lock that taking the
// sink waits for. Each log is confined to one thread at a time; `session` may be shared, and
// outlives the logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "io/record_log.h"
#include "store/postgres/session.h"

namespace holdfast::store::postgres {

/// Whose row in `sink_lease` must be as given for a record to be written.
struct RecordFence {
  std::string sink;
  uint64_t epoch = 0;
  std::string owner;
};

/// The log of that name; made where it is absent. `fence`: none = everybody may write, after
/// catching up.
io::OpenRecords open_record_log(Session& session, std::string log,
                                std::optional<RecordFence> fence = std::nullopt);

}  // namespace holdfast::store::postgres
