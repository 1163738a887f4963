#include "tests/connectors/loopback_receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace holdfast::test {
namespace {

void send_all(int socket, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<size_t>(count);
  }
}

}  // namespace

LoopbackReceiver::LoopbackReceiver() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 256) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

LoopbackReceiver::~LoopbackReceiver() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (std::thread& thread : threads_) thread.join();
  for (const int socket : sockets_) ::close(socket);
}

std::string LoopbackReceiver::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void LoopbackReceiver::answer_with(std::function<Answer(const Received&)> answer) {
  {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  changed_.notify_all();  // what hangs is asked again
}

std::vector<Received> LoopbackReceiver::accepted() const {
  std::lock_guard lock(mutex_);
  return accepted_;
}

size_t LoopbackReceiver::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void LoopbackReceiver::accept_loop() {
  while (!stopping_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    std::lock_guard lock(mutex_);
    if (stopping_) {
      ::close(socket);
      return;
    }
    ++connections_;
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void LoopbackReceiver::serve(int socket) {
  std::string buffer;
  Received request;
  while (!stopping_ && read_request(socket, &buffer, &request)) {
    std::unique_lock lock(mutex_);
    ++requests_;
    Answer answer = answer_ ? answer_(request) : Answer{};
    while (answer.hang && !stopping_) {
      changed_.wait(lock);
      answer = answer_ ? answer_(request) : Answer{};
    }
    if (stopping_) return;
    if (answer.status >= 200 && answer.status < 300) accepted_.push_back(request);
    lock.unlock();
    send_all(socket, "HTTP/1.1 " + std::to_string(answer.status) + " X\r\nContent-Length: " +
                         std::to_string(answer.body.size()) + "\r\n" + answer.head + "\r\n" +
                         answer.body);
  }
}

bool LoopbackReceiver::read_request(int socket, std::string* buffer, Received* request) {
  *request = {};
  const auto more = [&] {
    char chunk[16 << 10];
    const ssize_t count = ::recv(socket, chunk, sizeof chunk, 0);
    if (count > 0) buffer->append(chunk, static_cast<size_t>(count));
    return count > 0;
  };
  size_t end = 0;
  while ((end = buffer->find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return false;
  }
  size_t at = buffer->find("\r\n");
  const std::string line = buffer->substr(0, at);
  const size_t space = line.find(' ');
  request->path = line.substr(space + 1, line.rfind(' ') - space - 1);
  while (at < end) {
    const size_t next = buffer->find("\r\n", at + 2);
    const std::string header = buffer->substr(at + 2, next - at - 2);
    const size_t colon = header.find(':');
    std::string name = header.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    if (colon != std::string::npos) request->headers[name] = header.substr(header.find_first_not_of(' ', colon + 1));
    at = next;
  }
  const size_t length = std::strtoull(request->headers["content-length"].c_str(), nullptr, 10);
  while (buffer->size() < end + 4 + length) {
    if (!more()) return false;
  }
  request->body = buffer->substr(end + 4, length);
  buffer->erase(0, end + 4 + length);
  return true;
}

}  // namespace holdfast::test
