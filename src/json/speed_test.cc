// The hot path, POST /v1/holds: how many allocations it makes (held to a bound) and how long it takes
// (reported; run the release build for figures that mean something).
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <string>

#include "json/parse.h"
#include "json/print.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

#ifndef __clang__  // having inlined one of the pair, g++ takes malloc and delete for a mismatch
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace holdfast::json {
namespace {

constexpr std::string_view kBody =
    R"({"channel":"web","lines":[{"sku":"WHITE-HANGING-HEART","quantity":2}],"ttl_s":900,"reference":"cart-81723"})";

Outcome granted() {
  Outcome outcome;
  outcome.status = OutcomeStatus::kAccepted;
  outcome.seq = 1'234'567;
  outcome.hold.emplace();
  outcome.hold->id = "h-18f3c2a9-41";
  outcome.hold->open = true;
  outcome.hold->expires_at = {1'795'000'000'000'000};
  outcome.hold->channel = "web";
  outcome.hold->lines.push_back({"", "WHITE-HANGING-HEART", "berlin", 2, 2, 0, 0, 0});
  outcome.stock.push_back({"WHITE-HANGING-HEART", 77, 41});
  return outcome;
}

template <typename Work>
void report(const char* what, Work work) {
  constexpr int kBatches = 20;
  constexpr int kRounds = 1'000;
  work();
  const uint64_t before = allocations.load();
  // The fastest batch: what the code costs, without what else the machine was doing.
  int64_t ns = INT64_MAX;
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) work();
    const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - start;
    ns = std::min<int64_t>(ns, elapsed.count() / kRounds);
  }
  const uint64_t each = (allocations.load() - before) / (kBatches * kRounds);
  std::printf("%s: %lld ns, %llu allocations\n", what, static_cast<long long>(ns),
              static_cast<unsigned long long>(each));
  ::testing::Test::RecordProperty(what, static_cast<int>(ns));
}

TEST(Speed, OfPlacingAHold) {
  const ParseContext context{.source = "shop", .idempotency_header = "cart-81723-1", .path = "/v1/holds"};
  report("parse", [&] { ASSERT_TRUE(parse_hold_place(kBody, context).has_value()); });
  const Outcome outcome = granted();
  std::string answer;
  report("print", [&] {
    answer.clear();
    print_outcome(&answer, outcome);
  });
  report("problem", [&] {
    answer.clear();
    Outcome refusal;
    refusal.status = OutcomeStatus::kRefused;
    refusal.error.code = ErrorCode::kInsufficientStock;
    Shortage& shortage = refusal.shortages.emplace_back();
    shortage.sku = "A";
    shortage.requested = 2;
    shortage.available_to_sell = 1;
    print_problem(&answer, problem_of(refusal, 409, "/v1/holds"));
  });
}

TEST(Speed, PlacingAHoldAllocatesOnlyWhatTheCommandOwns) {
  const ParseContext context{.source = "shop", .idempotency_header = "cart-81723-1", .path = "/v1/holds"};
  (void)parse_hold_place(kBody, context);
  const uint64_t before = allocations.load();
  const auto command = parse_hold_place(kBody, context);
  const uint64_t parsing = allocations.load() - before;
  ASSERT_TRUE(command.has_value());
  // The vector of lines and one sku too long for its string's own room.
  EXPECT_LE(parsing, 2u);

  const Outcome outcome = granted();
  std::string answer;
  print_outcome(&answer, outcome);
  answer.clear();
  const uint64_t before_print = allocations.load();
  print_outcome(&answer, outcome);
  EXPECT_EQ(allocations.load() - before_print, 0u);
}

}  // namespace
}  // namespace holdfast::json
