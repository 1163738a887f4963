// A test server that keeps keys, in a file in memory.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "http/key_book.h"
#include "io/memory_file_system.h"
#include "tests/http/test_node.h"

namespace holdfast::http {

class KeyedNodeTest : public NodeTest {
 protected:
  static constexpr const char* kPath = "data/keys.log";

  KeyedNodeTest() {
    EXPECT_TRUE(files_.make_directories("data").has_value());
    book_ = open_book();
    key_book_ = book_.get();
  }

  ~KeyedNodeTest() override {  // before the book they look into
    client_.reset();
    server_.reset();
  }

  std::unique_ptr<KeyBook> open_book(RateLimit rate = {}) {
    auto book = KeyBook::open(files_, kPath, clock_, random_, rate);
    EXPECT_TRUE(book.has_value()) << (book ? "" : book.error().detail);
    return book ? std::move(*book) : nullptr;
  }

  /// The header line of a new key.
  std::string key(std::string_view name, const char* scopes, Binding binding = {}) {
    if (book_->empty()) {
      EXPECT_TRUE(book_->create({"root", "admin", {}, {}}).has_value());
    }
    auto made = book_->create({std::string(name), scopes, std::move(binding), {}});
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().detail);
    return made ? "Authorization: Bearer " + made->text + "\r\n" : "";
  }

  io::MemoryFileSystem files_;
  SystemRandom random_;
  std::unique_ptr<KeyBook> book_;
};

}  // namespace holdfast::http
