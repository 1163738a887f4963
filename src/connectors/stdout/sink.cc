#include "connectors/stdout/sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace holdfast::connectors::standard_output {

void StdoutSink::deliver(std::vector<feed::Item> items, Timestamp) {
  bool stalled = false;
  for (const feed::Item& item : items) {
    feed::Report report =
        stalled ? feed::Report{item.token, feed::Verdict::kRetry, "behind a line that waits", 0, true}
                : write_line(item);
    stalled = stalled || report.verdict != feed::Verdict::kDelivered;
    mailbox_.put(std::move(report));
  }
}

feed::Report StdoutSink::write_line(const feed::Item& item) {
  feed::Report report;
  report.token = item.token;
  report.verdict = feed::Verdict::kRetry;
  report.unreachable = true;
  Status written = write_rest();
  if (written && item.id == finished_) {  // its last bytes have gone out meanwhile
    finished_.clear();
    report.verdict = feed::Verdict::kDelivered;
    return report;
  }
  if (written) {
    rest_ = item.body + "\n";
    const size_t whole = rest_.size();
    written = write_rest();
    if (!written && rest_.size() == whole) rest_.clear();
    if (!rest_.empty()) finished_ = item.id;
  }
  if (written) {
    report.verdict = feed::Verdict::kDelivered;
    report.unreachable = false;
    return report;
  }
  if (closed_) report.verdict = feed::Verdict::kGone;
  report.detail = written.error().detail;
  return report;
}

/// Never waits for a reader that takes nothing for longer than kStalled: the server must be able to stop.
Status StdoutSink::write_rest() {
  while (!rest_.empty()) {
    pollfd ready{descriptor_, POLLOUT, 0};
    const int count = ::poll(&ready, 1, kStalledMs);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) return fail(ErrorCode::kIo, "the reader of standard output takes nothing");
    // A pipe that is ready takes this much without waiting.
    const ssize_t taken =
        ::write(descriptor_, rest_.data(), std::min<size_t>(rest_.size(), PIPE_BUF));
    if (taken > 0) {
      rest_.erase(0, static_cast<size_t>(taken));
    } else if (taken == 0 || (errno != EINTR && errno != EAGAIN)) {
      closed_ = errno == EPIPE;
      return fail(ErrorCode::kIo, fmt::format("write: {}", std::strerror(errno)));
    }
  }
  return {};
}

}  // namespace holdfast::connectors::standard_output
