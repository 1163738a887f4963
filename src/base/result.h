// Result<T>: a value, or an Error that says why not. The only way failure crosses a room.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace holdfast {

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

/// An Error as the failed side of any Result: `return fail(ErrorCode::kIo, "…");`
inline std::unexpected<Error> fail(ErrorCode code, std::string detail, std::string pointer = {}) {
  return std::unexpected(Error{code, std::move(detail), std::move(pointer)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace holdfast

/// Returns the error of `expr` from the enclosing function, else goes on.
#define HF_TRY(expr)                                                     \
  do {                                                                   \
    if (auto hf_status_ = (expr); !hf_status_)                           \
      return std::unexpected(std::move(hf_status_).error());             \
  } while (false)

/// Declares `name` with the value of `expr`, or returns its error.
#define HF_ASSIGN(name, expr)                                            \
  auto name##_result_ = (expr);                                          \
  if (!name##_result_) return std::unexpected(std::move(name##_result_).error()); \
  auto name = std::move(*name##_result_)
