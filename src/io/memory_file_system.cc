#include "io/memory_file_system.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace holdfast::io {
namespace {

constexpr size_t kSector = MemoryFileSystem::kSectorBytes;

std::unexpected<Error> io_error(const char* what, const std::string& path, const char* why) {
  return fail(ErrorCode::kIo, std::string(what) + " " + path + ": " + why);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

}  // namespace

struct MemoryFileSystem::Node {
  std::string cache;         // what readers see
  std::string device;        // what survives; zeros where nothing was written
  std::set<uint64_t> dirty;  // sectors to be written back
  uint64_t allocated = 0;    // bytes it has taken room for, if more than its size

  uint64_t taken() const { return std::max<uint64_t>(allocated, cache.size()); }

  void resize_device() {
    if (device.size() < cache.size()) device.resize(cache.size());
  }
  void copy_sector(const std::string& from, std::string* to, uint64_t sector) const {
    const size_t at = sector * kSector;
    if (at >= from.size() || at >= to->size()) return;
    const size_t size = std::min({kSector, from.size() - at, to->size() - at});
    std::memcpy(to->data() + at, from.data() + at, size);
  }
  bool differs(uint64_t sector) const {
    const size_t at = sector * kSector;
    const size_t size = std::min(kSector, cache.size() - at);
    if (device.size() < at + size) return true;
    return std::memcmp(cache.data() + at, device.data() + at, size) != 0;
  }
};

struct MemoryFileSystem::NameChange {
  std::string directory;
  std::string path;
  std::shared_ptr<Node> node;  // null: the name goes
};

// ---- files ----

class MemoryFileSystem::MemoryFile final : public File {
 public:
  MemoryFile(MemoryFileSystem& files, std::shared_ptr<Node> node, std::string path, bool writable)
      : files_(files),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        generation_(files.generation_) {}

  Status write_at(uint64_t offset, const void* data, size_t size) override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("write"));
    if (!writable_) return io_error("write", path_, "opened for reading");
    const std::optional<Fault> fault = files_.count_call();
    if (fault == Fault::kNoSpace || !has_room_for(offset + size)) {
      return fail(ErrorCode::kNoSpace,
                  "write " + path_ + ": No space left on device: free disk space");
    }
    if (fault && *fault != Fault::kShortWrite)
      return io_error("write", path_, "Input/output error");
    put(offset, data, fault ? size / 2 : size);
    if (fault) return io_error("write", path_, "Input/output error");
    return {};
  }

  Result<size_t> read_at(uint64_t offset, void* data, size_t size) override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("read"));
    if (files_.count_call()) return io_error("read", path_, "Input/output error");
    if (offset >= node_->cache.size()) return size_t{0};
    const size_t got = std::min<size_t>(size, node_->cache.size() - offset);
    std::memcpy(data, node_->cache.data() + offset, got);
    return got;
  }

  Status sync_data() override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("fdatasync"));
    if (const std::optional<Fault> fault = files_.count_call()) {
      // as Linux does: the pages are clean now, and the next flush has nothing to write
      if (*fault == Fault::kFailedSync) node_->dirty.clear();
      return io_error("fdatasync", path_, "Input/output error");
    }
    node_->device.resize(node_->cache.size());
    for (const uint64_t sector : node_->dirty)
      node_->copy_sector(node_->cache, &node_->device, sector);
    node_->dirty.clear();
    return {};
  }

  Result<uint64_t> size() override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("stat"));
    return node_->cache.size();
  }

  Status truncate(uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("truncate"));
    if (files_.count_call()) return io_error("truncate", path_, "Input/output error");
    node_->cache.resize(size);
    node_->allocated = 0;
    std::erase_if(node_->dirty, [&](uint64_t sector) { return sector * kSector >= size; });
    return {};
  }

  Status allocate(uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("fallocate"));
    const std::optional<Fault> fault = files_.count_call();
    if (fault == Fault::kNoSpace || (files_.can_allocate_ && !has_room_for(size))) {
      return fail(ErrorCode::kNoSpace, "fallocate " + path_ + ": No space left on device");
    }
    if (fault) return io_error("fallocate", path_, "Input/output error");
    if (files_.can_allocate_) node_->allocated = std::max(node_->allocated, size);
    return {};
  }

  Status drop_cache() override {
    const std::lock_guard lock(files_.mutex_);
    HF_TRY(check_alive("posix_fadvise"));
    node_->resize_device();
    for (uint64_t sector = 0; sector * kSector < node_->cache.size(); ++sector) {
      if (!node_->dirty.contains(sector)) node_->copy_sector(node_->device, &node_->cache, sector);
    }
    return {};
  }

 private:
  Status check_alive(const char* what) const {
    if (generation_ != files_.generation_ || files_.is_off_)
      return io_error(what, path_, "the process is gone");
    return {};
  }
  bool has_room_for(uint64_t end) const {
    const uint64_t grown = end > node_->taken() ? end - node_->taken() : 0;
    return grown == 0 || files_.capacity_ == 0 || files_.used_bytes() + grown <= files_.capacity_;
  }
  void put(uint64_t offset, const void* data, size_t size) {
    if (node_->cache.size() < offset + size) node_->cache.resize(offset + size);
    std::memcpy(node_->cache.data() + offset, data, size);
    for (uint64_t sector = offset / kSector; sector * kSector < offset + size; ++sector) {
      node_->dirty.insert(sector);
    }
  }

  MemoryFileSystem& files_;
  const std::shared_ptr<Node> node_;
  const std::string path_;
  const bool writable_;
  const uint64_t generation_;
};

class MemoryFileSystem::MemoryLock final : public Lock {
 public:
  MemoryLock(MemoryFileSystem& files, std::string path)
      : files_(files), path_(std::move(path)), generation_(files.generation_) {}
  ~MemoryLock() override {
    const std::lock_guard lock(files_.mutex_);
    if (generation_ == files_.generation_) files_.locked_.erase(path_);
  }

 private:
  MemoryFileSystem& files_;
  const std::string path_;
  const uint64_t generation_;
};

// ---- names ----

MemoryFileSystem::MemoryFileSystem() = default;
MemoryFileSystem::~MemoryFileSystem() = default;

std::optional<MemoryFileSystem::Fault> MemoryFileSystem::count_call() {
  ++calls_;
  if (is_off_) return Fault::kPowerOff;
  const auto planned = faults_.find(calls_);
  if (planned == faults_.end()) return std::nullopt;
  if (planned->second == Fault::kPowerOff) is_off_ = true;
  return planned->second;
}

Status MemoryFileSystem::check_call(const char* what, const std::string& path) {
  const std::optional<Fault> fault = count_call();
  if (!fault) return {};
  if (*fault == Fault::kNoSpace)
    return fail(ErrorCode::kNoSpace, std::string(what) + " " + path + ": No space left on device");
  return io_error(what, path, "Input/output error");
}

MemoryFileSystem::Node* MemoryFileSystem::find(const std::string& path) const {
  const auto at = names_.find(path);
  return at == names_.end() ? nullptr : at->second.get();
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("open", path));
  auto at = names_.find(path);
  if (mode == OpenMode::kCreateNew) {
    if (at != names_.end()) return io_error("create", path, "File exists");
    if (!directories_.contains(parent_of(path)))
      return io_error("create", path, "No such directory");
    at = names_.emplace(path, std::make_shared<Node>()).first;
    name_changes_.push_back({parent_of(path), path, at->second});
  }
  if (at == names_.end()) return io_error("open", path, "No such file or directory");
  return std::make_unique<MemoryFile>(*this, at->second, path, mode != OpenMode::kRead);
}

Status MemoryFileSystem::make_directories(const std::string& path) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("mkdir", path));
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    directories_.insert(path.substr(0, at));
    if (at == std::string::npos) return {};
  }
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("list", directory));
  std::vector<std::string> found;
  for (const auto& [path, node] : names_) {
    if (parent_of(path) == directory) found.push_back(path.substr(directory.size() + 1));
  }
  return found;
}

Result<bool> MemoryFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("stat", path));
  return names_.contains(path) || directories_.contains(path);
}

Status MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("rename", from));
  const auto at = names_.find(from);
  if (at == names_.end()) return io_error("rename", from, "No such file or directory");
  const std::shared_ptr<Node> node = at->second;
  names_.erase(at);
  names_[to] = node;
  // one change, as rename(2) is atomic: the old name goes with it
  name_changes_.push_back({parent_of(to), to, node});
  return {};
}

Status MemoryFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("remove", path));
  if (names_.erase(path) == 0) return io_error("remove", path, "No such file or directory");
  name_changes_.push_back({parent_of(path), path, nullptr});
  return {};
}

Status MemoryFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  HF_TRY(check_call("fsync", path));
  std::vector<NameChange> rest;
  for (NameChange& change : name_changes_) {
    if (change.directory != path) rest.push_back(std::move(change));
  }
  name_changes_ = std::move(rest);
  std::erase_if(durable_names_, [&](const auto& entry) { return parent_of(entry.first) == path; });
  for (const auto& [name, node] : names_) {
    if (parent_of(name) == path) durable_names_[name] = node;
  }
  return {};
}

Result<std::unique_ptr<FileSystem::Lock>> MemoryFileSystem::lock(const std::string& path) {
  const std::lock_guard guard(mutex_);
  HF_TRY(check_call("lock", path));
  if (!locked_.insert(path).second) {
    return fail(ErrorCode::kInUse, path + " is locked by another process");
  }
  return std::make_unique<MemoryLock>(*this, path);
}

// ---- crashes and faults ----

void MemoryFileSystem::kill() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  locked_.clear();
  is_off_ = false;
  faults_.clear();
}

std::vector<MemoryFileSystem::Sector> MemoryFileSystem::unsynced_sectors() const {
  const std::lock_guard lock(mutex_);
  std::vector<Sector> sectors;
  for (const auto& [path, node] : names_) {
    for (const uint64_t sector : node->dirty) {
      if (node->differs(sector)) sectors.push_back({path, sector});
    }
  }
  return sectors;
}

size_t MemoryFileSystem::unsynced_names() const {
  const std::lock_guard lock(mutex_);
  return name_changes_.size();
}

void MemoryFileSystem::power_cut(const std::vector<bool>& keep, size_t names) {
  const std::vector<Sector> sectors = unsynced_sectors();
  kill();
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < sectors.size() && i < keep.size(); ++i) {
    if (!keep[i]) continue;
    Node& node = *names_.at(sectors[i].path);
    node.device.resize(std::max(node.device.size(),
                                std::min(node.cache.size(), (sectors[i].index + 1) * kSector)));
    node.copy_sector(node.cache, &node.device, sectors[i].index);
  }
  for (size_t i = 0; i < names && i < name_changes_.size(); ++i) {
    const NameChange& change = name_changes_[i];
    if (change.node == nullptr) {
      durable_names_.erase(change.path);
      continue;
    }
    std::erase_if(durable_names_, [&](const auto& entry) { return entry.second == change.node; });
    durable_names_[change.path] = change.node;
  }
  name_changes_.clear();
  names_ = durable_names_;
  for (auto& [path, node] : names_) {
    node->cache = node->device;
    node->dirty.clear();
  }
}

void MemoryFileSystem::fail_call(uint64_t number, Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_[number] = fault;
}

void MemoryFileSystem::reset_calls() {
  const std::lock_guard lock(mutex_);
  calls_ = 0;
  faults_.clear();
}

uint64_t MemoryFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void MemoryFileSystem::set_capacity(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void MemoryFileSystem::set_can_allocate(bool can) {
  const std::lock_guard lock(mutex_);
  can_allocate_ = can;
}

uint64_t MemoryFileSystem::used_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [path, node] : names_) bytes += node->taken();
  return bytes;
}

// ---- the device ----

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::clone() const {
  const std::lock_guard lock(mutex_);
  auto copy = std::make_unique<MemoryFileSystem>();
  std::unordered_map<const Node*, std::shared_ptr<Node>> nodes;
  const auto copied = [&](const std::shared_ptr<Node>& node) {
    if (node == nullptr) return std::shared_ptr<Node>();
    std::shared_ptr<Node>& twin = nodes[node.get()];
    if (twin == nullptr) twin = std::make_shared<Node>(*node);
    return twin;
  };
  for (const auto& [path, node] : names_) copy->names_[path] = copied(node);
  for (const auto& [path, node] : durable_names_) copy->durable_names_[path] = copied(node);
  for (const NameChange& change : name_changes_) {
    copy->name_changes_.push_back({change.directory, change.path, copied(change.node)});
  }
  copy->directories_ = directories_;
  copy->capacity_ = capacity_;
  copy->can_allocate_ = can_allocate_;
  return copy;
}

void MemoryFileSystem::flip_bit(const std::string& path, uint64_t bit) {
  const std::lock_guard lock(mutex_);
  Node& node = *names_.at(path);
  node.resize_device();
  for (std::string* bytes : {&node.cache, &node.device}) {
    (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << (bit % 8)));
  }
}

void MemoryFileSystem::overwrite(const std::string& path, uint64_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  Node& node = *names_.at(path);
  node.resize_device();
  for (std::string* target : {&node.cache, &node.device}) {
    std::memcpy(target->data() + offset, bytes.data(), bytes.size());
  }
}

std::string MemoryFileSystem::contents(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const Node* node = find(path);
  return node == nullptr ? std::string() : node->cache;
}

}  // namespace holdfast::io
