/* SPDX-License-Identifier: Apache-2.0
 *
 * ELF files for IPL: 64-bit, big-endian, s390, fixed addresses.  Segments go to their physical
 * addresses.
 *
 * References: System V ABI, "ELF-64 Object File Format".
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "machine/ipl.h"

#define MAX_SEGMENTS 256

static u16 get16(u16 raw)
{
    return be16_get((be16){raw});
}

static u32 get32(u32 raw)
{
    return be32_get((be32){raw});
}

static u64 get64(u64 raw)
{
    return be64_get((be64){raw});
}

bool ipl_is_elf(const struct ipl_file *f)
{
    char magic[SELFMAG];

    return f->size >= sizeof(Elf64_Ehdr) && ipl_file_read(f, 0, magic, SELFMAG) == 0 &&
           memcmp(magic, ELFMAG, SELFMAG) == 0;
}

static int wrong(const struct ipl_file *f, const char *why)
{
    log_error("%s: ELF file %s", f->path, why);
    return -EINVAL;
}

static int check_header(const struct ipl_file *f, const Elf64_Ehdr *h)
{
    /* The machine field has the byte order that the file claims. */
    u16 machine = h->e_ident[EI_DATA] == ELFDATA2LSB ? h->e_machine : get16(h->e_machine);

    if (machine != EM_S390) {
        log_error("%s: ELF file for another architecture (machine %u, s390 is %u)", f->path,
                  machine, EM_S390);
        return -EINVAL;
    }
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2MSB)
        return wrong(f, "is not a 64-bit big-endian one");
    if (get16(h->e_type) != ET_EXEC)
        return wrong(f, "is not an executable with fixed addresses (link it with -static -no-pie)");
    if (get16(h->e_phentsize) != sizeof(Elf64_Phdr) || !h->e_phnum ||
        get16(h->e_phnum) > MAX_SEGMENTS)
        return wrong(f, "has no usable program headers");
    return 0;
}

static int read_segment(const struct ipl_file *f, const Elf64_Ehdr *h, unsigned n, Elf64_Phdr *p)
{
    u64 off = get64(h->e_phoff);

    if (off > f->size || n * sizeof(*p) > f->size - off)
        return wrong(f, "is truncated: its program headers lie behind its end");
    return ipl_file_read(f, off + n * sizeof(*p), p, sizeof(*p));
}

static int check_segment(const struct ipl_file *f, const Elf64_Phdr *p, u64 memory)
{
    u64 off = get64(p->p_offset), filesz = get64(p->p_filesz), memsz = get64(p->p_memsz);
    u64 addr = get64(p->p_paddr);

    if (filesz > memsz)
        return wrong(f, "has a segment that is larger in the file than in storage");
    if (off > f->size || filesz > f->size - off)
        return wrong(f, "is truncated: a segment lies behind its end");
    if (addr > memory || memsz > memory - addr) {
        log_error("%s: segment 0x%llx-0x%llx lies outside the guest's %llu MiB of storage", f->path,
                  (unsigned long long)addr, (unsigned long long)(addr + memsz),
                  (unsigned long long)(memory >> 20));
        return -EINVAL;
    }
    return 0;
}

int ipl_check_elf(struct ipl_image *i, u64 memory)
{
    const struct ipl_file *f = &i->file;
    Elf64_Ehdr h;
    Elf64_Phdr p;
    int r = ipl_file_read(f, 0, &h, sizeof(h));

    if (!r)
        r = check_header(f, &h);
    i->end = 0;
    for (unsigned n = 0; !r && n < get16(h.e_phnum); n++) {
        r = read_segment(f, &h, n, &p);
        if (r || get32(p.p_type) != PT_LOAD || !p.p_memsz)
            continue;
        r = check_segment(f, &p, memory);
        i->end = max64(i->end, get64(p.p_paddr) + get64(p.p_memsz));
    }
    if (!r && !i->end)
        return wrong(f, "has nothing to load");
    i->entry = r ? 0 : get64(h.e_entry);
    return r;
}

int ipl_load_elf(const struct ipl_image *i, struct mem *m)
{
    const struct ipl_file *f = &i->file;
    Elf64_Ehdr h;
    Elf64_Phdr p;
    int r = ipl_file_read(f, 0, &h, sizeof(h));

    for (unsigned n = 0; !r && n < get16(h.e_phnum); n++) {
        u64 addr, filesz, bss;

        r = read_segment(f, &h, n, &p);
        if (r || get32(p.p_type) != PT_LOAD || !p.p_memsz)
            continue;
        r = check_segment(f, &p, m->size); /* the file may have been written to since */
        if (r)
            break;
        addr = get64(p.p_paddr);
        filesz = get64(p.p_filesz);
        bss = get64(p.p_memsz) - filesz;
        r = ipl_file_load(f, get64(p.p_offset), m, addr, filesz);
        /* Not mem_fill(): a large bss must not cost host storage. */
        if (!r && bss && mem_discard(m, abs_addr(addr + filesz), bss) != MEM_OK)
            r = -EINVAL;
    }
    return r;
}
