#include "tests/schedules/tables.h"

#include <algorithm>
#include <set>

namespace holdfast::schedules {
namespace {

using Names = std::set<std::string>;

void add(Names* to, const std::vector<std::string>& names) { to->insert(names.begin(), names.end()); }

/// The names, and what any of them is an alias of.
Names with_meant(const Tables& tables, const Names& told) {
  Names named = told;
  for (const std::string& name : told) {
    const auto found = tables.skus.find(name);
    if (found != tables.skus.end() && !found->second->same_as.empty()) {
      named.insert(found->second->same_as);
    }
  }
  return named;
}

void add_skus_of_holds(const Tables& tables, const std::vector<std::string>& holds, Names* to) {
  for (const std::string& id : holds) {
    const auto found = tables.holds.find(id);
    if (found == tables.holds.end()) continue;
    for (const StoredHoldLine& line : found->second->lines) to->insert(line.sku);
  }
}

Names wholes_of(const RowNames& names) {
  Names wholes;
  add(&wholes, names.whole_skus);
  add(&wholes, names.merged_skus);
  return wholes;
}

bool is_due(Timestamp deadline, Timestamp moment) {
  return deadline.has_value() && deadline <= moment;
}

std::vector<StoredHold> load_holds(const Tables& tables, const RowNames& names, size_t due_max,
                                   Timestamp now) {
  const Timestamp moment = std::max(now, tables.ledger.last_time);
  Names told;
  add(&told, names.skus);
  add_skus_of_holds(tables, names.holds, &told);
  const Names named = with_meant(tables, told);
  const Names wholes = with_meant(tables, wholes_of(names));
  Names wanted;
  add(&wanted, names.holds);
  std::vector<std::pair<std::pair<Timestamp, Seq>, std::string>> due;
  for (const auto& [id, hold] : tables.holds) {
    for (const StoredHoldLine& line : hold->lines) {
      if (line.remaining <= 0) continue;
      if (wholes.contains(line.sku)) wanted.insert(id);
      if (named.contains(line.sku) && is_due(hold->deadline, moment)) wanted.insert(id);
    }
    if (hold->remaining > 0 && is_due(hold->deadline, moment)) {
      due.push_back({{hold->deadline, hold->first_seq}, id});
    }
  }
  std::sort(due.begin(), due.end());
  for (size_t i = 0; i < due.size() && i < due_max; ++i) wanted.insert(due[i].second);
  std::vector<StoredHold> rows;
  for (const std::string& id : wanted) {
    const auto found = tables.holds.find(id);
    if (found == tables.holds.end()) continue;
    StoredHold& row = rows.emplace_back();
    row.id = id;
    row.row = found->second->row;
  }
  return rows;
}

template <typename T>
bool names_part(const T& row, const Names& skus, int64_t StoredPart::* units = nullptr) {
  return std::any_of(row.skus.begin(), row.skus.end(), [&](const StoredPart& part) {
    return skus.contains(part.sku) && (units == nullptr || part.*units > 0);
  });
}

std::vector<StoredOrder> load_orders(const Tables& tables, const RowNames& names) {
  const Names named(names.orders.begin(), names.orders.end());
  const Names wholes = with_meant(tables, wholes_of(names));
  const Names merged(names.merged_skus.begin(), names.merged_skus.end());
  std::vector<StoredOrder> rows;
  for (const auto& [id, order] : tables.orders) {
    if (!named.contains(order->order) && !names_part(*order, wholes, &StoredPart::units) &&
        !names_part(*order, merged)) {
      continue;
    }
    StoredOrder& row = rows.emplace_back();
    row.order = order->order;
    row.channel = order->channel;
    row.row = order->row;
  }
  return rows;
}

std::vector<StoredReference> load_references(const Tables& tables, const RowNames& names) {
  const Names named(names.references.begin(), names.references.end());
  const Names wholes = wholes_of(names);
  const Names merged(names.merged_skus.begin(), names.merged_skus.end());
  std::vector<StoredReference> rows;
  for (const auto& [id, reference] : tables.references) {
    if (!named.contains(reference->reference) &&
        !names_part(*reference, wholes, &StoredPart::units) && !names_part(*reference, merged)) {
      continue;
    }
    StoredReference& row = rows.emplace_back();
    row.reference = reference->reference;
    row.kind = reference->kind;
    row.row = reference->row;
  }
  return rows;
}

bool is_known(const StoredSku& row, const std::vector<store::KnownRow>& known,
              const store::SharedGuards& guards) {
  for (const store::KnownRow& candidate : known) {
    if (candidate.sku != row.sku) continue;
    if (!guards.token_check) return true;
    return candidate.token.epoch == row.token.epoch &&
           (!guards.owner_nonce || candidate.token.owner == row.token.owner);
  }
  return false;
}

std::vector<StoredNamed> all_of(const std::map<uint32_t, StoredNamed>& table) {
  std::vector<StoredNamed> rows;
  for (const auto& [number, row] : table) rows.push_back(row);
  return rows;
}

std::vector<std::pair<uint32_t, int64_t>> counts_of(const std::map<uint32_t, StoredNamed>& table) {
  std::vector<std::pair<uint32_t, int64_t>> counts;
  for (const auto& [number, row] : table) {
    if (row.open_holds != 0) counts.emplace_back(number, row.open_holds);
  }
  return counts;
}

}  // namespace

// ---- reading -----------------------------------------------------------------------------------

std::vector<StoredSku> load_skus(const Tables& tables, const RowNames& names,
                                 const std::vector<store::KnownRow>& known,
                                 const store::SharedGuards& guards) {
  Names told = wholes_of(names);
  add(&told, names.skus);
  add(&told, names.bare_skus);
  add_skus_of_holds(tables, names.holds, &told);
  const Names orders(names.orders.begin(), names.orders.end());
  for (const auto& [id, order] : tables.orders) {
    if (!orders.contains(order->order)) continue;
    for (const StoredPart& part : order->skus) told.insert(part.sku);
  }
  const Names references(names.references.begin(), names.references.end());
  for (const auto& [id, reference] : tables.references) {
    if (!references.contains(reference->reference)) continue;
    for (const StoredPart& part : reference->skus) told.insert(part.sku);
  }
  std::vector<StoredSku> rows;
  for (const std::string& name : with_meant(tables, told)) {
    const auto found = tables.skus.find(name);
    if (found == tables.skus.end()) continue;
    StoredSku& row = rows.emplace_back();
    row.sku = name;
    row.token = found->second->token;
    row.number = found->second->number;
    row.settled = found->second->settled;
    if (!is_known(*found->second, known, guards)) row.row = found->second->row;
  }
  return rows;
}

StoredRows load_rows(const Tables& tables, const RowNames& names,
                     const std::vector<store::KnownRow>& known, size_t due_max, Timestamp now,
                     const store::SharedGuards& guards) {
  StoredRows rows;
  if (guards.key_step) {
    for (const Hash128& key : std::set<Hash128>(names.keys.begin(), names.keys.end())) {
      const auto found = tables.keys.find(key);
      if (found != tables.keys.end()) rows.keys.push_back(found->second);
    }
  }
  rows.holds = load_holds(tables, names, due_max, now);
  rows.orders = load_orders(tables, names);
  rows.references = load_references(tables, names);
  rows.skus = load_skus(tables, names, known, guards);
  if (names.open_holds) {
    rows.channel_holds = counts_of(tables.channels);
    rows.source_holds = counts_of(tables.sources);
  }
  if (names.settings) {
    StoredSettings& settings = rows.settings.emplace();
    settings.locations = all_of(tables.locations);
    settings.channels = all_of(tables.channels);
    settings.sources = all_of(tables.sources);
  }
  return rows;
}

std::vector<std::string> load_unsettled(const Tables& tables, uint64_t settle, size_t max) {
  std::vector<std::pair<uint64_t, std::string>> found;
  for (const auto& [name, sku] : tables.skus) {
    if (sku->settled < settle) found.emplace_back(sku->number, name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> skus;
  for (size_t i = 0; i < found.size() && i < max; ++i) skus.push_back(found[i].second);
  return skus;
}

// ---- writing -----------------------------------------------------------------------------------

namespace {

Status refused(const std::string& what) { return fail(ErrorCode::kInternal, what); }

Status write_skus(Tables* tables, const std::vector<StoredSku>& skus,
                  const store::SharedGuards& guards) {
  for (const StoredSku& sku : skus) {
    const auto found = tables->skus.find(sku.sku);
    if (found != tables->skus.end()) {
      if (guards.row_counts && found->second->token.epoch + 1 != sku.token.epoch) {
        return refused("the row of " + sku.sku + " is another than was read");
      }
      auto row = std::make_shared<StoredSku>(sku);
      row->number = found->second->number;
      found->second = std::move(row);
      continue;
    }
    for (const auto& [name, other] : tables->skus) {
      if (other->number == sku.number) return refused("duplicate key: number of " + sku.sku);
    }
    tables->skus[sku.sku] = std::make_shared<StoredSku>(sku);
  }
  return {};
}

Status write_named(std::map<uint32_t, StoredNamed>* table, const std::vector<StoredNamed>& rows) {
  for (const StoredNamed& row : rows) {
    for (const auto& [number, other] : *table) {
      if (number != row.number && other.name == row.name) return refused("duplicate key: " + row.name);
    }
    StoredNamed& stored = (*table)[row.number];
    const int64_t open_holds = stored.open_holds;
    stored = row;
    stored.open_holds = open_holds;
  }
  return {};
}

Status write_events(Tables* tables, const std::vector<StoredEvent>& events) {
  for (const StoredEvent& event : events) {
    const Seq next = tables->events.size() + 1;
    if (event.event->seq < next) return refused("duplicate key: seq of event");
    if (event.event->seq > next) return refused("seq of event leaves a gap");
    tables->events.push_back(std::make_shared<StoredEvent>(event));
  }
  return {};
}

}  // namespace

Status write_group(Tables* tables, const store::GroupWrite& write,
                   const store::SharedGuards& guards) {
  const StoredChanges& changes = write.changes;
  HF_TRY(write_named(&tables->locations, changes.locations));
  HF_TRY(write_named(&tables->channels, changes.channels));
  HF_TRY(write_named(&tables->sources, changes.sources));
  for (const auto& [number, change] : changes.channel_holds) {
    tables->channels[number].open_holds += change;
  }
  for (const auto& [number, change] : changes.source_holds) {
    tables->sources[number].open_holds += change;
  }
  HF_TRY(write_skus(tables, changes.skus, guards));
  for (const std::string& id : changes.forgotten_holds) tables->holds.erase(id);
  for (const StoredHold& hold : changes.holds) {
    tables->holds[hold.id] = std::make_shared<StoredHold>(hold);
  }
  for (const StoredOrder& order : changes.orders) {
    tables->orders[{order.order, order.channel}] = std::make_shared<StoredOrder>(order);
  }
  for (const StoredReference& reference : changes.references) {
    tables->references[{reference.reference, reference.kind}] =
        std::make_shared<StoredReference>(reference);
  }
  for (const StoredKey& key : changes.keys) tables->keys[key.key] = key;
  HF_TRY(write_events(tables, write.events));
  tables->last_groups[write.owner] = write.group;
  const StoredLedger before = tables->ledger;
  tables->ledger = changes.ledger;
  tables->ledger.id = before.id;
  tables->ledger.incarnation = before.incarnation;
  return {};
}

size_t purge_rows(Tables* tables, Timestamp now, Duration keys_kept, Duration holds_kept,
                  size_t max) {
  const Timestamp moment = std::max(now, tables->ledger.last_time);
  std::vector<std::pair<Timestamp, Hash128>> old_keys;
  for (const auto& [key, row] : tables->keys) {
    if (row.at < moment - keys_kept) old_keys.emplace_back(row.at, key);
  }
  std::sort(old_keys.begin(), old_keys.end());
  old_keys.resize(std::min(old_keys.size(), max));
  for (const auto& [at, key] : old_keys) tables->keys.erase(key);
  tables->ledger.keys -= std::min<uint64_t>(tables->ledger.keys, old_keys.size());
  std::vector<std::pair<Timestamp, std::string>> old_holds;
  for (const auto& [id, hold] : tables->holds) {
    if (hold->closed_at.has_value() && hold->closed_at < moment - holds_kept) {
      old_holds.emplace_back(hold->closed_at, id);
    }
  }
  std::sort(old_holds.begin(), old_holds.end());
  old_holds.resize(std::min(old_holds.size(), max));
  for (const auto& [at, id] : old_holds) {
    tables->ledger.forgotten_holds =
        std::max<uint64_t>(tables->ledger.forgotten_holds, tables->holds[id]->first_seq);
    tables->holds.erase(id);
  }
  return old_keys.size() + old_holds.size();
}

}  // namespace holdfast::schedules
