// `items_file`: which of a sender's items is which SKU, as CSV. Read once, when the configuration
// is.
#pragma once

#include <map>
#include <string>

#include "app/config/table_reader.h"

namespace holdfast::app {

/// The sender's item id → SKU, of the file the setting `key` names; empty where it is absent. The
/// header names `inventory_item_id` and `sku`; more columns are passed over, lines without a SKU
/// too. Every mistake is reported with its line.
std::map<std::string, std::string> read_items(TableReader& table, const std::string& key);

}  // namespace holdfast::app
