// Sinks and sources in words.
#include <vector>

#include <fmt/format.h>

#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const json::Value& page, std::string_view list,
             const std::vector<std::string>& columns) {
  Rows rows = {columns};
  const json::Value* items = page.get(list);
  if (items == nullptr) return rows;
  for (const json::Value& item : items->items()) {
    std::vector<std::string> row;
    for (const std::string& column : columns) row.push_back(text_of(item, column));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Every member on a line of its own.
std::string members(const json::Value& object) {
  std::string text;
  for (const auto& [name, value] : object.members()) {
    std::string shown = text_of(object, name);
    for (const auto& [inner, number] : value.members()) {
      shown += fmt::format("{}{} {}", shown.empty() ? "" : ", ", text_of(value, inner), inner);
    }
    text += fmt::format("{:<14} {}\n", name, shown);
  }
  return text;
}

std::string table_or(const Rows& rows, size_t text_columns, const char* none) {
  return rows.size() == 1 ? none : to_table(rows, text_columns);
}

}  // namespace

std::string render_sink(const json::Value& sink) { return members(sink); }
std::string render_source(const json::Value& source) { return members(source); }

std::string render_sinks(const json::Value& page) {
  return table_or(rows_of(page, "sinks",
                          {"name", "deliver", "state", "circuit", "cursor", "lag_events", "lag_ms",
                           "parked", "dead_letters"}),
                  4, "there are no sinks\n");
}

std::string render_dead_letters(const json::Value& page) {
  return table_or(rows_of(page, "dead_letters", {"seq", "sku", "attempts", "at", "reason"}), 5,
                  "there are no dead letters\n");
}

std::string render_observations(const json::Value& page) {
  return table_or(rows_of(page, "observations", {"sku", "at", "available_to_sell", "seq"}), 2,
                  "nothing was observed\n");
}

std::string render_sources(const json::Value& page) {
  return table_or(
      rows_of(page, "sources",
              {"name", "paused", "deliveries", "unauthorized", "recorded", "duplicates", "parked"}),
      2, "there are no sources\n");
}

std::string render_parked(const json::Value& page) {
  return table_or(rows_of(page, "parked", {"delivery_id", "at", "code", "reason"}), 4,
                  "nothing is parked\n");
}

}  // namespace holdfast::app
