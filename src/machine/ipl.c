/* SPDX-License-Identifier: Apache-2.0
 *
 * Initial program load: opens and checks everything first, so that a wrong file or too little
 * storage is told before anything runs; loads as often as the guest reboots.
 *
 * References: [PoP 17 Initial Program Loading] for the short PSW at absolute 0.
 */
#include "machine/ipl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arch/lowcore.h"
#include "base/log.h"

#define MAX_IMAGES 64

/* ---- opening ---- */

static int check_image(struct ipl_image *i, bool kernel, u64 memory)
{
    int r;

    if (ipl_is_elf(&i->file)) {
        i->format = IPL_ELF;
        return ipl_check_elf(i, memory);
    }
    i->format = i->address == 0 && ipl_is_linux(&i->file) ? IPL_LINUX : IPL_FLAT;
    r = ipl_check_flat(&i->file, kernel);
    if (r)
        return r;
    i->end = i->address + i->file.size;
    if (i->end < i->address || i->end > memory) {
        log_error("%s: %llu bytes at 0x%llx do not fit into the guest's %llu MiB of storage",
                  i->file.path, (unsigned long long)i->file.size, (unsigned long long)i->address,
                  (unsigned long long)(memory >> 20));
        return -EINVAL;
    }
    return 0;
}

int ipl_add_image(struct ipl *ipl, const char *path, u64 address)
{
    struct ipl_image *bigger, *i;
    int r;

    if (ipl->nimages == MAX_IMAGES) {
        log_error("%s: more than %u files to load", path, MAX_IMAGES);
        return -EINVAL;
    }
    bigger = realloc(ipl->image, (ipl->nimages + 1) * sizeof(*bigger));
    if (!bigger)
        return -ENOMEM;
    ipl->image = bigger;
    i = &ipl->image[ipl->nimages];
    *i = (struct ipl_image){.address = address};
    r = ipl_file_open(&i->file, path);
    if (!r)
        ipl->nimages++;
    return r;
}

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);

    return n >= t && strcasecmp(s + n - t, tail) == 0;
}

static int open_images(struct ipl *ipl)
{
    const struct ipl_config *c = ipl->config;
    int r = 0;

    if (c->kernel && ends_with(c->kernel, ".ins"))
        r = ipl_open_ins(ipl, c->kernel);
    else if (c->kernel)
        r = ipl_add_image(ipl, c->kernel, 0);
    for (unsigned n = 0; !r && n < c->nload; n++)
        r = ipl_add_image(ipl, c->load[n].path, c->load[n].address);
    if (!r && !ipl->nimages) {
        log_error("nothing to run: give --kernel FILE or --load FILE@ADDRESS");
        r = -EINVAL;
    }
    return r;
}

/* Where the kernel and what is loaded beside it end. */
static u64 end_of_images(const struct ipl *ipl)
{
    u64 end = 0;

    for (unsigned n = 0; n < ipl->nimages; n++)
        end = max64(end, ipl->image[n].end);
    return end;
}

static int check_initrd(struct ipl *ipl, u64 memory)
{
    u64 end = end_of_images(ipl), need;

    if (ipl->image[0].format != IPL_LINUX) {
        log_error("%s: --initrd and --append need a Linux image (with S390EP at 0x10008); for a "
                  "vmlinux ELF file take the image made from it (arch/s390/boot/bzImage)",
                  ipl->image[0].file.path);
        return -EINVAL;
    }
    if (!ipl->have_initrd || ipl_initrd_address(end, ipl->initrd.size, memory))
        return 0;
    need = round_up64(end + 0x200000 + ipl->initrd.size, 0x4000000);
    log_error("%s: %llu MiB do not fit behind the kernel into the guest's %llu MiB of storage; "
              "give it at least -m %lluM",
              ipl->initrd.path, (unsigned long long)((ipl->initrd.size + 0xfffff) >> 20),
              (unsigned long long)(memory >> 20), (unsigned long long)(need >> 20));
    return -EINVAL;
}

static int open_initrd(struct ipl *ipl)
{
    int r;

    if (!ipl->config->initrd)
        return 0;
    r = ipl_file_open(&ipl->initrd, ipl->config->initrd);
    ipl->have_initrd = r == 0;
    return r;
}

int ipl_open(struct ipl *ipl, const struct ipl_config *config, u64 memory)
{
    int r;

    *ipl = (struct ipl){.config = config, .initrd.fd = -1};
    r = open_images(ipl);
    for (unsigned n = 0; !r && n < ipl->nimages; n++)
        r = check_image(&ipl->image[n], n == 0 && config->kernel && !ipl->ins, memory);
    if (!r && ipl->ins && (config->initrd || config->append)) {
        log_error("%s: --initrd and --append are for kernel images; a .ins file names its own",
                  config->kernel);
        r = -EINVAL;
    }
    if (!r)
        r = open_initrd(ipl);
    if (!r && (config->initrd || config->append))
        r = check_initrd(ipl, memory);
    if (!r && config->append)
        r = ipl_check_append(&ipl->image[0].file, config->append);
    if (r)
        ipl_close(ipl);
    return r;
}

void ipl_close(struct ipl *ipl)
{
    for (unsigned n = 0; n < ipl->nimages; n++)
        ipl_file_close(&ipl->image[n].file);
    free(ipl->image);
    if (ipl->have_initrd)
        ipl_file_close(&ipl->initrd);
    *ipl = (struct ipl){.initrd.fd = -1};
}

/* ---- loading ---- */

bool ipl_short_psw(struct mem *m, u64 *mask, u64 *addr)
{
    struct psw_short_be psw;

    if (mem_read(m, abs_addr(0), &psw, sizeof(psw)) != MEM_OK)
        return false;
    *mask = (u64)(be32_get(psw.mask) & ~PSW_SHORT_MASK_12) << 32;
    if (be32_get(psw.addr) & PSW_SHORT_ADDR_BA)
        *mask |= PSW_MASK_BA;
    *addr = be32_get(psw.addr) & PSW_ADDR_31;
    return be32_get(psw.mask) & PSW_SHORT_MASK_12;
}

static int default_psw(const struct ipl *ipl, struct mem *m, u64 *mask, u64 *addr)
{
    const struct ipl_image *first = &ipl->image[0];

    if (!ipl->ins && first->format != IPL_FLAT) {
        *mask = PSW_AMODE_64;
        *addr = first->format == IPL_ELF ? first->entry : LINUX_ENTRY;
        return 0;
    }
    if (ipl_short_psw(m, mask, addr))
        return 0;
    log_error("%s: no IPL PSW at absolute 0 (bit 12 of it is zero); say where to begin with "
              "--psw MASK,ADDRESS or --restart",
              first->file.path);
    return -EINVAL;
}

static int starting_psw(const struct ipl *ipl, struct mem *m, u64 *mask, u64 *addr)
{
    const u64 restart = offsetof(struct lowcore, restart_new_psw);

    switch (ipl->config->psw) {
    case IPL_PSW_GIVEN:
        *mask = ipl->config->psw_mask;
        *addr = ipl->config->psw_addr;
        return 0;
    case IPL_PSW_RESTART:
        if (mem_read64(m, abs_addr(restart), mask) != MEM_OK ||
            mem_read64(m, abs_addr(restart + 8), addr) != MEM_OK)
            return -EINVAL;
        return 0;
    case IPL_PSW_DEFAULT:
        break;
    }
    return default_psw(ipl, m, mask, addr);
}

int ipl_load_all(struct ipl *ipl, struct mem *m, u64 *psw_mask, u64 *psw_addr)
{
    int r = 0;

    for (unsigned n = 0; !r && n < ipl->nimages; n++) {
        const struct ipl_image *i = &ipl->image[n];

        if (i->format == IPL_ELF)
            r = ipl_load_elf(i, m);
        else
            r = ipl_file_load(&i->file, 0, m, i->address, i->file.size);
    }
    if (!r && !ipl->ins && ipl->image[0].format == IPL_LINUX)
        r = ipl_linux_parms(ipl, m, end_of_images(ipl));
    if (!r)
        r = starting_psw(ipl, m, psw_mask, psw_addr);
    return r;
}
