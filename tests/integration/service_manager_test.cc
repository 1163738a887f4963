// The service manager's protocol, against a socket such as systemd has.
#include "app/service_manager.h"

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <map>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/integration/harness.h"

namespace holdfast::test {
namespace {

/// A datagram socket as systemd has one.
class Listening {
 public:
  explicit Listening(const std::string& name) : name_(name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@')
      address.sun_path[0] = '\0';
    else
      std::remove(name.c_str());
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0) << name;
  }
  ~Listening() {
    ::close(socket_);
    if (name_.front() != '@') std::remove(name_.c_str());
  }
  /// What came, or empty.
  std::string take() const {
    char bytes[256];
    const ssize_t size = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(bytes, static_cast<size_t>(size));
  }

 private:
  std::string name_;
  int socket_ = -1;
};

app::Environment given(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

void expect_told(const std::string& name) {
  const Listening systemd(name);
  app::ServiceManager manager(given({{"NOTIFY_SOCKET", name}}));
  manager.ready();
  EXPECT_EQ(systemd.take(), "READY=1\nSTATUS=ready");
  manager.alive();
  EXPECT_EQ(systemd.take(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(systemd.take(), "STOPPING=1\nSTATUS=draining");
  EXPECT_EQ(systemd.take(), "");
}

TEST(ServiceManager, IsToldThroughAPath) {
  expect_told(testing::TempDir() + "holdfast-notify-" + std::to_string(::getpid()));
}
TEST(ServiceManager, IsToldThroughAnAbstractName) {
  expect_told("@holdfast-notify-" + std::to_string(::getpid()));
}

TEST(ServiceManager, NobodyIsToldWithoutASocket) {
  for (const char* address : {"", "relative", "/"}) {
    app::ServiceManager manager(given({{"NOTIFY_SOCKET", address}, {"WATCHDOG_USEC", "1000"}}));
    manager.ready();
    EXPECT_FALSE(manager.watchdog()) << address;
  }
}

TEST(ServiceManager, TheWatchdogIsOursOrNobodys) {
  const auto watchdog = [](std::map<std::string, std::string> variables) {
    variables["NOTIFY_SOCKET"] = "@nobody";
    return app::ServiceManager(given(std::move(variables))).watchdog();
  };
  const std::string pid = std::to_string(::getpid());
  EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "60000000"}}), 60 * kSecond);
  EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "60000000"}, {"WATCHDOG_PID", pid}}), 60 * kSecond);
  EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "60000000"}, {"WATCHDOG_PID", "1"}}), std::nullopt);
  EXPECT_EQ(watchdog({{"WATCHDOG_USEC", "soon"}}), std::nullopt);
  EXPECT_EQ(watchdog({}), std::nullopt);
}

TEST(ServiceManager, HearsOfStartProgressAndStop) {
  const TempDir dir;
  const Listening systemd(dir / "notify");
  Server server(dir / "data", {},
                {.environment = {{"NOTIFY_SOCKET", dir / "notify"}, {"WATCHDOG_USEC", "200000"}}});
  const auto next = [&] {
    std::string told;
    wait_until([&] { return !(told = systemd.take()).empty(); });
    return told;
  };
  EXPECT_EQ(next(), "READY=1\nSTATUS=ready") << server.process().err();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(next(), "WATCHDOG=1");
  server.process().signal(SIGTERM);
  std::string told = next();
  while (told == "WATCHDOG=1") told = next();
  EXPECT_EQ(told, "STOPPING=1\nSTATUS=draining");
  EXPECT_EQ(server.process().wait(), 0);
}

}  // namespace
}  // namespace holdfast::test
