// The dashboard's files, embedded by the build from web/: the page at `/`, and beside it what it
// loads.
//
// Used by Api for what the table of routes does not have. Pure and immutable; thread-safe.
#pragma once

#include <span>
#include <string_view>

#include "http/answer.h"
#include "http/framing_guard.h"

namespace holdfast::http {

struct DashboardFile {
  std::string_view path;  ///< "/", or "/assets/…" with a hash of the contents in the name
  std::string_view content_type;
  std::string_view etag;  ///< quoted
  std::string_view body;
};

/// Made by web/build.mjs at build time. The page is the first.
extern const std::span<const DashboardFile> kDashboardFiles;

/// The file of exactly this path, as it stands in the request; nullptr where there is none. Nothing
/// is looked up on any disk, so there is no path to climb out of.
const DashboardFile* find_dashboard_file(std::string_view path);

/// 200 with the file, or 304 where the client's If-None-Match has it (RFC 9110 §13.1.2); 405 for
/// any method but GET and HEAD.
Answer dashboard_answer(const DashboardFile& file, const Head& head);

}  // namespace holdfast::http
