// The race as a picture: a panel per way, a lane per buyer, and the stock under them, all over
// time.
#pragma once

#include <string>

#include "app/simulate/race.h"

namespace holdfast::app {

/// An SVG file. Of many buyers the first few have lanes; the counts are of all.
std::string race_picture(const Race& race);

}  // namespace holdfast::app
