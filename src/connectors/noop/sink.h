// The sink that takes everything and does nothing: the smallest example to copy, and a way to measure what
// delivery itself costs.
#pragma once

#include "connectors/shared/mailbox.h"
#include "feed/sink.h"

namespace holdfast::connectors::noop {

class NoopSink final : public feed::Sink {
 public:
  Status open() override { return {}; }
  size_t window() const override { return 1'024; }
  void deliver(std::vector<feed::Item> items, Timestamp) override {
    for (const feed::Item& item : items) {
      mailbox_.put({item.token, feed::Verdict::kDelivered, {}, 0, false});
    }
  }
  std::vector<feed::Report> poll(Duration wait) override { return mailbox_.poll(wait); }
  void wake() override { mailbox_.wake(); }

 private:
  Mailbox mailbox_;
};

}  // namespace holdfast::connectors::noop
