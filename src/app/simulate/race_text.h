// How a race looks: as a timeline and a table for people, as figures for programs.
#pragma once

#include <string>

#include "app/simulate/race.h"

namespace holdfast::app {

/// "12.3 ms", always one digit behind the point.
std::string ms_text(Duration time);
/// What a step says of itself, without time and buyer: "reads 1".
std::string step_text(const RaceStep& step, const RaceWay& way, const RaceSettings& settings);
/// Every way's timeline, then one table.
std::string race_text(const Race& race);
std::string race_json(const Race& race);

}  // namespace holdfast::app
