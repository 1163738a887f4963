#include "app/commands/ledger_diagnosis.h"

#include <gtest/gtest.h>

namespace holdfast::app {
namespace {

LedgerCheckup well() {
  LedgerCheckup checkup;
  checkup.shown = "postgresql://db/ledger";
  checkup.replicated = true;
  checkup.health = store::postgres::ServerHealth{
      .connections_left = 90, .standbys = 2, .standbys_confirming = 2};
  return checkup;
}

/// The one finding that is not fine; it has a remedy.
Finding odd_one(const LedgerCheckup& checkup) {
  Finding found;
  int odd = 0;
  for (const Finding& finding : diagnose(checkup)) {
    if (finding.health == Health::kFine) continue;
    EXPECT_FALSE(finding.remedy.empty()) << finding.check;
    found = finding;
    ++odd;
  }
  EXPECT_EQ(odd, 1);
  return found;
}

TEST(LedgerDiagnosis, FindsNothingWhereAllIsWell) {
  for (const Finding& finding : diagnose(well()))
    EXPECT_EQ(finding.health, Health::kFine) << finding.detail;
}

TEST(LedgerDiagnosis, SaysWhatANodeWouldBeRefusedFor) {
  using Check = Status LedgerCheckup::*;
  const std::pair<Check, const char*> checks[] = {
      {&LedgerCheckup::reached, "ledger"},
      {&LedgerCheckup::server, "ledger server"},
      {&LedgerCheckup::writable, "ledger writes"},
      {&LedgerCheckup::schema, "ledger tables"},
      {&LedgerCheckup::rights, "ledger rights"},
      {&LedgerCheckup::durability, "ledger durability"}};
  for (const auto& [check, name] : checks) {
    LedgerCheckup checkup = well();
    checkup.*check = fail(ErrorCode::kConfigInvalid, "why");
    const Finding finding = odd_one(checkup);
    EXPECT_EQ(finding.check, name);
    EXPECT_EQ(finding.health, Health::kWrong);
    EXPECT_EQ(finding.detail, "why");
  }
}

TEST(LedgerDiagnosis, SettingsThatLoseCommitsAreWrong) {
  LedgerCheckup checkup = well();
  checkup.health->fsync = false;
  EXPECT_EQ(odd_one(checkup).check, "ledger fsync");
  checkup = well();
  checkup.health->full_page_writes = false;
  EXPECT_EQ(odd_one(checkup).check, "ledger full_page_writes");
  checkup = well();
  checkup.health->autovacuum = false;
  EXPECT_EQ(odd_one(checkup).check, "ledger autovacuum");
}

TEST(LedgerDiagnosis, StandbysAreCountedWhereTheyMatter) {
  LedgerCheckup checkup = well();
  checkup.health->standbys_confirming = 1;
  EXPECT_EQ(odd_one(checkup).health, Health::kNote);
  checkup.health->standbys_confirming = 0;
  EXPECT_EQ(odd_one(checkup).health, Health::kWrong);
  checkup.health->sees_standbys = false;
  EXPECT_EQ(odd_one(checkup).health, Health::kNote);
  checkup.replicated = false;
  EXPECT_EQ(odd_one(checkup).detail, "durability is local: a failover may lose the last commits");
}

TEST(LedgerDiagnosis, LoadAndClocksAreLookedAt) {
  LedgerCheckup checkup = well();
  checkup.health->connections_left = 3;
  EXPECT_EQ(odd_one(checkup).health, Health::kWrong);
  checkup = well();
  checkup.health->oldest_transaction = 2 * kMinute;
  EXPECT_EQ(odd_one(checkup).check, "ledger transactions");
  checkup = well();
  checkup.health->clock_ahead = -1'500 * kMillisecond;
  EXPECT_EQ(odd_one(checkup).check, "ledger clock");
}

}  // namespace
}  // namespace holdfast::app
