#include "engine/sku_names.h"

namespace holdfast::engine {

Result<std::string> name_in_log(store::EventLog& store, const std::string& sku, Seq seq) {
  std::string name = sku;
  HF_TRY(store.walk_sku(sku, seq == 0 ? 0 : seq + 1, [&](const Event& newest) {
    const bool merged = newest.type == EventType::kSkuMerged && newest.has(Event::kClosed);
    if (merged && newest.sku == sku) name = newest.reason;
    return false;
  }));
  return name;
}

}  // namespace holdfast::engine
