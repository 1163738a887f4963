// A fixture with a PostgreSQL of its own, one for all tests of a process.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "store/postgres/connection.h"
#include "tests/servers/postgres.h"

namespace holdfast::store::postgres {

class Database : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!server_) server_ = test::Postgres::start();
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { ASSERT_NE(server_, nullptr); }

  static Url url() { return *Url::parse(server_->url()); }
  /// A session, or a test failure and nullptr.
  static std::unique_ptr<Connection> connect(const SessionOptions& options = {}) {
    Result<std::unique_ptr<Connection>> connection = Connection::open(url(), options);
    if (connection) return std::move(*connection);
    ADD_FAILURE() << connection.error().detail;
    return nullptr;
  }

  static inline std::unique_ptr<test::Postgres> server_;
};

}  // namespace holdfast::store::postgres
