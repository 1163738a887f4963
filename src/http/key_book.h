// The API keys of a server: `keys.log` in the data directory, or a log that all nodes share, and
// the table that requests are looked up in.
//
// A key is `hf_<id>_<256 random bits in base62>`. Only its id and SHA-256 are kept: it is shown
// once. Several secrets may have one *name* (so a secret is replaced with an overlap); the name is
// who the client is, for idempotency and for its limits.
//
// Used by http (every request) and app. Thread-safe; find() waits for nobody but a change in
// progress. create() and remove() write the disk: call them off the event loop.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "http/rate_bucket.h"
#include "http/scope.h"
#include "io/crypto.h"
#include "io/file_system.h"
#include "io/record_log.h"
#include "model/binding.h"

namespace holdfast::http {

/// One secret. Immutable but for the atomics.
struct Key {
  std::string id;    ///< of [0-9A-Za-z], public
  std::string name;  ///< who: several secrets may share it
  io::Digest256 hash{};
  ScopeSet scopes;
  BindingPtr binding;  ///< null = sees everything
  Timestamp created_at;
  Timestamp expires_at;              ///< none = never
  std::shared_ptr<RateBucket> rate;  ///< shared by the secrets of a name

  std::atomic<bool> deleted{false};
  std::atomic<int64_t> last_used_us{Timestamp::kNoneUs};
  std::atomic<int64_t> saved_used_us{Timestamp::kNoneUs};

  bool valid(Timestamp now) const {
    return !deleted.load(std::memory_order_acquire) &&
           (!expires_at.has_value() || now < expires_at);
  }
};
using KeyPtr = std::shared_ptr<Key>;

/// What a new key shall be. Without scopes it becomes another secret of a name that exists, with
/// the scopes and the binding of the newest.
struct KeyRequest {
  std::string name;
  ScopeSet scopes;
  Binding binding;
  Timestamp expires_at;
};

class KeyBook {
 public:
  static constexpr size_t kKeysMax = 10'000;
  static constexpr size_t kSecretsPerNameMax = 8;
  static constexpr size_t kBoundNamesMax = 1'000;  ///< channels, and locations, of one binding
  static constexpr std::string_view kFileName = "keys.log";

  /// Names of commands that come without a key: no key and no source has one.
  static bool is_reserved(std::string_view name);

  /// Makes the file when absent. kCorrupt: it does not verify. `clock` and `random` outlive the
  /// book.
  static Result<std::unique_ptr<KeyBook>> open(io::FileSystem& files, const std::string& path,
                                               const Clock& clock, Random& random,
                                               RateLimit rate = {});
  /// The same over any log of records; `what` names it in messages.
  static Result<std::unique_ptr<KeyBook>> open(const io::OpenRecords& records,
                                               const std::string& what, const Clock& clock,
                                               Random& random, RateLimit rate = {});
  /// Takes up what other nodes changed: a key deleted there opens nothing here from now on.
  /// Nothing to do where the keys are a file of this node.
  Status refresh();

  /// True while no key was ever made, or all were deleted: expired ones count.
  bool empty() const { return count_.load(std::memory_order_acquire) == 0; }

  /// The key whose whole text this is; null for every other. As long for an unknown id as for a
  /// wrong secret.
  KeyPtr find(std::string_view presented) const;

  struct Created {
    KeyPtr key;
    std::string text;  ///< the only time it is there
  };
  /// Durable on return. kInvalidName, kInvalidValue, kMissingField name the field; kForbidden:
  /// nobody would be left who may make keys.
  Result<Created> create(const KeyRequest& request);
  /// Every secret of the name, or only the one with that id; returns how many. Durable on return,
  /// and from then on they open nothing. kNotFound; kForbidden: it would leave keys, and nobody who
  /// may make any. `whatever` allows that: for who has the data directory in hand.
  Result<size_t> remove(std::string_view name, std::string_view id, bool whatever = false);
  std::vector<KeyPtr> list() const;  ///< by name, then by age
  bool has(std::string_view name) const;

  /// True once every ten minutes: call save_last_used() then.
  bool save_is_due();
  /// Writes down when keys were last used, where that is not yet on disk.
  Status save_last_used();

 private:
  KeyBook(const Clock& clock, Random& random, RateLimit rate)
      : clock_(clock), random_(random), rate_(rate) {}
  void load(std::string_view frame);
  Status take_changes();
  Result<Created> try_create(const KeyRequest& request);
  Result<size_t> try_remove(std::string_view name, std::string_view id, bool whatever);
  Status try_save_last_used();
  template <typename Change>
  auto change(Change once) -> decltype(once());
  void add(KeyPtr key);
  void drop(const KeyPtr& key);
  std::vector<KeyPtr> named(std::string_view name) const;
  bool admin_remains(const std::vector<KeyPtr>& without) const;
  Result<KeyPtr> made_from(const KeyRequest& request) const;
  Status write(const std::string& records);
  std::string random_text(size_t digits);

  const Clock& clock_;
  Random& random_;
  const RateLimit rate_;
  std::atomic<size_t> count_{0};
  std::atomic<int64_t> save_due_us_{0};
  bool readable_ = true;

  std::mutex writing_;                      ///< one change at a time; before mutex_
  std::unique_ptr<io::RecordLog> log_;      // guarded by writing_
  std::unordered_set<std::string> unseen_;  // ids, while all is read anew; guarded by writing_
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, KeyPtr> keys_;            // by id; guarded by mutex_
  std::map<std::string, std::weak_ptr<RateBucket>> rates_;  // by name; guarded by mutex_
};

}  // namespace holdfast::http
