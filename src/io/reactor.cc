#include "io/reactor.h"

#include "io/reactor_state.h"

namespace holdfast::io {
namespace {

constexpr int kReadyPerRound = 512;

struct Ticker : std::enable_shared_from_this<Ticker> {
  Ticker(asio::io_context& context, Duration every, std::function<void()> call)
      : timer(context), interval(every), tick(std::move(call)) {}

  void arm() {
    timer.expires_after(std::chrono::microseconds(interval));
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error) return;
      self->tick();
      self->arm();
    });
  }

  asio::steady_timer timer;
  Duration interval;
  std::function<void()> tick;
};

}  // namespace

Reactor::Reactor() : impl_(std::make_unique<Impl>()) {}
Reactor::~Reactor() = default;

void Reactor::run(const std::function<void()>& after_each) {
  const auto keep_running = asio::make_work_guard(impl_->context);
  while (!impl_->context.stopped()) {
    if (impl_->context.run_one() == 0) break;
    // The rest of what was ready together with it, so that its answers leave together.
    for (int more = 0; more < kReadyPerRound && impl_->context.poll_one() > 0; ++more) continue;
    after_each();
  }
}

void Reactor::stop() { impl_->context.stop(); }

void Reactor::post(std::move_only_function<void()> call) {
  asio::post(impl_->context, [call = std::move(call)]() mutable { call(); });
}

void Reactor::every(Duration interval, std::function<void()> tick) {
  std::make_shared<Ticker>(impl_->context, interval, std::move(tick))->arm();
}

std::unique_ptr<Socket> Reactor::adopt(int descriptor) {
  return std::unique_ptr<Socket>(
      new Socket(std::make_shared<Socket::State>(impl_->context, descriptor)));
}

Result<std::unique_ptr<Listener>> Reactor::listen(
    const std::string& address, uint16_t port, std::function<void(int, PeerAddress)> accepted) {
  auto state = std::make_shared<Listener::State>(impl_->context, std::move(accepted));
  HF_TRY(state->bind(address, port));
  state->arm();
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

}  // namespace holdfast::io
