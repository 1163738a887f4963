#include "app/config/problem.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace holdfast::app {
namespace {

/// Levenshtein distance: insertions, deletions and replacements from one word to the other.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string to_text(const ConfigProblems& problems) {
  std::string text;
  for (const ConfigProblem& problem : problems) {
    text += problem.place;
    if (!problem.key.empty()) text += ": " + problem.key;
    text += ": " + problem.message + "\n";
  }
  return text;
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t apart = distance(word, candidate);
    if (apart < best_distance) {
      best_distance = apart;
      best = candidate;
    }
  }
  return best;
}

}  // namespace holdfast::app
