#include "http/dashboard.h"

#include "base/error.h"
#include "http/problem.h"

namespace holdfast::http {
namespace {

// Everything the page needs comes from here, and nobody may show it inside a page of theirs. Its
// scripts and styles are files: nothing that gets into the page as text can run.
constexpr std::string_view kPagePolicy =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'none'\r\n"
    "X-Frame-Options: DENY\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n";
constexpr std::string_view kEveryFile =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

/// Weak comparison, as If-None-Match asks for: a proxy may have weakened what we sent.
bool names(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  while (!if_none_match.empty()) {
    const size_t comma = if_none_match.find(',');
    std::string_view one = if_none_match.substr(0, comma);
    while (one.starts_with(' ') || one.starts_with('\t')) one.remove_prefix(1);
    while (one.ends_with(' ') || one.ends_with('\t')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag) return true;
    if (comma == std::string_view::npos) break;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

const DashboardFile* find_dashboard_file(std::string_view path) {
  for (const DashboardFile& file : kDashboardFiles)
    if (file.path == path) return &file;
  return nullptr;
}

Answer dashboard_answer(const DashboardFile& file, const Head& head) {
  if (head.method != "GET" && head.method != "HEAD") {
    Answer refusal = problem_answer(
        Error{ErrorCode::kMethodNotAllowed, "a file of the dashboard takes GET and HEAD", {}},
        head.path);
    refusal.add_header("Allow", "GET, HEAD");
    return refusal;
  }
  const bool page = file.path == "/";
  Answer answer;
  answer.content_type = file.content_type;
  // The name of every other file changes with its contents: only the page itself is asked for
  // again.
  answer.headers = page ? "Cache-Control: no-cache\r\n"
                        : "Cache-Control: public, max-age=31536000, immutable\r\n";
  answer.add_header("ETag", file.etag);
  answer.headers.append(kEveryFile);
  if (page) answer.headers.append(kPagePolicy);
  if (names(head.field("if-none-match"), file.etag)) {
    answer.status = 304;
    answer.content_type = {};
  } else {
    answer.body = file.body;
  }
  return answer;
}

}  // namespace holdfast::http
