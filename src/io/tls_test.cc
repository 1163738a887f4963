// A TLS connection in memory: our side against OpenSSL's client.
#include "io/tls.h"

#include <array>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/test_certificate.h"

namespace holdfast::io {
namespace {

/// OpenSSL's client over memory.
class TlsClient {
 public:
  explicit TlsClient(int version_max = TLS1_3_VERSION) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, version_max);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  /// Hands bytes to and fro until neither side has any; what the server decrypted goes to *plain.
  bool exchange(TlsStream& server, std::string* plain) {
    while (true) {
      std::array<char, 4096> piece;
      const int got = SSL_read(ssl_, piece.data(), piece.size());
      if (got > 0) heard_.append(piece.data(), static_cast<size_t>(got));
      std::string up(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
      if (!up.empty()) BIO_read(SSL_get_wbio(ssl_), up.data(), static_cast<int>(up.size()));
      const bool good = server.receive(up, plain).has_value();
      const std::string down(server.output());
      server.sent(down.size());
      if (!down.empty()) BIO_write(SSL_get_rbio(ssl_), down.data(), static_cast<int>(down.size()));
      if (!good) return false;
      if (up.empty() && down.empty() && got <= 0) return SSL_is_init_finished(ssl_) != 0;
    }
  }
  void say(std::string_view text) { SSL_write(ssl_, text.data(), static_cast<int>(text.size())); }
  void close() { SSL_shutdown(ssl_); }
  const std::string& heard() const { return heard_; }
  std::string version() const { return SSL_get_version(ssl_); }
  std::string subject() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    std::array<char, 256> name{};
    X509_NAME_oneline(X509_get_subject_name(certificate), name.data(), name.size());
    X509_free(certificate);
    return name.data();
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
  std::string heard_;
};

class TlsTest : public testing::Test {
 protected:
  TlsTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("holdfast-tls-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(directory_);
    write_test_certificate(cert(), key(), "first");
  }
  ~TlsTest() override { std::filesystem::remove_all(directory_); }
  std::string cert() const { return directory_ / "cert.pem"; }
  std::string key() const { return directory_ / "key.pem"; }
  std::unique_ptr<TlsContext> load() {
    auto context = TlsContext::load(cert(), key());
    EXPECT_TRUE(context.has_value()) << (context ? "" : context.error().detail);
    return context ? std::move(*context) : nullptr;
  }

  std::filesystem::path directory_;
};

TEST_F(TlsTest, CarriesTextBothWays) {
  const auto context = load();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto server = context->accept();
    EXPECT_EQ(server->send("too early").value(), 0u);
    TlsClient client(version);
    std::string plain;
    ASSERT_TRUE(client.exchange(*server, &plain));
    client.say("GET / HTTP/1.1");
    ASSERT_TRUE(client.exchange(*server, &plain));
    EXPECT_EQ(plain, "GET / HTTP/1.1");
    const std::string large(200'000, 'x');
    for (size_t at = 0; at < large.size();) {
      const auto sent = server->send(std::string_view(large).substr(at));
      ASSERT_TRUE(sent.has_value());
      ASSERT_GT(*sent, 0u);
      EXPECT_LT(server->output().size(), 100'000u) << "bounded, however much there is to say";
      at += *sent;
      ASSERT_TRUE(client.exchange(*server, &plain));
    }
    EXPECT_EQ(client.heard(), large);
    client.close();
    client.exchange(*server, &plain);
    EXPECT_TRUE(server->ended());
  }
}

TEST_F(TlsTest, RefusesOldVersionsAndWhatIsNoTls) {
  const auto context = load();
  std::string plain;
  TlsClient old(TLS1_1_VERSION);
  EXPECT_FALSE(old.exchange(*context->accept(), &plain));
  const auto server = context->accept();
  EXPECT_FALSE(server->receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n", &plain).has_value());
  EXPECT_TRUE(plain.empty());
}

TEST_F(TlsTest, AReloadIsForNewConnections) {
  const auto context = load();
  const auto before = context->accept();
  TlsClient old, fresh, later;
  std::string plain;
  ASSERT_TRUE(old.exchange(*before, &plain));
  write_test_certificate(cert(), key(), "second");
  ASSERT_TRUE(context->reload().has_value());
  old.say("still here");
  ASSERT_TRUE(old.exchange(*before, &plain));
  EXPECT_EQ(plain, "still here");
  const auto after = context->accept();
  ASSERT_TRUE(fresh.exchange(*after, &plain));
  EXPECT_THAT(fresh.subject(), testing::HasSubstr("second"));
  std::filesystem::resize_file(cert(), 20);
  EXPECT_FALSE(context->reload().has_value());
  const auto kept = context->accept();
  ASSERT_TRUE(later.exchange(*kept, &plain));
  EXPECT_THAT(later.subject(), testing::HasSubstr("second")) << "the old one goes on";
}

TEST_F(TlsTest, FilesThatCannotBeAreNamed) {
  const auto detail = [&] {
    const auto context = TlsContext::load(cert(), key());
    return context ? std::string() : context.error().detail;
  };
  ::chmod(key().c_str(), 0644);
  EXPECT_THAT(detail(), testing::HasSubstr("chmod"));
  ::chmod(key().c_str(), 0600);
  write_test_certificate(directory_ / "other.pem", key(), "other");
  EXPECT_THAT(detail(), testing::HasSubstr("key.pem"));
  std::filesystem::remove(cert());
  EXPECT_THAT(detail(), testing::HasSubstr("cert.pem"));
}

}  // namespace
}  // namespace holdfast::io
