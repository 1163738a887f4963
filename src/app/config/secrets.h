// Secrets of a configuration: written out, taken from the environment (`${NAME}`) or from a file.
#pragma once

#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/config/table_reader.h"

namespace holdfast::app {

/// The secrets of one table, from `single` ("secret"), `several` ("secrets") or `from_file`
/// ("secrets_file", one a line); an empty name is not looked at. Reports a file that others can
/// read, an unset variable, and two of the three at once.
std::vector<std::string> read_secrets(TableReader& table, const std::string& single,
                                      const std::string& several, const std::string& from_file,
                                      const Environment& environment);

}  // namespace holdfast::app
