"""A folder on a file system that lacks something, as shares do: locks, or memory that processes share.

A library between a program and the system (LD_PRELOAD) gives the system's own errors for files below one folder:

- `locks`: fcntl and flock say ENOLCK, as an NFS whose server runs no lock service.
- `no locks at all`: they say ENOSYS, as a FUSE file system that does not know them.
- `memory`: files cannot be mapped (ENODEV), as folders of VirtualBox and others.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int lies_there(int fd) {
    const char *folder = getenv("POOR_FOLDER");
    char link[64], path[4096];
    if (!folder || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int lacks(const char *what) {
    const char *missing = getenv("POOR_LACKS");
    return missing && strcmp(missing, what) == 0;
}

static int refuse_lock(int fd) {
    int error = lacks("locks") ? ENOLCK : lacks("no locks at all") ? ENOSYS : 0;
    if (!error || !lies_there(fd)) return 0;
    errno = error;
    return 1;
}

static int is_lock(int command) {
    return command == F_SETLK || command == F_SETLKW || command == F_GETLK
        || command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK;
}

#define PASS_FCNTL(name)                                                        \
    int name(int fd, int command, ...) {                                        \
        static int (*real)(int, int, ...);                                      \
        if (!real) real = (int (*)(int, int, ...))dlsym(RTLD_NEXT, #name);      \
        va_list rest; va_start(rest, command);                                  \
        void *argument = va_arg(rest, void *); va_end(rest);                    \
        if (is_lock(command) && refuse_lock(fd)) return -1;                     \
        return real(fd, command, argument);                                     \
    }
PASS_FCNTL(fcntl)
PASS_FCNTL(fcntl64)

int flock(int fd, int operation) {
    static int (*real)(int, int);
    if (!real) real = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    return refuse_lock(fd) ? -1 : real(fd, operation);
}

#define PASS_MMAP(name, offset_type)                                            \
    void *name(void *at, size_t size, int rights, int flags, int fd, offset_type offset) { \
        static void *(*real)(void *, size_t, int, int, int, offset_type);       \
        if (!real) real = (void *(*)(void *, size_t, int, int, int, offset_type))dlsym(RTLD_NEXT, #name); \
        if (fd >= 0 && (flags & MAP_SHARED) && lacks("memory") && lies_there(fd)) {  \
            errno = ENODEV; return MAP_FAILED;                                  \
        }                                                                       \
        return real(at, size, rights, flags, fd, offset);                       \
    }
PASS_MMAP(mmap, off_t)
PASS_MMAP(mmap64, off64_t)
"""

COMPILER = shutil.which("cc") if sys.platform == "linux" else None


def build(folder: Path) -> Path:
    """The library, made in `folder`."""
    assert COMPILER is not None
    source, library = folder / "poor.c", folder / "poor.so"
    source.write_text(SOURCE, encoding="ascii")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def environment(library: Path, folder: Path, lacks: str) -> dict[str, str]:
    """What a program needs to find `folder` so poor."""
    return {"LD_PRELOAD": str(library), "POOR_FOLDER": str(folder), "POOR_LACKS": lacks}
