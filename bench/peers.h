// The servers of the bench: Holdfast itself and the peers that are installed. Each one starts in its own
// directory on a free port, does the same purchase durably, and is gone with its object.
#pragma once

#include <memory>
#include <string>

#include "bench/load.h"
#include "bench/process.h"
#include "bench/workload.h"

namespace holdfast::bench {

class Server {
 public:
  virtual ~Server() = default;
  virtual std::string name() const = 0;
  /// Stock of the one SKU; false when the server did not take it.
  virtual bool restock(int64_t units) = 0;
  virtual LoadResult buy(const Mix& mix, uint64_t first, int connections, double seconds,
                         double rate = 0, uint64_t requests_max = 0, int pipeline = 1) = 0;
  virtual Usage usage() const = 0;
};

/// nullptr where the program is not installed; the reason is printed by the caller.
std::unique_ptr<Server> start_holdfast(const std::string& binary, const std::string& directory);
std::unique_ptr<Server> start_nginx(const std::string& directory);
std::unique_ptr<Server> start_redis(const std::string& directory);
std::unique_ptr<Server> start_postgres(const std::string& directory);

}  // namespace holdfast::bench
