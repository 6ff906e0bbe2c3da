/* SPDX-License-Identifier: Apache-2.0
 *
 * IPL: what is loaded where, and that every wrong file is refused before anything runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/ipl.h"

#define MEMORY 0x2000000UL /* 32 MiB */
#define KERNEL_SIZE 0x20000

static char directory[] = "/tmp/sie390-ipl-XXXXXX";
static u8 image[KERNEL_SIZE];
static struct ipl ipl;
static struct mem mem;

static const char *path_of(const char *name)
{
    static char path[8][256];
    static unsigned next;
    char *p = path[next++ % 8];

    snprintf(p, sizeof(path[0]), "%s/%s", directory, name);
    return p;
}

static const char *write_file(const char *name, const void *data, size_t n)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* A file that passes for a Linux image, with a command-line limit. */
static const char *linux_image(u64 limit)
{
    const be64 l = be64_of(limit), version = be64_of(0x18000);

    memset(image, 0, sizeof(image));
    memcpy(image + 0x10008, "S390EP", 6);
    memcpy(image + 0x10428, &version, 8);
    memcpy(image + 0x10430, &l, 8);
    memcpy(image + 0x10480, "builtin", 7);
    return write_file("linux", image, sizeof(image));
}

static int try_open(const struct ipl_config *c)
{
    int r = ipl_open(&ipl, c, MEMORY);

    if (!r)
        ipl_close(&ipl);
    return r;
}

static int try_kernel(const char *path)
{
    const struct ipl_config c = {.kernel = path};

    return try_open(&c);
}

static u64 word64(u64 addr)
{
    u64 v;

    assert_int_equal(mem_read64(&mem, abs_addr(addr), &v), MEM_OK);
    return v;
}

/* ---- Linux ---- */

static void test_linux(void **state)
{
    struct ipl_config c = {.append = "root=/dev/vda quiet"};
    u64 mask, addr, at;
    char text[32];
    int r;

    (void)state;
    c.kernel = linux_image(4096);
    c.initrd = write_file("initrd", "INITRD", 6);
    assert_int_equal(ipl_open(&ipl, &c, MEMORY), 0);
    assert_int_equal(mem_create(&mem, MEMORY, false), 0);
    assert_int_equal(unlink(c.kernel), 0); /* a reboot loads it all the same */
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ipl_load_all(&ipl, &mem, &mask, &addr), 0);
        assert_int_equal(mask, 0x180000000);
        assert_int_equal(addr, 0x10000);
        at = word64(0x10408);
        assert_int_equal(word64(0x10410), 6);
        assert_int_equal(at % 4096, 0);
        assert_true(at >= KERNEL_SIZE && at + 6 <= MEMORY);
        r = mem_read(&mem, abs_addr(at), text, 6);
        assert_int_equal(r, MEM_OK);
        assert_memory_equal(text, "INITRD", 6);
        r = mem_read(&mem, abs_addr(0x10480), text, 20);
        assert_int_equal(r, MEM_OK);
        assert_string_equal(text, "root=/dev/vda quiet");
    }
    ipl_close(&ipl);
    mem_destroy(&mem);
}

static void test_no_append_is_an_empty_one(void **state)
{
    struct ipl_config c = {0};
    u64 mask, addr;

    (void)state;
    c.kernel = linux_image(0);
    assert_int_equal(ipl_open(&ipl, &c, MEMORY), 0);
    assert_int_equal(mem_create(&mem, MEMORY, false), 0);
    assert_int_equal(ipl_load_all(&ipl, &mem, &mask, &addr), 0);
    assert_int_equal(word64(0x10480) >> 56, 0);
    ipl_close(&ipl);
    mem_destroy(&mem);
}

static void test_append_limit(void **state)
{
    char text[5000];
    struct ipl_config c = {.append = text};

    (void)state;
    memset(text, 'x', sizeof(text));
    text[895] = 0;
    c.kernel = linux_image(0); /* tells no limit: 896 */
    assert_int_equal(try_open(&c), 0);
    text[895] = 'x';
    text[896] = 0;
    assert_int_equal(try_open(&c), -E2BIG);
    c.kernel = linux_image(4096);
    assert_int_equal(try_open(&c), 0);
    c.kernel = linux_image(~0ULL);
    assert_int_equal(try_open(&c), -E2BIG);
}

static void test_initrd_too_large(void **state)
{
    struct ipl_config c = {0};
    const char *initrd = write_file("big", "", 0);

    (void)state;
    c.kernel = linux_image(4096);
    c.initrd = initrd;
    assert_int_equal(try_open(&c), -EINVAL); /* empty */
    assert_int_equal(truncate(initrd, MEMORY - 0x200000), 0);
    assert_int_equal(try_open(&c), 0);
    assert_int_equal(truncate(initrd, MEMORY - 0x100000), 0);
    assert_int_equal(try_open(&c), -EINVAL);
    assert_int_equal(truncate(initrd, 1LL << 40), 0);
    assert_int_equal(try_open(&c), -EINVAL);
}

static void test_truncated_linux(void **state)
{
    static const u8 xz[] = {0xfd, '7', 'z', 'X', 'Z', 0, 0, 1, 0x69, 0x22, 0xde, 0x36};
    const char *path = linux_image(4096);

    (void)state;
    assert_int_equal(try_kernel(path), 0);
    assert_int_equal(truncate(path, 0x17000), 0);
    assert_int_equal(try_kernel(path), -EINVAL);
    assert_int_equal(truncate(path, 0x10400), 0);
    assert_int_equal(try_kernel(path), -EINVAL);
    assert_int_equal(truncate(path, 1), 0);
    assert_int_equal(try_kernel(path), -EINVAL);
    /* a compressed part needs an end; the magic number alone is a constant of the decompressor */
    (void)linux_image(4096);
    memcpy(image + 0x19000, xz, 6);
    assert_int_equal(try_kernel(write_file("k", image, sizeof(image))), 0);
    memcpy(image + 0x1a000, xz, sizeof(xz));
    assert_int_equal(try_kernel(write_file("k", image, sizeof(image))), -EINVAL);
    memcpy(image + 0x1f000, "\0\1YZ", 4);
    assert_int_equal(try_kernel(write_file("k", image, sizeof(image))), 0);
}

/* The image as a kernel of this version with `n` bytes, and its last bytes. */
static int try_version(const char *version, size_t n, const char *end, size_t end_len)
{
    (void)linux_image(4096);
    strcpy((char *)image + 0x18000, version);
    memcpy(image + n - end_len, end, end_len);
    return try_kernel(write_file("k", image, n));
}

static void test_truncated_by_version(void **state)
{
    static const char trailer[33] = {[27] = 32, 'z', 'I', 'P', 'L', '+'};
    static const char signature[] = "~Module signature appended~\n";

    (void)state;
    assert_int_equal(try_version("6.1.0-9 (a@b) #1", KERNEL_SIZE, trailer, 32), 0);
    assert_int_equal(try_version("6.1.0-9 (a@b) #1", KERNEL_SIZE, NULL, 0), -EINVAL);
    assert_int_equal(try_version("6.1.0-9 (a@b) #1", KERNEL_SIZE - 4000, NULL, 0), -EINVAL);
    assert_int_equal(try_version("6.1.0-9 (a@b) #1", KERNEL_SIZE, trailer + 1, 32), -EINVAL);
    assert_int_equal(try_version("10.0.0", KERNEL_SIZE, NULL, 0), -EINVAL);
    assert_int_equal(try_version("6.8.0-31 (a@b) #1", KERNEL_SIZE - 9, signature, 28), 0);
    assert_int_equal(try_version("5.4.0-1 (a@b) #1", KERNEL_SIZE - 9, signature, 28), 0);
    assert_int_equal(try_version("5.4.0-1 (a@b) #1", KERNEL_SIZE - 9, NULL, 0), -EINVAL);
    assert_int_equal(try_version("4.19.0 (a@b) #1", KERNEL_SIZE, NULL, 0), -EINVAL); /* too short */
    assert_int_equal(try_version("some text", KERNEL_SIZE - 9, NULL, 0), 0); /* nothing is known */
    /* what is behind the trailer does not matter */
    memcpy(image + KERNEL_SIZE - 4096 - 32, trailer, 32);
    memcpy(image + 0x18000, "6.9.0-1 (a@b)", 14);
    assert_int_equal(try_kernel(write_file("k", image, KERNEL_SIZE - 9)), 0);
}

static void test_other_files(void **state)
{
    (void)state;
    memset(image, 0, sizeof(image));
    assert_int_equal(try_kernel(path_of("missing")), -ENOENT);
    assert_int_equal(try_kernel(directory), -EISDIR);
    assert_int_equal(try_kernel(write_file("k", image, sizeof(image))), -EINVAL);
    memcpy(image + 0x202, "HdrS", 4);
    assert_int_equal(try_kernel(write_file("k", image, sizeof(image))), -EINVAL);
    assert_int_equal(try_kernel(write_file("k", "\x1f\x8b\x08", 3)), -EINVAL);
}

/* ---- ELF ---- */

struct elf_file {
    Elf64_Ehdr h;
    Elf64_Phdr p[2];
    u8 data[64];
};

static u16 b16(u16 v)
{
    return be16_of(v).raw;
}

static u32 b32(u32 v)
{
    return be32_of(v).raw;
}

static u64 b64(u64 v)
{
    return be64_of(v).raw;
}

static struct elf_file elf(void)
{
    struct elf_file f;

    memset(&f, 0, sizeof(f));
    memcpy(f.h.e_ident, ELFMAG, SELFMAG);
    f.h.e_ident[EI_CLASS] = ELFCLASS64;
    f.h.e_ident[EI_DATA] = ELFDATA2MSB;
    f.h.e_type = b16(ET_EXEC);
    f.h.e_machine = b16(EM_S390);
    f.h.e_entry = b64(0x20010);
    f.h.e_phoff = b64(offsetof(struct elf_file, p));
    f.h.e_phentsize = b16(sizeof(Elf64_Phdr));
    f.h.e_phnum = b16(2);
    f.p[0].p_type = b32(PT_LOAD);
    f.p[0].p_offset = b64(offsetof(struct elf_file, data));
    f.p[0].p_vaddr = b64(0x7fff00000000); /* does not count */
    f.p[0].p_paddr = b64(0x20000);
    f.p[0].p_filesz = b64(64);
    f.p[0].p_memsz = b64(0x5000);
    memset(f.data, 0xaa, sizeof(f.data));
    return f;
}

static int try_elf(const struct elf_file *f)
{
    return try_kernel(write_file("elf", f, sizeof(*f)));
}

static void test_elf(void **state)
{
    const struct elf_file f = elf();
    const struct ipl_config c = {.kernel = write_file("elf", &f, sizeof(f))};
    u64 mask, addr;

    (void)state;
    assert_int_equal(ipl_open(&ipl, &c, MEMORY), 0);
    assert_int_equal(mem_create(&mem, MEMORY, false), 0);
    assert_int_equal(mem_fill(&mem, abs_addr(0x1f000), 0x55, 0x8000), MEM_OK);
    assert_int_equal(ipl_load_all(&ipl, &mem, &mask, &addr), 0);
    assert_int_equal(mask, 0x180000000);
    assert_int_equal(addr, 0x20010);
    assert_int_equal(word64(0x1fff8), 0x5555555555555555);
    assert_int_equal(word64(0x20038), 0xaaaaaaaaaaaaaaaa);
    assert_int_equal(word64(0x20040), 0);
    assert_int_equal(word64(0x24ff8), 0);
    assert_int_equal(word64(0x25000), 0x5555555555555555);
    ipl_close(&ipl);
    mem_destroy(&mem);
}

static void test_bad_elf(void **state)
{
    struct elf_file f;

    (void)state;
    f = elf();
    f.h.e_machine = b16(EM_X86_64);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_ident[EI_DATA] = ELFDATA2LSB;
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_ident[EI_CLASS] = ELFCLASS32;
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_type = b16(ET_DYN);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_phoff = b64(~0ULL - 8);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_phnum = b16(0xffff);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_phnum = 0;
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.h.e_phentsize = b16(8);
    assert_int_equal(try_elf(&f), -EINVAL);
}

static void test_bad_segments(void **state)
{
    struct elf_file f;

    (void)state;
    f = elf();
    f.p[0].p_filesz = b64(65); /* behind the end of the file */
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.p[0].p_offset = b64(~0ULL - 10);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.p[0].p_memsz = b64(10);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.p[0].p_paddr = b64(MEMORY - 0x4000);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.p[0].p_paddr = b64(~0ULL - 0x100);
    assert_int_equal(try_elf(&f), -EINVAL);
    f = elf();
    f.p[0].p_type = b32(PT_NOTE); /* nothing to load */
    assert_int_equal(try_elf(&f), -EINVAL);
}

static void test_no_parameters_for_elf(void **state)
{
    const struct elf_file f = elf();
    const struct ipl_config c = {.kernel = write_file("elf", &f, sizeof(f)), .append = "x"};

    (void)state;
    assert_int_equal(try_open(&c), -EINVAL);
}

/* ---- .ins files and bare metal ---- */

static void test_ins(void **state)
{
    static const char text[] = "* a comment\n\npsw 0\r\n  some data   0x3000  \n";
    static const u8 psw[8] = {0, 8, 0, 0, 0x80, 0, 0x30, 0};
    struct ipl_config c = {0};
    u64 mask, addr;

    (void)state;
    write_file("psw", psw, sizeof(psw));
    write_file("some data", "DATADATA", 8);
    c.kernel = write_file("x.ins", text, sizeof(text) - 1);
    assert_int_equal(ipl_open(&ipl, &c, MEMORY), 0);
    assert_int_equal(mem_create(&mem, MEMORY, false), 0);
    assert_int_equal(ipl_load_all(&ipl, &mem, &mask, &addr), 0);
    assert_int_equal(mask, 0x80000000);
    assert_int_equal(addr, 0x3000);
    assert_int_equal(word64(0x3000), 0x4441544144415441);
    ipl_close(&ipl);
    mem_destroy(&mem);
    c.append = "x";
    assert_int_equal(try_open(&c), -EINVAL);
}

static void test_bad_ins(void **state)
{
    static const char *const bad[] = {"psw\n",       "psw zero\n", "missing 0\n",
                                      "* nothing\n", "psw -1\n",   "psw 0x1ffffff\n"};

    (void)state;
    write_file("psw", "12345678", 8);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        assert_true(try_kernel(write_file("b.ins", bad[i], strlen(bad[i]))) < 0);
    assert_int_equal(try_kernel(write_file("b.ins", "psw 0\n\0", 7)), -EINVAL);
}

static void test_bare_metal(void **state)
{
    static const u8 restart[16] = {0, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0};
    struct ipl_load load[2] = {{write_file("r", restart, 16), 0x1a0},
                               {write_file("d", "DATADATA", 8), 0x4000}};
    struct ipl_config c = {.load = load, .nload = 2, .psw = IPL_PSW_RESTART};
    u64 mask, addr;
    int r;

    (void)state;
    assert_int_equal(ipl_open(&ipl, &c, MEMORY), 0);
    assert_int_equal(mem_create(&mem, MEMORY, false), 0);
    assert_int_equal(ipl_load_all(&ipl, &mem, &mask, &addr), 0);
    assert_int_equal(mask, 0x180000000);
    assert_int_equal(addr, 0x4000);
    assert_int_equal(word64(0x4000), 0x4441544144415441);
    c.psw = IPL_PSW_DEFAULT; /* but there is none at absolute 0 */
    r = ipl_load_all(&ipl, &mem, &mask, &addr);
    assert_int_equal(r, -EINVAL);
    ipl_close(&ipl);
    mem_destroy(&mem);
    load[1].address = MEMORY - 7;
    assert_int_equal(try_open(&c), -EINVAL);
    load[1].address = ~0ULL;
    assert_int_equal(try_open(&c), -EINVAL);
    c.nload = 0;
    assert_int_equal(try_open(&c), -EINVAL);
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linux),
        cmocka_unit_test(test_no_append_is_an_empty_one),
        cmocka_unit_test(test_append_limit),
        cmocka_unit_test(test_initrd_too_large),
        cmocka_unit_test(test_truncated_linux),
        cmocka_unit_test(test_truncated_by_version),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_elf),
        cmocka_unit_test(test_bad_elf),
        cmocka_unit_test(test_bad_segments),
        cmocka_unit_test(test_no_parameters_for_elf),
        cmocka_unit_test(test_ins),
        cmocka_unit_test(test_bad_ins),
        cmocka_unit_test(test_bare_metal),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
