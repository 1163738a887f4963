#include "app/files/csv.h"

#include <gtest/gtest.h>

namespace holdfast::app {
namespace {

using Cells = std::vector<std::string>;

std::vector<CsvRecord> read(std::string_view text) {
  std::vector<CsvRecord> records;
  CsvReader reader(text);
  CsvRecord record;
  while (reader.next(&record)) records.push_back(record);
  return records;
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  const auto records =
      read("\xef\xbb\xbfsku,name\r\nA,\"Mug, \"\"blue\"\"\"\r\n\r\n B ,\"two\nlines\"\nC,\n");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].cells, (Cells{"sku", "name"}));
  EXPECT_EQ(records[1].cells, (Cells{"A", "Mug, \"blue\""}));
  EXPECT_EQ(records[2].cells, (Cells{"B", "two\nlines"}));
  EXPECT_EQ(records[2].line, 4u) << "the empty line counts";
  EXPECT_EQ(records[3].cells, (Cells{"C", ""}));
  EXPECT_EQ(records[3].line, 6u) << "so does the line break inside quotes";
}

TEST(Csv, TakesTheSeparatorOfTheHeader) {
  EXPECT_EQ(read("sku;a,b;c\n1;2;3")[1].cells, (Cells{"1", "2", "3"}));
  EXPECT_EQ(read("sku\tname\n1\t2,5")[1].cells, (Cells{"1", "2,5"}));
}

TEST(Csv, SaysWhatIsWrongWithALine) {
  EXPECT_NE(read("a,b\n\"open,2\n")[1].mistake.find("never closed"), std::string::npos);
  EXPECT_NE(read("a,b\n\"one\"two,2\n3,4\n")[1].mistake.find("closing quote"), std::string::npos);
  EXPECT_EQ(read("a,b\n\"one\"two,2\n3,4\n")[2].cells, (Cells{"3", "4"}))
      << "and goes on behind it";
}

TEST(Csv, WritesCellsThatReadBack) {
  for (const std::string& text :
       {"plain", "with, comma", "with \"quotes\"", "two\nlines", " blank", "a;b", ""}) {
    const auto records = read("first,second\n" + csv_cell(text) + ",x\n");
    ASSERT_EQ(records.size(), 2u) << text;
    EXPECT_EQ(records[1].cells[0], text == " blank" ? "blank" : text);
  }
}

}  // namespace
}  // namespace holdfast::app
