// Seeded lives of a sink that several nodes share, and what must hold of each.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/feed/shared_cluster.h"

namespace holdfast::test {

inline feed::SinkSettings shared_sink(feed::DeliverMode mode) {
  feed::SinkSettings made;
  made.name = "shop";
  made.deliver = mode;
  if (mode == feed::DeliverMode::kStock) made.channel = "web";
  return made;
}

/// Three nodes that are stopped, killed and cut off, while events go on; then calm.
inline std::unique_ptr<SharedCluster> run_schedule(
    uint64_t seed, SharedCluster::Guards guards = {},
    feed::DeliverMode mode = feed::DeliverMode::kEvents, SharedCluster::MakeLeases make = nullptr) {
  feed::SinkSettings settings = shared_sink(mode);
  settings.retry.schedule.assign(20, kSecond);  // nothing is given up, and nothing waits for long
  auto cluster = std::make_unique<SharedCluster>(seed, settings, guards, std::move(make));
  for (int i = 0; i < 3; ++i) cluster->add_node();
  cluster->receiver_.answer = [&random = cluster->random_](const feed::Item&) {
    return random.below(8) == 0 ? feed::Verdict::kRetry : feed::Verdict::kDelivered;
  };
  for (int round = 0; round < 60; ++round) {
    for (uint64_t i = cluster->random_.below(4); i > 0; --i) {
      const std::string sku = "sku-" + std::to_string(cluster->random_.below(5));
      cluster->stock_.available[sku] = static_cast<int64_t>(cluster->random_.below(1'000));
      cluster->log_.receive(sku);
    }
    cluster->step(20);
  }
  cluster->receiver_.answer = nullptr;
  cluster->calm(40 * kSecond);
  return cluster;
}

/// Nothing was skipped, first deliveries came in order, nobody sent once the sink was another's.
inline void expect_all_told(SharedCluster& cluster, uint64_t seed) {
  const Seq last = cluster.log_.store().durable_seq();
  EXPECT_EQ(cluster.stale_sends(), 0u) << "seed " << seed;
  EXPECT_EQ(cluster.told().size(), last) << "seed " << seed;
  EXPECT_TRUE(cluster.first_deliveries_in_order()) << "seed " << seed;
  auto* const serving = cluster.serving();
  ASSERT_NE(serving, nullptr) << "seed " << seed;
  EXPECT_EQ(serving->sink->status().cursor, last) << "seed " << seed;
}

/// The number each SKU was told last is the one it has.
inline void expect_last_numbers(SharedCluster& cluster, uint64_t seed) {
  std::map<std::string, int64_t> told;
  for (const Receiver::Arrived& arrived : cluster.receiver_.arrived)
    told[arrived.item.sku] = told_number(arrived.item);
  EXPECT_EQ(told, cluster.stock_.available) << "seed " << seed;
  EXPECT_EQ(cluster.stale_sends(), 0u) << "seed " << seed;
}

}  // namespace holdfast::test
