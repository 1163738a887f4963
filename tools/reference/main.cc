// holdfast_reference api|errors: writes the page to standard output. See ./dev docs.
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/reference/pages.h"

namespace holdfast::http {
extern const std::string_view kOpenApiText;
}

int main(int count, char** words) {
  const std::string_view wanted = count == 2 ? words[1] : "";
  std::string page;
  if (wanted == "errors") {
    page = holdfast::reference::errors_page();
  } else if (wanted == "api") {
    const auto contract = holdfast::json::parse_value(holdfast::http::kOpenApiText);
    if (!contract) {
      std::fprintf(stderr, "openapi.json: %s\n", contract.error().detail.c_str());
      return 1;
    }
    page = holdfast::reference::api_page(*contract);
  } else {
    std::fputs("usage: holdfast_reference api|errors\n", stderr);
    return 2;
  }
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() && std::fflush(stdout) == 0
             ? 0
             : 1;
}
