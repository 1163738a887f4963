// The event loop over real loopback sockets: what each side of a connection can do to it.
#include "io/reactor.h"

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace holdfast::io {
namespace {

constexpr int kRoundsMax = 10'000;

int connect_to(uint16_t port) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return client;
}

void send_all(int client, std::string_view text) {
  ASSERT_EQ(::send(client, text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

/// A close that the peer sees as a reset.
void reset(int client) {
  const linger now{1, 0};
  ::setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(client);
}

/// One accepted connection, and what it was told.
struct Accepted final : SocketEvents {
  std::unique_ptr<Socket> socket;
  std::string bytes;
  int ends = 0, breaks = 0, writables = 0;
  bool dies_at_bytes = false;

  void on_bytes(std::string_view more) override {
    bytes.append(more);
    if (dies_at_bytes) socket.reset();
  }
  void on_end() override { ++ends; }
  void on_writable() override { ++writables; }
  void on_broken() override { ++breaks; }
};

class ReactorTest : public testing::Test {
 protected:
  /// A client connected to `server`, whose socket has started.
  int accept_one() {
    auto listener = reactor_.listen("127.0.0.1", 0, [this](int descriptor, PeerAddress peer) {
      EXPECT_EQ(peer.bytes[12], 127);
      server_.socket = reactor_.adopt(descriptor);
      server_.socket->start(server_);
    });
    EXPECT_TRUE(listener.has_value());
    const int client = connect_to((*listener)->port());
    run_until([this] { return server_.socket != nullptr; });
    return client;
  }
  /// Rounds of the loop until `done`; fails the test when it never is.
  void run_until(const std::function<bool()>& done) {
    int rounds = 0;
    if (!ticking_) reactor_.every(kMillisecond, [] {});  // so that a round always ends
    ticking_ = true;
    while (!done() && rounds < kRoundsMax) {
      reactor_.run_once();
      ++rounds;
    }
    EXPECT_TRUE(done()) << "not within " << kRoundsMax << " rounds";
  }

  Reactor reactor_;
  Accepted server_;
  bool ticking_ = false;
};

TEST_F(ReactorTest, CarriesBytesBothWays) {
  const int client = accept_one();
  send_all(client, "hello");
  run_until([&] { return server_.bytes == "hello"; });
  EXPECT_EQ(server_.socket->write("there"), 5u);
  char answer[8];
  EXPECT_EQ(::recv(client, answer, sizeof answer, 0), 5);
  ::close(client);
  run_until([&] { return server_.ends == 1; });
  EXPECT_EQ(server_.breaks, 0);
}

TEST_F(ReactorTest, BytesNobodyWantsWaitInTheKernel) {
  const int client = accept_one();
  server_.socket->want_bytes(false);
  send_all(client, "later");
  for (int i = 0; i < 20; ++i) reactor_.run_once();
  EXPECT_EQ(server_.bytes, "");
  server_.socket->want_bytes(true);
  run_until([&] { return server_.bytes == "later"; });
  ::close(client);
}

TEST_F(ReactorTest, AResetIsToldOnceEvenWhenNobodyReads) {
  for (const bool reading : {true, false}) {
    server_ = Accepted{};
    const int client = accept_one();
    server_.socket->want_bytes(reading);
    reset(client);
    run_until([&] { return server_.breaks > 0; });
    for (int i = 0; i < 20; ++i) reactor_.run_once();
    EXPECT_EQ(server_.breaks, 1) << reading;
  }
}

TEST_F(ReactorTest, AWriteThatDoesNotFitIsFollowedByWritable) {
  const int client = accept_one();
  const std::string much(8 << 20, 'x');
  const auto taken = server_.socket->write(much);
  ASSERT_TRUE(taken.has_value());
  ASSERT_LT(*taken, much.size());
  std::string sink(1 << 20, 0);
  size_t read = 0;
  run_until([&] {
    while (read < *taken) {
      const ssize_t got = ::recv(client, sink.data(), sink.size(), MSG_DONTWAIT);
      if (got <= 0) break;
      read += static_cast<size_t>(got);
    }
    return server_.writables > 0;
  });
  EXPECT_EQ(server_.writables, 1);
  ::close(client);
}

TEST_F(ReactorTest, ASocketMayDieInItsOwnEvent) {
  const int client = accept_one();
  server_.dies_at_bytes = true;
  send_all(client, "bye");
  ::shutdown(client, SHUT_WR);  // bytes and end in one event
  run_until([&] { return server_.socket == nullptr; });
  for (int i = 0; i < 20; ++i) reactor_.run_once();
  EXPECT_EQ(server_.bytes, "bye");
  EXPECT_EQ(server_.ends, 0);
  ::close(client);
}

TEST_F(ReactorTest, ACallFromAnotherThreadWakesASleepingLoop) {
  int calls = 0;
  std::thread other([&] {
    for (int i = 0; i < 1'000; ++i) {
      reactor_.post([&] {
        if (++calls == 1'000) reactor_.stop();
      });
      std::this_thread::yield();
    }
  });
  reactor_.run([] {});  // has no timer: only the calls can end its sleep
  other.join();
  EXPECT_EQ(calls, 1'000);
}

TEST_F(ReactorTest, RefusesWhatIsNoAddressAndWhatIsTaken) {
  const auto no_address = reactor_.listen("shop.example", 0, [](int, PeerAddress) {});
  ASSERT_FALSE(no_address.has_value());
  EXPECT_EQ(no_address.error().code, ErrorCode::kConfigInvalid);
  const auto first = reactor_.listen("127.0.0.1", 0, [](int, PeerAddress) {});
  ASSERT_TRUE(first.has_value());
  const auto second = reactor_.listen("127.0.0.1", (*first)->port(), [](int, PeerAddress) {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace holdfast::io
