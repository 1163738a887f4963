// `holdfast sink …`: list, show, pause, resume, activate, compare, replay, dead-letters, redeliver.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {

int run_sink(const SinkArguments& arguments, const ServerArguments& server, bool json) {
  using Action = SinkArguments::Action;
  HttpClient client = connect(server);
  const std::string path = "/v1/sinks/" + percent_encode(arguments.name);
  const auto post = [&](const std::string& to, const std::string& body) {
    return show_answer(client.post(to, body), json, render_sink);
  };
  switch (arguments.action) {
    case Action::kList:
      return show_answer(client.get("/v1/sinks"), json, render_sinks);
    case Action::kShow:
      return show_answer(client.get(path), json, render_sink);
    case Action::kPause:
      return post(path + "/pause", {});
    case Action::kResume:
      return post(path + "/resume", {});
    case Action::kActivate:
      return post(path + "/activate", {});
    case Action::kObservations:
      return show_answer(client.get(path + "/observations"), json, render_observations);
    case Action::kCompare:
      return run_compare(arguments, server, json);
    case Action::kReplay: {
      std::string members;
      print_member(&members, "from", arguments.from);
      print_member(&members, "to", arguments.to);
      return post(path + "/replay", to_object(members));
    }
    case Action::kDeadLetters:
      return show_answer(client.get(path + "/dead-letters"), json, render_dead_letters);
    case Action::kRedeliver: {
      std::string members;
      if (!arguments.seqs.empty())
        members = fmt::format(",\"seqs\":[{}]", fmt::join(arguments.seqs, ","));
      return post(path + "/dead-letters/redeliver", to_object(members));
    }
  }
  return kExitUsage;
}

}  // namespace holdfast::app
