// What a snapshot brings is found as if it had been told one by one.
#include "ledger/idempotency.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace holdfast::ledger {
namespace {

constexpr Timestamp kStart{1'763'884'800'000'000};

TEST(IdempotencyTable, LoadedKeysAreFoundAsAddedOnes) {
  IdempotencyTable added(7, 7 * kDay, 10'000'000), loaded(7, 7 * kDay, 10'000'000);
  SeededRandom random(1);
  constexpr Seq kKeys = 50'000;
  for (Seq seq = 1; seq <= kKeys; ++seq) {
    // one in ten is told again after its window: the younger entry counts
    const uint64_t name = random.below(kKeys * 9 / 10);
    const SeenKey key{added.hash_of("till", std::to_string(name)), name, seq,
                      kStart + static_cast<Duration>(seq) * kSecond};
    added.add(key);
    loaded.load(key);
  }
  EXPECT_EQ(loaded.find(loaded.entry(0).key, kStart), nullptr) << "not before find_loaded()";
  loaded.find_loaded();
  const auto expect_the_same = [&](Timestamp now) {
    for (uint64_t number = added.begin_number(); number < added.end_number(); ++number) {
      const Hash128 key = added.entry(number).key;
      const SeenKey* one = added.find(key, now);
      const SeenKey* other = loaded.find(key, now);
      ASSERT_EQ(one == nullptr, other == nullptr) << number;
      if (one != nullptr) {
        ASSERT_EQ(one->first_seq, other->first_seq) << number;
      }
    }
  };
  EXPECT_EQ(loaded.size(), added.size());
  expect_the_same(kStart + kDay);
  const Timestamp later = kStart + 7 * kDay + kKeys / 2 * kSecond;
  for (IdempotencyTable* table : {&added, &loaded}) table->forget(later, kKeys, UINT64_MAX);
  EXPECT_EQ(loaded.size(), added.size());
  EXPECT_LT(loaded.size(), kKeys);
  expect_the_same(later);
}

}  // namespace
}  // namespace holdfast::ledger
