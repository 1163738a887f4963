#include "app/simulate/svg.h"

#include <regex>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/simulate/batch_sync_picture.h"
#include "app/simulate/race_picture.h"

namespace holdfast::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Every element is closed, in order; attributes are quoted; `&` only begins an entity.
void expect_well_formed(const std::string& svg) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z]+)((?: [a-zA-Z0-9:-]+=\"[^\"<]*\")*)(/?)>");
  std::string rest;
  size_t end = 0;
  for (auto at = std::sregex_iterator(svg.begin(), svg.end(), tag); at != std::sregex_iterator();
       ++at) {
    rest += svg.substr(end, static_cast<size_t>(at->position()) - end);
    end = static_cast<size_t>(at->position() + at->length());
    const std::string name = (*at)[2];
    if ((*at)[1].length() > 0) {
      ASSERT_FALSE(open.empty()) << name;
      EXPECT_EQ(open.back(), name);
      open.pop_back();
    } else if ((*at)[4].length() == 0) {
      open.push_back(name);
    }
  }
  rest += svg.substr(end);
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(rest.find_first_of("<>"), std::string::npos) << "something is no tag";
  EXPECT_FALSE(std::regex_search(svg, std::regex("&(?!(amp|lt|gt|quot);)")));
}

/// A picture stands alone, says what it shows, and follows light and dark.
void expect_good_picture(const std::string& svg) {
  expect_well_formed(svg);
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-labelledby=\"title desc\""));
  EXPECT_TRUE(std::regex_search(svg, std::regex("<title id=\"title\">[^<]+</title>")));
  EXPECT_TRUE(std::regex_search(svg, std::regex("<desc id=\"desc\">[^<]+</desc>")));
  EXPECT_THAT(svg, HasSubstr("class=\"ground\""));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
  for (const char* foreign :
       {"<script", "@import", "url(", "href", "<image", "<foreignObject", "nan", "inf"}) {
    EXPECT_THAT(svg, Not(HasSubstr(foreign)));
  }
}

TEST(Svg, EscapesText) {
  Svg svg(10, 10, "a < b", "c & \"d\"");
  svg.text({1, 2}, "x > y", "ink");
  const std::string text = svg.finish();
  expect_well_formed(text);
  EXPECT_THAT(text, HasSubstr("<title id=\"title\">a &lt; b</title>"));
  EXPECT_THAT(text, HasSubstr("c &amp; &quot;d&quot;"));
  EXPECT_THAT(text, HasSubstr(">x &gt; y</text>"));
}

TEST(Svg, PrintsCoordinatesToATenth) {
  Svg svg(10, 10, "t", "d");
  svg.rect(1.04, 2.0, 3.25, -0.01, "ink");
  EXPECT_THAT(svg.finish(), HasSubstr("x=\"1\" y=\"2\" width=\"3.2\" height=\"0\" class=\"ink\""));
}

TEST(Svg, SaysWhyAFileCannotBeWritten) {
  const Status written = write_picture("/nowhere/picture.svg", "x");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().detail,
              HasSubstr("--svg: cannot write '/nowhere/picture.svg': No such"));
}

TEST(Pictures, OfAnyRaceAreGood) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    RaceSettings settings;
    settings.seed = seed;
    settings.buyers = 1 + static_cast<int64_t>(seed * seed) % 200;
    settings.stock = 1 + static_cast<int64_t>(seed) % 5;
    settings.pause = static_cast<Duration>(seed * seed) * 10 * kMillisecond;
    const Race race = run_race(settings);
    expect_good_picture(race_picture(race));
    EXPECT_EQ(race_picture(race), race_picture(run_race(settings)));
  }
}

TEST(Pictures, ARaceShowsWhatItsFiguresSay) {
  const Race race = run_race({});
  const std::string svg = race_picture(race);
  for (const RaceRun& run : race.runs) EXPECT_THAT(svg, HasSubstr(run.way.title));
  EXPECT_THAT(svg, HasSubstr("✗ sold 2 of 1: oversold 1"));
  EXPECT_THAT(svg, HasSubstr("lease over"));
  EXPECT_THAT(svg, HasSubstr("refused: old token"));
}

TEST(Pictures, OfAnyFlashSaleAreGood) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    BatchSyncSettings settings;
    settings.seed = seed;
    settings.demand = static_cast<int64_t>(1 + seed * seed * 5);
    settings.interval = static_cast<Duration>(seed) * 5 * kSecond;
    settings.channels = 1 + static_cast<int64_t>(seed % 8);
    expect_good_picture(batch_sync_picture(run_batch_sync(settings)));
  }
}

TEST(Pictures, AFlashSaleShowsWhatItsFiguresSay) {
  const BatchSync result = run_batch_sync({});
  const std::string svg = batch_sync_picture(result);
  EXPECT_THAT(svg, HasSubstr(">" + std::to_string(result.cron.oversold) + "</text>"));
  EXPECT_THAT(svg, HasSubstr("600 in stock"));
  EXPECT_THAT(svg, HasSubstr("class=\"excess\""));
}

}  // namespace
}  // namespace holdfast::app
