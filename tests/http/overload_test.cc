// Many connections, slow ones, the caps, a full queue, and the drain.
#include <atomic>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/http/test_node.h"

namespace holdfast::http {
namespace {

using testing::HasSubstr;

class OverloadTest : public NodeTest {};

TEST_F(OverloadTest, AThousandSlowConnectionsBlockNobody) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  stock("A", 1'000);
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 1'000; ++i) {
    slow.push_back(std::make_unique<Client>(port()));
    // Half in the middle of a head, half in the middle of a body.
    slow.back()->send(i % 2 == 0 ? "POST /v1/holds HTTP/1.1\r\nHo"
                                 : "POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\n{\"li");
  }
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(client().post("/v1/holds",
                            R"({"lines":[{"sku":"A","quantity":1}]})").status, 201);
  EXPECT_EQ(available("A"), 800);
}

TEST_F(OverloadTest, AnEventLoopThatIsStuckDoesNotSayItIsAlive) {
  std::promise<void> entered, freed;
  metrics_.gauge_from("holdfast_test_stuck", "Keeps the loop.", {},
                      [&entered, freed = freed.get_future().share()] {
                        entered.set_value();
                        freed.wait();
                        return 0.0;
                      });
  client().send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  entered.get_future().wait();
  std::atomic<bool> alive{false};
  server_->answer_when_alive([&] {
    alive = true;
    alive.notify_all();
  });
  EXPECT_FALSE(alive);
  freed.set_value();
  EXPECT_EQ(client().receive().status, 200);
  alive.wait(false);
}

TEST_F(OverloadTest, ConnectionsOverTheCapAreClosedAndTheOthersServed) {
  options_.connections_max = 3;
  start();
  Client one(port()), two(port()), three(port());
  for (Client* inside : {&one, &two, &three}) EXPECT_EQ(inside->get("/livez").status, 200);
  Client over(port());
  EXPECT_EQ(over.receive_all(), "");
  EXPECT_EQ(one.get("/livez").status, 200);
}

TEST_F(OverloadTest, ConnectionsOfOneAddressAreCapped) {
  options_.connections_per_ip_max = 2;
  start();
  auto first = std::make_unique<Client>(port());
  Client second(port());
  EXPECT_EQ(first->get("/livez").status, 200);
  EXPECT_EQ(second.get("/livez").status, 200);
  EXPECT_EQ(Client(port()).receive_all(), "");
  first.reset();  // makes room, as soon as the server has seen it
  auto& open = metrics_.gauge("holdfast_http_connections", "Open HTTP connections.");
  while (open.value() > 1) std::this_thread::yield();
  EXPECT_EQ(Client(port()).get("/livez").status, 200);
}

TEST_F(OverloadTest, RunningOutOfDescriptorsShedsNewcomersOnly) {
  EXPECT_EQ(client().get("/livez").status, 200);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<std::unique_ptr<Client>> more;
  for (int i = 0; i < 8; ++i) more.push_back(std::make_unique<Client>(port()));
  for (auto& one : more) EXPECT_EQ(one->get("/livez").status, 200);
  // The descriptors of client and server come from one table here, so the limit is set to what is open.
  Client newcomer_socket(port());
  EXPECT_EQ(newcomer_socket.get("/livez").status, 200);
  const int next = ::dup(0);
  ASSERT_GE(next, 0);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;
  ::close(next);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  Client newcomer(port());  // takes the last descriptor: the server has none for its side
  EXPECT_EQ(newcomer.receive_all(), "");
  EXPECT_EQ(client().get("/livez").status, 200);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(Client(port()).get("/livez").status, 200);
}

TEST_F(OverloadTest, LargeBodiesTogetherAreBounded) {
  options_.body_bytes_total_max = 100'000;
  start();
  Client first(port());
  first.send("POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n");
  Received refused;
  do {  // until the first one's promise is counted: not a byte of its body is here
    refused = Client(port()).post("/v1/batch", std::string(90'000, ' '));
  } while (refused.status != 503);
  EXPECT_EQ(refused.code(), "overloaded");
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
}

TEST_F(OverloadTest, AChunkedBodyIsRefusedWhereItGoesBeyondWhatAllMayHold) {
  options_.body_bytes_total_max = 100'000;
  start();
  Client chunked(port());
  std::string request = "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 30; ++i) request += "1388\r\n" + std::string(5'000, ' ') + "\r\n";
  chunked.send(request);
  const Received refused = chunked.receive();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "overloaded");
}

TEST_F(OverloadTest, StopFinishesWhatWasAskedAndClosesTheRest) {
  stock("A", 100);
  Client idle(port());
  EXPECT_EQ(idle.get("/livez").status, 200);
  std::vector<std::unique_ptr<Client>> buyers;
  for (int i = 0; i < 20; ++i) {
    buyers.push_back(std::make_unique<Client>(port()));
    EXPECT_EQ(buyers.back()->get("/livez").status, 200);
    const std::string hold = R"({"lines":[{"sku":"A","quantity":1}]})";
    buyers.back()->send(fmt::format("POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                                    hold.size(), hold));
  }
  server_->stop();
  int granted = 0;
  for (auto& buyer : buyers) {
    const Received answer = buyer->receive();  // served, or closed before it was read: never half
    granted += answer.status == 201;
    EXPECT_TRUE(answer.status == 201 || answer.status == 0) << answer.status;
  }
  EXPECT_EQ(idle.receive_all(), "");
  QueryResult stock;
  std::atomic<bool> done{false};
  executor_->query(Query{.type = QueryType::kStock, .sku = "A"}, [&](QueryResult result) {
    stock = std::move(result);
    done = true;
    done.notify_all();
  });
  done.wait(false);
  EXPECT_EQ(stock.stock.at(0).locations.at(0).held, granted);
}

}  // namespace
}  // namespace holdfast::http
