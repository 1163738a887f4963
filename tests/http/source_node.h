// A test server with a signed source: intake over a directory of its own, in front of the real
// engine. What the source is, the test says.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "connectors/registry.h"
#include "feed/feed.h"
#include "intake/intake.h"
#include "tests/http/test_node.h"

namespace holdfast::http {

class SourceNodeTest : public NodeTest {
 protected:
  SourceNodeTest() {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("holdfast-sources-{}", SystemRandom().next());
    std::filesystem::create_directories(directory_);
  }
  ~SourceNodeTest() override {
    client_.reset();
    server_.reset();
    if (feed_) feed_->stop();
    EXPECT_TRUE(executor_->drain().has_value());
    executor_drained_ = true;
    intake_.reset();
    feed_.reset();
    std::filesystem::remove_all(directory_);
  }

  /// Opens what was parked, and takes deliveries of this source from now on.
  void start_intake(const connectors::SourceConfig& config) {
    intake_.reset();
    auto parked = intake::ParkedFile::open(io::posix_file_system(), directory_ / "intake.log");
    ASSERT_TRUE(parked.has_value());
    intake_ = std::make_unique<intake::Intake>(*executor_, std::move(*parked), clock_);
    auto source = connectors::make_source(config);
    ASSERT_TRUE(source.has_value()) << source.error().detail;
    intake_->add(std::move(*source));
  }
  void serve() {
    auto server = HttpServer::start(options_, ServerPorts{.commands = *executor_,
                                                          .history = *executor_,
                                                          .events = *events_,
                                                          .sinks = feed_.get(),
                                                          .intake = intake_.get(),
                                                          .log = *log_,
                                                          .metrics = metrics_,
                                                          .clock = clock_});
    EXPECT_TRUE(server.has_value());
    server_ = std::move(*server);
  }

  /// Asks until it is so; false after a minute, which only a hang takes.
  bool eventually(const std::function<bool()>& condition) {
    const Duration deadline = clock_.boot() + kMinute;
    while (!condition()) {
      if (clock_.boot() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::filesystem::path directory_;
  SystemRandom random_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<feed::Feed> feed_;  ///< none, unless the test makes one
};

}  // namespace holdfast::http
