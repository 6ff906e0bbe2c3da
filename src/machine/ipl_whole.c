/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a Linux flat image whole.  No field of it tells its size; what there is instead:
 *  - the parameter area points to the version text (in the decompressor, so near the begin);
 *  - since Linux 6.1, and in many stable kernels before, the image is a multiple of 4 KiB and ends
 *    with a trailer for secure boot: 24 bytes of zero, the trailer's length 32, "zIPL";
 *  - since 5.4 at the latest the image is a multiple of 4 KiB;
 *  - behind all that a signature may be appended, which ends with a text of its own;
 *  - a payload in XZ format has an end of its own.
 * A whole kernel is never refused: what is not known to hold for its version is not demanded.  So a
 * kernel before 6.1 can be cut at a multiple of 4 KiB unseen, unless its payload is XZ.
 *
 * References: Linux for s390x, boot parameters of the direct kernel start; [The .xz File Format].
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "machine/ipl.h"

#define PARM_VERSION 0x10428ULL
#define VERSION_TEXT 32         /* as much of it as is looked at */
#define BLOCK 0x1000ULL         /* the image is a multiple of it */
#define SMALLEST_OLD 0x40000ULL /* no kernel is smaller; a decompressor alone is */

static int truncated(const struct ipl_file *f, const char *why)
{
    log_error("%s: truncated kernel (%llu bytes): %s", f->path, (unsigned long long)f->size, why);
    return -EINVAL;
}

/* ---- the end of the image ---- */

/* Wherever a block ends: something may be appended. */
static bool has_trailer(const u8 *data, u64 size)
{
    static const u8 trailer[32] = {[27] = 32, 'z', 'I', 'P', 'L'};

    for (u64 end = LINUX_PARMS_END & ~(BLOCK - 1); end <= size; end += BLOCK)
        if (memcmp(data + end - sizeof(trailer), trailer, sizeof(trailer)) == 0)
            return true;
    return false;
}

static bool has_signature(const u8 *data, u64 size)
{
    static const char mark[] = "~Module signature appended~\n";
    const u64 n = sizeof(mark) - 1;

    return memcmp(data + size - n, mark, n) == 0;
}

/* 100 * major + minor; 0: not known. */
static unsigned version_of(const u8 *data, u64 size, u64 at)
{
    char text[VERSION_TEXT + 1] = "";
    unsigned major, minor;

    if (size - at < VERSION_TEXT)
        return 0;
    memcpy(text, data + at, VERSION_TEXT);
    if (sscanf(text, "%2u.%2u.", &major, &minor) != 2)
        return 0;
    return 100 * major + minor;
}

static const char *end_is_missing(const u8 *data, u64 size, unsigned version)
{
    if (has_signature(data, size))
        return NULL;
    if (version >= 601)
        return "its trailer is not there";
    if (version >= 504 && size % BLOCK)
        return "its size is not a multiple of 4096";
    if (version && size < SMALLEST_OLD)
        return "it ends in the decompressor";
    return NULL;
}

/* ---- XZ ---- */

static u32 crc32_of(const u8 *p, unsigned n)
{
    u32 crc = ~0U;

    while (n--) {
        crc ^= *p++;
        for (unsigned i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    return ~crc;
}

/* An XZ stream begins with a magic number, two bytes of flags and their check sum, and ends with
 * the same flags and "YZ".  The decompressor has the magic number among its constants, too.
 * [The .xz File Format 2.1.1, 2.1.2] */
static bool xz_is_whole(const u8 *data, u64 size)
{
    static const u8 magic[6] = {0xfd, '7', 'z', 'X', 'Z', 0};
    const u8 *end_of_data = data + size, *start = data;
    u8 footer[4];

    while ((start = memmem(start, (size_t)(end_of_data - start), magic, sizeof(magic))) != NULL) {
        const u8 *flags = start + sizeof(magic);

        start = flags;
        if (end_of_data - flags < 6)
            return true;
        if (crc32_of(flags, 2) != (flags[2] | flags[3] << 8 | flags[4] << 16 | (u32)flags[5] << 24))
            continue;
        memcpy(footer, flags, 2);
        memcpy(footer + 2, "YZ", 2);
        if (!memmem(flags + 6, (size_t)(end_of_data - flags - 6), footer, sizeof(footer)))
            return false;
    }
    return true;
}

/* ---- all of it ---- */

static int check(const struct ipl_file *f, const u8 *data, u64 version_at)
{
    const char *why;

    if (has_trailer(data, f->size))
        return 0;
    why = end_is_missing(data, f->size, version_of(data, f->size, version_at));
    if (!why && !xz_is_whole(data, f->size))
        why = "its compressed part has no end";
    return why ? truncated(f, why) : 0;
}

int ipl_check_whole(const struct ipl_file *f)
{
    be64 version;
    u8 *data;
    int r = ipl_file_read(f, PARM_VERSION, &version, sizeof(version));

    if (r)
        return r;
    if (be64_get(version) >= f->size)
        return truncated(f, "its version text lies behind its end");
    data = malloc(f->size);
    if (!data)
        return -ENOMEM;
    r = ipl_file_read(f, 0, data, f->size);
    if (!r)
        r = check(f, data, be64_get(version));
    free(data);
    return r;
}
