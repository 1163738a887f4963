// `holdfast order …`: accept, show, list.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {

int run_order(const OrderArguments& arguments, const ServerArguments& server, bool json) {
  HttpClient client = connect(server);
  switch (arguments.action) {
    case OrderArguments::Action::kAccept: {
      std::string members;
      print_member(&members, "order", arguments.order);
      print_member(&members, "channel", arguments.channel);
      print_lines(&members, arguments.lines);
      const std::string key = arguments.key.empty() ? fresh_key() : arguments.key;
      return show_answer(client.post("/v1/orders", to_object(members), {{"Idempotency-Key", key}}),
                         json, render_outcome);
    }
    case OrderArguments::Action::kShow: {
      const std::string channel = arguments.channel.empty() ? "default" : arguments.channel;
      return show_answer(client.get(fmt::format("/v1/orders/{}/{}", percent_encode(channel),
                                                percent_encode(arguments.order))),
                         json, render_order);
    }
    case OrderArguments::Action::kList: {
      std::string path = "/v1/orders?limit=1000";
      if (!arguments.sku.empty()) path += "&sku=" + percent_encode(arguments.sku);
      if (!arguments.status.empty()) path += "&status=" + percent_encode(arguments.status);
      return show_answer(client.get(path), json, render_orders);
    }
  }
  return kExitUsage;
}

}  // namespace holdfast::app
