#include <set>
#include <string>

#include <gtest/gtest.h>

#include "model/account.h"
#include "model/command.h"
#include "model/event.h"
#include "model/generated_id.h"

namespace holdfast {
namespace {

TEST(Names, GoBothWays) {
  for (int i = 1; i < kAccountCount; ++i) {
    const auto account = static_cast<Account>(i);
    EXPECT_EQ(account_named(name_of(account)), account);
  }
  for (int i = 1; i < 128; ++i) {
    const auto command = static_cast<CommandType>(i);
    if (name_of(command) != "none") EXPECT_EQ(command_type_named(name_of(command)), command);
    const auto event = static_cast<EventType>(i);
    if (name_of(event) != "none") EXPECT_EQ(event_type_named(name_of(event)), event);
  }
  EXPECT_EQ(account_named("safety_stock"), std::nullopt);
  EXPECT_EQ(command_type_named("hold.placed"), std::nullopt);
  EXPECT_EQ(event_type_named("hold.place"), std::nullopt);
}

TEST(GeneratedId, ReadsBackWhatItPrints) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{7}, uint64_t{10}, uint64_t{INT64_MAX}}) {
    for (const uint32_t incarnation : {0U, 1U, UINT32_MAX}) {
      char text[kGeneratedIdBytesMax];
      const std::string_view printed(text, print_generated_id({incarnation, number}, text));
      const auto read = parse_generated_id(printed);
      ASSERT_TRUE(read.has_value()) << printed;
      EXPECT_EQ(read->incarnation, incarnation);
      EXPECT_EQ(read->number, number);
    }
  }
}

TEST(GeneratedId, IsNothingElse) {
  for (const std::string_view text :
       {"", "h", "h_", "h_1", "h_1_", "h__1", "h_01_1", "h_1_01", "h_1_2_", "h_1_2x", "h_-1_2",
        "h_1_+2", "x_1_2", "h_4294967296_1", "h_1_9223372036854775808",
        "h_1_18446744073709551617", "h_1_99999999999999999999999999", "cart-1"}) {
    EXPECT_FALSE(parse_generated_id(text)) << text;
  }
}

TEST(OwnedEvent, OutlivesTheTextItWasMadeFrom) {
  auto sku = std::make_unique<std::string>("TEE-M with a name beyond the small string");
  auto hold = std::make_unique<std::string>("h_0_17");
  Event event;
  event.type = EventType::kHoldPlaced;
  event.sku = *sku;
  event.hold = *hold;
  event.quantity = 3;
  OwnedEvent kept(event);
  sku.reset();
  hold.reset();
  const OwnedEvent copy = kept;
  OwnedEvent moved = std::move(kept);
  for (const OwnedEvent* each : {&copy, static_cast<const OwnedEvent*>(&moved)}) {
    EXPECT_EQ((*each)->sku, "TEE-M with a name beyond the small string");
    EXPECT_EQ((*each)->hold, "h_0_17");
    EXPECT_EQ((*each)->quantity, 3);
    EXPECT_EQ((*each)->order, "");
  }
}

}  // namespace
}  // namespace holdfast
