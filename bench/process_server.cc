#include "bench/process_server.h"

#include <charconv>
#include <filesystem>
#include <fstream>

namespace holdfast::bench {
namespace fs = std::filesystem;

ProcessServer::ProcessServer(std::string name, std::unique_ptr<Process> process, int port)
    : name_(std::move(name)), process_(std::move(process)), port_(port) {}

LoadPlan ProcessServer::plan(const Purchase& purchase) const {
  LoadPlan plan;
  plan.port = port_;
  plan.connections = purchase.connections;
  plan.seconds = purchase.seconds;
  plan.rate = purchase.rate;
  plan.requests_max = purchase.requests_max;
  plan.answered = purchase.answered;
  return plan;
}

std::string make_directory(const std::string& parent, const std::string& name) {
  const std::string path = parent + "/" + name;
  fs::create_directories(path);
  fs::permissions(path, fs::perms::all);
  return path;
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::optional<std::string> trimmed_output(const std::string& command) {
  bool ok = false;
  std::string output = run(command, &ok);
  while (output.ends_with('\n')) output.pop_back();
  return ok ? std::optional(std::move(output)) : std::nullopt;
}

std::optional<int64_t> to_number(const std::optional<std::string>& text) {
  int64_t number = 0;
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace holdfast::bench
