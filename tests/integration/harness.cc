#include "tests/integration/harness.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace holdfast::test {
namespace {

std::vector<std::string> named(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "holdfast");
  return arguments;
}

Answer to_answer(const Result<app::HttpAnswer>& answer) {
  if (!answer) {
    ADD_FAILURE() << answer.error().detail;
    return {};
  }
  const Result<json::Value> value = json::parse_value(answer->body);
  if (!value) {
    ADD_FAILURE() << "no JSON: " << answer->status << " " << answer->body;
    return {answer->status, {}};
  }
  return {answer->status, *value};
}

}  // namespace

// ---- Process -------------------------------------------------------------------------------------

Process::Process(std::vector<std::string> arguments, ProcessOptions options)
    : ServerProcess(HOLDFAST_BINARY, named(std::move(arguments)),
                    {.environment = std::move(options.environment),
                     .hidden = {"HOLDFAST_"},  // a developer's own settings are none of ours
                     .directory = std::move(options.directory),
                     .as = {.user = options.user}}) {}

Finished run_holdfast(std::vector<std::string> arguments, ProcessOptions options) {
  Process process(std::move(arguments), std::move(options));
  const int exit_code = process.wait();
  return {exit_code, process.out(), process.err()};
}

// ---- Server --------------------------------------------------------------------------------------

Server::Server(const std::string& data_dir, std::vector<std::string> more, ProcessOptions options)
    : ports_file_(data_dir + ".ports") {
  std::filesystem::remove(ports_file_);
  std::vector<std::string> arguments = {"serve",        "--listen",      "127.0.0.1:0", "--data-dir",
                                        data_dir,       "--ports-file", ports_file_};
  if (std::find(more.begin(), more.end(), "--config") == more.end()) {
    write_file(data_dir + ".toml", "[[channels]]\nid = \"web\"\nlocations = [\"berlin\"]\n");
    more.insert(more.end(), {"--config", data_dir + ".toml"});
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  process_ = std::make_unique<Process>(std::move(arguments), std::move(options));
}

bool Server::ready() {
  const bool settled = wait_until(
      [this] { return std::filesystem::exists(ports_file_) || !process_->running(); });
  if (!settled || !std::filesystem::exists(ports_file_)) return false;
  const Result<json::Value> ports = json::parse_value(read_file(ports_file_));
  if (!ports || ports->get("http") == nullptr) return false;
  port_ = static_cast<int>(ports->get("http")->as_integer().value_or(0));
  return port_ > 0;
}

std::string Server::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

int Server::stop() {
  process_->signal(SIGTERM);
  return process_->wait();
}
void Server::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

// ---- talking -------------------------------------------------------------------------------------

std::string Answer::text(const std::string& pointer) const {
  const json::Value* value = body.find(pointer);
  return value == nullptr ? std::string() : value->as_text().value_or("");
}
int64_t Answer::integer(const std::string& pointer) const {
  const json::Value* value = body.find(pointer);
  return value == nullptr ? INT64_MIN : value->as_integer().value_or(INT64_MIN);
}

Answer post(app::HttpClient& client, const std::string& path, const std::string& body,
            const std::string& key) {
  app::HttpClient::Headers headers;
  if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
  return to_answer(client.post(path, body, headers));
}
Answer get(app::HttpClient& client, const std::string& path) { return to_answer(client.get(path)); }

void stock_up(app::HttpClient& client, const std::string& sku, int64_t units) {
  const std::string count = fmt::format(
      R"({{"type":"stock.counted","location":"berlin","lines":[{{"sku":"{}","counted":{}}}]}})", sku, units);
  ASSERT_EQ(post(client, "/v1/events", count).status, 201);
}

}  // namespace holdfast::test
