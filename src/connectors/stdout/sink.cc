#include "connectors/stdout/sink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holdfast::connectors::standard_output {

void StdoutSink::deliver(std::vector<feed::Item> items, Timestamp) {
  for (const feed::Item& item : items) mailbox_.put(write_line(item));
}

feed::Report StdoutSink::write_line(const feed::Item& item) {
  const std::string line = item.body + "\n";
  size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = ::write(descriptor_, line.data() + written, line.size() - written);
    if (count > 0) {
      written += static_cast<size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      const feed::Verdict verdict = errno == EPIPE ? feed::Verdict::kGone : feed::Verdict::kRetry;
      return {item.token, verdict, fmt::format("write: {}", std::strerror(errno)), 0, true};
    }
  }
  return {item.token, feed::Verdict::kDelivered, {}, 0, false};
}

}  // namespace holdfast::connectors::standard_output
