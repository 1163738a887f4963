// The operating system's files. Errors name path, call and errno, and say what to do where that is
// known.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file_system.h"

namespace holdfast::io {
namespace {

std::string remedy_of(int error) {
  switch (error) {
    case EROFS:
      return ": the file system is read-only; mount it writable or choose another --data-dir";
    case EACCES:
    case EPERM:
      return ": give this user the right to it, or choose another --data-dir";
    case ENOSPC:
    case EDQUOT:
      return ": free disk space";
    case EIO:
      return ": the device failed; check the disk, then start again, or with a copy on another one";
    case EMFILE:
    case ENFILE:
      return ": raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

std::unexpected<Error> failed(const char* call, const std::string& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return fail(is_full ? ErrorCode::kNoSpace : ErrorCode::kIo,
              fmt::format("{} {}: {}{}", call, path, std::generic_category().message(error),
                          remedy_of(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int open_retrying(const std::string& path, int flags, mode_t mode = 0640) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Status write_at(uint64_t offset, const void* data, size_t size) override {
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t written = ::pwrite(fd_.get(), bytes, size, static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write", path_, errno);
      if (written == 0) return failed("write", path_, EIO);
      bytes += written;
      offset += static_cast<uint64_t>(written);
      size -= static_cast<size_t>(written);
    }
    return {};
  }

  Result<size_t> read_at(uint64_t offset, void* data, size_t size) override {
    size_t total = 0;
    while (total < size) {
      const ssize_t got = ::pread(fd_.get(), static_cast<char*>(data) + total, size - total,
                                  static_cast<off_t>(offset + total));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("read", path_, errno);
      if (got == 0) break;
      total += static_cast<size_t>(got);
    }
    return total;
  }

  Status sync_data() override {
    // never retried: after a failed flush the pages are clean and a second one would lie
    if (::fdatasync(fd_.get()) != 0) return failed("fdatasync", path_, errno);
    return {};
  }

  Result<uint64_t> size() override {
    struct stat info{};
    if (::fstat(fd_.get(), &info) != 0) return failed("stat", path_, errno);
    return static_cast<uint64_t>(info.st_size);
  }

  Status truncate(uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
      return failed("truncate", path_, errno);
    return {};
  }

  Status allocate(uint64_t size) override {
    int result = -1;
    do {
      result = ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    // What is not an answer about room is one of those by which file systems say that they cannot.
    const bool is_answer = errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO;
    if (result == 0 || !is_answer) return {};
    return failed("fallocate", path_, errno);
  }

  Status drop_cache() override {
    const int error = ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
    if (error != 0) return failed("posix_fadvise", path_, error);
    return {};
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixLock final : public FileSystem::Lock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;  // closing it gives the flock back
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_RDONLY;
    if (mode == OpenMode::kReadWrite) flags = O_RDWR;
    if (mode == OpenMode::kCreateNew) flags = O_RDWR | O_CREAT | O_EXCL;
    const int fd = open_retrying(path, flags);
    if (fd < 0) return failed(mode == OpenMode::kCreateNew ? "create" : "open", path, errno);
    return std::make_unique<PosixFile>(fd, path);
  }

  Status make_directories(const std::string& path) override {
    for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
      const std::string part = path.substr(0, at);
      const bool is_new = ::mkdir(part.c_str(), 0750) == 0;
      if (!is_new && errno != EEXIST) {
        const int error = errno;
        struct stat info{};
        if (::stat(part.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
          return failed("mkdir", part, error);
      }
      // A name is durable only once its parent is flushed; one that was there may be the work of a
      // process that was killed in between. Parents that are not ours to open were not made by it.
      const size_t slash = part.rfind('/');
      const std::string parent =
          slash == std::string::npos ? "." : part.substr(0, std::max<size_t>(slash, 1));
      if (is_new || ::access(parent.c_str(), R_OK) == 0) HF_TRY(sync_directory(parent));
      if (at == std::string::npos) break;
    }
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return failed("stat", path, errno);
    if (!S_ISDIR(info.st_mode)) return failed("mkdir", path, ENOTDIR);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return failed("list", directory, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int error = errno;
    ::closedir(stream);
    if (error != 0) return failed("list", directory, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return failed("stat", path, errno);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from + " to " + to, errno);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed("remove", path, errno);
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const Descriptor fd(open_retrying(path, O_RDONLY | O_DIRECTORY));
    if (fd.get() < 0) return failed("open", path, errno);
    if (::fsync(fd.get()) != 0) return failed("fsync", path, errno);
    return {};
  }

  Result<std::unique_ptr<Lock>> lock(const std::string& path) override {
    const int fd = open_retrying(path, O_RDWR | O_CREAT);
    if (fd < 0) return failed("open", path, errno);
    auto lock = std::make_unique<PosixLock>(fd);
    int result = -1;
    do {
      result = ::flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result == 0) return lock;
    if (errno != EWOULDBLOCK) return failed("flock", path, errno);
    return fail(
        ErrorCode::kInUse,
        fmt::format("{} is locked by another process: stop that one, or choose another --data-dir",
                    path));
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem files;
  return files;
}

}  // namespace holdfast::io
