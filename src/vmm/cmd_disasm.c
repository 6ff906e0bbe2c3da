/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 disasm FILE|HEX...
 */
#include <ctype.h>
#include <elf.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "cpu/disasm.h"
#include "machine/ipl.h"
#include "vmm/cmd.h"

#define CHUNK 0x10000

enum { OPT_ADDRESS = 'a', OPT_START = 's', OPT_LENGTH = 'n', OPT_HELP = 'h' };

static const struct cmd_option options[] = {
    {OPT_ADDRESS, "address", "ADDRESS", "where the first byte lies in storage (0)"},
    {OPT_START, "start", "OFFSET", "begin at this byte of the file"},
    {OPT_LENGTH, "length", "BYTES", "so many bytes"},
    {OPT_HELP, "help", NULL, "this text"},
    {0, NULL, NULL, NULL},
};

struct window {
    u64 address, start, length;
};

static void help(void)
{
    printf("usage: sie390 disasm [OPTION]... FILE|HEX...\n\n"
           "Disassembles a flat file, the executable segments of an s390x ELF file, or\n"
           "instructions given as hexadecimal digits.\n\n"
           "  sie390 disasm a7840004 07fe\n"
           "  sie390 disasm --start 0x10000 --address 0x10000 --length 64 /boot/vmlinuz\n\n");
    cmd_print_options(options);
}

/* One line, as objdump writes it. */
static unsigned print_insn(const u8 *p, u64 len, u64 addr)
{
    char text[DISASM_MAX], bytes[20] = "";
    unsigned n = disasm_text(disasm_load(p, len), addr, text);

    n = n < len ? n : (unsigned)len;
    for (unsigned i = 0; i < n; i++)
        snprintf(bytes + 3 * i, sizeof(bytes) - 3 * i, "%02x ", p[i]);
    printf("%8llx:\t%-18s\t%s\n", (unsigned long long)addr, bytes, text);
    return n;
}

static int disasm_file(const struct ipl_file *f, u64 start, u64 length, u64 addr)
{
    u64 end = start + min64(length, f->size - start);
    u8 *data = malloc(CHUNK);
    int r = data ? 0 : -1;

    for (u64 at = start; !r && at < end;) {
        u64 n = min64(CHUNK, end - at), done = 0;

        r = ipl_file_read(f, at, data, n);
        /* The last instruction of a piece may go on in the next one. */
        while (!r && done < n && (n - done >= 6 || at + n == end))
            done += print_insn(data + done, n - done, addr + (at - start) + done);
        at += done;
    }
    free(data);
    return r;
}

static u64 get64(u64 raw)
{
    return be64_get((be64){raw});
}

static int disasm_elf(const struct ipl_file *f)
{
    struct ipl_image image = {.file = *f};
    Elf64_Ehdr h;
    int r = ipl_check_elf(&image, ~0ULL);

    if (!r)
        r = ipl_file_read(f, 0, &h, sizeof(h));
    for (unsigned n = 0; !r && n < be16_get((be16){h.e_phnum}); n++) {
        Elf64_Phdr p;

        r = ipl_file_read(f, get64(h.e_phoff) + n * sizeof(p), &p, sizeof(p));
        if (!r && be32_get((be32){p.p_type}) == PT_LOAD && (be32_get((be32){p.p_flags}) & PF_X))
            r = disasm_file(f, get64(p.p_offset), get64(p.p_filesz), get64(p.p_vaddr));
    }
    return r;
}

static enum status disasm_path(const char *path, const struct window *w)
{
    struct ipl_file f;
    int r = ipl_file_open(&f, path);

    if (r)
        return STATUS_FILE;
    if (w->start > f.size) {
        log_error("%s: the file has only %llu bytes", path, (unsigned long long)f.size);
        r = -1;
    } else if (ipl_is_elf(&f) && !w->start) {
        r = disasm_elf(&f);
    } else {
        r = disasm_file(&f, w->start, w->length, w->address);
    }
    ipl_file_close(&f);
    return r ? STATUS_FILE : STATUS_OK;
}

static bool is_hex(const char *s)
{
    for (const char *p = s; *p; p++)
        if (!isxdigit((unsigned char)*p))
            return false;
    return *s;
}

/* Digits of several arguments are one piece of storage. */
static u64 disasm_hex(const char *s, u64 addr)
{
    size_t len = strlen(s) / 2;
    u8 *data = malloc(len);
    u64 at = 0;

    if (!data)
        return addr;
    for (size_t i = 0; i < len; i++) {
        char digits[3] = {s[2 * i], s[2 * i + 1], 0};

        data[i] = (u8)strtoul(digits, NULL, 16);
    }
    while (at < len)
        at += print_insn(data + at, len - at, addr + at);
    free(data);
    return addr + len;
}

static enum status number(const char *option, const char *text, u64 *out)
{
    if (parse_u64(text, out))
        return cmd_usage_error("disasm", "--%s %s: not a number", option, text);
    return STATUS_OK;
}

enum status cmd_disasm(int argc, char **argv)
{
    struct window w = {.length = ~0ULL};
    enum status s = STATUS_OK;
    int c;

    while (s == STATUS_OK && (c = cmd_getopt(argc, argv, options)) != -1) {
        switch (c) {
        case OPT_ADDRESS:
            s = number("address", optarg, &w.address);
            break;
        case OPT_START:
            s = number("start", optarg, &w.start);
            break;
        case OPT_LENGTH:
            s = number("length", optarg, &w.length);
            break;
        case OPT_HELP:
            help();
            return STATUS_OK;
        default:
            return STATUS_USAGE;
        }
    }
    if (s == STATUS_OK && optind == argc)
        s = cmd_usage_error("disasm", "give a file or hexadecimal digits");
    for (int i = optind; s == STATUS_OK && i < argc; i++) {
        bool digits = is_hex(argv[i]) && access(argv[i], F_OK) != 0;

        if (digits && strlen(argv[i]) % 2)
            s = cmd_usage_error("disasm", "%s: no file, and half a byte too many", argv[i]);
        else if (digits)
            w.address = disasm_hex(argv[i], w.address);
        else
            s = disasm_path(argv[i], &w);
    }
    return s;
}
