// A parsed configuration file as plain data: tables, arrays and scalars, each knowing its line.
//
// Produced by toml_file.cc (the only file that sees toml++), read by TableReader. Immutable once
// parsed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::app {

struct ConfigMember;

struct ConfigNode {
  enum class Kind { kTable, kArray, kText, kInteger, kFloat, kBool, kTime };
  Kind kind = Kind::kTable;
  int line = 0;                       ///< from 1; 0 = not from a file
  std::string text;                   ///< kText
  int64_t integer = 0;                ///< kInteger
  bool boolean = false;               ///< kBool
  std::vector<ConfigMember> members;  ///< kTable, in key order
  std::vector<ConfigNode> items;      ///< kArray
};

struct ConfigMember {
  std::string name;
  ConfigNode node;
};

/// "a table", "a text" …, for error messages.
const char* name_of(ConfigNode::Kind kind);

/// Parses TOML 1.0. The error's detail begins with "line N: ".
Result<ConfigNode> parse_toml(const std::string& text);

}  // namespace holdfast::app
