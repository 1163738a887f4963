#include "http/answer.h"

#include <charconv>

#include "base/append.h"

namespace holdfast::http {

void Answer::add_header(std::string_view name, std::string_view value) {
  append_filled(&headers, name.size() + value.size() + 4, [&](char* at) {
    at = copy_to(copy_to(at, name), ": ");
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      *at++ = byte < 0x20 || byte >= 0x7f ? '_' : c;
    }
    return copy_to(at, "\r\n");
  });
}

std::string_view status_line(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 201: return "201 Created";
    case 202: return "202 Accepted";
    case 204: return "204 No Content";
    case 304: return "304 Not Modified";
    case 400: return "400 Bad Request";
    case 401: return "401 Unauthorized";
    case 403: return "403 Forbidden";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 406: return "406 Not Acceptable";
    case 408: return "408 Request Timeout";
    case 409: return "409 Conflict";
    case 410: return "410 Gone";
    case 413: return "413 Content Too Large";
    case 414: return "414 URI Too Long";
    case 415: return "415 Unsupported Media Type";
    case 417: return "417 Expectation Failed";
    case 422: return "422 Unprocessable Content";
    case 423: return "423 Locked";
    case 429: return "429 Too Many Requests";
    case 431: return "431 Request Header Fields Too Large";
    case 501: return "501 Not Implemented";
    case 503: return "503 Service Unavailable";
    case 505: return "505 HTTP Version Not Supported";
    case 507: return "507 Insufficient Storage";
    default: return "500 Internal Server Error";
  }
}

void append_head(std::string* out, const Answer& answer, std::string_view date_line,
                 std::string_view request_id, bool chunked, bool close, int minor) {
  constexpr size_t kFixedBytesMax = 256;  // names of fields, the length, what is said of the connection
  const std::string_view status = status_line(answer.status);
  const size_t most = kFixedBytesMax + status.size() + date_line.size() + request_id.size() +
                      answer.content_type.size() + answer.headers.size();
  append_filled(out, most, [&](char* at) {
    const auto field = [&at](std::string_view name, std::string_view value) {
      at = copy_to(copy_to(copy_to(at, name), value), "\r\n");
    };
    field("HTTP/1.1 ", status);
    at = copy_to(at, date_line);
    if (!answer.content_type.empty()) field("Content-Type: ", answer.content_type);
    if (chunked) {
      field("Transfer-Encoding: ", "chunked");
      field("Cache-Control: ", "no-store");
    } else if (answer.status != 204 && answer.status != 304) {
      at = copy_to(at, "Content-Length: ");
      at = std::to_chars(at, at + 20, answer.body.size()).ptr;
      at = copy_to(at, "\r\n");
    }
    if (!request_id.empty()) field("X-Request-Id: ", request_id);
    if (close)
      field("Connection: ", "close");
    else if (minor == 0)
      field("Connection: ", "keep-alive");
    return copy_to(copy_to(at, answer.headers), "\r\n");
  });
}

}  // namespace holdfast::http
