// The codec: nothing is lost on the way to bytes and back, holds stay small, garbage never gets through.
#include "store/event_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "store/compact_text.h"
#include "store/store_fixtures.h"

namespace holdfast::store {
namespace {

using testing::kStart;

struct Texts {
  std::vector<std::unique_ptr<std::string>> kept;
  std::string_view keep(std::string text) {
    return *kept.emplace_back(std::make_unique<std::string>(std::move(text)));
  }
};

Timestamp any_time() {
  const int64_t us = *rc::gen::oneOf(
      rc::gen::inRange<int64_t>(kStart.us - 100 * kDay, kStart.us + 100 * kDay),
      rc::gen::map(rc::gen::inRange<int64_t>(-1000, 1000), [](int64_t s) { return kStart.us + s * kSecond; }),
      rc::gen::arbitrary<int64_t>());
  return us == Timestamp::kNoneUs ? Timestamp{0} : Timestamp{us};
}

int64_t any_number() {
  return *rc::gen::oneOf(rc::gen::inRange<int64_t>(-100, 100), rc::gen::arbitrary<int64_t>());
}

std::string_view maybe_text(Texts& texts) {
  if (*rc::gen::inRange(0, 3) == 0) return {};
  return texts.keep(*rc::gen::oneOf(rc::gen::arbitrary<std::string>(),
                                    rc::gen::element<std::string>("berlin", "h_0_7", "h_4294967295_12",
                                                                  "h_01_7", "h_0_9223372036854775808", "h__1")));
}

Event any_event(Texts& texts, Seq seq) {
  Event e;
  e.type = *rc::gen::element(EventType::kHoldPlaced, EventType::kStockCounted, EventType::kChannelSet,
                             EventType::kLedgerRestored, EventType::kDiscrepancy);
  e.seq = seq;
  e.sku = maybe_text(texts);
  if (!e.sku.empty()) e.sku_seq = *rc::gen::arbitrary<uint64_t>();
  e.from = static_cast<Account>(*rc::gen::inRange(0, kAccountCount));
  e.to = static_cast<Account>(*rc::gen::inRange(0, kAccountCount));
  e.quantity = any_number();
  for (auto field : {&Event::location, &Event::to_location, &Event::channel, &Event::order, &Event::line,
                     &Event::reference, &Event::document, &Event::hold, &Event::reason, &Event::detail}) {
    e.*field = maybe_text(texts);
  }
  for (auto field : {&Event::occurred_at, &Event::claimed_at, &Event::deadline}) {
    if (*rc::gen::arbitrary<bool>()) e.*field = any_time();
  }
  if (*rc::gen::arbitrary<bool>()) e.version = {Version::Kind::kInteger, any_number()};
  e.has_total = *rc::gen::arbitrary<bool>();
  e.total = any_number();
  e.cancelled = any_number();
  e.written_off = any_number();
  e.flags = *rc::gen::arbitrary<uint32_t>();
  return e;
}

Seq any_link(Seq seq) { return *rc::gen::inRange<Seq>(0, seq); }

SkipPointers any_skips(Seq seq, bool with_times) {
  SkipPointers skips;
  skips.levels = *rc::gen::inRange(1, kSkipLevelsMax + 1);
  for (int i = 0; i < skips.levels; ++i) {
    skips.by_level[static_cast<size_t>(i)] = {any_link(seq), with_times ? any_time() : Timestamp{}};
  }
  return skips;
}

ChainLinks any_links(const Event& e) {
  ChainLinks links;
  if (e.sku.empty()) return links;
  links.previous = any_link(e.seq);
  if (!e.location.empty()) links.previous_here = any_link(e.seq);
  if (!e.to_location.empty()) links.previous_there = any_link(e.seq);
  if (*rc::gen::inRange(0, 4) == 0) links.skips = any_skips(e.seq, true);
  for (Checkpoint* checkpoint : {&links.here, &links.there}) {
    if (*rc::gen::inRange(0, 4) != 0) continue;
    checkpoint->present = true;
    for (int64_t& balance : checkpoint->balances) balance = any_number();
    checkpoint->skips = any_skips(e.seq, false);
  }
  return links;
}

void expect_same(const Event& a, const Event& b) {
  RC_ASSERT(a.type == b.type && a.seq == b.seq && a.sku_seq == b.sku_seq && a.sku == b.sku);
  RC_ASSERT(a.from == b.from && a.to == b.to && a.quantity == b.quantity);
  RC_ASSERT(a.location == b.location && a.to_location == b.to_location && a.channel == b.channel);
  RC_ASSERT(a.order == b.order && a.line == b.line && a.reference == b.reference);
  RC_ASSERT(a.document == b.document && a.hold == b.hold && a.reason == b.reason);
  RC_ASSERT(a.source == b.source && a.occurred_at == b.occurred_at && a.claimed_at == b.claimed_at);
  RC_ASSERT(a.deadline == b.deadline && a.version == b.version && a.has_total == b.has_total);
  RC_ASSERT(a.total == b.total && a.cancelled == b.cancelled && a.written_off == b.written_off);
  RC_ASSERT(a.flags == b.flags && a.detail == b.detail && a.recorded_at == b.recorded_at);
}

RC_GTEST_PROP(EventCodec, gives_back_what_it_was_given, ()) {
  Texts texts;
  std::string payload;
  PayloadWriter writer(&payload, kStart);
  const Seq first = 1 + *rc::gen::inRange<Seq>(0, 1'000'000);
  Seq seq = first;

  struct Written {
    CommandHead head;
    std::vector<Shortage> shortages;
    std::vector<Event> events;
    std::vector<ChainLinks> links;
  };
  std::vector<std::unique_ptr<Written>> commands;
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    Written& command = *commands.emplace_back(std::make_unique<Written>());
    command.head.type = *rc::gen::element(CommandType::kNone, CommandType::kHoldPlace, CommandType::kSkuMerge);
    command.head.source = maybe_text(texts);
    command.head.idempotency_key = *rc::gen::arbitrary<bool>()
                                       ? maybe_text(texts)
                                       : texts.keep("01234567-89ab-cdef-0123-456789abcdef");
    command.head.idempotency_key_2 = maybe_text(texts);
    command.head.fingerprint = *rc::gen::arbitrary<uint64_t>();
    command.head.from_source = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) {
      command.shortages.push_back({"1", "A", std::string(maybe_text(texts)), any_number(), any_number(), true});
      command.head.shortages = &command.shortages;
    }
    writer.begin_command(command.head);
    const int events = *rc::gen::inRange(1, 4);
    const Seq command_seq = seq;
    for (int j = 0; j < events; ++j, ++seq) {
      Event event = any_event(texts, seq);
      event.source = *rc::gen::arbitrary<bool>() ? command.head.source : texts.keep("other");
      event.recorded_at = kStart;
      event.command_seq = command_seq;
      command.links.push_back(any_links(event));
      writer.append(event, command.links.back());
      command.events.push_back(event);
    }
    writer.end_command();
  }

  TextArena arena;
  PayloadReader reader(payload, first, kStart, &arena);
  LoggedCommand read;
  std::vector<ChainLinks> links;
  for (const auto& command : commands) {
    RC_ASSERT(reader.next(&read, &links));
    RC_ASSERT(read.head.type == command->head.type && read.head.source == command->head.source);
    RC_ASSERT(read.head.idempotency_key == command->head.idempotency_key);
    RC_ASSERT(read.head.idempotency_key_2 == command->head.idempotency_key_2);
    RC_ASSERT(read.head.fingerprint == command->head.fingerprint);
    RC_ASSERT(read.head.from_source == command->head.from_source);
    RC_ASSERT(read.shortages == command->shortages);
    RC_ASSERT(read.events.size() == command->events.size());
    for (size_t i = 0; i < read.events.size(); ++i) {
      expect_same(read.events[i], command->events[i]);
      RC_ASSERT(links[i] == command->links[i]);
    }
  }
  RC_ASSERT(!reader.next(&read) && reader.ok());
}

RC_GTEST_PROP(EventCodec, reads_any_bytes_without_harm, (std::string bytes, uint16_t at, uint8_t flip)) {
  uint64_t sku_seq = 0;
  std::string payload;
  PayloadWriter writer(&payload, kStart);
  CommandHead head;
  head.type = CommandType::kHoldPlace;
  head.source = "web";
  writer.begin_command(head);
  writer.append(testing::hold_placed(9, ++sku_seq, "A", "berlin", "h_0_9"), ChainLinks{4, 4, 0, {}, {}, {}});
  writer.end_command();
  payload[at % payload.size()] = static_cast<char>(payload[at % payload.size()] ^ flip);
  for (const std::string& input : {bytes, payload, payload + bytes, payload.substr(0, at % payload.size())}) {
    // a copy of exactly this size, so that a sanitizer sees a read past the end
    const auto exact = std::make_unique<char[]>(input.size());
    std::copy(input.begin(), input.end(), exact.get());
    TextArena arena;
    PayloadReader reader({exact.get(), input.size()}, 9, kStart, &arena);
    LoggedCommand command;
    size_t commands = 0;
    while (reader.next(&command)) ++commands;
    RC_ASSERT(commands <= input.size());
  }
}

TEST(EventCodec, a_single_line_hold_with_a_36_byte_key_takes_at_most_80_bytes) {
  std::string payload;
  PayloadWriter writer(&payload, kStart);
  CommandHead head;
  head.type = CommandType::kHoldPlace;
  head.source = "web-shop";
  head.idempotency_key = "5f0c0a3e-3c1d-4c57-9d2e-0a1b2c3d4e5f";
  head.fingerprint = 0x1122334455667788;
  writer.begin_command(head);
  Event event = testing::hold_placed(80'000'000, 1'500'000, "SKU-1234", "leeds-02", "h_0_80000000");
  event.channel = "shopify1";
  event.source = head.source;
  event.deadline = kStart + 900 * kSecond;
  writer.append(event, ChainLinks{79'999'000, 79'999'000, 0, {}, {}, {}});
  writer.end_command();
  EXPECT_LE(payload.size(), 80u);
}

TEST(EventCodec, refuses_fields_and_types_it_does_not_know) {
  std::string payload;
  PayloadWriter writer(&payload, kStart);
  writer.begin_command({});
  Event event;
  event.type = static_cast<EventType>(200);
  writer.append(event, {});
  writer.end_command();
  TextArena arena;
  LoggedCommand command;
  PayloadReader reader(payload, 1, kStart, &arena);
  EXPECT_FALSE(reader.next(&command));
  EXPECT_FALSE(reader.ok());
}

TEST(CompactText, packs_only_what_it_can_give_back) {
  char packed[16];
  TextArena arena;
  ASSERT_TRUE(pack_uuid("01234567-89ab-cdef-0123-456789abcdef", packed));
  EXPECT_EQ(unpack_uuid({packed, 16}, &arena), "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_FALSE(pack_uuid("01234567-89AB-cdef-0123-456789abcdef", packed));
  EXPECT_FALSE(pack_uuid("0123456789abcdef0123456789abcdef0123", packed));
  EXPECT_FALSE(parse_generated_id("h_1"));
  EXPECT_FALSE(parse_generated_id("h_0_01"));
  EXPECT_EQ(hold_id({7, 12}, &arena), "h_7_12");
}

}  // namespace
}  // namespace holdfast::store
