// Reads one table of a configuration: each key is asked for by name, type and range; whatever
// nobody asked for is an unknown key, reported with the nearest known one. Problems are collected,
// never thrown.
//
// Confined to one thread; the node and the problem list outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/config/config_node.h"
#include "app/config/problem.h"

namespace holdfast::app {

class TableReader {
 public:
  /// `path` is the table's name in messages ("sinks[0]"), empty for the root.
  TableReader(const ConfigNode& table, std::string file, std::string path,
              ConfigProblems* problems);
  /// Reports the keys nobody asked for.
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  const std::string& file() const { return file_; }
  bool has(const std::string& key);
  std::string text(const std::string& key, const std::string& otherwise = {});
  /// A text that must be there and not empty.
  std::string required_text(const std::string& key);
  int64_t integer(const std::string& key, int64_t low, int64_t high, int64_t otherwise);
  bool boolean(const std::string& key, bool otherwise);
  /// One of `words`, the first of which is the default.
  std::string word(const std::string& key, const std::vector<std::string>& words);
  std::vector<std::string> texts(const std::string& key);
  std::vector<int64_t> integers(const std::string& key, int64_t low, int64_t high,
                                std::vector<int64_t> otherwise);
  /// The member of that name if it is a table; null otherwise.
  const ConfigNode* table(const std::string& key);
  /// The tables of an array of tables (`[[channels]]`); empty when absent.
  std::vector<const ConfigNode*> tables(const std::string& key);
  /// Any kind of node; null when absent.
  const ConfigNode* any(const std::string& key) { return find(key); }

  void problem(const std::string& key, std::string message);
  std::string path_of(const std::string& key) const;
  /// "shop.toml:12" of that key, or of the table.
  std::string place_of(const std::string& key) const;

 private:
  const ConfigNode* find(const std::string& key);
  const ConfigNode* find(const std::string& key, ConfigNode::Kind kind);

  const ConfigNode& table_;
  std::string file_;
  std::string path_;
  ConfigProblems* problems_;
  std::vector<std::string> asked_;
};

}  // namespace holdfast::app
