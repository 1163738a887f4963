// Every transcript, told to a node over PostgreSQL: the same words as one machine answers with.
#include <filesystem>

#include "tests/shared/shared_books.h"
#include "tests/transcripts/transcript.h"

namespace holdfast::shared {
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

class Stories : public ManyNodes, public testing::WithParamInterface<std::string> {};

TEST_P(Stories, ASharedLedgerAgrees) {
  SharedBooks books(*server_, node({.threads = false, .sweep_every = 0}));
  const std::string path = std::string(TRANSCRIPTS_DIR) + "/" + GetParam() + ".txt";
  EXPECT_EQ(transcripts::run(transcripts::read_transcript(path), books), "");
  expect_books_add_up();
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Transcripts, Stories, testing::ValuesIn(transcript_names()), test_name);

}  // namespace
}  // namespace holdfast::shared
