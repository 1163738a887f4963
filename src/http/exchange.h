// A request as its handler sees it, and the responder that outlives it until the answer is there.
//
// Confined to the worker's thread, except that a Responder may be carried through other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer.h"
#include "http/auth.h"
#include "http/framing_guard.h"
#include "http/query_string.h"

namespace holdfast::http {

class Worker;
class Mailbox;

/// Names a request whose answer is owed. If its connection is gone by then, the answer goes nowhere.
struct Responder {
  uint32_t session = 0;
  uint32_t generation = 0;
  uint64_t ticket = 0;
};

struct Exchange {
  Worker& worker;
  const Head& head;
  std::string_view path;             ///< as sent, without the query
  std::string_view body;
  std::vector<std::string> params;   ///< the path's {…}, decoded, in order
  QueryString query;
  Principal principal;  ///< see Access::permit(): every command and query is put to it
  Responder responder;
};

/// Produces a stream's bytes. Called on the worker's thread.
class StreamProducer {
 public:
  virtual ~StreamProducer() = default;
  /// The connection takes more again, after a stream() that left it full.
  virtual void on_space() = 0;
  /// The server is stopping: end the stream soon.
  virtual void on_drain() = 0;
  /// The connection is gone: nothing more is taken.
  virtual void on_gone() = 0;
};

}  // namespace holdfast::http
