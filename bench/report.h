// The figures of all rounds and what they come to: which rounds count, medians, bands, one table in
// Markdown.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::bench {

/// One row of one round.
struct Sample {
  double rate = 0;              ///< answers of the kind the row is about, per second
  std::optional<double> ratio;  ///< to what `RowName::against` names, in the same round
  double cpu_us = 0;            ///< of the server, for each of those answers
  double bytes = 0;             ///< written to the device, for each of those answers
  double resident_mib = 0;
  double p50_us = 0, p90_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
};

struct Round {
  double flush_p50_us = 0, flush_p99_us = 0;
  double copy_gib_per_s = 0;
  double lag_p99_us = 0;  ///< of the generator, planned to sent; the last open loop of the round
  std::map<std::string, Sample> samples;
  bool used = true;  ///< false: a floor is more than 20% from the median of all rounds
};

/// Linear between neighbours; 0 of nothing.
double quantile(std::vector<double> values, double fraction);

/// Marks the rounds whose floors are too far from the median; returns how many are used.
size_t mark_disturbed(std::vector<Round>* rounds);

/// Floors of every round, disturbed ones marked, then the table over the used ones in the order of
/// `rows`.
std::string to_markdown(const std::vector<Round>& rounds, const std::vector<std::string>& rows);

/// Kernel, CPUs, memory, file system of `directory`, load average, versions of all that is
/// measured.
std::string describe_machine(const std::string& directory, const std::string& binary);

}  // namespace holdfast::bench
