#include "app/files/import_sender.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "app/commands/output.h"

namespace holdfast::app {
namespace {

constexpr size_t kChunkItems = 2'000;
constexpr size_t kChunkBytes = size_t{8} << 20;
constexpr Duration kAnswerTimeout = 120 * kSecond;
constexpr int kAttempts = 6;
constexpr auto kFirstPause = std::chrono::milliseconds(200);

/// Not about this command: the server can take none now.
bool is_about_the_server(std::string_view code) {
  for (const ErrorCode stop :
       {ErrorCode::kOverloaded, ErrorCode::kShuttingDown, ErrorCode::kStorageFull,
        ErrorCode::kIdempotencyFull, ErrorCode::kOutcomeUnknown}) {
    if (code == name_of(stop)) return true;
  }
  return false;
}

std::span<const ImportItem> first_chunk(std::span<const ImportItem> items) {
  size_t count = 0;
  for (size_t bytes = 0; count < items.size() && count < kChunkItems; ++count) {
    bytes += items[count].body.size() + 1;
    if (bytes > kChunkBytes && count > 0) break;
  }
  return items.first(count);
}

/// "/lines/0/quantity" is about the field quantity.
std::string field_at(std::string_view pointer) {
  return std::string(pointer.substr(pointer.rfind('/') + 1));
}

std::string place_of(const ImportItem& item) { return fmt::format("{}:{}", item.file, item.line); }

}  // namespace

Status ImportSender::send(std::span<const ImportItem> items) {
  client_.set_timeout(kAnswerTimeout);
  while (!items.empty()) {
    const std::span<const ImportItem> chunk = first_chunk(items);
    HF_TRY(send_chunk(chunk));
    items = items.subspan(chunk.size());
  }
  return {};
}

/// One chunk, its unanswered rest again after a pause for as long as the server may only be busy.
Status ImportSender::send_chunk(std::span<const ImportItem> items) {
  auto pause = kFirstPause;
  Error last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) {
      std::this_thread::sleep_for(pause);
      pause *= 2;
    }
    std::string body;
    for (const ImportItem& item : items) body += item.body + "\n";
    const Result<HttpAnswer> answer =
        client_.post(check_ ? "/v1/batch?dry_run=true" : "/v1/batch", body,
                     {{"Content-Type", "application/x-ndjson"}});
    if (!answer) {
      last = answer.error();
      continue;
    }
    if (!answer->ok() && answer->status < 500 && answer->status != 429) {
      const Result<json::Value> problem = json::parse_value(answer->body);
      return fail(
          ErrorCode::kIo,
          fmt::format("{}: the server refuses the whole ({}): {}", place_of(items.front()),
                      answer->status, problem ? text_of(*problem, "detail") : answer->body));
    }
    if (!answer->ok()) {
      last = {ErrorCode::kOverloaded, fmt::format("the server answers {}", answer->status), {}};
      continue;
    }
    HF_ASSIGN(answered, take_answers(answer->body, items));
    items = items.subspan(answered);
    if (items.empty()) return {};
    last = {ErrorCode::kOverloaded, "the server ended its answer early", {}};
  }
  return fail(last.code, fmt::format("{}: {}", place_of(items.front()), last.detail));
}

/// How many items were answered; fewer than all where the server cut the stream.
Result<size_t> ImportSender::take_answers(std::string_view body,
                                          std::span<const ImportItem> items) {
  size_t count = 0;
  while (!body.empty() && count < items.size()) {
    const size_t end = std::min(body.find('\n'), body.size());
    const Result<json::Value> outcome = json::parse_value(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    if (!outcome || is_problem(*outcome)) break;  // cut short, or ended with the reason
    HF_TRY(take_outcome(*outcome, items[count]));
    ++count;
    progress_.at(++done_);
  }
  return count;
}

Status ImportSender::take_outcome(const json::Value& outcome, const ImportItem& item) {
  const std::string status = text_of(outcome, "status");
  if (status == "duplicate" || text_of(outcome, "replayed") == "yes") {
    ++counts_.already_there;
    return {};
  }
  if (status != "refused" && status != "rejected") {
    ++counts_.recorded;
    return {};
  }
  const std::string code = text_of(outcome, "code");
  const std::string detail = text_of(outcome, "detail");
  if (is_about_the_server(code))
    return fail(ErrorCode::kOverloaded, fmt::format("{}: {}: {}", place_of(item), code, detail));
  ++counts_.refused;
  bad_.push_back({item.file, item.line, field_at(text_of(outcome, "pointer")),
                  detail.empty() ? code : fmt::format("{} ({})", detail, code)});
  return {};
}

}  // namespace holdfast::app
