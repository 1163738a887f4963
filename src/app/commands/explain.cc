// `holdfast explain SKU`: why its numbers are what they are.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render_explain.h"

namespace holdfast::app {

int run_explain(const ExplainArguments& arguments, const ServerArguments& server, bool json) {
  HttpClient client = connect(server);
  std::string path = fmt::format("/v1/stock/{}/explain", percent_encode(arguments.sku));
  if (!arguments.channel.empty()) path += "?channel=" + percent_encode(arguments.channel);
  return show_answer(client.get(path), json, render_explanation);
}

}  // namespace holdfast::app
