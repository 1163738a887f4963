// Answers to commands, and problems.
#include <fmt/format.h>

#include "json/print.h"
#include "json/writer.h"

namespace holdfast::json {
namespace {

void write_shortages(Writer* out, std::span<const Shortage> shortages) {
  out->open_member("shortages", '[');
  for (const Shortage& shortage : shortages) {
    out->open_element('{');
    out->optional_text("line", shortage.line);
    out->text("sku", shortage.sku);
    out->optional_text("location", shortage.location);
    out->integer("requested", shortage.requested);
    if (shortage.untracked) {
      out->nullable("available_to_sell", std::nullopt);
    } else {
      out->integer("available_to_sell", shortage.available_to_sell);
    }
    out->close('}');
  }
  out->close(']');
}

void write_stock_echo(Writer* out, std::span<const StockEcho> stock) {
  out->open_member("stock", '[');
  for (const StockEcho& echo : stock) {
    out->open_element('{');
    out->text("sku", echo.sku);
    out->unsigned_integer("sku_seq", echo.sku_seq);
    out->nullable("available_to_sell", echo.available_to_sell);
    out->close('}');
  }
  out->close(']');
}

bool says_why(OutcomeStatus status) {
  return status == OutcomeStatus::kRefused || status == OutcomeStatus::kRejected ||
         status == OutcomeStatus::kParked;
}

void write_outcome(Writer* out, const Outcome& outcome) {
  out->open('{');
  out->text("status", name_of(outcome.status));
  if (outcome.replayed) out->boolean("replayed", true);
  if (outcome.seq != 0) out->unsigned_integer("seq", outcome.seq);
  if (says_why(outcome.status)) {
    out->text("code", name_of(outcome.error.code));
    out->optional_text("detail", outcome.error.detail);
    out->optional_text("pointer", outcome.error.pointer);
  }
  if (!outcome.shortages.empty()) write_shortages(out, outcome.shortages);
  if (outcome.hold) {
    out->key("hold");
    print_hold(out->out(), *outcome.hold);
  }
  if (outcome.order) {
    out->key("order");
    print_order(out->out(), *outcome.order);
  }
  if (!outcome.stock.empty()) write_stock_echo(out, outcome.stock);
  out->close('}');
}

}  // namespace

void print_shortages(std::string* out, std::span<const Shortage> shortages) {
  Writer writer(out);
  writer.open('{');
  write_shortages(&writer, shortages);
  writer.close('}');
}

void print_outcome(std::string* out, const Outcome& outcome) {
  Writer writer(out);
  write_outcome(&writer, outcome);
}

void print_results(std::string* out, std::span<const Outcome> outcomes) {
  Writer writer(out);
  writer.open('{');
  writer.open_member("results", '[');
  for (const Outcome& outcome : outcomes) {
    writer.comma();
    write_outcome(&writer, outcome);
  }
  writer.close(']');
  writer.close('}');
}

Outcome rejected(Error error) {
  Outcome outcome;
  outcome.status = OutcomeStatus::kRejected;
  outcome.error = std::move(error);
  return outcome;
}

std::string title_of(ErrorCode code) {
  std::string title(name_of(code));
  for (char& c : title) {
    if (c == '_') c = ' ';
  }
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

Problem problem_of(const Outcome& outcome, int status, std::string_view instance) {
  Problem problem;
  problem.status = status;
  problem.error = outcome.error;
  problem.instance = instance;
  problem.shortages = outcome.shortages;
  problem.hold = outcome.hold ? &*outcome.hold : nullptr;
  problem.stock = outcome.stock;
  return problem;
}

void print_problem(std::string* out, const Problem& problem) {
  Writer writer(out);
  const std::string_view code = name_of(problem.error.code);
  writer.open('{');
  writer.text("type", fmt::format("urn:holdfast:error:{}", code));
  writer.text("title", title_of(problem.error.code));
  writer.integer("status", problem.status);
  writer.text("code", code);
  writer.optional_text("detail", problem.error.detail);
  writer.optional_text("instance", problem.instance);
  if (!problem.error.pointer.empty()) {
    writer.open_member("errors", '[');
    writer.open_element('{');
    writer.text("pointer", problem.error.pointer);
    writer.text("detail", problem.error.detail);
    writer.close('}');
    writer.close(']');
  }
  if (!problem.shortages.empty()) write_shortages(&writer, problem.shortages);
  if (problem.hold != nullptr) {
    writer.key("hold");
    print_hold(out, *problem.hold);
  }
  if (!problem.stock.empty()) write_stock_echo(&writer, problem.stock);
  writer.optional_text("resume_at", problem.resume_at);
  if (problem.retry_after_s > 0) writer.integer("retry_after_s", problem.retry_after_s);
  writer.close('}');
}

}  // namespace holdfast::json
