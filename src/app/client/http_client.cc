#include "app/client/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/invariant.h"

namespace holdfast::app {
namespace {

constexpr long kConnectTimeoutMs = 5'000;

/// What one transfer writes into.
struct Transfer {
  CURL* easy = nullptr;
  std::string body;
  const std::function<bool(std::string_view)>* take = nullptr;
  bool stopped = false;
};

size_t receive(char* data, size_t size, size_t count, void* context) {
  auto* transfer = static_cast<Transfer*>(context);
  const std::string_view piece(data, size * count);
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  if (transfer->take == nullptr || status < 200 || status >= 300) {
    transfer->body.append(piece);
    return piece.size();
  }
  if ((*transfer->take)(piece)) return piece.size();
  transfer->stopped = true;
  return 0;  // ends the transfer
}

}  // namespace

struct HttpClient::Handle {
  Handle() {
    // once per process is enough; libcurl counts the calls
    INVARIANT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl does not start");
    easy = curl_easy_init();
    INVARIANT(easy != nullptr, "libcurl gives no handle");
    transfer.easy = easy;
  }
  ~Handle() {
    curl_easy_cleanup(easy);
    curl_global_cleanup();
  }
  CURL* easy = nullptr;
  Transfer transfer;
};

HttpClient::HttpClient(std::string base)
    : base_(std::move(base)), handle_(std::make_unique<Handle>()) {
  if (base_.find("://") == std::string::npos) base_ = "http://" + base_;
  while (base_.ends_with('/')) base_.pop_back();
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpAnswer> HttpClient::get(const std::string& path) {
  curl_easy_reset(handle_->easy);
  handle_->transfer.take = nullptr;
  return perform(path, {}, timeout_);
}

Result<HttpAnswer> HttpClient::post(const std::string& path, std::string_view body,
                                    const Headers& headers) {
  curl_easy_reset(handle_->easy);
  handle_->transfer.take = nullptr;
  curl_easy_setopt(handle_->easy, CURLOPT_POST, 1L);
  curl_easy_setopt(handle_->easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle_->easy, CURLOPT_POSTFIELDS, body.data());
  Headers all = headers;
  bool typed = false;
  for (const auto& [name, value] : headers) typed = typed || name == "Content-Type";
  if (!typed) all.emplace_back("Content-Type", "application/json");
  all.emplace_back("Expect", "");  // no waiting for 100 Continue
  return perform(path, all, timeout_);
}

Result<HttpAnswer> HttpClient::remove(const std::string& path) {
  curl_easy_reset(handle_->easy);
  handle_->transfer.take = nullptr;
  curl_easy_setopt(handle_->easy, CURLOPT_CUSTOMREQUEST, "DELETE");
  return perform(path, {}, timeout_);
}

Result<HttpAnswer> HttpClient::stream(const std::string& path, const Headers& headers,
                                      const std::function<bool(std::string_view)>& take) {
  curl_easy_reset(handle_->easy);
  handle_->transfer.take = &take;
  return perform(path, headers, 0);
}

Result<HttpAnswer> HttpClient::perform(const std::string& path, const Headers& headers,
                                       Duration timeout) {
  CURL* easy = handle_->easy;
  Transfer& transfer = handle_->transfer;
  transfer.body.clear();
  transfer.stopped = false;
  const std::string url = base_ + path;
  curl_slist* list = nullptr;
  for (const auto& [name, value] : headers) {
    list = curl_slist_append(list, value.empty() ? (name + ":").c_str()
                                                 : fmt::format("{}: {}", name, value).c_str());
  }
  if (!key_.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + key_).c_str());
  if (!ca_file_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file_.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout / kMillisecond));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  const CURLcode code = curl_easy_perform(easy);
  curl_slist_free_all(list);
  if (code != CURLE_OK && !transfer.stopped) {
    return fail(ErrorCode::kIo,
                code == CURLE_COULDNT_CONNECT
                    ? fmt::format("no server answers at {}: start one with `holdfast serve`, or name "
                                  "it with --server or HOLDFAST_URL",
                                  base_)
                    : fmt::format("{}: {}", url, curl_easy_strerror(code)));
  }
  HttpAnswer answer;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) answer.content_type = type;
  answer.body = std::move(transfer.body);
  return answer;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.' || byte == '_' ||
                       byte == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

}  // namespace holdfast::app
