// Bytes of a connection, cut into pieces at random: the state machine must neither crash nor depend on how
// the bytes were cut, and nothing is handed on after a refusal.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/connection.h"

namespace holdfast::http {
namespace {

class Collector final : public RequestHandler {
 public:
  BodyRule body_rule(const Head&) override { return {.bytes_max = 4'096, .refusal = {}}; }
  void on_request(Connection& connection, uint64_t ticket, const Head& head,
                  std::string_view body) override {
    if (refused) std::abort();
    seen.emplace_back(std::string(head.method) + ' ' + std::string(head.path) + ' ' + std::string(body));
    connection.answer(ticket, {}, 0);
  }
  Answer refusal(int status, std::string_view) override {
    refused = true;
    Answer answer;
    answer.status = status;
    return answer;
  }
  std::string_view date_line() override { return "Date: x\r\n"; }
  Head& scratch_head() override { return head_; }

  std::vector<std::string> seen;
  bool refused = false;

 private:
  Head head_;
};

void send_all(Connection& connection, std::string_view bytes, size_t step) {
  while (!bytes.empty() && connection.wants_input()) {
    connection.receive(bytes.substr(0, step), 0);
    bytes.remove_prefix(std::min(step, bytes.size()));
    connection.sent(connection.output().size(), 0);
  }
}

}  // namespace
}  // namespace holdfast::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holdfast::http;
  if (size == 0) return 0;
  const size_t step = 1 + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ConnectionLimits limits;
  Collector whole, pieces;
  Connection one(limits, whole, 0), other(limits, pieces, 0);
  send_all(one, bytes, SIZE_MAX);
  send_all(other, bytes, step);
  if (whole.seen != pieces.seen || whole.refused != pieces.refused) std::abort();
  return 0;
}
