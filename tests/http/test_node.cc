#include "tests/http/test_node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include <fmt/format.h>

namespace holdfast::http {

json::Value Received::json() const {
  auto value = json::parse_value(body);
  return value ? std::move(*value) : json::Value{};
}

std::string Received::code() const { return text("/code"); }

std::string Received::text(std::string_view pointer) const {
  const json::Value value = json();
  const json::Value* found = value.find(pointer);
  return found == nullptr ? "" : std::string(found->as_string().value_or(""));
}

std::optional<int64_t> Received::number(std::string_view pointer) const {
  const json::Value value = json();
  const json::Value* found = value.find(pointer);
  return found == nullptr ? std::nullopt : found->as_integer();
}

int Received::count(std::string_view pointer) const {
  const json::Value value = json();
  const json::Value* found = value.find(pointer);
  return found == nullptr || !found->is_array() ? -1 : static_cast<int>(found->items().size());
}

Client::Client(uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

Client::~Client() { ::close(descriptor_); }

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Client::fill() {
  char bytes[16 << 10];
  const ssize_t got = ::recv(descriptor_, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    ADD_FAILURE() << "nothing came for ten seconds; so far: " << buffer_;
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

std::string Client::receive_until(std::string_view needle) {
  while (true) {
    const size_t at = buffer_.find(needle);
    if (at != std::string::npos) {
      std::string out = buffer_.substr(0, at + needle.size());
      buffer_.erase(0, out.size());
      return out;
    }
    if (!fill()) return std::exchange(buffer_, {});
  }
}

std::string Client::receive_all() {
  while (fill()) continue;
  return std::exchange(buffer_, {});
}

std::string Client::take_line() {
  std::string line = receive_until("\r\n");
  if (line.size() >= 2) line.resize(line.size() - 2);
  return line;
}

Received Client::receive() {
  Received out;
  const std::string status = take_line();
  if (status.size() < 12) return out;
  std::from_chars(status.data() + 9, status.data() + 12, out.status);
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    const size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(::tolower(c));
    out.headers[name] = line.substr(colon + 2);
  }
  if (out.headers.contains("transfer-encoding")) {
    while (true) {
      const size_t size = std::stoul(take_line(), nullptr, 16);
      while (buffer_.size() < size + 2 && fill()) continue;
      out.body += buffer_.substr(0, size);
      buffer_.erase(0, size + 2);
      if (size == 0) return out;
    }
  }
  const size_t size = std::stoul("0" + out.headers["content-length"]);
  while (buffer_.size() < size && fill()) continue;
  out.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return out;
}

void Client::end_sending() { ::shutdown(descriptor_, SHUT_WR); }

Received Client::request(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view headers) {
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, target, headers);
  if (!body.empty()) bytes += fmt::format("Content-Length: {}\r\n", body.size());
  send(bytes + "\r\n" + std::string(body));
  return receive();
}

NodeTest::NodeTest() {
  options_.port = 0;
  auto executor = engine::LocalExecutor::start(store_, nullptr, clock_, {});
  EXPECT_TRUE(executor.has_value());
  executor_ = std::move(*executor);
  events_ = std::make_unique<feed::LogFeedSource>(store_);
}

NodeTest::~NodeTest() {
  client_.reset();
  server_.reset();
  if (!executor_drained_) { EXPECT_TRUE(executor_->drain().has_value()); }
}

void NodeTest::start() {
  auto server = HttpServer::start(options_, ServerPorts{.commands = *executor_,
                                                        .history = *executor_,
                                                        .events = *events_,
                                                        .keys = key_book_,
                                                        .log = *log_,
                                                        .metrics = metrics_,
                                                        .clock = clock_});
  ASSERT_TRUE(server.has_value()) << server.error().detail;
  server_ = std::move(*server);
}

uint16_t NodeTest::port() {
  if (!server_) start();
  return server_->port();
}

Client& NodeTest::client() {
  if (!client_) client_ = std::make_unique<Client>(port());
  return *client_;
}

void NodeTest::stock(std::string_view sku, int quantity, std::string_view location) {
  const auto answer = client().post(
      "/v1/events",
      fmt::format(R"({{"type":"stock.received","location":"{}","sku":"{}","quantity":{}}})", location,
                  sku, quantity),
      fmt::format("Idempotency-Key: stock-{}\r\n", ++keys_));
  ASSERT_EQ(answer.status, 201) << answer.body;
}

int64_t NodeTest::available(const std::string& sku) {
  const json::Value stock = client().get("/v1/stock/" + sku).json();
  const json::Value* number = stock.find("/locations/0/available");
  return number == nullptr ? INT64_MIN : number->as_integer().value_or(INT64_MIN);
}

}  // namespace holdfast::http
