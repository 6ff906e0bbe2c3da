/* SPDX-License-Identifier: Apache-2.0
 *
 * Dynamic address translation: table walks, access-register translation, prefixing.  Knows no TLB
 * and no storage keys; reads tables through the view.
 *
 * References: [PoP 3 Dynamic Address Translation], [PoP 5 Access-Register-Translation Process].
 */
#ifndef SIE390_CPU_DAT_H
#define SIE390_CPU_DAT_H

#include "cpu/cpu.h"

enum access {
    ACC_FETCH,
    ACC_STORE,
    ACC_EXEC,
};

enum space {
    SPACE_PRIMARY = 0,
    SPACE_AR = 1,
    SPACE_SECONDARY = 2,
    SPACE_HOME = 3,
    SPACE_REAL = 4,
};

struct translation {
    u64 real;     /* real address; absolute (no prefixing) when `large` */
    u64 entry;    /* absolute address of the last table entry used (0: none); after a failure,
                   * of the entry found invalid (0: the index is outside the table) */
    bool protect; /* DAT protection: no stores */
    bool iep;     /* instruction-execution protection */
    bool large;   /* by a segment- or region-table entry with format control */
    bool has_key; /* that entry's access-control and fetch-protection bits are valid: `key` has */
    u8 key;       /* them, and they stand for those of the storage keys in the frame */
    unsigned frame_bits; /* log2 of the frame: 12, 20 or 31 */
};

/* Why a walk failed. */
struct dat_fail {
    u16 code; /* program-interruption code, 0: host fault in `host` */
    struct host_fault host;
};

/* What key-controlled protection compares with, given the storage key of the frame. */
static inline u8 dat_protecting_key(const struct translation *t, u8 storage_key)
{
    return t->has_key ? t->key : storage_key;
}

/* Real -> absolute. */
static inline u64 cpu_prefixing(const struct cpu *c, u64 real_addr)
{
    if (real_addr < 0x2000)
        return real_addr + c->prefix;
    if (real_addr - c->prefix < 0x2000)
        return real_addr - c->prefix;
    return real_addr;
}

/* Walks the tables that `asce` designates.  Nothing in `c` changes.  On failure false, with the
 * code (ASCE-type, region-first … page translation, translation specification, addressing). */
bool dat_walk(struct cpu *c, u64 asce, u64 va, struct translation *out,
              struct dat_fail *fail) MUST_CHECK;

/* The ASCE that an access through access register `ar` (0-15) uses in AR mode; store: check the
 * fetch-only bit (*fetch_only is set).  Failure: fail->code of the ALET… group. */
bool art_asce(struct cpu *c, unsigned ar, u64 *asce, bool *fetch_only,
              struct dat_fail *fail) MUST_CHECK;
/* The same for a given ALET (TAR and LRA family); eax: extended authorization index. */
bool art_alet(struct cpu *c, u32 alet, u16 eax, u64 *asce, bool *fetch_only,
              struct dat_fail *fail) MUST_CHECK;

/* Special ART of BRANCH IN SUBSPACE GROUP, for an ALET other than 0 and 1: no authorization.
 * *aste: real address of the ASN-second-table entry. */
bool art_special(struct cpu *c, u32 alet, u64 *aste, struct dat_fail *fail) MUST_CHECK;

/* Is authorization index ax let in by the authority table of an ASTE (its words at 0 and 4): the
 * secondary or the primary bit.  Failure only for storage. */
bool art_authorized(struct cpu *c, u16 ax, u32 ato, u32 atl, bool secondary, bool *yes,
                    struct dat_fail *fail) MUST_CHECK;

/* The ASCE of a space other than AR: CR1, CR7, CR13, or TLB_REAL. */
static inline u64 cpu_asce(const struct cpu *c, enum space s)
{
    switch (s) {
    case SPACE_PRIMARY:
        return c->cr[1];
    case SPACE_SECONDARY:
        return c->cr[7];
    case SPACE_HOME:
        return c->cr[13];
    case SPACE_AR:
    case SPACE_REAL:
        break;
    }
    return TLB_REAL;
}

/* The space of data accesses in the current PSW. */
static inline enum space cpu_data_space(const struct cpu *c)
{
    if (!(c->psw_mask & PSW_MASK_DAT))
        return SPACE_REAL;
    return (enum space)(c->psw_mask >> PSW_AS_SHIFT & 3);
}

/* Storage access by absolute address through the view, for tables and lowcore: big-endian words.
 * false: fail->code addressing or host fault. */
bool cpu_abs_read64(struct cpu *c, u64 abs, u64 *v, struct dat_fail *fail) MUST_CHECK;
bool cpu_abs_read32(struct cpu *c, u64 abs, u32 *v, struct dat_fail *fail) MUST_CHECK;

#endif
