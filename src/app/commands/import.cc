// `holdfast import FILE`: facts of a file, each counted once however often the file is told; and
// `--opening`, the first day.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/files/import_items.h"
#include "app/files/import_sender.h"
#include "app/files/opening.h"
#include "app/files/progress.h"

namespace holdfast::app {
namespace {

/// One run: what was read, what was told, and what is to be said about it at the end.
class Import {
 public:
  Import(const ImportArguments& arguments, const ServerArguments& server, bool json)
      : arguments_(arguments), json_(json), client_(connect(server)) {}

  int run() {
    for (const std::string& path : arguments_.files) {
      Result<InputFile> file = read_input(path, arguments_.format);
      if (!file) return report(file.error(), json_);
      files_.push_back(std::move(*file));
    }
    const Status told = arguments_.opening ? tell_opening() : tell_facts();
    return say_what_became(told);
  }

 private:
  /// What is wrong is left out, and the rest is told: facts do not depend on each other.
  Status tell_facts() {
    const ImportDefaults defaults{arguments_.type, arguments_.location, arguments_.channel,
                                  arguments_.occurred_at, arguments_.ignore_columns};
    std::vector<ImportItem> items;
    for (const InputFile& file : files_) {
      ImportItems read = read_facts(file, content_id({&file, 1}), defaults);
      std::move(read.items.begin(), read.items.end(), std::back_inserter(items));
      std::move(read.bad.begin(), read.bad.end(), std::back_inserter(bad_));
    }
    Progress progress("lines", items.size(), json_);
    return send(items, progress);
  }

  /// All or nothing as far as it can be known before: an order that is missing would make a number
  /// wrong.
  Status tell_opening() {
    const OpeningOptions options{arguments_.location, arguments_.channel, arguments_.occurred_at,
                                 arguments_.ignore_columns};
    const std::vector<OpeningLine> lines = read_opening(files_, options, &bad_);
    std::map<std::string, std::vector<std::string>> fill_orders;
    for (const std::string& channel : channels_to_fill(lines)) {
      HF_ASSIGN(locations, fill_order_of(channel));
      fill_orders[channel] = std::move(locations);
    }
    HF_ASSIGN(before, strays_now());
    Opening opening = plan_opening(lines, fill_orders, before, content_id(files_), options);
    std::move(opening.bad.begin(), opening.bad.end(), std::back_inserter(bad_));
    std::move(opening.warnings.begin(), opening.warnings.end(), std::back_inserter(warnings_));
    if (!bad_.empty()) {
      stopped_ = "nothing was told: mend these lines and run it again";
      return {};
    }
    Progress progress("commands", opening.orders.size() + opening.counts.size(), json_);
    HF_TRY(send(opening.orders, progress));
    if (!bad_.empty() && !arguments_.check) {
      stopped_ =
          "no stock was counted: without these orders channels would be told too much. Mend them "
          "and "
          "run it again";
      return {};
    }
    HF_TRY(send(opening.counts, progress));
    if (arguments_.check) return {};
    HF_ASSIGN(meanwhile, strays_now());
    const auto at_strays = count_strays(lines, meanwhile, content_id(files_), options, &bad_);
    if (at_strays.empty()) return {};
    Progress more("commands", at_strays.size(), json_);
    return send(at_strays, more);
  }

  /// Untracked places where something is promised or was taken. Once a SKU is counted somewhere,
  /// orders go there: no more of them come.
  Result<Strays> strays_now() {
    Strays strays;
    std::string cursor;
    do {
      std::string path = "/v1/stock?tracked=false&limit=1000";
      if (!cursor.empty()) path += "&cursor=" + percent_encode(cursor);
      HF_ASSIGN(answer, client_.get(path));
      if (answer.status == 403) {
        warnings_.push_back(
            {files_.front().name,
             1,
             {},
             "the key may not read stock (stock:read), so orders that came before "
             "their SKU was counted, at a place no file names, are not looked for"});
        return strays;
      }
      HF_ASSIGN(page, json::parse_value(answer.body));
      if (!answer.ok()) return fail(ErrorCode::kIo, text_of(page, "detail"));
      cursor = text_of(page, "next_cursor");
      const json::Value* skus = page.get("stock");
      if (skus == nullptr) break;
      for (const json::Value& sku : skus->items()) add_strays(sku, &strays);
    } while (!cursor.empty());
    return strays;
  }

  static void add_strays(const json::Value& sku, Strays* strays) {
    const json::Value* places = sku.get("locations");
    if (places == nullptr) return;
    for (const json::Value& place : places->items()) {
      for (const char* balance : {"available", "held", "committed"}) {
        const std::string units = text_of(place, balance);
        if (units.empty() || units == "0") continue;
        (*strays)[text_of(sku, "sku")].push_back(text_of(place, "location"));
        break;
      }
    }
  }

  Result<std::vector<std::string>> fill_order_of(const std::string& channel) {
    HF_ASSIGN(answer, client_.get("/v1/channels/" + percent_encode(channel)));
    std::vector<std::string> locations;
    if (answer.status == 404) return locations;
    HF_ASSIGN(view, json::parse_value(answer.body));
    if (!answer.ok()) return fail(ErrorCode::kIo, text_of(view, "detail"));
    const json::Value* list = view.get("locations");
    if (list == nullptr) return locations;
    for (const json::Value& location : list->items())
      locations.push_back(location.as_text().value_or(""));
    return locations;
  }

  Status send(const std::vector<ImportItem>& items, Progress& progress) {
    ImportSender sender(client_, arguments_.check, progress);
    const Status sent = sender.send(items);
    counts_.recorded += sender.counts().recorded;
    counts_.already_there += sender.counts().already_there;
    counts_.refused += sender.counts().refused;
    bad_.insert(bad_.end(), sender.bad().begin(), sender.bad().end());
    return sent;
  }

  int say_what_became(const Status& told) {
    if (!told && stopped_.empty()) {
      stopped_ = told.error().detail +
                 "\nWhat was answered before stands. Run the same command again: it goes on where "
                 "it stopped.";
    }
    const bool good = told && bad_.empty();
    if (json_) {
      print_out(as_json(good));
      return good ? kExitOk : kExitFailed;
    }
    for (const BadLine& line : warnings_) print_error("warning: " + as_text(line));
    for (const BadLine& line : bad_) print_error(as_text(line));
    if (!stopped_.empty()) print_error("holdfast: " + stopped_ + "\n");
    print_out(fmt::format("{}{} recorded, {} already there, {} refused\n",
                          arguments_.check ? "checked, nothing written: " : "",
                          with_commas(counts_.recorded), with_commas(counts_.already_there),
                          with_commas(bad_.size())));
    return good ? kExitOk : kExitFailed;
  }

  static std::string as_text(const BadLine& line) {
    return line.field.empty()
               ? fmt::format("{}:{}: {}\n", line.file, line.line, line.what)
               : fmt::format("{}:{}: {}: {}\n", line.file, line.line, line.field, line.what);
  }

  static std::string list_of(const std::vector<BadLine>& lines) {
    std::string list = "[";
    for (const BadLine& line : lines) {
      std::string members;
      print_member(&members, "file", line.file);
      print_member(&members, "line", static_cast<int64_t>(line.line));
      print_member(&members, "field", line.field);
      print_member(&members, "detail", line.what);
      list += (list.size() > 1 ? "," : "") + to_object(members);
    }
    return list + "]";
  }

  std::string as_json(bool good) const {
    std::string members =
        fmt::format(",\"complete\":{},\"checked_only\":{}", good, arguments_.check);
    print_member(&members, "recorded", static_cast<int64_t>(counts_.recorded));
    print_member(&members, "already_there", static_cast<int64_t>(counts_.already_there));
    print_member(&members, "refused", static_cast<int64_t>(bad_.size()));
    print_member(&members, "stopped", stopped_);
    members += ",\"errors\":" + list_of(bad_) + ",\"warnings\":" + list_of(warnings_);
    return to_object(members) + "\n";
  }

  const ImportArguments& arguments_;
  const bool json_;
  HttpClient client_;
  std::vector<InputFile> files_;
  ImportCounts counts_;
  std::vector<BadLine> bad_, warnings_;
  std::string stopped_;
};

}  // namespace

int run_import(const ImportArguments& arguments, const ServerArguments& server, bool json) {
  return Import(arguments, server, json).run();
}

}  // namespace holdfast::app
