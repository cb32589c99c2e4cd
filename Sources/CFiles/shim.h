// System calls on files that glibc has no function for, or that the Glibc module does not show.
#ifndef CFILES_SHIM_H
#define CFILES_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// Flags of open(2) that the Glibc module does not show.
enum {
    ZZZ_FILES_O_PATH = __O_PATH,
    ZZZ_FILES_O_TMPFILE = __O_TMPFILE,
};

// Opens a path that cannot leave `directory`, whatever its segments and links say (RESOLVE_BENEATH and
// RESOLVE_NO_MAGICLINKS), close-on-exec. With `follows_links` 0 it may not go through links at all: ELOOP. A way out
// is EXDEV. Returns a descriptor, or -1 with errno.
static inline int zzz_files_open_beneath(int directory, const char *path, int flags, int follows_links) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (follows_links ? 0 : RESOLVE_NO_SYMLINKS),
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

// Copies from `*offset` on to where `to` stands, without user memory in between, and moves `*offset` on: with
// copy_file_range(2), which may share the blocks, or with sendfile(2) between file systems that cannot. Returns how
// many bytes, or -1 with errno.
static inline ssize_t zzz_files_copy(int from, int64_t *offset, int to, size_t count) {
    ssize_t copied = syscall(SYS_copy_file_range, from, offset, to, NULL, count, 0u);
    if (copied >= 0 || (errno != EXDEV && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)) return copied;
    off_t start = *offset;
    copied = sendfile(to, from, &start, count);
    *offset = start;
    return copied;
}

#endif
