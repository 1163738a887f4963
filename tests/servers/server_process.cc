#include "tests/servers/server_process.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace holdfast::test {
namespace {

std::vector<std::string> environment_of(const SpawnOptions& options) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const bool hidden =
        std::any_of(options.hidden.begin(), options.hidden.end(),
                    [&](const std::string& prefix) { return text.starts_with(prefix); });
    if (!hidden) environment.push_back(text);
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

bool become(const RunAs& account) {
  if (account.group != 0 && (setgroups(0, nullptr) != 0 || setgid(account.group) != 0))
    return false;
  return account.user == 0 || setuid(account.user) == 0;
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

int free_port() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(socket_fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ADD_FAILURE() << "no free port";
  }
  close(socket_fd);
  return ntohs(address.sin_port);
}

RunAs unprivileged() {
  if (geteuid() != 0) return {};
  const passwd* nobody = getpwnam("nobody");
  if (nobody == nullptr) {
    ADD_FAILURE() << "no user nobody";
    return {};
  }
  return {nobody->pw_uid, nobody->pw_gid};
}

void give_to(const RunAs& account, const std::string& path) {
  if (account.user == 0) return;
  EXPECT_EQ(chown(path.c_str(), account.user, account.group), 0) << path;
}

// ---- ServerProcess
// -------------------------------------------------------------------------------

ServerProcess::ServerProcess(const std::string& program, std::vector<std::string> arguments,
                             SpawnOptions options) {
  std::vector<std::string> environment = environment_of(options);
  const std::vector<char*> words = pointers(arguments);
  const std::vector<char*> variables = pointers(environment);
  const std::string out = output_ / "out", err = output_ / "err";
  // opened before any change of user: the directory of a build may be closed to others
  const int binary = open(program.c_str(), O_RDONLY | O_CLOEXEC);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ != 0) {
    close(binary);
    return;
  }
  // the child: only async-signal-safe calls from here on
  const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int err_file = open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out_file, STDOUT_FILENO);
  dup2(err_file, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(126);
  if (!become(options.as)) _exit(126);
  // after the change of user, which clears it; a parent that died before it is noticed by hand
  prctl(PR_SET_PDEATHSIG, options.death_signal);
  if (getppid() != parent) _exit(126);
  fexecve(binary, words.data(), variables.data());
  _exit(127);
}

ServerProcess::~ServerProcess() { kill(); }

void ServerProcess::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

/// The process and all below it, parents before their children.
std::vector<pid_t> ServerProcess::family() const {
  std::vector<pid_t> all = {pid_};
  for (size_t i = 0; i < all.size(); ++i) {
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", all[i]));
    for (pid_t child = 0; children >> child;) all.push_back(child);
  }
  return all;
}

void ServerProcess::kill() {
  if (!running()) return;
  pause();  // so that none starts another, or tidies up, meanwhile
  for (const pid_t process : family()) ::kill(process, SIGKILL);
  wait();
}

void ServerProcess::pause() {
  if (!running()) return;
  // parents first: one that stands still makes no more children
  for (const pid_t process : family()) ::kill(process, SIGSTOP);
}

void ServerProcess::resume() {
  if (!running()) return;
  for (const pid_t process : family()) ::kill(process, SIGCONT);
}

bool ServerProcess::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return false;
}

int ServerProcess::wait(std::chrono::seconds at_most) {
  if (!wait_until([this] { return !running(); }, at_most)) return -1;
  return exit_code_;
}

std::string ServerProcess::out() const { return read_file(output_ / "out"); }
std::string ServerProcess::err() const { return read_file(output_ / "err"); }

}  // namespace holdfast::test
