/* SPDX-License-Identifier: Apache-2.0
 *
 * Linux flat images: recognising them, telling other files by name, and filling in the parameter
 * area at 10400: initrd, command line.
 *
 * References: Linux for s390x, boot parameters of the direct kernel start.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "machine/ipl.h"

#define PARM_INITRD_START 0x10408ULL
#define PARM_INITRD_SIZE 0x10410ULL
#define PARM_COMMAND_LINE_SIZE 0x10430ULL
#define PARM_COMMAND_LINE 0x10480ULL
#define COMMAND_LINE_OLD 896ULL     /* kernels that do not tell their limit */
#define COMMAND_LINE_MAX 0x10000ULL /* a limit above this is no limit but rubbish */
#define INITRD_USUAL 0x1000000ULL   /* above the decompressor's workspace of usual kernels */
#define MIB 0x100000ULL

static const u8 signature[] = {'S', '3', '9', '0', 'E', 'P'};

bool ipl_is_linux(const struct ipl_file *f)
{
    u8 s[sizeof(signature)];

    return f->size >= LINUX_PARMS_END && ipl_file_read(f, LINUX_SIGNATURE, s, sizeof(s)) == 0 &&
           memcmp(s, signature, sizeof(s)) == 0;
}

/* ---- what else could it be ---- */

static const struct {
    u64 offset;
    const char *bytes;
    unsigned n;
    const char *what;
} foreign[] = {
    {0, "\x1f\x8b", 2, "is compressed with gzip: unpack it first"},
    {0,
     "\xfd"
     "7zXZ",
     5, "is compressed with xz: unpack it first"},
    {0, "\x28\xb5\x2f\xfd", 4, "is compressed with zstd: unpack it first"},
    {0, "BZh", 3, "is compressed with bzip2: unpack it first"},
    {0, "!<arch>\n", 8, "is an archive (a .deb package?): take the kernel out of it"},
    {0, "\xed\xab\xee\xdb", 4, "is an RPM package: take the kernel out of it"},
    {0, "070701", 6, "is an initramfs, not a kernel"},
    {0x202, "HdrS", 4, "is a Linux kernel for x86, not for s390x"},
    {0x38, "ARM\x64", 4, "is a Linux kernel for arm64, not for s390x"},
    {0x30, "RISCV", 5, "is a Linux kernel for RISC-V, not for s390x"},
    {0, "MZ", 2, "is a program for another architecture, not a kernel for s390x"},
};

static const char *foreign_kind(const struct ipl_file *f)
{
    char bytes[16];

    for (unsigned i = 0; i < ARRAY_SIZE(foreign); i++)
        if (f->size >= foreign[i].offset + foreign[i].n &&
            ipl_file_read(f, foreign[i].offset, bytes, foreign[i].n) == 0 &&
            memcmp(bytes, foreign[i].bytes, foreign[i].n) == 0)
            return foreign[i].what;
    return NULL;
}

int ipl_check_flat(const struct ipl_file *f, bool kernel)
{
    const char *kind;

    if (ipl_is_linux(f))
        return ipl_check_whole(f);
    if (!kernel)
        return 0;
    kind = foreign_kind(f);
    if (kind)
        log_error("%s: the file %s", f->path, kind);
    else if (f->size < LINUX_PARMS_END)
        log_error("%s: no kernel: %llu bytes are too few for an s390x Linux image (truncated?)",
                  f->path, (unsigned long long)f->size);
    else
        log_error("%s: neither an s390x Linux image (S390EP at 0x10008) nor ELF nor .ins; "
                  "other images are loaded with --load FILE@ADDRESS",
                  f->path);
    return -EINVAL;
}

/* ---- parameters ---- */

u64 ipl_initrd_address(u64 kernel_end, u64 size, u64 memory)
{
    u64 first = round_up64(kernel_end + MIB, MIB); /* behind image and bss */
    u64 usual = max64(first, INITRD_USUAL);

    if (usual <= memory && size <= memory - usual)
        return usual;
    return first <= memory && size <= memory - first ? first : 0;
}

static int load_initrd(struct ipl *ipl, struct mem *m, u64 kernel_end)
{
    u64 size = ipl->initrd.size;
    u64 at = ipl_initrd_address(kernel_end, size, m->size);
    int r;

    if (!at) { /* ipl_open() made sure of it; the file may have grown */
        log_error("%s: does not fit into the guest's storage", ipl->initrd.path);
        return -EINVAL;
    }
    r = ipl_file_load(&ipl->initrd, 0, m, at, size);
    if (!r && (mem_write64(m, abs_addr(PARM_INITRD_START), at) != MEM_OK ||
               mem_write64(m, abs_addr(PARM_INITRD_SIZE), size) != MEM_OK))
        r = -EINVAL;
    return r;
}

/* -E2BIG: the command line is longer than the kernel takes.  limit: from its parameter area. */
static int check_command_line(const char *text, u64 limit)
{
    u64 len = strlen(text) + 1;

    if (!limit || limit > COMMAND_LINE_MAX)
        limit = COMMAND_LINE_OLD;
    if (len <= limit)
        return 0;
    log_error("--append: %llu characters; this kernel takes at most %llu",
              (unsigned long long)len - 1, (unsigned long long)limit - 1);
    return -E2BIG;
}

int ipl_check_append(const struct ipl_file *f, const char *text)
{
    be64 limit;
    int r = ipl_file_read(f, PARM_COMMAND_LINE_SIZE, &limit, sizeof(limit));

    return r ? r : check_command_line(text, be64_get(limit));
}

static int write_command_line(struct mem *m, const char *text)
{
    u64 limit;
    int r;

    if (mem_read64(m, abs_addr(PARM_COMMAND_LINE_SIZE), &limit) != MEM_OK)
        return -EINVAL;
    r = check_command_line(text, limit);
    if (!r && mem_write(m, abs_addr(PARM_COMMAND_LINE), text, strlen(text) + 1) != MEM_OK)
        r = -EINVAL;
    return r;
}

int ipl_linux_parms(struct ipl *ipl, struct mem *m, u64 kernel_end)
{
    int r = 0;

    if (ipl->have_initrd)
        r = load_initrd(ipl, m, kernel_end);
    /* The image comes with a command line of its own, so an empty one is written, too. */
    if (!r)
        r = write_command_line(m, ipl->config->append ? ipl->config->append : "");
    return r;
}
