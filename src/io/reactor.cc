#include "io/reactor.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/invariant.h"
#include "io/reactor_state.h"

namespace holdfast::io {
namespace {

// Of one round. Few enough that the first answers leave while the last requests are still to be
// read.
constexpr int kReadyPerRound = 64;

Duration monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec / 1'000;
}

epoll_event event_of(uint32_t wanted, Watched* watched) {
  epoll_event event{};
  event.events = wanted;
  event.data.ptr = watched;
  return event;
}

}  // namespace

Reactor::Impl::Impl()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  INVARIANT(epoll_ >= 0 && bell_ >= 0, "no event loop: errno {}; raise the limit of open files",
            errno);
  epoll_event ring = event_of(EPOLLIN | EPOLLET, nullptr);
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &ring);
}

Reactor::Impl::~Impl() {
  ::close(bell_);
  ::close(epoll_);
}

void Reactor::Impl::watch(int descriptor, uint32_t wanted, Watched& watched) const {
  epoll_event event = event_of(wanted, &watched);
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Reactor::Impl::change(int descriptor, uint32_t wanted, Watched& watched) const {
  epoll_event event = event_of(wanted, &watched);
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void Reactor::Impl::unwatch(int descriptor) const {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void Reactor::Impl::add_timer(Duration after, Duration interval, std::function<void()> call) {
  timers_.push_back({monotonic_now() + after, interval, std::move(call)});
}

void Reactor::Impl::post(std::move_only_function<void()> call) {
  bool asleep = false;
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(call));
    asleep = std::exchange(sleeping_, false);  // one ring per sleep is enough
  }
  if (asleep) wake();
}

void Reactor::Impl::wake() {
  const uint64_t one = 1;
  if (::write(bell_, &one, sizeof one) < 0) return;  // a full counter: it has rung already
}

void Reactor::Impl::round() {
  epoll_event ready[kReadyPerRound];
  int count = ::epoll_wait(epoll_, ready, kReadyPerRound, sleep_ms());
  {
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
  }
  for (int i = 0; i < count; ++i) {
    if (auto* watched = static_cast<Watched*>(ready[i].data.ptr))
      watched->on_ready(ready[i].events);
  }
  run_timers();
  run_posted();
  gone_.clear();
}

/// How long epoll_wait may sleep; from here on post() rings the bell. -1 = until something comes.
int Reactor::Impl::sleep_ms() {
  {
    const std::lock_guard lock(mutex_);
    if (!posted_.empty() || stopped.load()) return 0;
    sleeping_ = true;
  }
  if (timers_.empty()) return -1;
  const Duration due = std::ranges::min(timers_, {}, &Timer::due).due;
  const Duration left = std::max<Duration>(due - monotonic_now(), 0);
  return static_cast<int>(std::min<Duration>((left + kMillisecond - 1) / kMillisecond, 60'000));
}

void Reactor::Impl::run_timers() {
  const Duration now = monotonic_now();
  for (size_t i = 0; i < timers_.size();) {  // a call may add timers
    if (timers_[i].due > now) {
      ++i;
      continue;
    }
    std::function<void()> call = timers_[i].call;
    if (timers_[i].interval > 0) {
      timers_[i].due = now + timers_[i].interval;
      ++i;
    } else {
      timers_.erase(timers_.begin() + static_cast<ptrdiff_t>(i));
    }
    call();
  }
}

void Reactor::Impl::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (auto& call : running_) call();
  running_.clear();
}

Reactor::Reactor() : impl_(std::make_unique<Impl>()) {}
Reactor::~Reactor() = default;

void Reactor::run(const std::function<void()>& after_each) {
  while (!impl_->stopped.load()) {
    impl_->round();
    after_each();
  }
}

void Reactor::run_once() { impl_->round(); }

void Reactor::stop() {
  impl_->stopped.store(true);
  impl_->wake();
}

void Reactor::post(std::move_only_function<void()> call) { impl_->post(std::move(call)); }

void Reactor::every(Duration interval, std::function<void()> tick) {
  impl_->add_timer(interval, interval, std::move(tick));
}

std::unique_ptr<Socket> Reactor::adopt(int descriptor) {
  return std::unique_ptr<Socket>(new Socket(std::make_shared<Socket::State>(*impl_, descriptor)));
}

Result<std::unique_ptr<Listener>> Reactor::listen(const std::string& address, uint16_t port,
                                                  std::function<void(int, PeerAddress)> accepted) {
  auto state = std::make_shared<Listener::State>(*impl_, std::move(accepted));
  HF_TRY(state->bind(address, port));
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

}  // namespace holdfast::io
