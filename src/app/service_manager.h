// Tells the service manager (systemd) how the process is: sd_notify(3)'s protocol, one datagram to
// the socket named in NOTIFY_SOCKET.
//
// Made by serve. Without NOTIFY_SOCKET every call does nothing. Confined to one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/config/config.h"
#include "base/time.h"

namespace holdfast::app {

class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET ("/path" or "@abstract") and WATCHDOG_USEC; a WATCHDOG_PID that is not
  /// this process's means that the watchdog is somebody else's.
  explicit ServiceManager(const Environment& environment);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void ready() { tell("READY=1\nSTATUS=ready"); }
  void stopping() { tell("STOPPING=1\nSTATUS=draining"); }
  /// The process makes progress: not to be restarted for another WatchdogSec.
  void alive() { tell("WATCHDOG=1"); }

  /// After how long without alive() the manager ends the process; none = there is no watchdog.
  std::optional<Duration> watchdog() const { return watchdog_; }

 private:
  void tell(std::string_view state) const;

  std::string address_;  ///< as bytes of sun_path; empty = nobody listens
  int socket_ = -1;
  std::optional<Duration> watchdog_;
};

}  // namespace holdfast::app
