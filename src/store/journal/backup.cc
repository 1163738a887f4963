#include "store/journal/backup.h"

#include <fmt/format.h>

#include "store/journal/cut.h"
#include "store/journal/directory_files.h"

namespace holdfast::store {
namespace {

/// The lock may be there: an emptied directory keeps it as long as somebody looks into it. So may
/// what a freshly made file system has.
Status check_empty(io::FileSystem& files, const std::string& directory) {
  HF_ASSIGN(names, files.list(directory));
  for (const std::string& name : names) {
    if (name == "LOCK" || belongs_to_the_file_system(name)) continue;
    return fail(
        ErrorCode::kIo,
        fmt::format("{} is not empty ({} is there): name a new directory, or move this one away",
                    directory, name));
  }
  return {};
}

Status copy_other_files(io::FileSystem& files, const std::string& from, const std::string& to) {
  HF_ASSIGN(names, files.list(from));
  for (const std::string& name : names) {
    const bool is_others = is_journal_file(name) || belongs_to_the_file_system(name) ||
                           name == kBackupName || name == kBackupConfigName;
    if (!is_others) HF_TRY(copy_file(files, from + "/" + name, to + "/" + name));
  }
  return {};
}

Status require(io::FileSystem& files, const std::string& directory, const std::string& name,
               const std::string& what) {
  HF_ASSIGN(is_there, files.exists(directory + "/" + name));
  if (is_there) return {};
  return fail(ErrorCode::kIo, directory + what);
}

}  // namespace

Result<LogCopy> backup_directory(io::FileSystem& files, const std::string& from,
                                 const std::string& to, const BackupOptions& options) {
  HF_TRY(require(files, from, "identity",
                 " holds no ledger: name its directory with --data-dir or --config"));
  HF_ASSIGN(identity, read_identity(files, from));
  const Result<std::unique_ptr<io::FileSystem::Lock>> lock = files.lock(from + "/LOCK");
  if (!lock && lock.error().code != ErrorCode::kInUse) return fail(lock.error());
  // Asked before anything is made as well: a refusal leaves nothing that the next try trips over.
  if (!lock) HF_TRY(options.ask_holder(*identity));
  HF_TRY(files.make_directories(to));
  HF_TRY(check_empty(files, to));

  // Cursors first: the log that is copied after them reaches them all.
  HF_TRY(copy_other_files(files, from, to));
  CopyOptions copy;
  HF_ASSIGN(seq, lock ? last_seq_of(files, from) : options.ask_holder(*identity));
  copy.seq = seq;
  copy.to_group_end = true;
  copy.on_bytes = options.on_bytes;
  return copy_log(files, from, to, copy);
}

Result<LogCopy> restore_directory(io::FileSystem& files, const std::string& from,
                                  const std::string& to, const RestoreOptions& options) {
  HF_TRY(require(
      files, from, kBackupName,
      " is no finished backup (it has no backup.json): name one that `holdfast backup` has made"));
  HF_TRY(files.make_directories(to));
  HF_ASSIGN(lock, files.lock(to + "/LOCK"));
  HF_TRY(check_empty(files, to));
  HF_TRY(write_whole_file(files, to, kUnfinishedRestoreName, from + "\n"));
  HF_TRY(copy_other_files(files, from, to));
  CopyOptions copy;
  copy.seq = options.seq;
  copy.room_to_write = true;
  copy.on_bytes = options.on_bytes;
  HF_ASSIGN(copied, copy_log(files, from, to, copy));
  HF_TRY(cut_log(files, to, copied.last_seq, options.incarnation_above, "restore"));
  HF_TRY(files.remove(to + "/" + kUnfinishedRestoreName));
  HF_TRY(files.sync_directory(to));
  return copied;
}

}  // namespace holdfast::store
