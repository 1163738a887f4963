// The flash sale as a picture: what each way sold over time, against what there was.
#pragma once

#include <string>

#include "app/simulate/batch_sync.h"

namespace holdfast::app {

/// An SVG file.
std::string batch_sync_picture(const BatchSync& result);

}  // namespace holdfast::app
