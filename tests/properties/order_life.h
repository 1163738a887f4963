// One order's life as its senders tell it: deliveries that agree with each other, to be told in any
// order and any number of times. Confined to one thread.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "model/command.h"
#include "sim/books.h"

namespace holdfast::properties {

struct OrderLife {
  std::vector<Command> opening;     ///< stock and channel, told first, once
  std::vector<Command> deliveries;  ///< in the order of the life
  bool nothing_owed = false;        ///< cancelled whole at the end
};

/// A random life over two SKUs and three places, told by a shop and two 3PLs.
OrderLife order_life(Random& random);

/// All deliveries, each 1-3 times, in random order, each repetition under a key of its own.
std::vector<Command> shuffled(const OrderLife& life, Random& random);

/// What must be the same at the end whatever the order: on_hand per place and committed per SKU,
/// and once nothing is owed every balance.
std::string say_end(const sim::Books& books, bool every_balance);

}  // namespace holdfast::properties
