// `holdfast hold …`: place, show, list, commit, release, extend.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {
namespace {

std::string body_of(const HoldArguments& hold) {
  std::string members;
  print_lines(&members, hold.lines);
  print_member(&members, "channel", hold.channel);
  print_member(&members, "ttl_s", hold.ttl_s);
  if (hold.action == HoldArguments::Action::kPlace) {
    print_member(&members, "reference", hold.reference);
    print_member(&members, "id", hold.id);
    if (hold.allow_partial) members += ",\"allow_partial\":true";
  }
  print_member(&members, "order", hold.order);
  if (hold.release_rest) members += ",\"release_rest\":true";
  if (hold.rehold) members += ",\"rehold\":true";
  return to_object(members);
}

std::string list_path(const HoldArguments& hold) {
  std::string path = "/v1/holds?limit=1000";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) path += fmt::format("&{}={}", name, percent_encode(value));
  };
  add("sku", hold.sku);
  add("reference", hold.reference);
  add("channel", hold.channel);
  add("status", hold.status);
  return path;
}

}  // namespace

int run_hold(const HoldArguments& arguments, const ServerArguments& server, bool json) {
  using Action = HoldArguments::Action;
  HttpClient client = connect(server);
  const std::string path = "/v1/holds/" + percent_encode(arguments.id);
  const std::string key = arguments.key.empty() ? fresh_key() : arguments.key;
  const auto post = [&](const std::string& to) {
    return show_answer(client.post(to, body_of(arguments), {{"Idempotency-Key", key}}), json,
                       render_outcome);
  };
  switch (arguments.action) {
    case Action::kPlace:
      return post("/v1/holds");
    case Action::kCommit:
      return post(path + "/commit");
    case Action::kRelease:
      return post(path + "/release");
    case Action::kExtend:
      return post(path + "/extend");
    case Action::kShow:
      return show_answer(client.get(path), json, render_hold);
    case Action::kList:
      return show_answer(client.get(list_path(arguments)), json, render_holds);
  }
  return kExitUsage;
}

}  // namespace holdfast::app
