// `holdfast export`: stock as a table, what `import --opening` takes, or the whole log.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/files/csv.h"
#include "app/files/progress.h"

namespace holdfast::app {
namespace {

using Row = std::vector<std::pair<std::string_view, std::string>>;

constexpr int kPageSize = 1'000;
constexpr std::string_view kBalances[] = {"on_hand", "available",       "held",     "committed",
                                          "damaged", "quality_control", "incoming", "in_transit"};

/// Standard output, or a file that gets its name once it is whole.
class Output {
 public:
  static Result<std::unique_ptr<Output>> open(const std::string& path) {
    std::unique_ptr<Output> output(new Output(path));
    if (path.empty() || path == "-") return output;
    output->file_ = std::fopen((path + ".part").c_str(), "wb");
    if (output->file_ == nullptr) return output->failed();
    return output;
  }
  ~Output() {
    if (file_ != stdout && file_ != nullptr) std::fclose(file_);
  }
  Status write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return failed();
    return {};
  }
  Status finish() {
    if (std::fflush(file_) != 0) return failed();
    if (file_ == stdout) return {};
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!closed || std::rename((path_ + ".part").c_str(), path_.c_str()) != 0) return failed();
    return {};
  }

 private:
  explicit Output(std::string path) : path_(std::move(path)) {}
  std::unexpected<Error> failed() const {
    return fail(ErrorCode::kIo,
                fmt::format("cannot write '{}': {}", path_.empty() ? "standard output" : path_,
                            std::strerror(errno)));
  }
  const std::string path_;
  std::FILE* file_ = stdout;
};

class Export {
 public:
  Export(const ExportArguments& arguments, HttpClient& client, Output& output, bool json)
      : arguments_(arguments),
        client_(client),
        output_(output),
        progress_("rows", 0, json || arguments.output.empty()) {}

  Status run() {
    if (arguments_.what == ExportArguments::What::kEvents) return events();
    if (arguments_.what == ExportArguments::What::kOpening) {
      HF_TRY(header({"sku", "location", "on_hand", "damaged", "quality_control", "channel", "order",
                     "quantity"}));
      HF_TRY(each_sku(true, [this](const json::Value& stock) { return opening_stock(stock); }));
      return open_orders();
    }
    HF_TRY(header({"sku", "location", "tracked", "on_hand", "available", "held", "committed",
                   "damaged", "quality_control", "incoming", "in_transit", "seq"}));
    return each_sku(!arguments_.untracked,
                    [this](const json::Value& stock) { return stock_rows(stock); });
  }

 private:
  Result<json::Value> read(const std::string& path) {
    HF_ASSIGN(answer, client_.get(path));
    HF_ASSIGN(value, json::parse_value(answer.body));
    if (!answer.ok())
      return fail(ErrorCode::kIo, fmt::format("{} ({})", text_of(value, "detail"), answer.status));
    return value;
  }

  /// Page by page along `next_cursor`.
  Status each_item(const std::string& path, const char* list,
                   const std::function<Status(const json::Value&)>& visit) {
    for (std::string cursor;;) {
      HF_ASSIGN(page, read(cursor.empty() ? path : path + "&cursor=" + percent_encode(cursor)));
      const json::Value* items = page.get(list);
      if (items == nullptr)
        return fail(ErrorCode::kIo, fmt::format("the answer to {} has no {}", path, list));
      for (const json::Value& item : items->items()) HF_TRY(visit(item));
      cursor = text_of(page, "next_cursor");
      if (cursor.empty()) return {};
    }
  }

  Status each_sku(bool tracked, const std::function<Status(const json::Value&)>& visit) {
    std::string path = fmt::format("/v1/stock?limit={}", kPageSize);
    // of old times a position may have been untracked that is tracked now: the past says which
    if (tracked && arguments_.as_of.empty()) path += "&tracked=true";
    if (!arguments_.location.empty()) path += "&location=" + percent_encode(arguments_.location);
    return each_item(path, "stock", [&](const json::Value& stock) -> Status {
      if (arguments_.as_of.empty()) return visit(stock);
      std::string then = "/v1/stock/" + percent_encode(text_of(stock, "sku")) +
                         "?as_of=" + percent_encode(arguments_.as_of);
      if (arguments_.by_occurred) then += "&as_of_basis=occurred";
      HF_ASSIGN(answer, client_.get(then));
      if (answer.status == 404) return {};  // it came later
      HF_ASSIGN(past, json::parse_value(answer.body));
      if (!answer.ok())
        return fail(ErrorCode::kIo, fmt::format("{} ({})", text_of(past, "detail"), answer.status));
      return visit(past);
    });
  }

  template <typename Visit>
  Status each_place(const json::Value& stock, bool tracked, Visit visit) {
    const json::Value* locations = stock.get("locations");
    if (locations == nullptr) return {};
    for (const json::Value& place : locations->items()) {
      const json::Value* is_tracked = place.get("tracked");
      if (tracked && is_tracked != nullptr && is_tracked->as_bool() == false) continue;
      if (!arguments_.location.empty() && text_of(place, "location") != arguments_.location)
        continue;
      HF_TRY(visit(place));
    }
    return {};
  }

  Status stock_rows(const json::Value& stock) {
    return each_place(stock, !arguments_.untracked, [&](const json::Value& place) {
      const json::Value* tracked = place.get("tracked");
      Row row = {{"sku", text_of(stock, "sku")},
                 {"location", text_of(place, "location")},
                 {"tracked", tracked != nullptr && tracked->as_bool() == false ? "false" : "true"}};
      for (const std::string_view balance : kBalances)
        row.emplace_back(balance, text_of(place, balance));
      row.emplace_back("seq", text_of(stock, "seq"));
      return write(row);
    });
  }

  /// What is held goes back to the shelf: a cart is no promise that outlives its deadline.
  Status opening_stock(const json::Value& stock) {
    return each_place(stock, true, [&](const json::Value& place) {
      return write({{"sku", text_of(stock, "sku")},
                    {"location", text_of(place, "location")},
                    {"on_hand", text_of(place, "on_hand")},
                    {"damaged", text_of(place, "damaged")},
                    {"quality_control", text_of(place, "quality_control")},
                    {"channel", ""},
                    {"order", ""},
                    {"quantity", ""}});
    });
  }

  Status open_orders() {
    return each_item(fmt::format("/v1/orders?status=open&limit={}", kPageSize), "orders",
                     [&](const json::Value& order) -> Status {
                       const json::Value* lines = order.get("lines");
                       if (lines == nullptr) return {};
                       for (const json::Value& line : lines->items()) {
                         const json::Value* places = line.get("committed_at");
                         if (places == nullptr) continue;
                         for (const auto& [location, units] : places->members()) {
                           if (!arguments_.location.empty() && location != arguments_.location)
                             continue;
                           HF_TRY(write({{"sku", text_of(line, "sku")},
                                         {"location", location},
                                         {"on_hand", ""},
                                         {"damaged", ""},
                                         {"quality_control", ""},
                                         {"channel", text_of(order, "channel")},
                                         {"order", text_of(order, "order")},
                                         {"quantity", units.as_text().value_or("")}}));
                         }
                       }
                       return {};
                     });
  }

  /// The log as it is, one CloudEvent a line.
  Status events() {
    const std::string after = arguments_.after.empty() ? "0" : arguments_.after;
    const std::string path = "/v1/feed?follow=false&after=" + percent_encode(after);
    Status written;
    char last = '\n';
    std::string tail;  // the last line may be the problem that ended the stream
    const Result<HttpAnswer> answer =
        client_.stream(path, {{"Accept", "application/x-ndjson"}}, [&](std::string_view piece) {
          tail.append(piece);
          const size_t end = tail.rfind('\n', tail.size() - 2);
          if (end != std::string::npos) tail.erase(0, end + 1);
          last = piece.empty() ? last : piece.back();
          written = output_.write(piece);
          return written.has_value();
        });
    if (!written) return written;
    if (!answer) return fail(answer.error());
    const Result<json::Value> end = json::parse_value(tail.empty() ? answer->body : tail);
    if (!answer->ok() || last != '\n' || (end && is_problem(*end))) {
      return fail(ErrorCode::kIo,
                  fmt::format("the log was not told to its end: {}",
                              end ? text_of(*end, "detail") : "the stream was cut"));
    }
    return {};
  }

  Status header(std::vector<std::string_view> columns) {
    if (arguments_.format == "ndjson") return {};
    return output_.write(fmt::format("{}\n", fmt::join(columns, ",")));
  }

  Status write(const Row& row) {
    progress_.at(++rows_);
    std::string line;
    if (arguments_.format == "ndjson") {
      for (const auto& [name, value] : row) {
        const bool is_name =
            name == "sku" || name == "location" || name == "channel" || name == "order";
        if (is_name) {
          print_member(&line, name, value);
        } else if (!value.empty()) {
          line += fmt::format(",\"{}\":{}", name, value);
        }
      }
      return output_.write(to_object(line) + "\n");
    }
    for (const auto& [name, value] : row)
      line += (name == row.front().first ? "" : ",") + csv_cell(value);
    return output_.write(line + "\n");
  }

  const ExportArguments& arguments_;
  HttpClient& client_;
  Output& output_;
  Progress progress_;
  uint64_t rows_ = 0;
};

}  // namespace

int run_export(const ExportArguments& arguments, const ServerArguments& server, bool json) {
  const Result<std::unique_ptr<Output>> output = Output::open(arguments.output);
  if (!output) return report(output.error(), json);
  HttpClient client = connect(server);
  Status exported = Export(arguments, client, **output, json).run();
  if (exported) exported = (*output)->finish();
  return exported ? kExitOk : report(exported.error(), json);
}

}  // namespace holdfast::app
