#include "app/config/secrets.h"

#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <sys/stat.h>

namespace holdfast::app {
namespace {

/// "${NAME}" becomes the variable's value; anything else stays.
std::string expand(TableReader& table, const std::string& key, const std::string& secret,
                   const Environment& environment) {
  if (!secret.starts_with("${") || !secret.ends_with("}")) return secret;
  const std::string name = secret.substr(2, secret.size() - 3);
  const std::optional<std::string> value = environment(name);
  if (value && !value->empty()) return *value;
  table.problem(key, fmt::format("the environment variable {} is not set", name));
  return {};
}

std::vector<std::string> read_file(TableReader& table, const std::string& key,
                                   const std::string& path) {
  std::vector<std::string> secrets;
  struct stat status = {};
  std::ifstream in(path);
  if (!in || stat(path.c_str(), &status) != 0) {
    table.problem(key, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    return secrets;
  }
  if ((status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    table.problem(key, fmt::format("'{}' can be read by others: chmod 600 it", path));
    return secrets;
  }
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (!line.empty()) secrets.push_back(line);
  }
  if (secrets.empty()) table.problem(key, fmt::format("'{}' holds no secret", path));
  return secrets;
}

}  // namespace

std::vector<std::string> read_secrets(TableReader& table, const std::string& single,
                                      const std::string& several, const std::string& from_file,
                                      const Environment& environment) {
  std::vector<std::string> secrets;
  int given = 0;
  if (!single.empty() && table.has(single)) {
    ++given;
    secrets.push_back(expand(table, single, table.required_text(single), environment));
  }
  if (!several.empty() && table.has(several)) {
    ++given;
    for (const std::string& secret : table.texts(several)) {
      secrets.push_back(expand(table, several, secret, environment));
    }
  }
  if (table.has(from_file)) {
    ++given;
    secrets = read_file(table, from_file, table.required_text(from_file));
  }
  if (given > 1) {
    table.problem(from_file, "secrets are given twice: keep one of them");
  }
  return secrets;
}

}  // namespace holdfast::app
