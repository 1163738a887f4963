// What several handlers do alike.
#include "http/handlers.h"
#include "http/problem.h"
#include "http/worker.h"

namespace holdfast::http {

void refuse(Exchange& exchange, const Error& error) {
  exchange.worker.answer(exchange.responder, problem_answer(error, exchange.path));
}

bool check_parameters(Exchange& exchange) {
  const auto known = exchange.query.check_all_taken();
  if (!known) refuse(exchange, known.error());
  return known.has_value();
}

void answer_in_background(Api& api, Exchange& exchange,
                          std::move_only_function<Result<std::string>()> work) {
  exchange.worker.flush_commands();
  answer_in_background(api, exchange.worker, exchange.responder, std::string(exchange.path),
                       std::move(work));
}

void answer_in_background(Api& api, Worker& worker, const Responder& responder, std::string path,
                          std::move_only_function<Result<std::string>()> work) {
  const bool taken = api.background().run([&worker, mailbox = worker.mailbox(), responder, path,
                                           work = std::move(work)]() mutable {
    auto body = work();
    mailbox->post([&worker, responder, path = std::move(path), body = std::move(body)]() mutable {
      if (!body) return worker.answer(responder, problem_answer(body.error(), path));
      Answer answer;
      answer.body = std::move(*body);
      worker.answer(responder, std::move(answer));
    });
  });
  if (taken) return;
  const Error busy{ErrorCode::kOverloaded,
                   "too many requests wait for the disk: retry after a moment", {}};
  worker.answer(responder, problem_answer(busy, path));
}

}  // namespace holdfast::http
