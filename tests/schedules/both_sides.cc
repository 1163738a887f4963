#include "tests/schedules/both_sides.h"

#include <chrono>
#include <future>
#include <map>

#include <gtest/gtest.h>

#include "store/postgres/group.h"
#include "store/postgres/migration.h"
#include "tests/schedules/model_store.h"

namespace holdfast::schedules {
namespace {

/// Of the model: one fiber for what a session does, run until it ends or stands in the queue.
class ModelSide final : public Side {
 public:
  explicit ModelSide(store::SharedGuards guards) : guards_(guards) {}

  store::SharedStore& store(char who) override { return *at(who).store; }
  void start(char who, std::function<std::string()> what) override {
    Session& session = at(who);
    session.task.ready = nullptr;
    session.task.wake_at = {};
    session.task.fiber = std::make_unique<Fiber>(
        [&session, what = std::move(what)] { session.result = what(); });
  }
  bool waits(char who) override {
    Session& session = at(who);
    while (!session.task.fiber->ended()) {
      if (cluster_.database().waits(session.store->session())) return true;
      cluster_.run_one({&session.task}, {});
    }
    return false;
  }
  std::string finish(char who) override { return at(who).result; }
  void cut(char who) override { cluster_.database().terminate(at(who).store->session()); }
  void let_idle_end(char who) override {
    while (cluster_.database().alive(at(who).store->session())) cluster_.run_one({}, {});
  }

 private:
  struct Session {
    Task task;
    std::unique_ptr<NodeClock> clock;
    std::unique_ptr<ModelStore> store;
    std::string result;
  };
  Session& at(char who) {
    Session& session = sessions_[who];
    if (session.store == nullptr) {
      session.clock = std::make_unique<NodeClock>(cluster_.database());
      session.store = std::make_unique<ModelStore>(cluster_, session.task, *session.clock,
                                                   ModelStore::Guards{guards_, {}}, [] {});
    }
    return session;
  }

  const store::SharedGuards guards_;
  Cluster cluster_{1, {}};
  std::map<char, Session> sessions_;
};

/// Of a server: one thread for what a session does, at most one at a time.
class PostgresSide final : public Side {
 public:
  PostgresSide(test::Postgres& server, store::SharedGuards guards)
      : server_(server), guards_(guards) {}

  store::SharedStore& store(char who) override { return at(who).store; }
  void start(char who, std::function<std::string()> what) override {
    at(who).result = std::async(std::launch::async, std::move(what));
  }
  bool waits(char who) override {
    const std::string asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                              " AND application_name = '" + name(who) + "'";
    bool queued = false;
    const bool settled = test::wait_until([&] {
      if (at(who).result.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return true;
      queued = server_.sql(asked) == "1";
      return queued;
    });
    EXPECT_TRUE(settled) << who << " neither ends nor waits";
    return queued && at(who).result.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  }
  std::string finish(char who) override { return at(who).result.get(); }
  void cut(char who) override {
    EXPECT_EQ(server_.terminate_backends("application_name = '" + name(who) + "'"), 1);
    wait_for_end(who);
  }
  void let_idle_end(char who) override { wait_for_end(who); }

 private:
  struct Session {
    Session(const store::postgres::Url& url, const store::postgres::SessionOptions& options,
            store::SharedGuards guards)
        : store(url, options, guards) {}
    store::postgres::GroupStore store;
    std::future<std::string> result;
  };
  static std::string name(char who) { return std::string("session ") + who; }
  Session& at(char who) {
    auto& session = sessions_[who];
    if (session == nullptr) {
      store::postgres::SessionOptions options;
      options.name = name(who);
      session = std::make_unique<Session>(*store::postgres::Url::parse(server_.url()), options,
                                          guards_);
    }
    return *session;
  }
  void wait_for_end(char who) {
    EXPECT_TRUE(test::wait_until([&] {
      return server_.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" +
                         name(who) + "'") == "0";
    }));
  }

  test::Postgres& server_;
  const store::SharedGuards guards_;
  std::map<char, std::unique_ptr<Session>> sessions_;
};

}  // namespace

std::unique_ptr<Side> model_side(store::SharedGuards guards) {
  return std::make_unique<ModelSide>(guards);
}

std::unique_ptr<Side> postgres_side(test::Postgres& server, store::SharedGuards guards) {
  server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  auto connection = store::postgres::Connection::open(
      *store::postgres::Url::parse(server.url()), store::postgres::migrating());
  EXPECT_TRUE(connection) << connection.error().detail;
  const auto applied = store::postgres::migrate(**connection, "test");
  EXPECT_TRUE(applied) << applied.error().detail;
  return std::make_unique<PostgresSide>(server, guards);
}

}  // namespace holdfast::schedules
