#include "bench/process.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/invariant.h"

namespace holdfast::bench {
namespace fs = std::filesystem;
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// pid → parent of every process there is.
std::map<pid_t, pid_t> parents() {
  std::map<pid_t, pid_t> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    std::getline(stat, line);
    const size_t end = line.rfind(')');
    if (end == std::string::npos) continue;
    std::istringstream rest(line.substr(end + 1));
    char state;
    pid_t parent;
    rest >> state >> parent;
    out[std::stoi(name)] = parent;
  }
  return out;
}

void add_usage(pid_t pid, Usage* usage) {
  const std::string base = "/proc/" + std::to_string(pid);
  std::ifstream stat(base + "/stat");
  std::string line;
  std::getline(stat, line);
  const size_t end = line.rfind(')');
  if (end != std::string::npos) {
    std::istringstream rest(line.substr(end + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) rest >> skipped;
    // A PostgreSQL backend ends with its connection: its time is then in its parent's last two
    // fields (and what it wrote in its parent's io).
    double user = 0, system = 0, ended_user = 0, ended_system = 0;
    rest >> user >> system >> ended_user >> ended_system;
    usage->cpu_s +=
        (user + system + ended_user + ended_system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  std::ifstream io(base + "/io");
  for (std::string word; io >> word;) {
    if (word == "write_bytes:") {
      uint64_t bytes = 0;
      io >> bytes;
      usage->written_bytes += bytes;
    }
  }
  std::ifstream status(base + "/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") {
      uint64_t kib = 0;
      status >> kib;
      usage->resident_bytes += kib * 1024;
    }
  }
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  // Beside the working directory, not on a tmpfs: flushes must reach a device.
  std::string pattern = (fs::current_path() / ".bench-XXXXXX").string();
  INVARIANT(mkdtemp(pattern.data()) != nullptr, "cannot make {}", pattern);
  path_ = pattern;
  fs::permissions(path_, fs::perms::all);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Process::Process(std::vector<std::string> arguments, const std::string& log,
                 const std::string& as_user) {
  pid_ = fork();
  INVARIANT(pid_ >= 0, "fork failed");
  if (pid_ > 0) return;
  setpgid(0, 0);
  const int out = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  if (!as_user.empty()) {
    const passwd* user = getpwnam(as_user.c_str());
    if (user == nullptr || setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0) {
      _exit(127);
    }
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  _exit(127);
}

Process::~Process() { stop(); }

bool Process::running() { return pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == 0; }

void Process::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(-pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      break;
    }
    poll(nullptr, 0, 10);
  }
  pid_ = -1;
}

void Process::kill_now() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

Usage Process::usage() const {
  Usage usage;
  if (pid_ <= 0) return usage;
  const auto all = parents();
  for (const auto& [pid, parent] : all) {
    pid_t up = pid;
    for (int depth = 0; depth < 8 && up > 1 && up != pid_; ++depth) {
      const auto it = all.find(up);
      up = it == all.end() ? 0 : it->second;
    }
    if (up == pid_) add_usage(pid, &usage);
  }
  return usage;
}

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool ok = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  INVARIANT(ok, "no free loopback port");
  return ntohs(address.sin_port);
}

bool wait_for_port(int port) {
  const sockaddr_in address = loopback(port);
  for (int i = 0; i < 1'000; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const bool ok = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (ok) return true;
    poll(nullptr, 0, 10);
  }
  return false;
}

std::string find_program(const std::string& name, const std::vector<std::string>& more) {
  std::string path = getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin";
  for (const std::string& directory : more) path += ":" + directory;
  path += ":/usr/sbin:/sbin";
  std::istringstream directories(path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const fs::path candidate = fs::path(directory) / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

std::string run(const std::string& command, bool* ok) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (pipe != nullptr) {
    const size_t got = fread(buffer, 1, sizeof buffer, pipe);
    if (got == 0) break;
    output.append(buffer, got);
  }
  *ok = pipe != nullptr && pclose(pipe) == 0;
  return output;
}

}  // namespace holdfast::bench
