// A real HTTP/1.1 receiver on a free loopback port, for tests of what goes out: records every request and
// answers as told. One thread per connection; all members are thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"

namespace holdfast::test {

struct Received {
  std::string path;
  std::map<std::string, std::string> headers;  ///< names lower-case
  std::string body;
};

class LoopbackReceiver {
 public:
  struct Answer {
    int status = 200;
    std::string head;   ///< further header lines, each with \r\n
    std::string body;
    bool hang = false;  ///< no answer until resume() or the connection closes
  };
  LoopbackReceiver();
  ~LoopbackReceiver();
  LoopbackReceiver(const LoopbackReceiver&) = delete;
  LoopbackReceiver& operator=(const LoopbackReceiver&) = delete;

  std::string url(const std::string& path = "/hooks") const;
  /// How requests are answered from now on. Called under a lock, after the request was recorded.
  void answer_with(std::function<Answer(const Received&)> answer);
  /// Requests answered 2xx, in the order of their answers.
  std::vector<Received> accepted() const;
  size_t requests() const;
  size_t connections() const { return connections_; }

 private:
  void accept_loop();
  void serve(int socket);
  bool read_request(int socket, std::string* buffer, Received* request);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<size_t> connections_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<Answer(const Received&)> answer_;
  std::vector<Received> accepted_;
  size_t requests_ = 0;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace holdfast::test
