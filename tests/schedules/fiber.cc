#include "tests/schedules/fiber.h"

#include <cstdint>
#include <utility>

#include "base/invariant.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HF_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define HF_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HF_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define HF_TSAN 1
#endif

#ifdef HF_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef HF_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace holdfast::schedules {
namespace {

constexpr size_t kStackBytes = 256 << 10;

}  // namespace

Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)), stack_(std::make_unique_for_overwrite<char[]>(kStackBytes)) {
  INVARIANT(getcontext(&here_) == 0, "no context for a fiber");
  here_.uc_stack.ss_sp = stack_.get();
  here_.uc_stack.ss_size = kStackBytes;
  here_.uc_link = nullptr;
  const auto self = reinterpret_cast<uintptr_t>(this);
  // makecontext passes ints: the pointer goes in halves
  makecontext(&here_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self & 0xffffffffU));
#ifdef HF_TSAN
  own_tsan_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  INVARIANT(ended_, "a fiber is destroyed in its middle");
#ifdef HF_TSAN
  __tsan_destroy_fiber(own_tsan_);
#endif
}

void Fiber::enter(unsigned high, unsigned low) {
  const uintptr_t self = (static_cast<uintptr_t>(high) << 32) | low;
  auto& fiber = *reinterpret_cast<Fiber*>(self);
  fiber.arrived(nullptr);
  fiber.body_();
  fiber.ended_ = true;
  fiber.stand_still();
}

/// On the fiber's stack, which it has just come to.
void Fiber::arrived([[maybe_unused]] void* fake_stack) {
#ifdef HF_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, &caller_stack_, &caller_bytes_);
#endif
}

void Fiber::leave([[maybe_unused]] void** fake_stack, [[maybe_unused]] bool into_fiber) {
#ifdef HF_ASAN
  if (into_fiber) {
    __sanitizer_start_switch_fiber(fake_stack, stack_.get(), kStackBytes);
  } else {
    __sanitizer_start_switch_fiber(ended_ ? nullptr : fake_stack, caller_stack_, caller_bytes_);
  }
#endif
#ifdef HF_TSAN
  if (into_fiber) caller_tsan_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(into_fiber ? own_tsan_ : caller_tsan_, 0);
#endif
}

void Fiber::resume() {
  INVARIANT(!ended_, "a fiber that has ended is resumed");
  void* fake_stack = nullptr;
  leave(&fake_stack, true);
  swapcontext(&caller_, &here_);
#ifdef HF_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

void Fiber::stand_still() {
  void* fake_stack = nullptr;
  leave(&fake_stack, false);
  swapcontext(&here_, &caller_);
  arrived(fake_stack);
}

}  // namespace holdfast::schedules
