// A vector whose first elements lie in place: nearly every command has one line, one place and one
// channel, and is decided without asking the allocator for each list of one.
#pragma once

#include <boost/container/small_vector.hpp>

namespace holdfast::ledger {

template <typename T>
using Few = boost::container::small_vector<T, 4>;

}  // namespace holdfast::ledger
