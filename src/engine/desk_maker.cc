#include "engine/desk_maker.h"

#include <iterator>
#include <utility>

namespace holdfast::engine {
namespace {

/// A row names SKUs, an alias the SKU it stands for, and that one's holds others: each layout that
/// lacks something learns all names of that ring.
constexpr int kLayoutsMax = 64;

template <typename T, typename Key>
void append_new(std::vector<T>* to, std::vector<T> more, Key key) {
  std::set<decltype(key(more.front()))> known;
  for (const T& row : *to) known.insert(key(row));
  for (T& row : more) {
    if (known.insert(key(row)).second) to->push_back(std::move(row));
  }
}

void append(std::vector<std::string>* to, const std::vector<std::string>& more) {
  to->insert(to->end(), more.begin(), more.end());
}

}  // namespace

void add_rows(StoredRows* to, StoredRows more) {
  append_new(&to->skus, std::move(more.skus), [](const StoredSku& row) { return row.sku; });
  append_new(&to->holds, std::move(more.holds), [](const StoredHold& row) { return row.id; });
  append_new(&to->orders, std::move(more.orders),
             [](const StoredOrder& row) { return std::pair(row.order, row.channel); });
  append_new(&to->references, std::move(more.references),
             [](const StoredReference& row) { return std::pair(row.reference, row.kind); });
  append_new(&to->keys, std::move(more.keys), [](const StoredKey& row) { return row.key; });
  if (more.settings) to->settings = std::move(more.settings);
  if (!more.channel_holds.empty()) to->channel_holds = std::move(more.channel_holds);
  if (!more.source_holds.empty()) to->source_holds = std::move(more.source_holds);
}

void add_names(RowNames* to, const RowNames& more) {
  to->keys.insert(to->keys.end(), more.keys.begin(), more.keys.end());
  append(&to->skus, more.skus);
  append(&to->bare_skus, more.bare_skus);
  append(&to->whole_skus, more.whole_skus);
  append(&to->merged_skus, more.merged_skus);
  append(&to->holds, more.holds);
  append(&to->orders, more.orders);
  append(&to->references, more.references);
  to->settings |= more.settings;
  to->open_holds |= more.open_holds;
}

Result<std::unique_ptr<ledger::Ledger>> DeskMaker::make() {
  for (int layout = 0; layout < kLayoutsMax; ++layout) {
    auto desk = std::make_unique<ledger::Ledger>(rules_);
    RowNames missing;
    if (desk->load_some(ledger_, settings_, rows_, &missing)) return desk;
    if (missing.empty()) break;
    HF_ASSIGN(more, load_(missing));
    const size_t before = rows_.skus.size();
    add_rows(&rows_, std::move(more));
    if (rows_.skus.size() == before) break;  // a row names a SKU that has none
  }
  return fail(ErrorCode::kCorrupt, "rows of the shared ledger contradict each other");
}

Status DeskMaker::load_whole(const std::vector<std::string>& skus) {
  RowNames names;
  names.whole_skus = skus;
  HF_ASSIGN(more, load_(names));
  add_rows(&rows_, std::move(more));
  whole_.insert(skus.begin(), skus.end());
  return {};
}

}  // namespace holdfast::engine
