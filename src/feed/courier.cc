#include "feed/courier.h"

namespace holdfast::feed {

void Courier::give_events(const Need&, const std::vector<OwnedEvent>&) {}
void Courier::give_numbers(const Need&, const std::vector<StockView>&, const Now&) {}
void Courier::give_skus(const Need&, const std::vector<std::string>&) {}

}  // namespace holdfast::feed
