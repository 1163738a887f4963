// The engine's ports, waited for: for start-up code and the demo, which have a thread to spare.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/command_port.h"

namespace holdfast::app {

/// Submits and waits. kOverloaded when the queue is full.
Result<std::vector<Outcome>> submit_and_wait(CommandPort& port, std::vector<Command> commands);
/// Asks and waits. kOverloaded when the queue is full.
Result<QueryResult> query_and_wait(CommandPort& port, Query query);

}  // namespace holdfast::app
