// The cut itself, for those who hold the directory's lock: Journal::truncate_at and restore_log.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"
#include "model/event.h"

namespace holdfast::store {

/// As Journal::truncate_at says; the new incarnation is also beyond `incarnation_above`, and `by`
/// is the event's source. REQUIRES: the lock is held.
Result<Seq> cut_log(io::FileSystem& files, const std::string& directory, Seq seq,
                    uint32_t incarnation_above, std::string_view by);

}  // namespace holdfast::store
