// A PostgreSQL with the tables that the feeds of many nodes share, one for all tests of a process.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/postgres/migration.h"
#include "store/postgres/sink_leases.h"
#include "tests/servers/postgres.h"

namespace holdfast::test {

class FeedTables : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = Postgres::start();
    if (!server_) return;
    const auto connection = store::postgres::Connection::open(url(), store::postgres::migrating());
    ASSERT_TRUE(connection) << connection.error().detail;
    ASSERT_TRUE(store::postgres::migrate(**connection, "test"));
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    ASSERT_NE(server_, nullptr);
    clear();
  }
  static void clear() { server_->sql("TRUNCATE sink_lease, sink_operation, record_log, record"); }

  static store::postgres::Url url() { return *store::postgres::Url::parse(server_->url()); }
  static std::unique_ptr<store::SinkLeases> leases(std::string me) {
    const std::string address = "node-" + me;
    auto made = std::make_unique<store::postgres::TableLeases>(url(), std::move(me));
    made->listen_at(address);
    return made;
  }

  static inline std::unique_ptr<Postgres> server_;
};

}  // namespace holdfast::test
