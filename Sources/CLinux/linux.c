#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int callboard_open_beneath(int folder, const char *path, int flags, int refuse_links) {
#ifdef SYS_openat2
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (unsigned)flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (refuse_links) {
        how.resolve |= RESOLVE_NO_SYMLINKS;
    }
    // The kernel answers EAGAIN when something was renamed while it looked; a few more looks are
    // enough unless somebody renames on purpose, and then failing is right.
    for (int attempt = 0; attempt < 16; attempt++) {
        long result = syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (result >= 0) {
            return (int)result;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return -errno;
        }
    }
    return -EAGAIN;
#else
    return -ENOSYS;
#endif
}

int callboard_o_path(void) { return O_PATH; }

int callboard_wake_up(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
