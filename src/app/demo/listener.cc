#include "app/demo/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace holdfast::app {
namespace {

constexpr size_t kRequestBytesMax = 1 << 20;
constexpr size_t kPeersMax = 512;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Method, path and headers from the bytes before the blank line.
ReceivedRequest parse_head(std::string_view head) {
  ReceivedRequest request;
  size_t at = head.find("\r\n");
  const std::string_view line = head.substr(0, at);
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  if (first != std::string_view::npos && second != std::string_view::npos) {
    request.method = line.substr(0, first);
    request.path = line.substr(first + 1, second - first - 1);
  }
  while (at != std::string_view::npos) {
    const size_t begin = at + 2;
    at = head.find("\r\n", begin);
    const std::string_view field = head.substr(begin, at == std::string_view::npos ? at : at - begin);
    const size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = field.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers[lower(field.substr(0, colon))] = value;
  }
  return request;
}

Status system_error(const char* what) {
  return fail(ErrorCode::kIo, fmt::format("demo listener: {}: {}", what, std::strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::start(Handle handle) {
  std::unique_ptr<Listener> listener(new Listener(std::move(handle)));
  HF_TRY(listener->bind());
  listener->thread_ = std::thread([raw = listener.get()] { raw->run(); });
  return listener;
}

Status Listener::bind() {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (socket_ < 0 || wake_ < 0) return system_error("socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0) return system_error("bind");
  if (listen(socket_, 128) != 0) return system_error("listen");
  if (getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return system_error("getsockname");
  }
  port_ = ntohs(address.sin_port);
  return {};
}

Listener::~Listener() {
  stop();
  for (const Peer& peer : peers_) close(peer.socket);
  if (socket_ >= 0) close(socket_);
  if (wake_ >= 0) close(wake_);
}

void Listener::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
}

void Listener::run() {
  while (!stopping_) {
    std::vector<pollfd> waits = {{wake_, POLLIN, 0}, {socket_, POLLIN, 0}};
    for (const Peer& peer : peers_) waits.push_back({peer.socket, POLLIN, 0});
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    for (size_t i = waits.size(); i-- > 2;) {
      if (waits[i].revents == 0) continue;
      const auto peer = peers_.begin() + static_cast<std::ptrdiff_t>(i - 2);
      if (read_from(*peer)) continue;
      close(peer->socket);
      peers_.erase(peer);
    }
    if (waits[1].revents != 0) accept_one();
  }
}

void Listener::accept_one() {
  const int socket = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) return;
  if (peers_.size() == kPeersMax) {
    close(socket);
    return;
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  peers_.push_back({socket, {}});
}

bool Listener::read_from(Peer& peer) {
  char buffer[16 << 10];
  const ssize_t got = recv(peer.socket, buffer, sizeof buffer, 0);
  if (got <= 0) return got < 0 && errno == EINTR;
  peer.input.append(buffer, static_cast<size_t>(got));
  bool broken = false;
  while (take_request(peer, &broken)) {
  }
  return !broken;
}

bool Listener::take_request(Peer& peer, bool* broken) {
  const size_t end = peer.input.find("\r\n\r\n");
  if (end == std::string::npos) {
    *broken = peer.input.size() > kRequestBytesMax;
    return false;
  }
  ReceivedRequest request = parse_head(std::string_view(peer.input).substr(0, end));
  size_t length = 0;
  if (const auto header = request.headers.find("content-length"); header != request.headers.end()) {
    const std::string& text = header->second;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    *broken = error != std::errc() || stop != text.data() + text.size();
  }
  if (*broken || length > kRequestBytesMax) {
    *broken = true;
    return false;
  }
  const size_t whole = end + 4 + length;
  if (peer.input.size() < whole) return false;
  request.body = std::string_view(peer.input).substr(end + 4, length);
  const int status = handle_(request);
  peer.input.erase(0, whole);
  const std::string answer =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Length: 0\r\n\r\n", status, status < 300 ? "OK" : "No");
  *broken = send(peer.socket, answer.data(), answer.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(answer.size());
  return !*broken;
}

}  // namespace holdfast::app
