// The scalar settings: each with its key, its environment variable, its default and its range.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/config/table_reader.h"

namespace holdfast::app {

struct ScalarSetting {
  const char* key;          ///< "server.listen"
  const char* environment;  ///< "HOLDFAST_LISTEN"
  const char* flag;         ///< "--listen"
  const char* otherwise;    ///< default, as text
  bool is_integer;
  int64_t low, high;              ///< integers
  const char* choices = nullptr;  ///< texts: one of these, separated by spaces; null = any
};
const std::vector<ScalarSetting>& scalar_settings();

/// Every scalar's text and origin, by key. Reports values of the wrong type or out of range.
std::map<std::string, SettingShown> read_scalars(TableReader& root,
                                                 const ConfigArguments& arguments,
                                                 const Environment& environment,
                                                 ConfigProblems* problems);

}  // namespace holdfast::app
