#include "app/demo/storefront.h"

#include <fmt/format.h>

#include "app/demo/signature.h"
#include "json/value.h"

namespace holdfast::app {
namespace {

std::string header(const ReceivedRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

uint64_t number_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.get(name);
  return value == nullptr ? 0 : static_cast<uint64_t>(value->as_integer().value_or(0));
}

}  // namespace

Result<std::unique_ptr<Storefront>> Storefront::start(int channel, std::string secret) {
  std::unique_ptr<Storefront> storefront(new Storefront(channel, std::move(secret)));
  HF_ASSIGN(listener, Listener::start([raw = storefront.get()](const ReceivedRequest& request) {
              return raw->receive(request);
            }));
  storefront->listener_ = std::move(listener);
  return storefront;
}

std::string Storefront::url() const {
  return fmt::format("http://127.0.0.1:{}/stock", listener_->port());
}

int Storefront::receive(const ReceivedRequest& request) {
  const bool genuine =
      request.method == "POST" &&
      verify_delivery(secret_, header(request, "webhook-id"), header(request, "webhook-timestamp"),
                      request.body, header(request, "webhook-signature"));
  if (!genuine) {
    ++refused_;
    return 401;
  }
  if (!take(request.body)) {
    ++refused_;
    return 400;
  }
  ++pushes_;
  return 204;
}

bool Storefront::take(std::string_view body) {
  const Result<json::Value> push = json::parse_value(body);
  if (!push) return false;
  const json::Value* data = push->get("data");
  const json::Value* sku = data ? data->get("sku") : nullptr;
  const json::Value* channels = data ? data->get("channels") : nullptr;
  const json::Value* ours = channels ? channels->get(demo_channel(channel_)) : nullptr;
  if (sku == nullptr || !sku->as_string() || ours == nullptr) return false;
  const std::string name(*sku->as_string());
  const json::Value* number = ours->get("available_to_sell");
  const uint64_t incarnation = number_of(*data, "incarnation");
  const uint64_t push_seq = number_of(*data, "push_seq");
  {
    const std::lock_guard lock(mutex_);
    Told& told = told_[name];
    // retries and races may bring an older number after a newer one: the highest push counts
    if (std::pair(incarnation, push_seq) < std::pair(told.incarnation, told.push_seq)) return true;
    told = {incarnation, push_seq, number ? number->as_integer() : std::nullopt};
  }
  if (Follower* follower = follower_) follower->told(channel_, name, number_of(*data, "sku_seq"));
  return true;
}

std::optional<int64_t> Storefront::number(const std::string& sku) const {
  const std::lock_guard lock(mutex_);
  const auto found = told_.find(sku);
  return found == told_.end() ? std::nullopt : found->second.number;
}

}  // namespace holdfast::app
