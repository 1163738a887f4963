// What runs the ledger: the three ports, start to drain. LocalExecutor is the one for one machine.
//
// Made by app; http, intake and feed are given the ports alone. Thread-safe.
#pragma once

#include "engine/command_port.h"
#include "engine/stock_reader.h"

namespace holdfast::engine {

class Executor : public CommandPort, public StockReader, public HistoryPort {
 public:
  /// Refuses new submissions, answers all that were accepted, makes everything durable, writes a
  /// snapshot, and ends the threads. Blocks; call it once. kIo: a flush failed on the way (what was
  /// answered is durable all the same).
  virtual Status drain() = 0;
};

}  // namespace holdfast::engine
