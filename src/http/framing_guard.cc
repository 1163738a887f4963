#include "http/framing_guard.h"

#include <cstring>

namespace holdfast::http {
namespace {

enum CharClass : uint8_t { kToken = 1, kValue = 2, kTarget = 4, kHost = 8 };

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    uint8_t bits = 0;
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool token = digit || letter;
    for (const char mark : std::string_view("!#$%&'*+-.^_`|~")) token |= c == mark;
    if (token) bits |= kToken;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kValue;  // obs-text (0x80-0xff) included
    if (c > 0x20 && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>') bits |= kTarget;
    bool host = digit || letter;
    for (const char mark : std::string_view("-._~!$&'()*+;=:[]%")) host |= c == mark;
    if (host) bits |= kHost;
    table[static_cast<size_t>(c)] = bits;
  }
  return table;
}
constexpr auto kClasses = make_classes();

bool all_of_class(std::string_view text, CharClass wanted) {
  uint8_t every = 0xff;
  for (const char c : text) every &= kClasses[static_cast<unsigned char>(c)];
  return (every & wanted) != 0;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

constexpr Refusal bad(std::string_view reason) { return {400, reason}; }

/// "/path?query", or the absolute form "http://host/path?query", whose authority is left to Host.
std::optional<Refusal> read_target(std::string_view target, Head* head) {
  if (!all_of_class(target, kTarget)) return bad("the request target has a forbidden character");
  if (target.front() != '/') {
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos || !(equals_ignoring_case(target.substr(0, scheme), "http") ||
                                              equals_ignoring_case(target.substr(0, scheme), "https")))
      return bad("the request target must begin with '/'");
    const size_t slash = target.find('/', scheme + 3);
    if (slash == std::string_view::npos) return bad("the request target has no path");
    target.remove_prefix(slash);
  }
  const size_t question = target.find('?');
  head->path = target.substr(0, question);
  head->query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  return std::nullopt;
}

std::optional<Refusal> read_request_line(std::string_view line, Head* head) {
  if (line.size() > limits::kRequestLineBytesMax) return Refusal{414, "the request line is too long"};
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0 || last == first + 1)
    return bad("the request line is not \"METHOD target HTTP/1.1\"");
  head->method = line.substr(0, first);
  if (!all_of_class(head->method, kToken)) return bad("the method is not a token");
  const std::string_view version = line.substr(last + 1);
  if (version == "HTTP/1.1") {
    head->minor = 1;
  } else if (version == "HTTP/1.0") {
    head->minor = 0;
  } else if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.') {
    return Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  } else {
    return bad("the request line does not end in HTTP/1.1");
  }
  return read_target(line.substr(first + 1, last - first - 1), head);
}

/// What decides where the body ends, gathered over all fields and judged at the end.
struct Framing {
  int hosts = 0, lengths = 0, codings = 0;
  bool length_valid = true, host_valid = true;
  std::string_view coding;
  bool close = false, keep_alive = false, other_expectation = false;
};

bool read_length(std::string_view value, uint64_t* length) {
  if (value.empty() || value.size() > 18) return false;
  uint64_t sum = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return false;
    sum = sum * 10 + static_cast<uint64_t>(c - '0');
  }
  *length = sum;
  return true;
}

void read_connection(std::string_view value, Framing* framing) {
  while (true) {
    const size_t comma = value.find(',');
    const std::string_view option = trim_blanks(value.substr(0, comma));
    if (equals_ignoring_case(option, "close")) framing->close = true;
    if (equals_ignoring_case(option, "keep-alive")) framing->keep_alive = true;
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

void note_field(const HeadField& field, Head* head, Framing* framing) {
  // Only names of these lengths frame anything, or are looked at for every request.
  switch (field.name.size()) {
    case 4:
      if (equals_ignoring_case(field.name, "host")) {
        ++framing->hosts;
        framing->host_valid = !field.value.empty() && all_of_class(field.value, kHost);
      }
      break;
    case 6:
      if (equals_ignoring_case(field.name, "expect")) {
        if (equals_ignoring_case(field.value, "100-continue"))
          head->expects_continue = true;
        else
          framing->other_expectation = true;
      }
      break;
    case 10:
      if (equals_ignoring_case(field.name, "connection")) read_connection(field.value, framing);
      break;
    case 12:
      if (head->request_id.empty() && equals_ignoring_case(field.name, "x-request-id"))
        head->request_id = field.value;
      break;
    case 14:
      if (equals_ignoring_case(field.name, "content-length")) {
        ++framing->lengths;
        framing->length_valid &= read_length(field.value, &head->content_length);
      }
      break;
    case 17:
      if (equals_ignoring_case(field.name, "transfer-encoding")) {
        ++framing->codings;
        framing->coding = field.value;
      }
      break;
    default: break;
  }
}

std::optional<Refusal> split_field(std::string_view line, HeadField* field) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a folded header line");
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return bad("a header line without a name");
  field->name = line.substr(0, colon);
  if (!all_of_class(field->name, kToken))
    return bad("a header name with a space or another forbidden character");
  field->value = trim_blanks(line.substr(colon + 1));
  if (!field->value.empty() && !all_of_class(field->value, kValue))
    return bad("a header value with a control character");
  return std::nullopt;
}

std::optional<Refusal> judge(const Framing& framing, Head* head) {
  if (framing.hosts > 1) return bad("more than one Host");
  if (framing.hosts == 0 && head->minor == 1) return bad("no Host");
  if (!framing.host_valid) return bad("Host is not a host");
  if (framing.lengths > 1) return bad("more than one Content-Length");
  if (!framing.length_valid) return bad("Content-Length is not a number");
  if (framing.codings > 0) {
    if (framing.lengths > 0) return bad("both Transfer-Encoding and Content-Length");
    if (head->minor == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (framing.codings > 1) return bad("more than one Transfer-Encoding");
    if (!equals_ignoring_case(framing.coding, "chunked"))
      return Refusal{501, "the only Transfer-Encoding here is chunked"};
    head->chunked = true;
  }
  if (framing.other_expectation) return Refusal{417, "the only expectation here is 100-continue"};
  if (head->minor == 0) head->expects_continue = false;
  head->keep_alive = !framing.close && (head->minor == 1 || framing.keep_alive);
  return std::nullopt;
}

}  // namespace

/// REQUIRES: both have the same size.
bool same_letters(std::string_view text, std::string_view lower) {
  const char* const given = text.data();
  const char* const wanted = lower.data();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto upper = static_cast<unsigned char>(given[i] - 'A');
    const int folded = given[i] + (upper < 26 ? 'a' - 'A' : 0);
    if (folded != wanted[i]) return false;
  }
  return true;
}

std::string_view Head::field(std::string_view lower_name) const {
  for (size_t i = 0; i < field_count; ++i)
    if (equals_ignoring_case(fields[i].name, lower_name)) return fields[i].value;
  return {};
}

HeadEnd find_head_end(std::string_view bytes, size_t* scanned) {
  using State = HeadEnd::State;
  const std::string_view window = bytes.substr(0, limits::kHeadBytesMax);
  while (*scanned < window.size()) {
    const char* from = window.data() + *scanned;
    const void* found = std::memchr(from, '\n', window.size() - *scanned);
    if (found == nullptr) {
      *scanned = window.size();
      break;
    }
    const auto at = static_cast<size_t>(static_cast<const char*>(found) - window.data());
    if (at == 0 || window[at - 1] != '\r')
      return {State::kRefused, 0, bad("a line that ends in LF without CR")};
    *scanned = at + 1;
    if (at >= 3 && window[at - 2] == '\n') return {State::kComplete, at + 1, {}};
    if (at == 1) return {State::kRefused, 0, bad("an empty line before the request")};
  }
  if (window.size() >= limits::kRequestLineBytesMax + 2 &&
      window.substr(0, limits::kRequestLineBytesMax + 2).find('\n') == std::string_view::npos)
    return {State::kRefused, 0, {414, "the request line is too long"}};
  if (window.size() == limits::kHeadBytesMax)
    return {State::kRefused, 0, {431, "the request head is too long"}};
  return {};
}

std::optional<Refusal> read_head(std::string_view raw, Head* head) {
  head->field_count = 0;
  head->content_length = 0;
  head->chunked = head->expects_continue = false;
  head->request_id = {};
  Framing framing;
  size_t begin = 0;
  bool first = true;
  while (true) {
    const size_t end = raw.find("\r\n", begin);
    if (end == std::string_view::npos) return bad("the head is incomplete");
    const std::string_view line = raw.substr(begin, end - begin);
    begin = end + 2;
    if (first) {
      if (line.empty()) return bad("an empty line before the request");
      if (auto refusal = read_request_line(line, head)) return refusal;
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (head->field_count == limits::kHeadFieldsMax) return Refusal{431, "too many header fields"};
    HeadField& field = head->fields[head->field_count];
    if (auto refusal = split_field(line, &field)) return refusal;
    ++head->field_count;
    note_field(field, head, &framing);
  }
  if (begin != raw.size()) return bad("bytes after the head");
  return judge(framing, head);
}

std::optional<Refusal> check_trailer(std::string_view line) {
  HeadField field;
  if (auto refusal = split_field(line, &field)) return refusal;
  for (const std::string_view forbidden :
       {"content-length", "transfer-encoding", "host", "authorization", "content-type", "connection",
        "cookie", "idempotency-key", "te", "trailer", "expect"})
    if (equals_ignoring_case(field.name, forbidden)) return bad("a trailer that frames or authorizes");
  return std::nullopt;
}

std::optional<Refusal> check_chunk_extension(std::string_view extension) {
  if (extension.empty()) return std::nullopt;
  if (extension.size() > kChunkExtensionBytesMax) return bad("a chunk extension that is too long");
  const std::string_view trimmed = trim_blanks(extension);
  if (trimmed.empty() || trimmed.front() != ';') return bad("a chunk size that is not hexadecimal");
  if (!all_of_class(extension, kValue)) return bad("a chunk extension with a control character");
  return std::nullopt;
}

}  // namespace holdfast::http
