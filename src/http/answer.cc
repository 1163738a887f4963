#include "http/answer.h"

#include <charconv>

namespace holdfast::http {

void Answer::add_header(std::string_view name, std::string_view value) {
  headers.append(name).append(": ");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    headers.push_back(byte < 0x20 || byte >= 0x7f ? '_' : c);
  }
  headers.append("\r\n");
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
  out->append("HTTP/1.1 ").append(status_line(answer.status)).append("\r\n").append(date_line);
  if (!answer.content_type.empty())
    out->append("Content-Type: ").append(answer.content_type).append("\r\n");
  if (chunked) {
    out->append("Transfer-Encoding: chunked\r\nCache-Control: no-store\r\n");
  } else if (answer.status != 204 && answer.status != 304) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, answer.body.size()).ptr;
    out->append("Content-Length: ").append(digits, end).append("\r\n");
  }
  if (!request_id.empty()) out->append("X-Request-Id: ").append(request_id).append("\r\n");
  if (close)
    out->append("Connection: close\r\n");
  else if (minor == 0)
    out->append("Connection: keep-alive\r\n");
  out->append(answer.headers).append("\r\n");
}

}  // namespace holdfast::http
