#include "http/key_book.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/record_file.h"
#include "json/check.h"

namespace holdfast::http {
namespace {

constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kPrefix = "hf_";
constexpr size_t kIdDigits = 12;
constexpr size_t kSecretDigits = 43;           // 62^43 > 2^256
constexpr uint64_t kRewriteBytes = 256 << 10;  // of records that later ones have overtaken
constexpr Duration kSaveEvery = 10 * kMinute;

constexpr int kAttemptsMax = 16;  ///< of a change that other nodes are always ahead of

enum class RecordType : uint8_t { kCreated = 1, kDeleted = 2, kUsed = 3 };

void encode_names(ByteWriter* out, const std::vector<std::string>& names) {
  out->varint(names.size());
  for (const std::string& name : names) out->text(name);
}

std::vector<std::string> decode_names(ByteReader* in) {
  std::vector<std::string> names;
  const uint64_t count = in->varint();
  for (uint64_t i = 0; i < count && in->ok(); ++i) names.emplace_back(in->text());
  return names;
}

void encode_created(std::string* bytes, const Key& key) {
  ByteWriter out(bytes);
  out.u8(static_cast<uint8_t>(RecordType::kCreated));
  out.text(key.id);
  out.text(key.name);
  out.raw(key.hash.data(), key.hash.size());
  out.u8(key.scopes.bits());
  out.svarint(key.created_at.us);
  out.svarint(key.expires_at.us);
  encode_names(&out, key.binding ? key.binding->channels : std::vector<std::string>{});
  encode_names(&out, key.binding ? key.binding->locations : std::vector<std::string>{});
}

KeyPtr decode_created(ByteReader* in) {
  auto key = std::make_shared<Key>();
  key->id = in->text();
  key->name = in->text();
  in->raw(key->hash.data(), key->hash.size());
  key->scopes = ScopeSet::from_bits(in->u8());
  key->created_at = {in->svarint()};
  key->expires_at = {in->svarint()};
  Binding binding;
  binding.channels = decode_names(in);
  binding.locations = decode_names(in);
  if (binding.bound()) key->binding = std::make_shared<const Binding>(std::move(binding));
  return key;
}

void encode_deleted(std::string* bytes, const Key& key) {
  ByteWriter out(bytes);
  out.u8(static_cast<uint8_t>(RecordType::kDeleted));
  out.text(key.id);
}

void encode_used(std::string* bytes, const Key& key, int64_t at_us) {
  ByteWriter out(bytes);
  out.u8(static_cast<uint8_t>(RecordType::kUsed));
  out.text(key.id);
  out.svarint(at_us);
}

void raise(std::atomic<int64_t>* time_us, int64_t to_us) {
  if (time_us->load() < to_us) time_us->store(to_us);
}

/// "hf_ID_SECRET" → ID; empty for any other form.
std::string_view id_in(std::string_view text) {
  if (!text.starts_with(kPrefix)) return {};
  text.remove_prefix(kPrefix.size());
  const size_t end = text.find('_');
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
}

Status check_names(std::vector<std::string>* names, std::string_view what) {
  if (names->size() > KeyBook::kBoundNamesMax) {
    return fail(ErrorCode::kInvalidValue, fmt::format("at most {}", KeyBook::kBoundNamesMax),
                fmt::format("/{}s", what));
  }
  for (size_t i = 0; i < names->size(); ++i) {
    HF_TRY(json::check_name((*names)[i], what, fmt::format("/{}s/{}", what, i)));
  }
  std::ranges::sort(*names);
  const auto same = std::ranges::unique(*names);
  names->erase(same.begin(), same.end());
  return {};
}

Error none_left() {
  return {
      ErrorCode::kForbidden,
      "nobody would be left who may make keys: keep one with the scope admin that does not expire "
      "before the others",
      {}};
}

}  // namespace

bool KeyBook::is_reserved(std::string_view name) { return name == "local" || name == "config"; }

bool KeyBook::has(std::string_view name) const { return !named(name).empty(); }

// ---- opening ----

Result<std::unique_ptr<KeyBook>> KeyBook::open(io::FileSystem& files, const std::string& path,
                                               const Clock& clock, Random& random, RateLimit rate) {
  return open(io::RecordFile::opener(files, path, "keys"), path, clock, random, rate);
}

Result<std::unique_ptr<KeyBook>> KeyBook::open(const io::OpenRecords& records,
                                               const std::string& what, const Clock& clock,
                                               Random& random, RateLimit rate) {
  std::unique_ptr<KeyBook> book(new KeyBook(clock, random, rate));
  HF_ASSIGN(log, records([reader = book.get()](std::string_view frame) { reader->load(frame); }));
  if (!book->readable_) {
    return fail(ErrorCode::kWrongVersion, what + ": was written by another version");
  }
  book->log_ = std::move(log);
  return book;
}

void KeyBook::load(std::string_view frame) {
  ByteReader in(frame);
  while (in.ok() && !in.at_end() && readable_) {
    const auto type = static_cast<RecordType>(in.u8());
    if (type == RecordType::kCreated) {
      KeyPtr key = decode_created(&in);
      // Where all is read anew, a key that is known stays the object that requests hold.
      const bool known = in.ok() && unseen_.erase(key->id) > 0;
      if (in.ok() && !known) add(std::move(key));
      continue;
    }
    const auto known = keys_.find(std::string(in.text()));
    if (type == RecordType::kDeleted) {
      if (in.ok() && known != keys_.end()) drop(KeyPtr(known->second));
    } else if (type == RecordType::kUsed) {
      const int64_t at_us = in.svarint();
      if (!in.ok() || known == keys_.end()) continue;
      raise(&known->second->last_used_us, at_us);
      raise(&known->second->saved_used_us, at_us);
    } else {
      readable_ = false;
    }
  }
  readable_ = readable_ && in.ok();
}

Status KeyBook::refresh() {
  const std::lock_guard writing(writing_);
  return take_changes();
}

Status KeyBook::take_changes() {
  const Status caught_up = log_->catch_up([this] {
    unseen_.clear();
    for (const KeyPtr& key : list()) unseen_.insert(key->id);
  });
  // Only a log that was read to its end says which of them are gone.
  const std::unordered_set<std::string> gone = std::exchange(unseen_, {});
  HF_TRY(caught_up);
  for (const std::string& id : gone) drop(KeyPtr(keys_.at(id)));
  if (!readable_) return fail(ErrorCode::kWrongVersion, "the API keys: changed by a newer version");
  return {};
}

void KeyBook::add(KeyPtr key) {
  const std::unique_lock lock(mutex_);
  key->rate = rates_[key->name].lock();
  if (!key->rate) rates_[key->name] = key->rate = std::make_shared<RateBucket>(rate_);
  keys_[key->id] = std::move(key);
  count_.store(keys_.size(), std::memory_order_release);
}

void KeyBook::drop(const KeyPtr& key) {
  key->deleted.store(true, std::memory_order_release);
  const std::unique_lock lock(mutex_);
  keys_.erase(key->id);
  if (key->rate.use_count() <= 1) rates_.erase(key->name);
  count_.store(keys_.size(), std::memory_order_release);
}

// ---- looking up ----

KeyPtr KeyBook::find(std::string_view presented) const {
  static constexpr io::Digest256 kNobody{};
  const io::Digest256 digest = io::sha256(presented);
  KeyPtr key;
  {
    const std::shared_lock lock(mutex_);
    if (const auto known = keys_.find(std::string(id_in(presented))); known != keys_.end())
      key = known->second;
  }
  const bool same =
      io::equal_in_constant_time(io::as_text(digest), io::as_text(key ? key->hash : kNobody));
  return same ? key : nullptr;
}

std::vector<KeyPtr> KeyBook::named(std::string_view name) const {
  std::vector<KeyPtr> found = list();
  std::erase_if(found, [&](const KeyPtr& key) { return key->name != name; });
  return found;
}

std::vector<KeyPtr> KeyBook::list() const {
  std::vector<KeyPtr> all;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, key] : keys_) all.push_back(key);
  }
  std::ranges::sort(all, [](const KeyPtr& a, const KeyPtr& b) {
    return std::tie(a->name, a->created_at, a->id) < std::tie(b->name, b->created_at, b->id);
  });
  return all;
}

bool KeyBook::admin_remains(const std::vector<KeyPtr>& without) const {
  const Timestamp now = clock_.wall();
  return std::ranges::any_of(list(), [&](const KeyPtr& key) {
    return key->scopes.has(Scope::kAdmin) && key->valid(now) &&
           std::ranges::find(without, key) == without.end();
  });
}

// ---- changing ----

std::string KeyBook::random_text(size_t digits) {
  std::string text;
  for (size_t i = 0; i < digits; ++i) text.push_back(kBase62[random_.below(kBase62.size())]);
  return text;
}

/// The key of a request, checked, but for its id and secret.
Result<KeyPtr> KeyBook::made_from(const KeyRequest& request) const {
  HF_TRY(json::check_name(request.name, "name", "/name"));
  if (is_reserved(request.name)) {
    return fail(
        ErrorCode::kInvalidName,
        fmt::format("\"{}\" names commands that come without a key: choose another", request.name),
        "/name");
  }
  const std::vector<KeyPtr> same_name = named(request.name);
  auto key = std::make_shared<Key>();
  key->name = request.name;
  key->scopes = request.scopes;
  Binding binding = request.binding;
  if (request.scopes.empty()) {
    if (same_name.empty()) {
      return fail(ErrorCode::kMissingField, "a new name needs its `scopes`", "/scopes");
    }
    const auto newest =
        std::ranges::max_element(same_name, {}, [](const KeyPtr& one) { return one->created_at; });
    key->scopes = (*newest)->scopes;
    if (!binding.bound() && (*newest)->binding) binding = *(*newest)->binding;
  }
  HF_TRY(check_names(&binding.channels, "channel"));
  HF_TRY(check_names(&binding.locations, "location"));
  if (binding.bound() && (key->scopes.has(Scope::kAdmin) || key->scopes.has(Scope::kMetrics))) {
    return fail(
        ErrorCode::kInvalidValue,
        "admin and metrics see everything: leave `channels` and `locations` out, or these scopes",
        "/scopes");
  }
  if (request.expires_at.has_value() && request.expires_at <= clock_.wall()) {
    return fail(ErrorCode::kInvalidTime, "`expires_at` is over already", "/expires_at");
  }
  if (same_name.size() >= kSecretsPerNameMax) {
    return fail(
        ErrorCode::kInvalidValue,
        fmt::format("there are {} secrets of this name: delete an old one first", same_name.size()),
        "/name");
  }
  if (binding.bound()) key->binding = std::make_shared<const Binding>(std::move(binding));
  key->expires_at = request.expires_at;
  key->created_at = clock_.wall();
  return key;
}

/// Decides on what holds now, and again where another node was first.
template <typename Change>
auto KeyBook::change(Change once) -> decltype(once()) {
  const std::lock_guard writing(writing_);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    HF_TRY(take_changes());
    auto changed = once();
    if (changed || changed.error().code != ErrorCode::kBasisMoved) return changed;
  }
  return fail(ErrorCode::kOverloaded, "other nodes change keys all the time: try again");
}

Result<KeyBook::Created> KeyBook::create(const KeyRequest& request) {
  return change([&] { return try_create(request); });
}

Result<KeyBook::Created> KeyBook::try_create(const KeyRequest& request) {
  HF_ASSIGN(key, made_from(request));
  if (count_.load() >= kKeysMax) {
    return fail(ErrorCode::kInvalidValue,
                fmt::format("at most {} keys: delete unused ones", kKeysMax));
  }
  if (!key->scopes.has(Scope::kAdmin) && !admin_remains({})) {
    return fail(ErrorCode::kForbidden,
                "the first key needs the scope admin: from then on nobody else can make keys",
                "/scopes");
  }
  key->id = random_text(kIdDigits);
  std::string text = fmt::format("{}{}_{}", kPrefix, key->id, random_text(kSecretDigits));
  key->hash = io::sha256(text);
  std::string record;
  encode_created(&record, *key);
  HF_TRY(write(record));
  add(key);
  return Created{std::move(key), std::move(text)};
}

Result<size_t> KeyBook::remove(std::string_view name, std::string_view id, bool whatever) {
  return change([&] { return try_remove(name, id, whatever); });
}

Result<size_t> KeyBook::try_remove(std::string_view name, std::string_view id, bool whatever) {
  std::vector<KeyPtr> going = named(name);
  if (!id.empty()) std::erase_if(going, [&](const KeyPtr& key) { return key->id != id; });
  if (going.empty()) return fail(ErrorCode::kNotFound, "there is no such key");
  if (!whatever && !admin_remains(going)) return fail(none_left());
  std::string records;
  for (const KeyPtr& key : going) encode_deleted(&records, *key);
  HF_TRY(write(records));
  for (const KeyPtr& key : going) drop(key);
  return going.size();
}

bool KeyBook::save_is_due() {
  const int64_t now_us = clock_.wall().us;
  int64_t due_us = save_due_us_.load(std::memory_order_relaxed);
  return now_us >= due_us && save_due_us_.compare_exchange_strong(due_us, now_us + kSaveEvery);
}

Status KeyBook::save_last_used() {
  return change([&] { return try_save_last_used(); });
}

Status KeyBook::try_save_last_used() {
  std::string records;
  std::vector<std::pair<KeyPtr, int64_t>> saved;
  for (const KeyPtr& key : list()) {
    const int64_t used_us = key->last_used_us.load(std::memory_order_relaxed);
    if (key->saved_used_us == used_us) continue;
    encode_used(&records, *key, used_us);
    saved.emplace_back(key, used_us);
  }
  if (records.empty()) return {};
  HF_TRY(write(records));
  for (const auto& [key, used_us] : saved) key->saved_used_us = used_us;
  return {};
}

/// Appends; or, where most of the file is overtaken, writes what holds now in its place, `records`
/// included.
Status KeyBook::write(const std::string& records) {
  HF_TRY(log_->append(records));
  std::string sum;
  for (const KeyPtr& key : list()) {
    encode_created(&sum, *key);
    const int64_t used_us = key->saved_used_us.load();
    if (used_us != Timestamp::kNoneUs) encode_used(&sum, *key, used_us);
  }
  if (log_->bytes() < kRewriteBytes + 4 * sum.size()) return {};
  sum += records;            // what they create or delete is not in the table yet
  (void)log_->replace(sum);  // a failure leaves the long file, or the short one: both say the same
  return {};
}

}  // namespace holdfast::http
