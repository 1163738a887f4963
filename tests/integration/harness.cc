#include "tests/integration/harness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

extern char** environ;

namespace holdfast::test {
namespace {

std::vector<std::string> environment_of(const ProcessOptions& options) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.starts_with("HOLDFAST_")) continue;  // a developer's own settings are none of ours
    environment.push_back(text);
  }
  for (const auto& [name, value] : options.environment) environment.push_back(name + "=" + value);
  return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
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

TempDir::TempDir() {
  path_ = (std::filesystem::temp_directory_path() / "holdfast-test.XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary directory " << path_;
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// ---- Process -------------------------------------------------------------------------------------

Process::Process(std::vector<std::string> arguments, ProcessOptions options) {
  arguments.insert(arguments.begin(), "holdfast");
  std::vector<std::string> environment = environment_of(options);
  const std::vector<char*> words = pointers(arguments);
  const std::vector<char*> variables = pointers(environment);
  const std::string out = output_ / "out", err = output_ / "err";
  // opened before any change of user: the build directory may be closed to others
  const int binary = open(HOLDFAST_BINARY, O_RDONLY | O_CLOEXEC);
  pid_ = fork();
  if (pid_ != 0) {
    close(binary);
    return;
  }
  // the child: only async-signal-safe calls from here on
  const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out_file, STDOUT_FILENO);
  dup2(err_file, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(126);
  if (options.user != 0 && setuid(options.user) != 0) _exit(126);
  fexecve(binary, words.data(), variables.data());
  _exit(127);
}

Process::~Process() {
  if (running()) {
    signal(SIGKILL);
    wait();
  }
}

void Process::signal(int number) { ::kill(pid_, number); }

bool Process::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return false;
}

int Process::wait() {
  if (!wait_until([this] { return !running(); }, std::chrono::seconds(120))) return -1;
  return exit_code_;
}

std::string Process::out() const { return read_file(output_ / "out"); }
std::string Process::err() const { return read_file(output_ / "err"); }

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
