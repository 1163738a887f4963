// `holdfast doctor`: asks a server everything an operator would look at first, and says what is
// wrong.
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/diagnosis.h"
#include "app/commands/ledger_diagnosis.h"
#include "app/commands/output.h"
#include "json/print.h"
#include "store/postgres/migration.h"
#include "store/postgres/start.h"

namespace holdfast::app {
namespace {

Checkup::Disk disk_of(const std::string& directory) {
  Checkup::Disk disk;
  disk.directory = directory;
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(directory, error);
  if (error) {
    disk.error = error.message();
  } else {
    disk.free_bytes = space.available;
    disk.size_bytes = space.capacity;
  }
  return disk;
}

Checkup check_up(const DoctorArguments& arguments, const ServerArguments& server) {
  HttpClient client = connect(server);
  Checkup checkup;
  checkup.base = client.base();
  checkup.ready = client.get("/readyz");
  if (!arguments.data_dir.empty()) checkup.disk = disk_of(arguments.data_dir);
  if (!checkup.ready) return checkup;
  HttpClient stranger(client.base());
  checkup.without_key = stranger.get("/v1/sinks");
  checkup.metrics = client.get("/metrics");
  checkup.sinks = client.get("/v1/sinks");
  checkup.sources = client.get("/v1/sources");
  checkup.discrepancies = client.get("/v1/discrepancies");
  checkup.shortfalls = client.get("/v1/shortfalls");
  return checkup;
}

LedgerCheckup check_up_ledger(const std::string& address, const std::string& durability) {
  namespace postgres = store::postgres;
  LedgerCheckup checkup;
  const Result<postgres::Url> url = postgres::Url::parse(address);
  if (!url) {
    checkup.reached = fail(url.error());
    return checkup;
  }
  checkup.shown = url->shown();
  checkup.replicated = durability == "replicated" || (durability == "auto" && url->hosts() > 1);
  const auto connection = postgres::Connection::open(*url);
  if (!connection) {
    checkup.reached = fail(connection.error());
    return checkup;
  }
  postgres::Connection& session = **connection;
  checkup.server = postgres::check_server(session.server_version());
  checkup.writable = postgres::check_writable(session);
  checkup.schema = postgres::check_schema(session);
  if (checkup.schema) checkup.rights = postgres::check_rights(session);
  checkup.durability =
      postgres::check_durability(session, checkup.replicated ? postgres::Durability::kReplicated
                                                             : postgres::Durability::kLocal);
  checkup.health = postgres::server_health(session, SystemClock());
  return checkup;
}

std::string to_json(const std::vector<Finding>& findings) {
  std::string out = fmt::format("{{\"ok\":{},\"findings\":[", is_well(findings));
  for (size_t i = 0; i < findings.size(); ++i) {
    std::string members;
    print_member(&members, "check", findings[i].check);
    print_member(&members, "health", name_of(findings[i].health));
    print_member(&members, "detail", findings[i].detail);
    print_member(&members, "remedy", findings[i].remedy);
    out += (i == 0 ? "" : ",") + to_object(members);
  }
  return out + "]}\n";
}

std::string to_text(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += fmt::format("{:<5}  {}: {}\n", name_of(finding.health), finding.check, finding.detail);
    if (!finding.remedy.empty()) out += fmt::format("       → {}\n", finding.remedy);
  }
  return out + (is_well(findings) ? "\nnothing is wrong\n" : "\nsomething is wrong, see above\n");
}

}  // namespace

int run_doctor(const DoctorArguments& arguments, const ServerArguments& server, bool json) {
  std::vector<Finding> findings = diagnose(check_up(arguments, server));
  if (!arguments.ledger.empty()) {
    const auto more = diagnose(check_up_ledger(arguments.ledger, arguments.durability));
    findings.insert(findings.end(), more.begin(), more.end());
  }
  print_out(json ? to_json(findings) : to_text(findings));
  return is_well(findings) ? kExitOk : kExitFailed;
}

}  // namespace holdfast::app
