#include "app/config/table_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::app {

const char* name_of(ConfigNode::Kind kind) {
  switch (kind) {
    case ConfigNode::Kind::kTable:
      return "a table";
    case ConfigNode::Kind::kArray:
      return "an array";
    case ConfigNode::Kind::kText:
      return "a text in quotes";
    case ConfigNode::Kind::kInteger:
      return "a whole number";
    case ConfigNode::Kind::kFloat:
      return "a number with a fraction";
    case ConfigNode::Kind::kBool:
      return "true or false";
    case ConfigNode::Kind::kTime:
      return "a date or time";
  }
  return "";
}

TableReader::TableReader(const ConfigNode& table, std::string file, std::string path,
                         ConfigProblems* problems)
    : table_(table), file_(std::move(file)), path_(std::move(path)), problems_(problems) {}

TableReader::~TableReader() {
  for (const auto& [key, node] : table_.members) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    const std::string meant = nearest(key, asked_);
    problem(key,
            meant.empty() ? "unknown key" : fmt::format("unknown key; did you mean '{}'?", meant));
  }
}

std::string TableReader::path_of(const std::string& key) const {
  if (path_.empty()) return key;
  return key.empty() ? path_ : path_ + "." + key;
}

std::string TableReader::place_of(const std::string& key) const {
  int line = table_.line;
  for (const auto& [name, node] : table_.members) {
    if (name == key && node.line != 0) line = node.line;
  }
  return line == 0 ? file_ : fmt::format("{}:{}", file_, line);
}

void TableReader::problem(const std::string& key, std::string message) {
  problems_->push_back({place_of(key), path_of(key), std::move(message)});
}

const ConfigNode* TableReader::find(const std::string& key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  for (const auto& [name, node] : table_.members) {
    if (name == key) return &node;
  }
  return nullptr;
}

const ConfigNode* TableReader::find(const std::string& key, ConfigNode::Kind kind) {
  const ConfigNode* node = find(key);
  if (node == nullptr || node->kind == kind) return node;
  problem(key, fmt::format("is {}, must be {}", name_of(node->kind), name_of(kind)));
  return nullptr;
}

bool TableReader::has(const std::string& key) { return find(key) != nullptr; }

std::string TableReader::text(const std::string& key, const std::string& otherwise) {
  const ConfigNode* node = find(key, ConfigNode::Kind::kText);
  return node == nullptr ? otherwise : node->text;
}

std::string TableReader::required_text(const std::string& key) {
  const ConfigNode* node = find(key);
  if (node == nullptr || (node->kind == ConfigNode::Kind::kText && node->text.empty())) {
    problem(key, "is missing, must be a text");
    return {};
  }
  return text(key);
}

int64_t TableReader::integer(const std::string& key, int64_t low, int64_t high, int64_t otherwise) {
  const ConfigNode* node = find(key, ConfigNode::Kind::kInteger);
  if (node == nullptr) return otherwise;
  if (node->integer >= low && node->integer <= high) return node->integer;
  problem(key, fmt::format("is {}, must be {} to {}", node->integer, low, high));
  return otherwise;
}

bool TableReader::boolean(const std::string& key, bool otherwise) {
  const ConfigNode* node = find(key, ConfigNode::Kind::kBool);
  return node == nullptr ? otherwise : node->boolean;
}

std::string TableReader::word(const std::string& key, const std::vector<std::string>& words) {
  const std::string value = text(key, words.front());
  if (std::find(words.begin(), words.end(), value) != words.end()) return value;
  const std::string meant = nearest(value, words);
  problem(key, fmt::format("is '{}', must be one of {}{}", value, fmt::join(words, ", "),
                           meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
  return words.front();
}

std::vector<std::string> TableReader::texts(const std::string& key) {
  std::vector<std::string> values;
  const ConfigNode* node = find(key, ConfigNode::Kind::kArray);
  if (node == nullptr) return values;
  for (size_t i = 0; i < node->items.size(); ++i) {
    if (node->items[i].kind == ConfigNode::Kind::kText) {
      values.push_back(node->items[i].text);
    } else {
      problem(key, fmt::format("element {} is {}, must be a text in quotes", i,
                               name_of(node->items[i].kind)));
    }
  }
  return values;
}

std::vector<int64_t> TableReader::integers(const std::string& key, int64_t low, int64_t high,
                                           std::vector<int64_t> otherwise) {
  const ConfigNode* node = find(key, ConfigNode::Kind::kArray);
  if (node == nullptr) return otherwise;
  std::vector<int64_t> values;
  for (size_t i = 0; i < node->items.size(); ++i) {
    const ConfigNode& item = node->items[i];
    if (item.kind == ConfigNode::Kind::kInteger && item.integer >= low && item.integer <= high) {
      values.push_back(item.integer);
    } else {
      problem(key, fmt::format("element {} must be a whole number of {} to {}", i, low, high));
    }
  }
  return values;
}

const ConfigNode* TableReader::table(const std::string& key) {
  return find(key, ConfigNode::Kind::kTable);
}

std::vector<const ConfigNode*> TableReader::tables(const std::string& key) {
  std::vector<const ConfigNode*> found;
  const ConfigNode* node = find(key, ConfigNode::Kind::kArray);
  if (node == nullptr) return found;
  for (const ConfigNode& item : node->items) {
    if (item.kind == ConfigNode::Kind::kTable) {
      found.push_back(&item);
    } else {
      problem(key, fmt::format("must be written as [[{}]] tables", path_of(key)));
    }
  }
  return found;
}

}  // namespace holdfast::app
