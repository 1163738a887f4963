// The log: one line per remark, as JSON or as plain text, with named fields beside the message.
//
// Made once by app and handed to whoever has something to say; there is no global logger. Thread-safe.
// Outlives everyone it was given to.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace holdfast::telemetry {

enum class LogLevel : uint8_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

/// "debug", "info", "warning", "error".
std::string_view name_of(LogLevel level);
/// The level of that name; kConfigInvalid with the choices otherwise.
Result<LogLevel> log_level_named(std::string_view name);

/// A named value beside the message. The name is a plain word; text values are escaped when written and
/// need live only as long as the call.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, int64_t, double, bool> value;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, const std::string& text)
      : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  LogField(std::string_view field, double number) : name(field), value(number) {}
  template <typename Integer>
    requires std::is_integral_v<Integer> && (!std::is_same_v<Integer, bool>)
  LogField(std::string_view field, Integer number)
      : name(field), value(static_cast<int64_t>(number)) {}
};

enum class LogFormat : uint8_t { kText, kJson };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::string file;  ///< path to append to; empty = standard error
};

class Log {
 public:
  /// kIo when the file cannot be opened.
  static Result<std::unique_ptr<Log>> open(const LogOptions& options);
  /// Lines go to `write` (without the newline), for tests and embedders. `write` is called under a lock.
  static std::unique_ptr<Log> to(std::function<void(std::string_view)> write, LogLevel level,
                                 LogFormat format = LogFormat::kText);
  /// Says nothing.
  static std::unique_ptr<Log> quiet();
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(LogLevel level) const { return level >= level_; }
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view message, Fields fields = {}) { write(LogLevel::kDebug, message, fields); }
  void info(std::string_view message, Fields fields = {}) { write(LogLevel::kInfo, message, fields); }
  void warning(std::string_view message, Fields fields = {}) {
    write(LogLevel::kWarning, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) { write(LogLevel::kError, message, fields); }
  /// What was written so far has left the process. Errors are flushed at once anyway.
  void flush();

 private:
  struct Impl;
  Log(std::unique_ptr<Impl> impl, LogLevel level, LogFormat format);

  std::unique_ptr<Impl> impl_;
  LogLevel level_;
  LogFormat format_;
};

}  // namespace holdfast::telemetry
