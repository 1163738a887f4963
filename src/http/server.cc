#include "http/server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/api.h"
#include "http/worker.h"
#include "io/reactor.h"

namespace holdfast::http {
namespace {

constexpr size_t kDescriptorsKept = 256;  // for the journal, the sinks and everything else

size_t connections_allowed(size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const size_t allowed =
      limit.rlim_cur > 2 * kDescriptorsKept ? limit.rlim_cur - kDescriptorsKept : limit.rlim_cur / 2;
  return std::min(wanted, allowed);
}

/// Open connections by peer. Thread-safe.
class PeerCounts {
 public:
  bool add(const io::PeerAddress& peer, size_t max) {
    const std::lock_guard lock(mutex_);
    size_t& count = counts_[peer];
    if (count >= max) return false;
    ++count;
    return true;
  }
  void remove(const io::PeerAddress& peer) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(peer);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<io::PeerAddress, size_t> counts_;  // guarded by mutex_
};

}  // namespace

bool is_loopback_address(const std::string& address) {
  if (address == "localhost") return true;
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

namespace {

/// More than four event loops are not kept busy by one sequencer.
int io_threads_of(int wanted) {
  if (wanted > 0) return std::min(wanted, 64);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
}

}  // namespace

struct HttpServer::Impl {
  Impl(const ServerOptions& given, ServerPorts given_ports)
      : options(given), ports(std::move(given_ports)), api(options, ports) {
    options.connections_max = connections_allowed(options.connections_max);
    options.io_threads = io_threads_of(options.io_threads);
    for (int i = 0; i < options.io_threads; ++i)
      workers.push_back(std::make_unique<Worker>(
          api, options, ports, counts, [this](const io::PeerAddress& peer) { on_closed(peer); }));
  }

  void on_accepted(int descriptor, const io::PeerAddress& peer);
  void on_closed(const io::PeerAddress& peer);
  void run_threads();
  void stop();

  ServerOptions options;
  ServerPorts ports;
  Api api;
  ServerCounts counts;
  PeerCounts peers;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<io::Listener> listener;  // worker 0's thread, once it runs
  uint16_t bound_port = 0;
  size_t next_worker = 0;                  // worker 0's thread
  std::vector<std::thread> threads;

  std::mutex mutex;
  std::condition_variable drained;
  size_t workers_drained = 0;              // guarded by mutex
  bool stopped = false;
};

/// Takes turns among the workers; what is over a cap is closed at once, before it costs anything.
void HttpServer::Impl::on_accepted(int descriptor, const io::PeerAddress& peer) {
  if (counts.connections.load() >= options.connections_max ||
      !peers.add(peer, options.connections_per_ip_max)) {
    api.metrics().connections_refused.add();
    ::close(descriptor);
    return;
  }
  counts.connections.fetch_add(1);
  api.metrics().connections.add(1);
  workers[next_worker]->add_connection(descriptor, peer);
  next_worker = (next_worker + 1) % workers.size();
}

void HttpServer::Impl::on_closed(const io::PeerAddress& peer) {
  peers.remove(peer);
  counts.connections.fetch_sub(1);
  api.metrics().connections.add(-1);
}

void HttpServer::Impl::run_threads() {
  for (size_t i = 0; i < workers.size(); ++i) {
    threads.emplace_back([worker = workers[i].get()] { worker->run(); });
    ::pthread_setname_np(threads.back().native_handle(), ("http-" + std::to_string(i)).c_str());
  }
}

void HttpServer::Impl::stop() {
  if (std::exchange(stopped, true)) return;
  api.set_draining();
  if (!threads.empty()) {
    workers.front()->reactor().post([this] { listener.reset(); });
    for (const auto& worker : workers) {
      worker->drain([this] {
        const std::lock_guard lock(mutex);
        ++workers_drained;
        drained.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    const auto timeout = std::chrono::microseconds(options.drain_timeout);
    if (!drained.wait_for(lock, timeout, [this] { return workers_drained == workers.size(); }))
      ports.log.warning("connections were closed with requests unanswered",
                        {{"connections", counts.connections.load()}});
  }
  for (const auto& worker : workers) worker->stop();
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  listener.reset();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options,
                                                      ServerPorts ports) {
  auto impl = std::make_unique<Impl>(options, std::move(ports));
  HF_ASSIGN(listener, impl->workers.front()->reactor().listen(
                          options.address, options.port,
                          [impl = impl.get()](int descriptor, const io::PeerAddress& peer) {
                            impl->on_accepted(descriptor, peer);
                          }));
  impl->bound_port = listener->port();
  impl->listener = std::move(listener);
  impl->run_threads();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() { stop(); }

uint16_t HttpServer::port() const { return impl_->bound_port; }
bool HttpServer::loopback() const { return is_loopback_address(impl_->options.address); }
void HttpServer::answer_when_alive(std::function<void()> done) {
  auto waiting = std::make_shared<std::atomic<size_t>>(impl_->workers.size());
  for (const auto& worker : impl_->workers) {
    worker->reactor().post([waiting, done] {
      if (waiting->fetch_sub(1, std::memory_order_acq_rel) == 1) done();
    });
  }
}
void HttpServer::start_draining() { impl_->api.set_draining(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace holdfast::http
