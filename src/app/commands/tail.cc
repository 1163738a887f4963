// `holdfast tail`: the log as it becomes durable, one line an event.
#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {
namespace {

/// Where "from now on" is: what a read reflects, the log after it follows.
Result<std::string> present_position(HttpClient& client) {
  HF_ASSIGN(answer, client.get("/v1/stock?limit=1"));
  HF_ASSIGN(page, json::parse_value(answer.body));
  const std::string seq = text_of(page, "seq");
  if (!answer.ok() || seq.empty())
    return fail(ErrorCode::kIo, "the server does not tell its position: " + answer.body);
  return seq;
}

std::string feed_path(const TailArguments& tail, const std::string& after) {
  std::string path = "/v1/feed?after=" + percent_encode(after);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) path += fmt::format("&{}={}", name, percent_encode(value));
  };
  add("types", tail.types);
  add("skus", tail.skus);
  add("channel", tail.channel);
  if (tail.once) path += "&follow=false";
  return path;
}

/// Prints every whole line of what has arrived, and keeps the rest. True while the feed is whole: a
/// server that has to cut it says so in the last line.
bool print_whole_lines(std::string* arrived, bool json) {
  bool whole = true;
  size_t begin = 0;
  for (size_t end; (end = arrived->find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = arrived->substr(begin, end - begin);
    if (line.empty()) continue;  // keeps the connection alive
    const Result<json::Value> event = json::parse_value(line);
    if (event && is_problem(*event)) {
      whole = false;
      if (!json) {
        print_error("holdfast: " + text_of(*event, "detail") + "\n");
        continue;
      }
    }
    print_out(json || !event ? line + "\n" : render_event(*event));
  }
  arrived->erase(0, begin);
  return whole;
}

}  // namespace

int run_tail(const TailArguments& arguments, const ServerArguments& server, bool json) {
  HttpClient client = connect(server);
  std::string after = arguments.after;
  if (after.empty() && (arguments.from_start || arguments.once)) after = "0";
  if (after.empty()) {
    const Result<std::string> now = present_position(client);
    if (!now) return report(now.error(), json);
    after = *now;
  }
  std::string arrived;
  bool whole = true;
  const Result<HttpAnswer> answer =
      client.stream(feed_path(arguments, after), {{"Accept", "application/x-ndjson"}},
                    [&](std::string_view piece) {
                      arrived.append(piece);
                      whole = print_whole_lines(&arrived, json) && whole;
                      return std::ferror(stdout) == 0;  // `| head` has seen enough
                    });
  if (std::ferror(stdout) != 0) return kExitOk;
  if (!answer || !answer->ok()) {
    return show_answer(answer, json, [](const json::Value&) { return std::string(); });
  }
  if (!whole) return kExitFailed;
  if (arguments.once) return kExitOk;
  print_error("holdfast: the server has ended the stream\n");
  return kExitFailed;
}

}  // namespace holdfast::app
