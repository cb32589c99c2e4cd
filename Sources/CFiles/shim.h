// openat2(2), which glibc has no function for.
#ifndef CFILES_SHIM_H
#define CFILES_SHIM_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
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

#endif
