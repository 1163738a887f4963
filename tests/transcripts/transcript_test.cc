// Every transcript of this folder, told to the ledger and to its twin; then the ledger's log
// replayed.
#include "tests/transcripts/transcript.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "sim/recorded_ledger.h"
#include "sim/twin.h"

namespace holdfast::transcripts {
namespace {

std::vector<std::string> transcript_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(TRANSCRIPTS_DIR)) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

std::string path_of(const std::string& name) {
  return std::string(TRANSCRIPTS_DIR) + "/" + name + ".txt";
}

class TranscriptTest : public testing::TestWithParam<std::string> {};

TEST_P(TranscriptTest, TwinAgrees) {
  sim::Twin twin;
  EXPECT_EQ(run(read_transcript(path_of(GetParam())), twin), "");
}

TEST_P(TranscriptTest, LedgerAgreesAndReplays) {
  sim::RecordedLedger ledger;
  EXPECT_EQ(run(read_transcript(path_of(GetParam())), ledger), "");
  EXPECT_EQ(ledger.check_replay(), "");
  EXPECT_EQ(ledger.check_sequence(), "");
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Stories, TranscriptTest, testing::ValuesIn(transcript_names()), test_name);

}  // namespace
}  // namespace holdfast::transcripts
