#include "app/service_manager.h"

#include <charconv>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace holdfast::app {
namespace {

std::optional<int64_t> number_of(const std::optional<std::string>& text) {
  int64_t number = 0;
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || number <= 0) return std::nullopt;
  return number;
}

/// "@name" is the abstract socket "\0name"; what is neither that nor a path is no address.
std::string socket_address(const std::optional<std::string>& text) {
  if (!text || text->size() < 2 || text->size() >= sizeof(sockaddr_un::sun_path)) return {};
  if (text->front() != '/' && text->front() != '@') return {};
  std::string address = *text;
  if (address.front() == '@') address.front() = '\0';
  return address;
}

}  // namespace

ServiceManager::ServiceManager(const Environment& environment)
    : address_(socket_address(environment("NOTIFY_SOCKET"))) {
  if (address_.empty()) return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto pid = number_of(environment("WATCHDOG_PID"));
  if (!pid || *pid == ::getpid()) watchdog_ = number_of(environment("WATCHDOG_USEC"));
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

/// A manager that does not listen is no reason to fail: it notices by itself that it heard nothing.
void ServiceManager::tell(std::string_view state) const {
  if (socket_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace holdfast::app
