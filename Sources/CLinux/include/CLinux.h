#ifndef CALLBOARD_CLINUX_H
#define CALLBOARD_CLINUX_H

// Calls of the Linux kernel that the C library's Swift module does not show: it is built without
// _GNU_SOURCE, and variadic functions such as syscall are not imported.

// Opens `path` beneath the open folder `folder`, without leaving it by "..", by an absolute path,
// by a symbolic link or by one of the links of /proc. With `refuse_links`, no symbolic link is
// followed at all. Gives a descriptor, or a negative errno; -ENOSYS where the kernel is too old.
int callboard_open_beneath(int folder, const char *path, int flags, int refuse_links);

// The O_PATH flag: a descriptor that only names a place.
int callboard_o_path(void);

// A descriptor that becomes readable when eight bytes, the number one, are written to it; never
// blocks. -1 if there is none to be had.
int callboard_wake_up(void);

#endif
