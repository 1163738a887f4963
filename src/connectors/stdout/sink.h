// The sink that writes each item as one line of JSON to a file descriptor, standard output by default.
// Delivered = written; a closed pipe disables the sink.
#pragma once

#include <string>

#include "connectors/shared/mailbox.h"
#include "feed/sink.h"

namespace holdfast::connectors::standard_output {

class StdoutSink final : public feed::Sink {
 public:
  /// The descriptor is the caller's and stays open.
  explicit StdoutSink(int descriptor = 1) : descriptor_(descriptor) {}

  Status open() override { return {}; }
  size_t window() const override { return 256; }
  void deliver(std::vector<feed::Item> items, Timestamp now) override;
  std::vector<feed::Report> poll(Duration wait) override { return mailbox_.poll(wait); }
  void wake() override { mailbox_.wake(); }

 private:
  static constexpr int kStalledMs = 1'000;

  feed::Report write_line(const feed::Item& item);
  Status write_rest();

  const int descriptor_;
  std::string rest_;      ///< of a line whose beginning is out: it goes before anything else
  bool closed_ = false;   ///< the reader has gone
  std::string finished_;  ///< the item that was, reported as to be tried again
  Mailbox mailbox_;
};

}  // namespace holdfast::connectors::standard_output
