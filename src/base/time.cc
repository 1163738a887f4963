#include "base/time.h"

#include <ctime>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace holdfast {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool read_number(std::string_view text, size_t at, size_t digits, int* out) {
  if (at + digits > text.size()) return false;
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  *out = value;
  return true;
}

// Days since 1970-01-01 of a proleptic Gregorian date, and back (Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms").
constexpr int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

constexpr void civil_from_days(int64_t z, int64_t* year, unsigned* month, unsigned* day) {
  z += 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  *day = doy - (153 * mp + 2) / 5 + 1;
  *month = mp < 10 ? mp + 3 : mp - 9;
  *year = static_cast<int64_t>(yoe) + era * 400 + (*month <= 2);
}

constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  int year, month, day, hour, minute, second;
  if (!read_number(text, 0, 4, &year) || !read_number(text, 5, 2, &month) ||
      !read_number(text, 8, 2, &day) || !read_number(text, 11, 2, &hour) ||
      !read_number(text, 14, 2, &minute) || !read_number(text, 17, 2, &second)) {
    return std::nullopt;
  }
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
      hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  size_t at = 19;
  int64_t fraction_us = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    const size_t begin = at;
    int64_t scale = 100'000;
    while (at < text.size() && is_digit(text[at])) {
      fraction_us += (text[at] - '0') * scale;
      scale /= 10;
      ++at;
    }
    if (at == begin) return std::nullopt;
  }
  int64_t offset_minutes = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    int offset_hour, offset_minute;
    if (!read_number(text, at + 1, 2, &offset_hour) ||
        !read_number(text, at + 4, 2, &offset_minute) || text[at + 3] != ':' || offset_hour > 23 ||
        offset_minute > 59) {
      return std::nullopt;
    }
    offset_minutes = (offset_hour * 60 + offset_minute) * (text[at] == '-' ? -1 : 1);
    at += 6;
  } else {
    return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  const int64_t days = days_from_civil(year, month, day);
  const int64_t seconds =
      days * 86'400 + hour * 3'600 + minute * 60 + std::min(second, 59) - offset_minutes * 60;
  return Timestamp{seconds * kSecond + fraction_us};
}

namespace {

/// Writes `value` with exactly `digits` digits; gives where it ends.
char* put_digits(char* at, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

char* put_clock(char* at, unsigned second_of_day) {
  at = put_digits(at, second_of_day / 3'600, 2);
  *at++ = ':';
  at = put_digits(at, second_of_day / 60 % 60, 2);
  *at++ = ':';
  return put_digits(at, second_of_day % 60, 2);
}

}  // namespace

void append_rfc3339(std::string* out, Timestamp time) {
  int64_t seconds = time.us / kSecond;
  int64_t micros = time.us % kSecond;
  if (micros < 0) {
    micros += kSecond;
    --seconds;
  }
  int64_t days = seconds / 86'400;
  int64_t rest = seconds % 86'400;
  if (rest < 0) {
    rest += 86'400;
    --days;
  }
  int64_t year;
  unsigned month, day;
  civil_from_days(days, &year, &month, &day);
  // By hand and in one piece: a time stands in every answer and every event.
  char text[32];
  char* at = text;
  if (year < 0 || year > 9'999) {
    fmt::format_to(std::back_inserter(*out), "{:05}", year);
  } else {
    at = put_digits(at, static_cast<unsigned>(year), 4);
  }
  *at++ = '-';
  at = put_digits(at, month, 2);
  *at++ = '-';
  at = put_digits(at, day, 2);
  *at++ = 'T';
  at = put_clock(at, static_cast<unsigned>(rest));
  if (micros != 0) {
    const bool whole_ms = micros % 1'000 == 0;
    *at++ = '.';
    at = put_digits(at, static_cast<unsigned>(whole_ms ? micros / 1'000 : micros), whole_ms ? 3 : 6);
  }
  *at++ = 'Z';
  out->append(text, static_cast<size_t>(at - text));
}

std::string to_rfc3339(Timestamp time) {
  std::string text;
  text.reserve(32);
  append_rfc3339(&text, time);
  return text;
}

namespace {
int64_t read_clock_us(clockid_t id) {
  timespec ts;
  clock_gettime(id, &ts);
  return static_cast<int64_t>(ts.tv_sec) * kSecond + ts.tv_nsec / 1'000;
}
}  // namespace

Timestamp SystemClock::wall() const { return {read_clock_us(CLOCK_REALTIME)}; }
Duration SystemClock::boot() const { return read_clock_us(CLOCK_BOOTTIME); }

}  // namespace holdfast
