// A small HTTP/1.1 listener on loopback: takes POSTs with a Content-Length and answers each with a status.
// What a shop's webhook endpoint is in the demo.
//
// start() and stop() belong to one thread; `handle` is called on the listener's own thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace holdfast::app {

struct ReceivedRequest {
  std::string method, path;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string_view body;
};

class Listener {
 public:
  /// Returns the status to answer with.
  using Handle = std::function<int(const ReceivedRequest&)>;

  /// Binds 127.0.0.1 on a free port and starts the thread. kIo when that fails.
  static Result<std::unique_ptr<Listener>> start(Handle handle);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  uint16_t port() const { return port_; }
  void stop();

 private:
  struct Peer {
    int socket = -1;
    std::string input;
  };
  explicit Listener(Handle handle) : handle_(std::move(handle)) {}
  Status bind();
  void run();
  void accept_one();
  /// False: the peer is gone or broke the protocol.
  bool read_from(Peer& peer);
  /// Takes one whole request off the input. False: there is none yet, or (`*broken`) never will be.
  bool take_request(Peer& peer, bool* broken);

  Handle handle_;
  int socket_ = -1;
  int wake_ = -1;  ///< eventfd that ends poll()
  uint16_t port_ = 0;
  std::vector<Peer> peers_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace holdfast::app
