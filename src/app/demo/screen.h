// How the demo looks: a table that redraws itself on a terminal, one line a second elsewhere, a summary.
#pragma once

#include <string>

#include "app/demo/demo.h"

namespace holdfast::app {

/// "0.8 ms", "12 ms", "1.4 s"; "-" for nothing measured.
std::string lag_text(Duration lag);
/// "12,345".
std::string count_text(int64_t number);

/// The live table, several lines.
std::string table_text(const DemoProgress& progress);
/// The same in one line.
std::string line_text(const DemoProgress& progress);
/// What it came to, for people and for programs.
std::string summary_text(const DemoProgress& progress, const DemoVerdict& verdict);
std::string summary_json(const DemoProgress& progress, const DemoVerdict& verdict);

}  // namespace holdfast::app
