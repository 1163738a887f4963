// The index against a plain map: the same ids put, removed and asked for, in many orders.
#include "ledger/hold_index.h"

#include <deque>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace holdfast::ledger {
namespace {

TEST(HoldIndex, AgreesWithAPlainMap) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    HoldIndex index(TextHash{seed});
    std::deque<std::string> texts;  // chosen ids must outlive their entries
    std::map<std::string, uint32_t> plain;
    Seq seq = 0;
    uint32_t incarnation = 0;
    for (uint32_t step = 0; step < 3'000; ++step) {
      const uint64_t roll = random.below(10);
      if (roll < 5) {
        seq += 1 + random.below(3);
        if (random.below(500) == 0) ++incarnation;
        texts.push_back(random.below(4) == 0 ? "cart-" + std::to_string(step)
                                             : generated_hold_id(incarnation, seq));
        index.put(texts.back(), step);
        plain[texts.back()] = step;
      } else if (!texts.empty()) {
        const std::string& id = texts[random.below(texts.size())];
        if (roll < 7) {
          index.erase(id);
          plain.erase(id);
        }
        const auto known = plain.find(id);
        ASSERT_EQ(index.find(id), known == plain.end() ? kNoId : known->second)
            << id << ", seed " << seed;
      }
    }
    for (const auto& [id, hold] : plain) ASSERT_EQ(index.find(id), hold) << id << ", seed " << seed;
  }
}

TEST(HoldIndex, TakesIdsInAnyOrder) {
  HoldIndex index(TextHash{7});
  for (const Seq seq : {5, 9, 2, 7, 1})
    index.put(generated_hold_id(0, seq), static_cast<uint32_t>(seq));
  for (const Seq seq : {1, 2, 5, 7, 9}) EXPECT_EQ(index.find(generated_hold_id(0, seq)), seq);
  for (const Seq seq : {3, 4, 6, 8, 10}) EXPECT_EQ(index.find(generated_hold_id(0, seq)), kNoId);
  EXPECT_EQ(index.find("h_1_5"), kNoId) << "another incarnation";
}

TEST(HoldIndex, OnlyTheLedgersOwnSpellingIsItsId) {
  HoldIndex index(TextHash{7});
  index.put("h_0_5", 1);
  for (const std::string id :
       {"h_0_05", "h_00_5", "h_0_5 ", "h_0_", "h__5", "h_0_5_", "h_0_99999999999999999999"})
    EXPECT_EQ(index.find(id), kNoId) << id;
  const std::string odd = "h_0_05";
  index.put(odd, 2);
  EXPECT_EQ(index.find("h_0_05"), 2u);
  EXPECT_EQ(index.find("h_0_5"), 1u);
}

}  // namespace
}  // namespace holdfast::ledger
