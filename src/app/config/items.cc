#include "app/config/items.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "app/files/csv.h"

namespace holdfast::app {
namespace {

constexpr size_t kNoColumn = SIZE_MAX;

size_t column_of(const CsvRecord& header, std::string_view name) {
  const auto at = std::find(header.cells.begin(), header.cells.end(), name);
  return at == header.cells.end() ? kNoColumn : static_cast<size_t>(at - header.cells.begin());
}

/// "gid://shopify/InventoryItem/808950810" is the same as its number.
std::string bare(const std::string& id) {
  return id.starts_with("gid://") ? id.substr(id.rfind('/') + 1) : id;
}

}  // namespace

std::map<std::string, std::string> read_items(TableReader& table, const std::string& key) {
  std::map<std::string, std::string> items;
  if (!table.has(key)) return items;
  const std::string path = table.required_text(key);
  if (path.empty()) return items;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    table.problem(key, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    return items;
  }
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  CsvReader reader(bytes);
  CsvRecord record;
  if (!reader.next(&record)) {
    table.problem(key, fmt::format("'{}' is empty", path));
    return items;
  }
  const size_t item_at = column_of(record, "inventory_item_id");
  const size_t sku_at = column_of(record, "sku");
  if (item_at == kNoColumn || sku_at == kNoColumn) {
    table.problem(key,
                  fmt::format("'{}': the first line must name inventory_item_id and sku", path));
    return items;
  }
  while (reader.next(&record)) {
    const std::string where = fmt::format("'{}' line {}", path, record.line);
    if (!record.mistake.empty() || record.cells.size() <= std::max(item_at, sku_at)) {
      table.problem(key,
                    fmt::format("{}: {}", where,
                                record.mistake.empty() ? "a cell is missing" : record.mistake));
      return items;
    }
    const std::string item = bare(record.cells[item_at]);
    const std::string& sku = record.cells[sku_at];
    if (sku.empty()) continue;
    if (item.empty()) {
      table.problem(key, fmt::format("{}: inventory_item_id is empty", where));
      return items;
    }
    const auto [at, added] = items.emplace(item, sku);
    if (!added && at->second != sku) {
      table.problem(key, fmt::format("{}: item {} is '{}' and '{}': keep one of them", where, item,
                                     at->second, sku));
      return items;
    }
  }
  return items;
}

}  // namespace holdfast::app
