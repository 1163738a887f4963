// An HTTP answer, before it is bytes. Made by the handlers, written by Connection.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace holdfast::http {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kNdjson = "application/x-ndjson";
inline constexpr std::string_view kProblemJson = "application/problem+json";
inline constexpr std::string_view kEventStream = "text/event-stream";
inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

struct Answer {
  int status = 200;
  std::string_view content_type = kJson;  ///< a literal; empty = no body and no type
  std::string headers;                    ///< further lines, each with its CRLF; values checked by add_header()
  std::string body;
  ErrorCode code = ErrorCode::kNone;  ///< of a problem, for the log
  std::string instance;               ///< of a problem: the path asked for

  /// Adds "name: value\r\n". Bytes of `value` that could end the line become '_'.
  void add_header(std::string_view name, std::string_view value);
};

/// "201 Created"; "500 Internal Server Error" for a status that is not in use here.
std::string_view status_line(int status);

/// Appends a status line and head for `answer`; `date_line` is "Date: …\r\n". With `chunked` the
/// length is left open. `close` and `minor` decide the Connection line. An empty `request_id` is
/// left out.
void append_head(std::string* out, const Answer& answer, std::string_view date_line,
                 std::string_view request_id, bool chunked, bool close, int minor);

}  // namespace holdfast::http
