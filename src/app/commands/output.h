// How the client commands talk: to people as text, to programs (--json) as the server's own JSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/client/http_client.h"
#include "app/command_line.h"
#include "base/result.h"
#include "json/value.h"

namespace holdfast::app {

/// Standard output, standard error.
void print_out(std::string_view text);
void print_error(std::string_view text);

/// "holdfast: …" or, for programs, a problem object on standard output. Returns kExitFailed.
int report(const Error& error, bool json);

/// An answer that says what went wrong (RFC 9457).
bool is_problem(const json::Value& answer);

/// Prints an answer: --json as it came, else by `render`; a refusal in words. Returns the exit code:
/// kExitOk for 2xx where no item in it was refused or rejected.
int show_answer(const Result<HttpAnswer>& answer, bool json,
                const std::function<std::string(const json::Value&)>& render);

/// Columns padded to equal width, numbers (all but the first `text_columns`) to the right.
std::string to_table(const std::vector<std::vector<std::string>>& rows, size_t text_columns = 1);

/// Text of a member, empty when absent: strings as they are, integers in decimal, null as "-".
std::string text_of(const json::Value& object, std::string_view name);

/// Where the server is: --server, else the default address.
HttpClient connect(const ServerArguments& server);

/// A fresh idempotency key, 128 random bits.
std::string fresh_key();

/// {"sku":"A","quantity":2,"location":"berlin"} … as the member "lines".
void print_lines(std::string* out, const std::vector<LineArgument>& lines);

/// Appends `,"name":"value"` unless the value is empty.
void print_member(std::string* out, std::string_view name, std::string_view value);
void print_member(std::string* out, std::string_view name, std::optional<int64_t> value);

/// Closes an object begun with '{' and members that each begin with a comma.
std::string to_object(const std::string& members);

}  // namespace holdfast::app
