// One transcript of sessions, run on a store: the model's, or a real PostgreSQL's. A transcript is lines of
//
//   A begin TEE MUG key=k1      takes the lock and loads; `waits` where another session has it
//   A …                         the answer of what waited
//   A commit TEE=5 key=k1       writes rows and keys, one event, COMMIT
//   A rollback
//   A cut                       an administrator ends A's backend
//   A idles                     A stands still in its transaction until the server ends it
//   A settle                    which became of A's last group
//
// and what each gives, as text: the same on both sides, or the model is wrong.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/shared_store.h"
#include "tests/servers/postgres.h"

namespace holdfast::schedules {

/// Where sessions A, B, C live.
class Side {
 public:
  virtual ~Side() = default;
  virtual store::SharedStore& store(char session) = 0;
  /// Starts what a line does; the result comes with finish().
  virtual void start(char session, std::function<std::string()> what) = 0;
  /// Nothing of the session goes on by itself: it is done, or it waits for the lock.
  virtual bool waits(char session) = 0;
  virtual std::string finish(char session) = 0;
  virtual void cut(char session) = 0;
  virtual void let_idle_end(char session) = 0;
};

std::unique_ptr<Side> model_side(store::SharedGuards guards);
/// Empties the database and makes the tables. The server outlives it.
std::unique_ptr<Side> postgres_side(test::Postgres& server, store::SharedGuards guards);

/// The lines with what each gave.
std::string run_transcript(Side& side, const std::string& lines);

}  // namespace holdfast::schedules
