/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: files of an IPL: Linux images with initrd and command line, ELF, .ins, bare metal.
 * What ipl_open() takes must load, twice.
 *
 * Input: kind and size, then: a Linux image as pieces (place, length, bytes), or the file itself.
 * Names in a .ins file stay in the directory.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "machine/ipl.h"

#define MEMORY 0x2000000UL
#define IMAGE 0x18000U

static u8 image[IMAGE];

/* ---- files ---- */

static size_t build_linux(struct input *in)
{
    static const u32 base[] = {0x10400, 0x10420, 0, IMAGE - 256};
    const be64 version = be64_of(0x10800), limit = be64_of(4096);
    size_t size = take8(in) ? IMAGE : take_below(in, IMAGE);

    memset(image, 0, sizeof(image));
    memcpy(image + 0x10008, "S390EP", 6);
    memcpy(image + 0x10428, &version, sizeof(version));
    memcpy(image + 0x10430, &limit, sizeof(limit));
    while (in->left) {
        u8 where = take8(in), n = take8(in) % 64;
        u32 at = base[where & 3] + (where >> 2);

        (void)take_bytes(in, image + at, n);
    }
    return size;
}

static size_t build_raw(struct input *in)
{
    memset(image, 0, sizeof(image));
    return take_rest(in, image, sizeof(image));
}

static size_t build_ins(struct input *in)
{
    size_t n = build_raw(in);

    for (size_t i = 0; i < n; i++)
        if (image[i] == '/')
            image[i] = '_';
    return n;
}

static void companions(void)
{
    static bool done;

    if (done)
        return;
    (void)fuzz_write_file("a", "\0\x08\0\0\x80\0\x20\0rest", 12);
    (void)fuzz_write_file("b", image, 5000);
    done = true;
}

/* ---- loading ---- */

static void load(const struct ipl_config *c, u64 memory)
{
    struct ipl ipl;
    struct mem m;
    u64 mask, addr;

    if (ipl_open(&ipl, c, memory))
        return;
    ASSERT(!mem_create(&m, memory, false));
    for (unsigned i = 0; i < 2; i++)
        (void)!ipl_load_all(&ipl, &m, &mask, &addr);
    mem_destroy(&m);
    ipl_close(&ipl);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char *const name[] = {"linux", "image", "list.ins", "flat"};
    struct input in = {data, size};
    u8 flags = take8(&in);
    struct ipl_load flat = {NULL, 0};
    struct ipl_config c = {.psw = (flags >> 5) % 3};
    char append[128], path[256], initrd[256];
    unsigned kind = flags & 3;
    size_t n;

    companions();
    memset(append, 'x', sizeof(append));
    append[flags & 4 ? take8(&in) % 128 : 127] = 0;
    append[127] = 0;
    flat.address = kind == 3 ? take64(&in) : 0;
    n = kind == 0 ? build_linux(&in) : kind == 2 ? build_ins(&in) : build_raw(&in);
    strcpy(path, fuzz_write_file(name[kind], image, n));
    strcpy(initrd, path);
    strcpy(strrchr(initrd, '/'), "/b");
    flat.path = path;
    c.kernel = kind == 3 ? NULL : path;
    c.load = &flat;
    c.nload = kind == 3;
    c.append = flags & 8 ? append : NULL;
    c.initrd = flags & 16 ? initrd : NULL;
    load(&c, flags & 4 ? MEMORY : 0x200000);
    return 0;
}
