// `holdfast source …`: list, show, pause, resume, parked, redeliver.
#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"
#include "json/print.h"

namespace holdfast::app {

int run_source(const SourceArguments& arguments, const ServerArguments& server, bool json) {
  using Action = SourceArguments::Action;
  HttpClient client = connect(server);
  const std::string path = "/v1/sources/" + percent_encode(arguments.name);
  switch (arguments.action) {
    case Action::kList:
      return show_answer(client.get("/v1/sources"), json, render_sources);
    case Action::kShow:
      return show_answer(client.get(path), json, render_source);
    case Action::kPause:
      return show_answer(client.post(path + "/pause", {}), json, render_source);
    case Action::kResume:
      return show_answer(client.post(path + "/resume", {}), json, render_source);
    case Action::kParked:
      return show_answer(client.get(path + "/parked"), json, render_parked);
    case Action::kRedeliver: {
      std::string members;
      for (const std::string& id : arguments.deliveries) {
        members += members.empty() ? ",\"delivery_ids\":[" : ",";
        json::print_text(&members, id);
      }
      if (!members.empty()) members += "]";
      return show_answer(client.post(path + "/parked/redeliver", to_object(members)), json,
                         render_source);
    }
  }
  return kExitUsage;
}

}  // namespace holdfast::app
