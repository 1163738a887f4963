// A full disk for one process: preloaded into the server, it lets no file grow while the file that
// HOLDFAST_TEST_FULL_DISK_FLAG names exists. Overwriting what is allocated still works, as on a real disk.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

bool disk_is_full() {
  const char* flag = std::getenv("HOLDFAST_TEST_FULL_DISK_FLAG");
  return flag != nullptr && access(flag, F_OK) == 0;
}

/// Only regular files lie on the disk: sockets, pipes and terminals go on.
bool would_grow(int file, off_t end) {
  struct stat status = {};
  return fstat(file, &status) == 0 && S_ISREG(status.st_mode) && end > status.st_size;
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  if (disk_is_full() && would_grow(file, offset + static_cast<off64_t>(size))) {
    errno = ENOSPC;
    return -1;
  }
  return real(file, data, size, offset);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  return pwrite64(file, data, size, offset);
}

ssize_t write(int file, const void* data, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (disk_is_full()) {
    const off_t at = lseek(file, 0, SEEK_CUR);
    if (at >= 0 && would_grow(file, at + static_cast<off_t>(size))) {
      errno = ENOSPC;
      return -1;
    }
  }
  return real(file, data, size);
}

int fallocate64(int file, int mode, off64_t offset, off64_t length) {
  static const auto real = next<int (*)(int, int, off64_t, off64_t)>("fallocate64");
  if (disk_is_full()) {
    errno = ENOSPC;
    return -1;
  }
  return real(file, mode, offset, length);
}

int fallocate(int file, int mode, off_t offset, off_t length) {
  return fallocate64(file, mode, offset, length);
}

int posix_fallocate(int file, off_t offset, off_t length) {
  static const auto real = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  return disk_is_full() ? ENOSPC : real(file, offset, length);
}

int ftruncate64(int file, off64_t size) {
  static const auto real = next<int (*)(int, off64_t)>("ftruncate64");
  if (disk_is_full() && would_grow(file, size)) {
    errno = ENOSPC;
    return -1;
  }
  return real(file, size);
}

int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

}  // extern "C"
