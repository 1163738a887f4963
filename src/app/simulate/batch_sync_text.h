// How a synchronised flash sale looks: tables for people, figures for programs.
#pragma once

#include <string>

#include "app/simulate/batch_sync.h"

namespace holdfast::app {

/// "30m", "90s", "200ms": the largest unit that divides it, as the command line takes it.
std::string span_text(Duration span);
/// "cron every 30m", "pushes, 200ms behind", "every channel asks first".
std::string telling_text(Telling telling, const BatchSyncSettings& settings);
/// What it came to, then how it came to it, then the verdict.
std::string batch_sync_text(const BatchSync& result);
std::string batch_sync_json(const BatchSync& result);

}  // namespace holdfast::app
