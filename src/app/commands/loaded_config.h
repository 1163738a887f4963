// What commands that work on a data directory begin with: their settings.
#pragma once

#include <optional>

#include "app/config/config.h"

namespace holdfast::app {

/// The configuration; nullopt when something is wrong with it, every mistake of which is then on
/// standard error: exit kExitConfig.
std::optional<Config> load_or_complain(const ConfigArguments& arguments);

}  // namespace holdfast::app
