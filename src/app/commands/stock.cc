// `holdfast stock [SKU]`: balances now or as of then, or a list.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/output.h"
#include "app/commands/render.h"

namespace holdfast::app {

int run_stock(const StockArguments& arguments, const ServerArguments& server, bool json) {
  HttpClient client = connect(server);
  if (!arguments.sku.empty()) {
    std::string path = "/v1/stock/" + percent_encode(arguments.sku);
    if (!arguments.as_of.empty()) path += "?as_of=" + percent_encode(arguments.as_of);
    if (arguments.by_occurred) path += "&as_of_basis=occurred";
    return show_answer(client.get(path), json, render_stock);
  }
  std::string path = fmt::format("/v1/stock?limit={}", arguments.limit);
  if (!arguments.location.empty()) path += "&location=" + percent_encode(arguments.location);
  if (!arguments.untracked) path += "&tracked=true";
  return show_answer(client.get(path), json, render_stock_list);
}

}  // namespace holdfast::app
