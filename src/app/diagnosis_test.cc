#include "app/commands/diagnosis.h"

#include <gtest/gtest.h>

namespace holdfast::app {
namespace {

HttpAnswer answer(int status, std::string body) {
  return {status, std::move(body), "application/json"};
}

constexpr const char* kMetrics =
    "# TYPE holdfast_engine_durable_seq gauge\nholdfast_engine_durable_seq 42\n"
    "holdfast_engine_durable_seq_other 7\nholdfast_engine_snapshot_seq 40\n"
    "holdfast_engine_failed 0\nholdfast_engine_storage_full 0\n"
    "holdfast_engine_clock_offset_microseconds -12\n";

Checkup well() {
  Checkup checkup;
  checkup.base = "http://127.0.0.1:4653";
  checkup.ready = answer(200, "ready\n");
  checkup.without_key = answer(401, "{}");
  checkup.metrics = answer(200, kMetrics);
  checkup.sinks = answer(
      200,
      R"({"sinks":[{"name":"erp","state":"active","circuit":"closed","lag_events":0,"lag_ms":0,"parked":0,"dead_letters":0}]})");
  checkup.sources = answer(
      200,
      R"({"sources":[{"name":"shop","paused":false,"deliveries":3,"unauthorized":0,"parked":0}]})");
  checkup.discrepancies = answer(200, R"({"seq":42,"discrepancies":[]})");
  checkup.shortfalls = answer(200, R"({"seq":42,"shortfalls":[]})");
  return checkup;
}

/// The one finding that is wrong, which must have a remedy.
Finding wrong_one(const Checkup& checkup) {
  const std::vector<Finding> findings = diagnose(checkup);
  EXPECT_FALSE(is_well(findings));
  Finding found;
  int wrong = 0;
  for (const Finding& finding : findings) {
    if (finding.health != Health::kWrong) continue;
    EXPECT_FALSE(finding.remedy.empty()) << finding.check;
    found = finding;
    ++wrong;
  }
  EXPECT_EQ(wrong, 1);
  return found;
}

TEST(Diagnosis, NothingIsWrongWhereNothingIs) {
  const std::vector<Finding> findings = diagnose(well());
  EXPECT_TRUE(is_well(findings));
  for (const Finding& finding : findings) EXPECT_EQ(finding.health, Health::kFine) << finding.check;
}

TEST(Diagnosis, AServerThatIsNotThere) {
  Checkup checkup = well();
  checkup.ready = fail(ErrorCode::kIo, "nobody answers");
  EXPECT_EQ(wrong_one(checkup).check, "reachable");
}

TEST(Diagnosis, AServerThatIsNotReady) {
  Checkup checkup = well();
  checkup.ready = answer(503, R"({"code":"shutting_down","title":"x","detail":"draining"})");
  const Finding finding = wrong_one(checkup);
  EXPECT_EQ(finding.check, "ready");
  EXPECT_NE(finding.detail.find("draining"), std::string::npos);
}

TEST(Diagnosis, AnOpenApiIsANoteOnLoopbackAndWrongElsewhere) {
  Checkup checkup = well();
  checkup.without_key = answer(200, "{}");
  const std::vector<Finding> findings = diagnose(checkup);
  EXPECT_TRUE(is_well(findings));
  bool noted = false;
  for (const Finding& finding : findings)
    noted = noted || (finding.check == "access" && finding.health == Health::kNote);
  EXPECT_TRUE(noted);
  for (const char* loopback : {"localhost:1", "http://[::1]:1", "127.0.0.1:1"}) {
    checkup.base = loopback;
    EXPECT_TRUE(is_well(diagnose(checkup))) << loopback;
  }
  checkup.base = "http://10.0.0.5:4653";
  EXPECT_EQ(wrong_one(checkup).check, "access");
}

TEST(Diagnosis, EachTroubleOfASink) {
  const char* troubles[] = {R"("state":"paused")",
                            R"("state":"disabled","last_error":"410")",
                            R"("state":"active","circuit":"open")",
                            R"("state":"active","lag_ms":60001)",
                            R"("state":"active","parked":1)",
                            R"("state":"active","dead_letters":2)"};
  for (const char* trouble : troubles) {
    Checkup checkup = well();
    checkup.sinks = answer(200, std::string(R"({"sinks":[{"name":"erp",)") + trouble + "}]}");
    EXPECT_EQ(wrong_one(checkup).check, "sink erp") << trouble;
  }
}

TEST(Diagnosis, EachTroubleOfASource) {
  for (const char* trouble : {R"("paused":true)", R"("parked":4)"}) {
    Checkup checkup = well();
    checkup.sources = answer(200, std::string(R"({"sources":[{"name":"shop",)") + trouble + "}]}");
    EXPECT_EQ(wrong_one(checkup).check, "source shop") << trouble;
  }
}

TEST(Diagnosis, EachTroubleOfTheLog) {
  const std::pair<const char*, const char*> troubles[] = {
      {"holdfast_engine_durable_seq 1\nholdfast_engine_failed 1\n", "durability"},
      {"holdfast_engine_durable_seq 1\nholdfast_engine_snapshots_failed_total 1\n", "snapshots"},
      {"holdfast_engine_durable_seq 1\nholdfast_engine_storage_full 1\n", "storage"},
      {"holdfast_engine_durable_seq 1\nholdfast_engine_clock_offset_microseconds -2.5e+06\n",
       "clock"},
      {"something_else 1\n", "durability"}};
  for (const auto& [text, check] : troubles) {
    Checkup checkup = well();
    checkup.metrics = answer(200, text);
    EXPECT_EQ(wrong_one(checkup).check, check) << text;
  }
}

TEST(Diagnosis, DiscrepanciesShortfallsAndWhatAKeyMayNotRead) {
  Checkup checkup = well();
  checkup.discrepancies = answer(200, R"({"discrepancies":[{"sku":"A"}]})");
  EXPECT_EQ(wrong_one(checkup).check, "discrepancies");
  checkup = well();
  checkup.shortfalls = answer(200, R"({"shortfalls":[{"sku":"A"}]})");
  EXPECT_EQ(wrong_one(checkup).check, "shortfalls");
  checkup = well();
  checkup.sinks = answer(403, R"({"code":"forbidden","title":"Forbidden"})");
  EXPECT_NE(wrong_one(checkup).remedy.find("admin"), std::string::npos);
}

TEST(Diagnosis, ADiskThatFillsUp) {
  Checkup checkup = well();
  checkup.disk = Checkup::Disk{"/d", uint64_t{40} << 30, uint64_t{100} << 30, ""};
  EXPECT_TRUE(is_well(diagnose(checkup)));
  checkup.disk->free_bytes = uint64_t{4} << 30;  // 4%
  EXPECT_EQ(wrong_one(checkup).check, "disk");
  checkup.disk->size_bytes = uint64_t{5} << 30;
  checkup.disk->free_bytes = kDiskFreeWrongBytes - 1;
  EXPECT_EQ(wrong_one(checkup).check, "disk");
  checkup.disk->error = "No such file or directory";
  EXPECT_EQ(wrong_one(checkup).check, "disk");
}

}  // namespace
}  // namespace holdfast::app
