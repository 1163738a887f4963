// One node's feed as a process of its own, for tests that kill it: a log that is the same in every
// such process, leases in the PostgreSQL that it is given, one webhook sink. Ends at SIGTERM.
//
//   shared_feed_node POSTGRES_URL NAME RECEIVER_URL EVENTS EVENTS_PER_SECOND
#include <csignal>
#include <cstdio>
#include <string>

#include "connectors/registry.h"
#include "feed/shared_feed.h"
#include "store/postgres/sink_leases.h"
#include "tests/connectors/kit.h"

namespace holdfast::test {
namespace {

int run(const std::string& database, const std::string& name, const std::string& receiver,
        int events, double rate) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  TestLog log;
  for (int i = 0; i < events; ++i) log.receive("sku-" + std::to_string(i % 7));
  TestStock stock(log.store());
  SystemClock clock;
  SystemRandom random;
  const auto url = store::postgres::Url::parse(database);
  if (!url) return 1;
  store::postgres::TableLeases leases(*url, name);
  leases.listen_at("node-" + name);

  connectors::SinkConfig config;
  config.settings.name = "shop";
  config.settings.rate_per_s = rate;
  config.type = "webhook";
  config.url = receiver + "/" + name;
  config.allow_private_networks = {"127.0.0.0/8"};
  config.window = 4;

  feed::SharedFeedServices services;
  services.feed = {&log.store(), &stock, &io::posix_file_system(), &clock, &random};
  services.leases = &leases;
  feed::SharedFeed feed(services);
  const Status added =
      feed.add_sink(config.settings, [config] { return connectors::make_sink(config); });
  if (!added) return 2;
  feed.start();
  std::puts("runs");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  feed.stop();
  return 0;
}

}  // namespace
}  // namespace holdfast::test

int main(int argc, char** argv) {
  if (argc != 6) return 64;
  return holdfast::test::run(argv[1], argv[2], argv[3], std::stoi(argv[4]), std::stod(argv[5]));
}
