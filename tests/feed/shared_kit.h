// Nodes that share sinks, by hand: one clock, one log, one table of leases, one receiver. A node
// that waits for the table, or is stopped before it sends, lets the others run meanwhile. Confined
// to the test's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "feed/shared_sink.h"
#include "store/sink_leases.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {

/// The table as one node reaches it: answers are late or lost as the test says.
class FaultyLeases final : public store::SinkLeases {
 public:
  enum class Fault { kNone, kLostBefore, kLostAfter };
  explicit FaultyLeases(std::unique_ptr<store::SinkLeases> leases) : leases_(std::move(leases)) {}

  /// Asked for each statement that decides who serves; may let time pass, and others run.
  std::function<Fault()> before = [] { return Fault::kNone; };
  std::function<void()> after = [] {};
  io::OpenRecords unfenced;  ///< where cursors are written instead, whoever may; null = as they are

  Result<bool> take(const std::string& sink, const store::SinkLeaseRow& seen) override {
    return faulty([&] { return leases_->take(sink, seen); });
  }
  Result<bool> renew(const std::string& sink, uint64_t epoch, const std::string& report) override {
    return faulty([&] { return leases_->renew(sink, epoch, report); });
  }
  Result<store::SinkLeaseRow> look(const std::string& sink) override {
    return faulty([&] { return leases_->look(sink); });
  }
  Status release(const std::string& sink, uint64_t epoch) override {
    return leases_->release(sink, epoch);
  }
  io::OpenRecords cursor(const std::string& sink, uint64_t epoch) override {
    const io::OpenRecords real = epoch != 0 && unfenced ? unfenced : leases_->cursor(sink, epoch);
    return [this, real](io::RecordVisitor visit) -> Result<std::unique_ptr<io::RecordLog>> {
      HF_ASSIGN(log, real(std::move(visit)));
      return std::make_unique<FaultyLog>(*this, std::move(log));
    };
  }
  Result<uint64_t> ask(const std::string& sink, std::string payload) override {
    return leases_->ask(sink, std::move(payload));
  }
  Result<std::vector<store::AskedOperation>> asked(const std::string& sink,
                                                   uint64_t after_number) override {
    return leases_->asked(sink, after_number);
  }
  Result<bool> finish(const std::string& sink, uint64_t epoch, uint64_t number,
                      const std::string& report) override {
    return faulty([&] { return leases_->finish(sink, epoch, number, report); });
  }
  const std::string& me() const override { return leases_->me(); }
  const std::string& address() const override { return leases_->address(); }

 private:
  class FaultyLog final : public io::RecordLog {
   public:
    FaultyLog(FaultyLeases& leases, std::unique_ptr<io::RecordLog> log)
        : leases_(leases), log_(std::move(log)) {}
    Status append(std::string_view payload) override {
      return leases_.faulty([&] { return log_->append(payload); });
    }
    Status replace(std::string_view payload) override {
      return leases_.faulty([&] { return log_->replace(payload); });
    }
    uint64_t bytes() const override { return log_->bytes(); }
    bool shared() const override { return true; }
    Status catch_up(const std::function<void()>& begin_anew) override {
      return log_->catch_up(begin_anew);
    }

   private:
    FaultyLeases& leases_;
    const std::unique_ptr<io::RecordLog> log_;
  };

  template <typename Statement>
  auto faulty(Statement statement) -> decltype(statement()) {
    const Fault fault = before();
    if (fault == Fault::kLostBefore) return fail(ErrorCode::kIo, "the connection was lost");
    auto done = statement();
    after();
    if (fault == Fault::kLostAfter) return fail(ErrorCode::kIo, "the connection was lost");
    return done;
  }

  const std::unique_ptr<store::SinkLeases> leases_;
};

/// What all nodes' sinks send to.
struct Receiver {
  struct Arrived {
    std::string node;   ///< that sent it
    std::string owner;  ///< whose the sink was when it came
    feed::Item item;
    bool taken = false;
  };
  std::vector<Arrived> arrived;
  /// Whether it takes the item. Null: it takes everything.
  std::function<feed::Verdict(const feed::Item&)> answer;
  /// Whose the sink is now, as the table says.
  std::function<std::string()> owner = [] { return std::string(); };
};

/// Sends as an HTTP client does: what is handed over goes out with a later poll().
class LateSink final : public feed::Sink {
 public:
  LateSink(Receiver& receiver, const Clock& clock, std::string node,
           std::function<void()> before_sending, bool looks_at_the_end)
      : receiver_(receiver),
        clock_(clock),
        node_(std::move(node)),
        before_sending_(std::move(before_sending)),
        looks_at_the_end_(looks_at_the_end) {}

  Status open() override { return {}; }
  void send_until(Duration boot) override { send_until_ = boot; }
  size_t window() const override { return 4; }
  void deliver(std::vector<feed::Item> items, Timestamp) override {
    for (feed::Item& item : items) waiting_.push_back(std::move(item));
  }
  std::vector<feed::Report> poll(Duration) override {
    std::vector<feed::Report> reports;
    for (feed::Item& item : std::exchange(waiting_, {})) {
      before_sending_();
      feed::Report report{item.token, feed::Verdict::kAmbiguous, "cut off", 0, false};
      if (clock_.boot() < send_until_ || !looks_at_the_end_) {
        report.verdict = receiver_.answer ? receiver_.answer(item) : feed::Verdict::kDelivered;
        const bool taken = report.verdict == feed::Verdict::kDelivered;
        receiver_.arrived.push_back({node_, receiver_.owner(), std::move(item), taken});
      }
      reports.push_back(std::move(report));
    }
    return reports;
  }
  void wake() override {}

 private:
  Receiver& receiver_;
  const Clock& clock_;
  const std::string node_;
  const std::function<void()> before_sending_;
  const bool looks_at_the_end_;
  std::vector<feed::Item> waiting_;
  Duration send_until_ = INT64_MAX;
};

}  // namespace holdfast::test
