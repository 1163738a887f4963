#include "bench/load.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/invariant.h"

namespace holdfast::bench {
namespace {

int64_t now_ns() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return ts.tv_sec * 1'000'000'000LL + ts.tv_nsec;
}

int connect_loopback(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

struct Answer {
  size_t size = 0;  // 0 = not complete yet
  int status = 0;
  bool replayed = false;
};

bool is_field(std::string_view line, std::string_view name) {
  return line.size() > name.size() && (line.front() | 0x20) == name.front() &&
         strncasecmp(line.data(), name.data(), name.size()) == 0;
}

Answer read_http(std::string_view in) {
  Answer answer;
  answer.status = in.size() > 12 && in[8] == ' ' ? std::atoi(in.data() + 9) : 599;
  size_t length = 0;
  for (size_t line_end = in.find('\n'); line_end != std::string_view::npos;
       line_end = in.find('\n', line_end + 1)) {
    const std::string_view next = in.substr(line_end + 1);
    if (next.starts_with("\r\n")) {  // the head ends here
      const size_t size = line_end + 3 + length;
      if (in.size() >= size) answer.size = size;
      return answer;
    }
    if (is_field(next, "content-length:")) length = std::strtoull(next.data() + 15, nullptr, 10);
    if (is_field(next, "idempotent-replayed:")) answer.replayed = true;
  }
  return {};
}

// Integers only: 1 succeeded, 0 a replay, -1 sold out, -2 key reused. Errors ("-ERR …") are
// failures.
Answer read_redis(std::string_view in) {
  const size_t end = in.find("\r\n");
  if (end == std::string_view::npos) return {};
  Answer answer;
  answer.size = end + 2;
  if (in[0] != ':') {
    answer.status = 599;
    return answer;
  }
  const int value = std::atoi(std::string(in.substr(1, end - 1)).c_str());
  answer.status = value >= 0 ? 200 : value == -1 ? 409 : 422;
  answer.replayed = value == 0;
  return answer;
}

class Generator {
 public:
  explicit Generator(const LoadPlan& plan) : plan_(plan), connections_(plan.connections) {}

  LoadResult run() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < connections_.size(); ++i) open(i);
    begin_ = now_ns();
    end_ = begin_ + static_cast<int64_t>(plan_.seconds * 1e9);
    if (plan_.rate == 0) {
      for (size_t i = 0; i < connections_.size(); ++i) fill(i, now_ns());
    }
    while (!finished()) step();
    result_.seconds = static_cast<double>(now_ns() - begin_) / 1e9;
    result_.failed += in_flight_;
    for (Connection& connection : connections_) close(connection.fd);
    close(epoll_);
    return std::move(result_);
  }

 private:
  struct InFlight {
    uint64_t number = 0;
    int64_t since = 0;  // planned (open loop) or sent (closed loop)
  };
  struct Connection {
    int fd = -1;
    std::string in, out;
    bool writable_wanted = false;
    std::deque<InFlight> started;
  };

  void open(size_t i) {
    connections_[i].fd = connect_loopback(plan_.port);
    INVARIANT(connections_[i].fd >= 0, "cannot connect to 127.0.0.1:{}", plan_.port);
    fcntl(connections_[i].fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event);
  }

  bool sending(int64_t now) const {
    return now < end_ && (plan_.requests_max == 0 || result_.sent < plan_.requests_max);
  }
  // At the end of the run, answers still on their way get five seconds more.
  bool finished() const {
    const int64_t now = now_ns();
    if (sending(now)) return false;
    return in_flight_ == 0 || now > std::max(end_, last_sent_) + 5'000'000'000LL;
  }

  void fill(size_t i, int64_t now) {
    Connection& connection = connections_[i];
    while (static_cast<int>(connection.started.size()) < plan_.pipeline && sending(now)) {
      start_request(&connection, now, now);
    }
    flush(i);
  }

  void start_request(Connection* connection, int64_t planned, int64_t now) {
    plan_.request(result_.sent, &connection->out);
    connection->started.push_back({result_.sent, planned});
    ++result_.sent;
    ++in_flight_;
    last_sent_ = now;
  }

  // Open loop: everything whose time has come goes to the connection with the fewest requests in
  // flight.
  int send_due() {
    const double interval = 1e9 / plan_.rate;
    for (int64_t now = now_ns(); sending(now); now = now_ns()) {
      const auto planned =
          begin_ + static_cast<int64_t>(static_cast<double>(result_.sent) * interval);
      if (planned > now) return static_cast<int>((planned - now) / 1'000'000);
      result_.lag.record(now - planned);
      const size_t i = next_connection();
      start_request(&connections_[i], planned, now);
      flush(i);
    }
    return 10;
  }

  size_t next_connection() {
    for (size_t tries = 0; tries < connections_.size(); ++tries) {
      turn_ = (turn_ + 1) % connections_.size();
      if (connections_[turn_].started.empty()) return turn_;
    }
    turn_ = (turn_ + 1) % connections_.size();
    return turn_;
  }

  void step() {
    const int wait = plan_.rate > 0 ? send_due() : 10;
    epoll_event events[256];
    const int count = epoll_wait(epoll_, events, 256, wait);
    for (int k = 0; k < count; ++k) {
      const size_t i = events[k].data.u64;
      if (events[k].events & EPOLLOUT) flush(i);
      if (events[k].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(i);
    }
  }

  void flush(size_t i) {
    Connection& connection = connections_[i];
    while (!connection.out.empty()) {
      const ssize_t wrote =
          send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
      if (wrote <= 0) break;
      connection.out.erase(0, static_cast<size_t>(wrote));  // nearly always all of it: no move
    }
    const bool wanted = !connection.out.empty();
    if (wanted != connection.writable_wanted) {
      connection.writable_wanted = wanted;
      epoll_event event{};
      event.events = EPOLLIN | (wanted ? static_cast<uint32_t>(EPOLLOUT) : 0);
      event.data.u64 = i;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
    }
  }

  void receive(size_t i) {
    Connection& connection = connections_[i];
    char buffer[(64 << 10) + 1];  // numbers are read up to what ends them
    const ssize_t got = recv(connection.fd, buffer, sizeof buffer - 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return broken(i);
    const int64_t now = now_ns();
    buffer[got] = '\0';
    std::string_view rest(buffer, static_cast<size_t>(got));
    if (!connection.in.empty()) rest = connection.in.append(rest);
    while (!rest.empty() && !connection.started.empty()) {
      const Answer answer = plan_.protocol == Protocol::kHttp ? read_http(rest) : read_redis(rest);
      if (answer.size == 0) break;
      rest.remove_prefix(answer.size);
      const InFlight request = connection.started.front();
      connection.started.pop_front();
      count(answer);
      result_.latency.record(now - request.since);
      if (plan_.answered) plan_.answered(request.number, answer.status, answer.replayed);
      --in_flight_;
    }
    connection.in = std::string(rest);  // nearly always nothing
    if (plan_.rate == 0) fill(i, now);
  }

  void count(const Answer& answer) {
    if (answer.status >= 200 && answer.status < 300)
      ++(answer.replayed ? result_.replayed : result_.succeeded);
    else if (answer.status == 409)
      ++result_.sold_out;
    else if (answer.status == 422)
      ++result_.conflicted;
    else if (answer.status == 423 || answer.status == 429 || answer.status == 503)
      ++result_.pushed_back;
    else
      ++result_.failed;
  }

  void broken(size_t i) {
    Connection& connection = connections_[i];
    result_.failed += connection.started.size();
    in_flight_ -= connection.started.size();
    close(connection.fd);
    connection = Connection{};
    open(i);
    if (plan_.rate == 0) fill(i, now_ns());
  }

  const LoadPlan& plan_;
  std::vector<Connection> connections_;
  LoadResult result_;
  int epoll_ = -1;
  int64_t begin_ = 0, end_ = 0, last_sent_ = 0;
  uint64_t in_flight_ = 0;
  size_t turn_ = 0;
};

}  // namespace

LoadResult run_load(const LoadPlan& plan) { return Generator(plan).run(); }

int http_once(int port, const std::string& method, const std::string& path,
              const std::string& headers, const std::string& request_body, std::string* body) {
  const int fd = connect_loopback(port);
  if (fd < 0) return 0;
  const std::string request =
      method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers +
      "Content-Length: " + std::to_string(request_body.size()) + "\r\n\r\n" + request_body;
  std::string answer;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(request.size())) {
    char buffer[16 << 10];
    for (ssize_t got; (got = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
  }
  close(fd);
  const size_t head_end = answer.find("\r\n\r\n");
  if (head_end == std::string::npos) return 0;
  if (body != nullptr) *body = answer.substr(head_end + 4);
  return std::atoi(answer.substr(9, 3).c_str());
}

}  // namespace holdfast::bench
