// The servers of the bench: Holdfast itself and the peers that are installed. Each one starts in
// its own directory on a free port, does the same purchase durably, and is gone with its object.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bench/load.h"
#include "bench/process.h"
#include "bench/workload.h"

namespace holdfast::bench {

/// One run of buyers against a server.
struct Purchase {
  Mix mix;
  uint64_t first = 0;  ///< number of the first buyer
  int connections = 64;
  double seconds = 1;
  double rate = 0;            ///< planned per second; 0 = closed loop
  uint64_t requests_max = 0;  ///< 0 = until `seconds` are over
  std::function<void(uint64_t n, int status, bool replayed)> answered = {};
};

class Server {
 public:
  virtual ~Server() = default;
  virtual std::string name() const = 0;
  /// Makes `units` available of the one SKU, whatever was there; false when the server did not take
  /// it.
  virtual bool restock(int64_t units) = 0;
  /// Units of the SKU that buyers can still have; none where the server does not count (nginx).
  virtual std::optional<int64_t> available() = 0;
  virtual LoadResult buy(const Purchase& purchase) = 0;
  virtual Usage usage() const = 0;
};

/// Holdfast can also be stopped by kill -9 and started again in the same directory.
class HoldfastServer : public virtual Server {
 public:
  /// Units in open holds of the SKU, as its stock page says.
  virtual std::optional<int64_t> held() = 0;
  /// kill -9, start, and the seconds until it is ready; none when it does not come back.
  virtual std::optional<double> kill_and_restart() = 0;
};

/// nullptr where the program is not installed or does not start.
std::unique_ptr<HoldfastServer> start_holdfast(const std::string& binary,
                                               const std::string& directory);
std::unique_ptr<Server> start_nginx(const std::string& directory);
std::unique_ptr<Server> start_redis(const std::string& directory);
std::unique_ptr<Server> start_postgres(const std::string& directory);

}  // namespace holdfast::bench
