// What lies in the inbox: commands with their callback, or reads with theirs, and how far they have
// come.
//
// Used by the engine alone. Moved from caller to inbox to sequencer to whoever answers; owned by
// exactly one of them at a time.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/command_port.h"
#include "engine/count_basis.h"
#include "model/command.h"
#include "model/outcome.h"

namespace holdfast::engine {

struct Submission {
  struct Reads {
    std::vector<Query> queries;
    std::vector<QueryResult> results;
    std::move_only_function<void(std::vector<QueryResult>)> done;
  };

  std::vector<Command> commands;  ///< empty for reads
  std::vector<Outcome> outcomes;  ///< of the commands decided so far
  CommandPort::CommandsDone done;
  std::unique_ptr<Reads> reads;  ///< null for commands

  Seq depends_on = 0;                 ///< the answers may be released once this is durable
  size_t replayed = 0;                ///< how many outcomes must be re-read from the log
  std::vector<BasisSkus> basis_skus;  ///< by command; empty while no count needed a basis
  unsigned basis_attempts = 0;        ///< walks made for the command at outcomes.size()
  size_t weight = 0;                  ///< commands or queries: what it takes of the queue

  void rest_on(Seq seq) { depends_on = std::max(depends_on, seq); }
};

}  // namespace holdfast::engine
