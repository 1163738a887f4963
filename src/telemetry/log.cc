#include "telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <iterator>
#include <mutex>

#include <fmt/format.h>

#include "base/time.h"

namespace holdfast::telemetry {
namespace {

using Line = fmt::basic_memory_buffer<char, 512>;

void append_text(Line& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

/// Control characters, quotes and backslashes as JSON escapes, in both formats: what a client sends can
/// neither end a line nor move a terminal's cursor.
void append_escaped(Line& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      append_text(out, "\\n");
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
}

bool is_plain_word(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  return true;
}

void append_value(Line& out, const LogField& field, bool quote_always) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    const bool quoted = quote_always || !is_plain_word(*text);
    if (quoted) out.push_back('"');
    append_escaped(out, *text);
    if (quoted) out.push_back('"');
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{:.6g}", *real);
  } else {
    append_text(out, std::get<bool>(field.value) ? "true" : "false");
  }
}

void append_json(Line& out, Timestamp now, LogLevel level, std::string_view message,
                 std::initializer_list<LogField> fields) {
  append_text(out, "{\"time\":\"");
  append_text(out, to_rfc3339(now));
  append_text(out, "\",\"level\":\"");
  append_text(out, name_of(level));
  append_text(out, "\",\"message\":\"");
  append_escaped(out, message);
  out.push_back('"');
  for (const LogField& field : fields) {
    append_text(out, ",\"");
    append_escaped(out, field.name);
    append_text(out, "\":");
    append_value(out, field, true);
  }
  out.push_back('}');
}

void append_plain(Line& out, Timestamp now, LogLevel level, std::string_view message,
                  std::initializer_list<LogField> fields) {
  fmt::format_to(std::back_inserter(out), "{} {:<7} ", to_rfc3339(now), name_of(level));
  append_escaped(out, message);
  for (const LogField& field : fields) {
    out.push_back(' ');
    append_escaped(out, field.name);
    out.push_back('=');
    append_value(out, field, false);
  }
}

/// Hands each line to a function.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write_({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}
  std::function<void(std::string_view)> write_;
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

struct Log::Impl {
  explicit Impl(spdlog::sink_ptr sink) : logger("holdfast", std::move(sink)) {
    logger.set_pattern("%v");  // lines are formatted here; spdlog owns the locking and the files
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::err);
  }
  spdlog::logger logger;
  SystemClock clock;
};

Log::Log(std::unique_ptr<Impl> impl, LogLevel level, LogFormat format)
    : impl_(std::move(impl)), level_(level), format_(format) {}
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(const LogOptions& options) {
  try {
    spdlog::sink_ptr sink;
    if (options.file.empty())
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    return std::unique_ptr<Log>(
        new Log(std::make_unique<Impl>(std::move(sink)), options.level, options.format));
  } catch (const spdlog::spdlog_ex& refused) {
    return fail(ErrorCode::kIo, fmt::format("cannot write the log to {}: {}", options.file,
                                            refused.what()));
  }
}

std::unique_ptr<Log> Log::to(std::function<void(std::string_view)> write, LogLevel level,
                             LogFormat format) {
  auto sink = std::make_shared<FunctionSink>(std::move(write));
  return std::unique_ptr<Log>(new Log(std::make_unique<Impl>(std::move(sink)), level, format));
}

std::unique_ptr<Log> Log::quiet() {
  auto nowhere = std::make_shared<FunctionSink>([](std::string_view) {});
  auto log = std::unique_ptr<Log>(
      new Log(std::make_unique<Impl>(std::move(nowhere)), LogLevel::kError, LogFormat::kText));
  log->level_ = static_cast<LogLevel>(static_cast<uint8_t>(LogLevel::kError) + 1);
  return log;
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  Line line;
  if (format_ == LogFormat::kJson)
    append_json(line, impl_->clock.wall(), level, message, fields);
  else
    append_plain(line, impl_->clock.wall(), level, message, fields);
  impl_->logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void Log::flush() { impl_->logger.flush(); }

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

Result<LogLevel> log_level_named(std::string_view name) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError})
    if (name_of(level) == name) return level;
  return fail(ErrorCode::kConfigInvalid,
              fmt::format("log level \"{}\" is none of debug, info, warning, error", name));
}

}  // namespace holdfast::telemetry
