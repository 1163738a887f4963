#include "bench/report.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/process.h"
#include "bench/process_server.h"

namespace holdfast::bench {
namespace {

constexpr double kFloorTolerance = 0.2;

template <typename Get>
std::vector<double> collect(const std::vector<Round>& rounds, Get get) {
  std::vector<double> out;
  for (const Round& round : rounds) out.push_back(get(round));
  return out;
}

bool is_near(double value, double middle) {
  return std::abs(value - middle) <= kFloorTolerance * middle;
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// The value of "name : value" in a file of such lines.
std::string value_in(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
}

std::string version_of(const std::string& command) {
  const std::optional<std::string> text = trimmed_output(command + " 2>&1");
  return text ? text->substr(0, text->find('\n')) : "not installed";
}

/// The figures of one row in the rounds that count.
struct Column {
  std::vector<Sample> samples;

  template <typename Get>
  double median(Get get) const {
    std::vector<double> values;
    for (const Sample& sample : samples) values.push_back(get(sample));
    return quantile(std::move(values), 0.5);
  }
  std::string ratio() const {
    std::vector<double> values;
    for (const Sample& sample : samples) {
      if (sample.ratio) values.push_back(*sample.ratio);
    }
    if (values.empty()) return "";
    return fmt::format("{:.2f} [{:.2f}-{:.2f}]", quantile(values, 0.5), quantile(values, 0.1),
                       quantile(values, 0.9));
  }
};

std::string floor_table(const std::vector<Round>& rounds) {
  std::string text =
      "| round | fdatasync p50 us | p99 us | memcpy GiB/s | generator lag p99 us | |\n"
      "|--:|--:|--:|--:|--:|---|\n";
  for (size_t i = 0; i < rounds.size(); ++i) {
    const Round& round = rounds[i];
    text += fmt::format("| {} | {:.0f} | {:.0f} | {:.1f} | {:.0f} | {} |\n", i + 1,
                        round.flush_p50_us, round.flush_p99_us, round.copy_gib_per_s,
                        round.lag_p99_us, round.used ? "" : "disturbed, not used");
  }
  return text;
}

}  // namespace

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = fraction * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

size_t mark_disturbed(std::vector<Round>* rounds) {
  const double flush =
      quantile(collect(*rounds, [](const Round& r) { return r.flush_p50_us; }), 0.5);
  const double copy =
      quantile(collect(*rounds, [](const Round& r) { return r.copy_gib_per_s; }), 0.5);
  size_t used = 0;
  for (Round& round : *rounds) {
    round.used = is_near(round.flush_p50_us, flush) && is_near(round.copy_gib_per_s, copy);
    used += round.used;
  }
  return used;
}

std::string to_markdown(const std::vector<Round>& rounds, const std::vector<std::string>& rows) {
  std::string text = floor_table(rounds) + "\n";
  text +=
      "| row | per s | ratio [10%-90%] | CPU us | p50 us | p90 us | p99 us | p99.9 us | max us | "
      "bytes "
      "| RSS MiB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const std::string& name : rows) {
    Column column;
    for (const Round& round : rounds) {
      const auto it = round.samples.find(name);
      if (round.used && it != round.samples.end()) column.samples.push_back(it->second);
    }
    if (column.samples.empty()) continue;
    const auto median = [&column](double Sample::* member) {
      return column.median([member](const Sample& sample) { return sample.*member; });
    };
    text += fmt::format(
        "| {} | {:.0f} | {} | {:.1f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | "
        "{:.0f} |\n",
        name, median(&Sample::rate), column.ratio(), median(&Sample::cpu_us),
        median(&Sample::p50_us), median(&Sample::p90_us), median(&Sample::p99_us),
        median(&Sample::p999_us), median(&Sample::max_us), median(&Sample::bytes),
        median(&Sample::resident_mib));
  }
  return text;
}

std::string describe_machine(const std::string& directory, const std::string& binary) {
  utsname name{};
  uname(&name);
  const auto fact = [](const std::string& what, const std::string& value) {
    return fmt::format("- {}: {}\n", what, value);
  };
  return fact("machine", fmt::format("{} x {}, {}", sysconf(_SC_NPROCESSORS_ONLN),
                                     value_in("/proc/cpuinfo", "model name"),
                                     value_in("/proc/meminfo", "MemTotal"))) +
         fact("kernel", fmt::format("{} {}", name.sysname, name.release)) +
         fact("file system", version_of("stat -f -c %T " + directory) + ", mounted " +
                                 version_of("findmnt -n -o SOURCE,OPTIONS -T " + directory)) +
         fact("load average before", first_line("/proc/loadavg")) +
         fact("Holdfast", version_of(binary + " version")) +
         fact("nginx", version_of(find_program("nginx", {"/usr/sbin"}) + " -v")) +
         fact("Redis", version_of("redis-server --version")) +
         fact("PostgreSQL", version_of("/usr/lib/postgresql/15/bin/postgres --version"));
}

}  // namespace holdfast::bench
