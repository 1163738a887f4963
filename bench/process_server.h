// A server of the bench that is one process and one port, and what its kinds share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/peers.h"

namespace holdfast::bench {

class ProcessServer : public virtual Server {
 public:
  ProcessServer(std::string name, std::unique_ptr<Process> process, int port);
  std::string name() const override { return name_; }
  Usage usage() const override { return process_->usage(); }

 protected:
  /// The purchase as a plan for this port; `request` is still to be set.
  LoadPlan plan(const Purchase& purchase) const;

  std::string name_;
  std::unique_ptr<Process> process_;
  int port_;
};

/// `parent`/`name`, made, open to the user a peer runs as.
std::string make_directory(const std::string& parent, const std::string& name);
void write_file(const std::string& path, const std::string& text);
/// What a command printed, without the line end; none when it failed.
std::optional<std::string> trimmed_output(const std::string& command);
/// A whole number; none when there is no text or it is something else.
std::optional<int64_t> to_number(const std::optional<std::string>& text);

}  // namespace holdfast::bench
