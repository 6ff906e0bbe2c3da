/* SPDX-License-Identifier: Apache-2.0
 *
 * Initial program load without a device: what is put into storage before the first instruction,
 * and the PSW to begin with.  Linux flat images and ELF files with initrd and parameters, .ins
 * files, and bare-metal images at given addresses.
 *
 * Files stay open for the machine's life, so that a reboot loads what was loaded first even when a
 * file was renamed or removed meanwhile.  Files are hostile input: nothing in them is trusted.
 *
 * References: Linux for s390x, boot parameters of the direct kernel start; [ELF].
 */
#ifndef SIE390_MACHINE_IPL_H
#define SIE390_MACHINE_IPL_H

#include "base/bits.h"
#include "cpu/mem.h"

/* One file to be loaded. */
struct ipl_load {
    const char *path;
    u64 address;
};

enum ipl_psw {
    IPL_PSW_DEFAULT, /* as the image says */
    IPL_PSW_GIVEN,
    IPL_PSW_RESTART, /* restart-new PSW at 1A0 */
};

struct ipl_config {
    const char *kernel; /* Linux image, ELF or .ins; NULL: `load` only */
    const char *initrd;
    const char *append;
    const struct ipl_load *load; /* bare metal */
    unsigned nload;
    enum ipl_psw psw;
    u64 psw_mask, psw_addr; /* IPL_PSW_GIVEN */
};

/* An input file: a descriptor, or (pipes) its content. */
struct ipl_file {
    char *path;
    int fd;
    u8 *data; /* NULL: read from fd */
    u64 size;
};

enum ipl_format { IPL_FLAT, IPL_LINUX, IPL_ELF };

/* A file and where it goes. */
struct ipl_image {
    struct ipl_file file;
    enum ipl_format format;
    u64 address; /* of flat images */
    u64 end;     /* first address behind what it occupies */
    u64 entry;   /* ELF */
};

struct ipl {
    const struct ipl_config *config;
    struct ipl_image *image; /* in the order of loading */
    unsigned nimages;
    struct ipl_file initrd;
    bool have_initrd;
    bool ins; /* from a .ins file: IPL PSW at absolute 0 */
};

/* Opens and checks everything against `memory` bytes of storage.  0 or -errno (logged).
 * config must live as long as the ipl. */
int ipl_open(struct ipl *ipl, const struct ipl_config *config, u64 memory) MUST_CHECK;
void ipl_close(struct ipl *ipl);

/* Loads into cleared storage and says where to begin.  0 or -errno (logged). */
int ipl_load_all(struct ipl *ipl, struct mem *m, u64 *psw_mask, u64 *psw_addr) MUST_CHECK;

/* The short PSW at absolute 0 in long form.  False: not one (bit 12 is not one). */
bool ipl_short_psw(struct mem *m, u64 *mask, u64 *addr) MUST_CHECK;

/* ---- ipl_file.c ---- */

int ipl_file_open(struct ipl_file *f, const char *path) MUST_CHECK;
void ipl_file_close(struct ipl_file *f);
/* All of it or -errno (-EIO: shorter than it was; logged). */
int ipl_file_read(const struct ipl_file *f, u64 off, void *to, u64 len) MUST_CHECK;
/* The same into absolute storage. */
int ipl_file_load(const struct ipl_file *f, u64 off, struct mem *m, u64 abs, u64 len) MUST_CHECK;

/* ---- ipl_linux.c, ipl_elf.c, ipl_ins.c ---- */

/* First address of the parameter area and the signature of a Linux image. */
#define LINUX_ENTRY 0x10000ULL
#define LINUX_SIGNATURE 0x10008ULL
#define LINUX_PARMS_END 0x10480ULL
bool ipl_is_linux(const struct ipl_file *f);
/* Is the file whole, and really for this architecture?  0 or -EINVAL (logged). */
int ipl_check_flat(const struct ipl_file *f, bool kernel) MUST_CHECK;
/* Is nothing missing of a Linux image, as far as that can be known?  0 or -errno (logged). */
int ipl_check_whole(const struct ipl_file *f) MUST_CHECK;
/* Initrd and command line into a loaded kernel. */
int ipl_linux_parms(struct ipl *ipl, struct mem *m, u64 kernel_end) MUST_CHECK;
/* Does the image take so long a command line?  0, -E2BIG or another -errno (logged). */
int ipl_check_append(const struct ipl_file *f, const char *text) MUST_CHECK;
/* Where the initrd goes; 0: does not fit. */
u64 ipl_initrd_address(u64 kernel_end, u64 size, u64 memory);

bool ipl_is_elf(const struct ipl_file *f);
int ipl_check_elf(struct ipl_image *i, u64 memory) MUST_CHECK;
int ipl_load_elf(const struct ipl_image *i, struct mem *m) MUST_CHECK;

/* Reads a .ins file and adds its images. */
int ipl_open_ins(struct ipl *ipl, const char *path) MUST_CHECK;
/* Adds a flat image or ELF file.  The path is copied. */
int ipl_add_image(struct ipl *ipl, const char *path, u64 address) MUST_CHECK;

#endif
