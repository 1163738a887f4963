#include "ledger/state.h"

#include "model/limits.h"

namespace holdfast::ledger {

int64_t Position::counted(CountState state) const {
  if (state == CountState::kDamaged) return balance(Account::kDamaged);
  if (state == CountState::kQualityControl) return balance(Account::kQualityControl);
  return balance(Account::kAvailable) + balance(Account::kHeld) + balance(Account::kCommitted);
}

const Position* Sku::at(LocationId location) const {
  for (const Position& position : positions) {
    if (position.location == location) return &position;
  }
  return nullptr;
}
Position* Sku::at(LocationId location) {
  return const_cast<Position*>(std::as_const(*this).at(location));
}

int64_t OrderSku::committed() const {
  int64_t sum = 0;
  for (const Commitment& commitment : commitments) sum += commitment.units;
  return sum;
}

const OrderSku* Order::of(SkuId sku) const {
  for (const OrderSku& part : skus) {
    if (part.sku == sku) return &part;
  }
  return nullptr;
}
OrderSku* Order::of(SkuId sku) { return const_cast<OrderSku*>(std::as_const(*this).of(sku)); }

int64_t Reference::open() const {
  int64_t sum = 0;
  for (const ReferenceLine& line : lines) sum += line.open;
  return sum;
}

State::State(std::string_view ledger_id, Duration window, uint64_t keys_max)
    : seed(hash64(ledger_id, 0x686f6c6466617374)),
      sku_names(seed + 1),
      location_names(seed + 2),
      channel_names(seed + 3),
      source_names(seed + 4),
      hold_ids(TextHash{seed + 5}),
      order_ids(TaggedTextHash{seed + 6}),
      reference_ids(TaggedTextHash{seed + 7}),
      keys(seed + 8, window, keys_max) {}

SkuId State::find_sku(std::string_view name) const {
  const SkuId id = sku_names.find(name);
  if (id == kNoId) return kNoId;
  const SkuId same_as = skus[id].same_as;
  return same_as == kNoId ? id : same_as;
}

const Position* State::position(SkuId sku, LocationId location) const {
  return sku == kNoId || location == kNoId ? nullptr : skus[sku].at(location);
}

uint32_t State::find_hold(std::string_view id) const {
  const uint32_t found = hold_ids.find(id);
  return found == kNoId || forgotten(holds[found]) ? kNoId : found;
}

bool State::forgotten(const Hold& hold) const {
  return hold.closed_at.has_value() && hold.closed_at + limits::kClosedKept < now;
}

uint32_t State::find_order(std::string_view channel, std::string_view order) const {
  const ChannelId id = channel_names.find(channel);
  if (id == kNoId) return kNoId;
  const uint32_t* found = order_ids.find(TaggedText{id, order});
  return found == nullptr ? kNoId : *found;
}

uint32_t State::find_reference(ReferenceKind kind, std::string_view reference) const {
  const uint32_t* found = reference_ids.find(TaggedText{static_cast<uint32_t>(kind), reference});
  return found == nullptr ? kNoId : *found;
}

}  // namespace holdfast::ledger
