/* SPDX-License-Identifier: Apache-2.0
 *
 * Input files of an IPL.  Regular files are read when they are needed; what cannot be read twice
 * (pipes) is read once and kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "machine/ipl.h"

#define PIPE_MAX 0x100000000ULL /* of a file that is no regular file */

static int fail(const char *path, int error)
{
    log_error("%s: %s", path, strerror(error));
    return -error;
}

/* Reads to the end of a pipe. */
static int slurp(struct ipl_file *f)
{
    u64 room = 0;

    for (;;) {
        ssize_t n;

        if (f->size == room) {
            u8 *bigger = room < PIPE_MAX ? realloc(f->data, room ? room * 2 : 0x10000) : NULL;

            if (!bigger)
                return fail(f->path, room < PIPE_MAX ? ENOMEM : EFBIG);
            f->data = bigger;
            room = room ? room * 2 : 0x10000;
        }
        n = read(f->fd, f->data + f->size, room - f->size);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return fail(f->path, errno);
        if (n > 0)
            f->size += (u64)n;
    }
}

int ipl_file_open(struct ipl_file *f, const char *path)
{
    struct stat st;
    int r = 0;

    *f = (struct ipl_file){.fd = -1};
    f->path = strdup(path);
    if (!f->path)
        return -ENOMEM;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &st) < 0)
        r = fail(path, errno);
    else if (S_ISDIR(st.st_mode))
        r = fail(path, EISDIR);
    else if (S_ISREG(st.st_mode))
        f->size = (u64)st.st_size;
    else
        r = slurp(f);
    if (!r && !f->size) {
        log_error("%s: the file is empty", path);
        r = -EINVAL;
    }
    if (r)
        ipl_file_close(f);
    return r;
}

void ipl_file_close(struct ipl_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    free(f->data);
    free(f->path);
    *f = (struct ipl_file){.fd = -1};
}

int ipl_file_read(const struct ipl_file *f, u64 off, void *to, u64 len)
{
    u8 *p = to;

    if (off > f->size || len > f->size - off) {
        log_error("%s: the file ends too early", f->path);
        return -EINVAL;
    }
    if (f->data) {
        memcpy(to, f->data + off, len);
        return 0;
    }
    while (len) {
        ssize_t n = pread(f->fd, p, len, (off_t)off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(f->path, errno);
        if (n == 0) {
            log_error("%s: the file has become shorter", f->path);
            return -EIO;
        }
        p += n;
        off += (u64)n;
        len -= (u64)n;
    }
    return 0;
}

int ipl_file_load(const struct ipl_file *f, u64 off, struct mem *m, u64 abs, u64 len)
{
    u8 *p;
    int r;

    if (!len)
        return 0;
    p = mem_span(m, abs_addr(abs), len);
    if (!p) {
        log_error("%s: does not fit into storage at 0x%llx", f->path, (unsigned long long)abs);
        return -EINVAL;
    }
    r = ipl_file_read(f, off, p, len);
    mem_wrote(m, abs_addr(abs), len);
    return r;
}
