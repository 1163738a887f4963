#include "app/ports_wait.h"

#include <future>
#include <utility>

namespace holdfast::app {

Result<std::vector<Outcome>> submit_and_wait(CommandPort& port, std::vector<Command> commands) {
  std::promise<std::vector<Outcome>> promise;
  auto answer = promise.get_future();
  const bool taken = port.submit(std::move(commands), [&promise](std::vector<Outcome> outcomes) {
    promise.set_value(std::move(outcomes));
  });
  if (!taken) return fail(ErrorCode::kOverloaded, "the engine's queue is full");
  return answer.get();
}

Result<QueryResult> query_and_wait(CommandPort& port, Query query) {
  std::promise<QueryResult> promise;
  auto answer = promise.get_future();
  const bool taken = port.query(
      std::move(query), [&promise](QueryResult result) { promise.set_value(std::move(result)); });
  if (!taken) return fail(ErrorCode::kOverloaded, "the engine's queue is full");
  return answer.get();
}

}  // namespace holdfast::app
