// What PostgreSQL's errors mean for whoever asked: see the codes in connection.h.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace holdfast::store::postgres {

/// `message` is libpq's, of a connection that was not made to `shown`.
Error connect_error(std::string_view shown, std::string_view message);
/// SQLSTATE (five characters, or empty: the connection broke) and the server's message.
Error statement_error(std::string_view sqlstate, std::string_view message);

}  // namespace holdfast::store::postgres
