#include "io/tls.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "base/invariant.h"

namespace holdfast::io {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using ContextPtr = std::shared_ptr<SSL_CTX>;

/// The oldest of OpenSSL's reasons, in words; its queue is empty afterwards.
std::string reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "unreadable" : text;
}

std::unexpected<Error> wrong_file(const std::string& file, std::string why) {
  return fail(ErrorCode::kConfigInvalid, file + ": " + std::move(why));
}

Status check_private(const std::string& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return wrong_file(file, "cannot be read");
  if ((info.st_mode & S_IROTH) != 0)
    return wrong_file(file, "every user of this machine can read the key: chmod o-r it");
  return {};
}

/// HTTP/1.1 is what is spoken here; a client that offers only others gets no answer to that
/// question.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  const int chosen = SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, kHttp11,
                                           sizeof kHttp11, in, in_size);
  return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<ContextPtr> make_context(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  const ContextPtr context(SSL_CTX_new(TLS_server_method()), FreeContext{});
  INVARIANT(context != nullptr, "OpenSSL gives no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1)
    return wrong_file(certificate_file, "is no PEM chain of certificates: " + reason());
  HF_TRY(check_private(key_file));
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return wrong_file(key_file, "is no PEM key of " + certificate_file + ": " + reason());
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return wrong_file(key_file, "is not the key of " + certificate_file + ": " + reason());
  return context;
}

}  // namespace

// ---- one connection ----

struct TlsStream::State {
  std::unique_ptr<SSL, FreeSsl> ssl;
  BIO* in = nullptr;   ///< owned by ssl
  BIO* out = nullptr;  ///< owned by ssl
};

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsStream::~TlsStream() = default;

Status TlsStream::receive(std::string_view bytes, std::string* plain) {
  ERR_clear_error();
  SSL* ssl = state_->ssl.get();
  while (!bytes.empty()) {
    const int taken = BIO_write(state_->in, bytes.data(),
                                static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20)));
    INVARIANT(taken > 0, "a buffer in memory takes no bytes: size={}", bytes.size());
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
  std::array<char, 16 << 10> piece;
  int got = 0;
  while ((got = SSL_read(ssl, piece.data(), piece.size())) > 0)
    plain->append(piece.data(), static_cast<size_t>(got));
  const int why = SSL_get_error(ssl, got);
  take_output();
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return {};
  if (why == SSL_ERROR_ZERO_RETURN) {
    ended_ = true;
    return {};
  }
  return fail(ErrorCode::kIo, "TLS: " + reason());
}

Result<size_t> TlsStream::send(std::string_view plain) {
  ERR_clear_error();
  SSL* ssl = state_->ssl.get();
  size_t taken = 0;
  while (taken < plain.size() && SSL_is_init_finished(ssl) != 0 && output().size() < kOutputMax) {
    const size_t wanted = std::min<size_t>(plain.size() - taken, 16 << 10);
    const int put = SSL_write(ssl, plain.data() + taken, static_cast<int>(wanted));
    if (put <= 0) {
      const int why = SSL_get_error(ssl, put);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) break;
      return fail(ErrorCode::kIo, "TLS: " + reason());
    }
    taken += static_cast<size_t>(put);
    take_output();
  }
  return taken;
}

void TlsStream::close() {
  ERR_clear_error();
  if (SSL_is_init_finished(state_->ssl.get()) != 0) SSL_shutdown(state_->ssl.get());
  take_output();
}

void TlsStream::sent(size_t count) {
  output_sent_ += count;
  if (output_sent_ < output_.size() && output_sent_ < kOutputMax) return;
  output_.erase(0, output_sent_);  // of a reader that is never done too: what has left is not kept
  output_sent_ = 0;
}

void TlsStream::take_output() {
  const size_t waiting = BIO_ctrl_pending(state_->out);
  if (waiting == 0) return;
  const size_t before = output_.size();
  output_.resize(before + waiting);
  const int got = BIO_read(state_->out, output_.data() + before, static_cast<int>(waiting));
  output_.resize(before + static_cast<size_t>(std::max(got, 0)));
}

// ---- the certificate ----

struct TlsContext::State {
  std::string certificate_file, key_file;
  std::mutex mutex;
  ContextPtr context;  // guarded by mutex
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::load(std::string certificate_file,
                                                     std::string key_file) {
  auto state = std::make_unique<State>();
  HF_ASSIGN(context, make_context(certificate_file, key_file));
  state->context = std::move(context);
  state->certificate_file = std::move(certificate_file);
  state->key_file = std::move(key_file);
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(state)));
}

Status TlsContext::reload() {
  HF_ASSIGN(fresh, make_context(state_->certificate_file, state_->key_file));
  const std::lock_guard lock(state_->mutex);
  state_->context = std::move(fresh);
  return {};
}

std::unique_ptr<TlsStream> TlsContext::accept() {
  ContextPtr context;
  {
    const std::lock_guard lock(state_->mutex);
    context = state_->context;
  }
  auto state = std::make_unique<TlsStream::State>();
  state->ssl.reset(SSL_new(context.get()));  // which counts itself among the context's owners
  state->in = BIO_new(BIO_s_mem());
  state->out = BIO_new(BIO_s_mem());
  INVARIANT(state->ssl && state->in != nullptr && state->out != nullptr, "OpenSSL has no memory");
  SSL_set_bio(state->ssl.get(), state->in, state->out);
  SSL_set_accept_state(state->ssl.get());
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(state)));
}

}  // namespace holdfast::io
