/* A full disk without root: while $FULL_DISK_FLAG exists, nothing more can be written below $FULL_DISK_ROOT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int full(int fd) {
    char link[64], path[PATH_MAX];
    const char *flag = getenv("FULL_DISK_FLAG"), *root = getenv("FULL_DISK_ROOT");
    int before = errno;
    if (!flag || !root || access(flag, F_OK)) { errno = before; return 0; }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    errno = before;
    if (strncmp(path, root, strlen(root))) return 0;
    errno = ENOSPC;
    return 1;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))

ssize_t write(int fd, const void *data, size_t size) {
    return full(fd) ? -1 : REAL("write", ssize_t (*)(int, const void *, size_t))(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return full(fd) ? -1 : REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t))(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return full(fd) ? -1 : REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t))(fd, data, size, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    return full(fd) ? -1 : REAL("writev", ssize_t (*)(int, const struct iovec *, int))(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return full(fd) ? -1 : REAL("pwritev", ssize_t (*)(int, const struct iovec *, int, off_t))(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return full(fd) ? -1 : REAL("pwritev64", ssize_t (*)(int, const struct iovec *, int, off64_t))(fd, parts, count, at);
}
int posix_fallocate(int fd, off_t at, off_t size) {
    return full(fd) ? ENOSPC : REAL("posix_fallocate", int (*)(int, off_t, off_t))(fd, at, size);
}
int posix_fallocate64(int fd, off64_t at, off64_t size) {
    return full(fd) ? ENOSPC : REAL("posix_fallocate64", int (*)(int, off64_t, off64_t))(fd, at, size);
}
