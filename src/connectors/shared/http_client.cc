#include "connectors/shared/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <mutex>
#include <unordered_map>

#include "base/invariant.h"

namespace holdfast::connectors {
namespace {

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

long milliseconds(Duration duration) { return static_cast<long>(duration / kMillisecond); }

}  // namespace

struct HttpClient::Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  const NetworkPolicy* policy = nullptr;
  std::string body;
  std::string refused;       ///< the address the policy refused
  size_t head_bytes = 0;
  HttpAnswer answer;
  char error_text[CURL_ERROR_SIZE] = {};

  ~Transfer() { curl_slist_free_all(headers); }

  static size_t on_body(char* data, size_t, size_t size, void* self_pointer) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    const size_t room = kBodyBytesMax - self.answer.body.size();
    self.answer.body.append(data, std::min(room, size));
    return size <= room ? size : 0;  // 0 ends the transfer; the status is known by now
  }

  static size_t on_header(char* data, size_t, size_t size, void* self_pointer) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    self.head_bytes += size;
    if (self.head_bytes > kHeadBytesMax) return 0;
    const std::string_view line(data, size);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    if (!equal_without_case(line.substr(0, colon), "retry-after")) return size;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) {
      value.remove_prefix(1);
    }
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) {
      value.remove_suffix(1);
    }
    self.answer.retry_after = value;
    return size;
  }

  /// The one place an outbound socket is made: the address is the one that will be connected to.
  static curl_socket_t on_open_socket(void* self_pointer, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    if (!self.policy->allows(&address->addr)) {
      self.refused = "its address is in a private or reserved network";
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
};

struct HttpClient::Impl {
  HttpClientOptions options;
  CURLM* multi = nullptr;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers;
  std::vector<CURL*> idle;
  Duration send_until = INT64_MAX;

  CURL* take_easy() {
    if (idle.empty()) return curl_easy_init();
    CURL* easy = idle.back();
    idle.pop_back();
    return easy;
  }

  void configure(Transfer& transfer, const std::string& url) {
    CURL* easy = transfer.easy;
    const auto set = [easy](CURLoption option, auto value) {
      const CURLcode code = curl_easy_setopt(easy, option, value);
      INVARIANT(code == CURLE_OK, "curl_easy_setopt {}: {}", static_cast<int>(option),
                curl_easy_strerror(code));
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        milliseconds(std::min(options.connect_timeout, options.timeout)));
    set(CURLOPT_ERRORBUFFER, transfer.error_text);
    set(CURLOPT_HTTPHEADER, transfer.headers);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, transfer.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body.size()));
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&transfer));
    set(CURLOPT_PRIVATE, static_cast<void*>(&transfer));
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  }

  /// Closes the connections of what is on its way: nothing that is still here gets out.
  void cut_off(std::vector<HttpAnswer>* answers) {
    for (const auto& [easy, transfer] : transfers) {
      HttpAnswer answer = finish(*transfer, CURLE_OPERATION_TIMEDOUT);
      answer.error = "cut off: it may no longer be sent";
      answers->push_back(std::move(answer));
      curl_multi_remove_handle(multi, easy);
      curl_easy_cleanup(easy);
    }
    transfers.clear();
  }

  HttpAnswer finish(Transfer& transfer, CURLcode code) {
    HttpAnswer answer = std::move(transfer.answer);
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    // A cut body is our doing: the answer stands. Anything else that failed is no answer.
    const bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status >= 200);
    if (answered) answer.status = static_cast<int>(status);
    long sent = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_REQUEST_SIZE, &sent);
    answer.connected = answered || sent > 0;
    if (!answered) {
      const std::string_view detail = transfer.error_text[0] != 0
                                          ? std::string_view(transfer.error_text)
                                          : std::string_view(curl_easy_strerror(code));
      answer.error = transfer.refused.empty()
                         ? std::string(detail)
                         : transfer.refused + "; see allow_private_networks";
    }
    return answer;
  }
};

HttpClient::HttpClient(HttpClientOptions options) : impl_(std::make_unique<Impl>()) {
  initialise_curl();
  impl_->options = std::move(options);
  impl_->multi = curl_multi_init();
  INVARIANT(impl_->multi != nullptr, "curl_multi_init failed");
  const auto kept = static_cast<long>(impl_->options.connections_max);
  curl_multi_setopt(impl_->multi, CURLMOPT_MAXCONNECTS, kept);
  curl_multi_setopt(impl_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, kept);
}

HttpClient::~HttpClient() {
  for (const auto& [easy, transfer] : impl_->transfers) {
    curl_multi_remove_handle(impl_->multi, easy);
    curl_easy_cleanup(easy);
  }
  for (CURL* easy : impl_->idle) curl_easy_cleanup(easy);
  curl_multi_cleanup(impl_->multi);
}

void HttpClient::start(HttpRequest request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->easy = impl_->take_easy();
  INVARIANT(transfer->easy != nullptr, "curl_easy_init failed");
  transfer->policy = &impl_->options.policy;
  transfer->body = std::move(request.body);
  transfer->answer.token = request.token;
  for (const auto& [name, value] : request.headers) {
    transfer->headers = curl_slist_append(transfer->headers, (name + ": " + value).c_str());
  }
  // curl would wait a second for "100 Continue" before a body of more than 1 MiB.
  transfer->headers = curl_slist_append(transfer->headers, "Expect:");
  impl_->configure(*transfer, request.url);
  CURL* easy = transfer->easy;
  impl_->transfers.emplace(easy, std::move(transfer));
  const CURLMcode added = curl_multi_add_handle(impl_->multi, easy);
  INVARIANT(added == CURLM_OK, "curl_multi_add_handle: {}", curl_multi_strerror(added));
}

void HttpClient::send_until(Duration boot) { impl_->send_until = boot; }

std::vector<HttpAnswer> HttpClient::poll(Duration wait) {
  std::vector<HttpAnswer> answers;
  const auto run = [&] {
    if (SystemClock().boot() >= impl_->send_until) return impl_->cut_off(&answers);
    int running = 0;
    curl_multi_perform(impl_->multi, &running);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(impl_->multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found = impl_->transfers.find(easy);
      answers.push_back(impl_->finish(*found->second, code));
      curl_multi_remove_handle(impl_->multi, easy);
      curl_easy_reset(easy);
      impl_->idle.push_back(easy);
      impl_->transfers.erase(found);
    }
  };
  run();
  if (!answers.empty() || wait <= 0) return answers;
  // Rounded up: with 0 ms a caller with a timer 0.4 ms away would spin.
  const auto wait_ms = static_cast<int>(std::min<Duration>((wait + 999) / 1000, 60'000));
  curl_multi_poll(impl_->multi, nullptr, 0, wait_ms, nullptr);
  run();
  return answers;
}

void HttpClient::wake() { curl_multi_wakeup(impl_->multi); }

size_t HttpClient::in_flight() const { return impl_->transfers.size(); }

Duration parse_retry_after(const std::string& value, Timestamp now) {
  if (value.empty()) return 0;
  int64_t seconds = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, seconds);
  if (parsed.ptr != end || parsed.ec != std::errc{}) {
    const time_t date = curl_getdate(value.c_str(), nullptr);
    if (date < 0 || !now.has_value()) return 0;
    seconds = static_cast<int64_t>(date) - now.us / kSecond;
  }
  return std::clamp<int64_t>(seconds, 0, 86'400) * kSecond;
}

Status check_url(const std::string& url) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::kConfigInvalid, fmt::format("url: {}", why));
  };
  initialise_curl();
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return bad("this is no absolute URL; write it as https://host/path");
  }
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK) return std::string();
    std::string copy(text);
    curl_free(text);
    return copy;
  };
  const std::string scheme = part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return bad("only http and https can be called");
  if (part(CURLUPART_HOST).empty()) return bad("the host is missing");
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
    return bad("it must not hold a user or password; receivers are told apart by the signature");
  }
  return {};
}

}  // namespace holdfast::connectors
