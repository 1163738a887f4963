// A function that can stand still in its middle and go on later: how code that waits for a database is
// stepped by hand, on one thread, in an order a seed decides.
//
// Used by the schedules. Confined to one thread. A fiber must have ended before it is destroyed.
#pragma once

#include <functional>
#include <memory>

#include <ucontext.h>

namespace holdfast::schedules {

class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs it until it stands still or ends. REQUIRES: not ended, not called from a fiber.
  void resume();
  bool ended() const { return ended_; }
  /// Stands still. REQUIRES: called from within this fiber.
  void stand_still();

 private:
  static void enter(unsigned high, unsigned low);
  void arrived(void* fake_stack);
  void leave(void** fake_stack, bool into_fiber);

  std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t here_{}, caller_{};
  bool ended_ = false;
  // what the sanitizers want to know of a change of stacks
  const void* caller_stack_ = nullptr;
  size_t caller_bytes_ = 0;
  void* caller_tsan_ = nullptr;
  void* own_tsan_ = nullptr;
};

}  // namespace holdfast::schedules
