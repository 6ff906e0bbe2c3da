/* SPDX-License-Identifier: Apache-2.0
 *
 * Access-register translation: from an access-list-entry token to an address-space-control
 * element, through the dispatchable unit's or the primary space's access list and an ASN-second-
 * table entry.  All origins are real addresses.
 *
 * References: [PoP 5 Access-Register-Translation Process].
 */
#include "arch/cr.h"
#include "arch/dat.h"
#include "arch/program.h"
#include "cpu/dat.h"

static bool fail_with(struct dat_fail *fail, u16 code)
{
    *fail = (struct dat_fail){.code = code};
    return false;
}

static bool read_real32(struct cpu *c, u64 real_addr, u32 *v, struct dat_fail *fail)
{
    return cpu_abs_read32(c, cpu_prefixing(c, real_addr), v, fail);
}

static bool read_real64(struct cpu *c, u64 real_addr, u64 *v, struct dat_fail *fail)
{
    return cpu_abs_read64(c, cpu_prefixing(c, real_addr), v, fail);
}

bool art_authorized(struct cpu *c, u16 ax, u32 ato, u32 atl, bool secondary, bool *yes,
                    struct dat_fail *fail)
{
    u64 addr = (ato & ASTE_ATO) + (ax >> 2);
    u32 word;

    *yes = false;
    if (ax >> 4 > (atl & ASTE_ATL) >> ASTE_ATL_SHIFT)
        return true;
    if (!read_real32(c, addr & ~3ULL, &word, fail))
        return false;
    word <<= (addr & 3) * 8 + (ax & 3) * 2;
    *yes = word & (secondary ? 0x40000000 : 0x80000000);
    return true;
}

/* The access-list entry that an ALET selects: its three words in use. */
static bool access_list_entry(struct cpu *c, u32 alet, u32 ale[4], struct dat_fail *fail)
{
    u64 holder = alet & ALET_P ? (c->cr[5] & CR5_PASTEO) : (c->cr[2] & CR2_DUCTO);
    u32 alen = alet & ALET_ALEN;
    u32 ald;
    u64 addr;

    if (!read_real32(c, holder + offsetof(struct aste, ald), &ald, fail))
        return false;
    if (alen >> 3 > (ald & ALD_ALL))
        return fail_with(fail, PGM_ALEN_TRANSLATION);
    addr = ((u64)(ald & ALD_ALO) + alen * sizeof(struct ale)) & PSW_ADDR_31;
    for (unsigned i = 0; i < 4; i++)
        if (i != 1 && !read_real32(c, addr + i * 4, &ale[i], fail))
            return false;
    if (ale[0] & (u32)ALE_I << 24)
        return fail_with(fail, PGM_ALEN_TRANSLATION);
    if ((ale[0] ^ alet) & ALET_ALESN)
        return fail_with(fail, PGM_ALE_SEQUENCE);
    return true;
}
_Static_assert(offsetof(struct aste, ald) == offsetof(struct duct, duald), "one place");

/* The same and its ASN-second-table entry: *aste, and that entry's first words. */
static bool find_aste(struct cpu *c, u32 alet, u32 ale[4], u64 *aste, u32 *ato,
                      struct dat_fail *fail)
{
    u32 astesn;

    if (alet & ALET_RESERVED)
        return fail_with(fail, PGM_ALET_SPECIFICATION);
    if (!access_list_entry(c, alet, ale, fail))
        return false;
    *aste = ale[2] & ALE_ASTEO;
    if (!read_real32(c, *aste + offsetof(struct aste, ato), ato, fail) ||
        !read_real32(c, *aste + offsetof(struct aste, astesn), &astesn, fail))
        return false;
    if (*ato & ASTE_I)
        return fail_with(fail, PGM_ASTE_VALIDITY);
    return astesn == ale[3] || fail_with(fail, PGM_ASTE_SEQUENCE);
}

bool art_special(struct cpu *c, u32 alet, u64 *aste, struct dat_fail *fail)
{
    u32 ale[4] = {0}, ato;

    return find_aste(c, alet, ale, aste, &ato, fail);
}

bool art_alet(struct cpu *c, u32 alet, u16 eax, u64 *asce, bool *fetch_only, struct dat_fail *fail)
{
    u32 ale[4] = {0};
    u64 aste;
    u32 ato, ax_atl;

    *fetch_only = false;
    if (alet == ALET_PRIMARY || alet == ALET_SECONDARY) {
        *asce = c->cr[alet == ALET_PRIMARY ? 1 : 7];
        return true;
    }
    if (!find_aste(c, alet, ale, &aste, &ato, fail))
        return false;
    if (ale[0] & (u32)ALE_P << 24 && (u16)ale[0] != eax) {
        bool yes;

        if (!read_real32(c, aste + offsetof(struct aste, ax), &ax_atl, fail) ||
            !art_authorized(c, eax, ato, ax_atl, true, &yes, fail))
            return false;
        if (!yes)
            return fail_with(fail, PGM_EXTENDED_AUTHORITY);
    }
    *fetch_only = ale[0] & (u32)ALE_FO << 24;
    return read_real64(c, aste + offsetof(struct aste, asce), asce, fail);
}

bool art_asce(struct cpu *c, unsigned ar, u64 *asce, bool *fetch_only, struct dat_fail *fail)
{
    u32 alet = ar & 15 ? c->ar[ar & 15] : ALET_PRIMARY;
    u16 eax = (u16)((c->cr[8] & CR8_EAX) >> CR8_EAX_SHIFT);

    return art_alet(c, alet, eax, asce, fetch_only, fail);
}
