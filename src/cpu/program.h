/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program interruption stores in the prefix area besides its PSWs: the one description, for
 * the engine (interrupt.c) and for the hypervisor (hypervisor/program.c), which reach the prefix
 * area in different ways.
 *
 * References: [PoP 6 Program Interruption], [PoP 3 Assigned Storage Locations].
 */
#ifndef SIE390_CPU_PROGRAM_H
#define SIE390_CPU_PROGRAM_H

#include "arch/lowcore.h"
#include "arch/program.h"
#include "base/mutate.h"
#include "cpu/cpu.h"

enum {
    PROGRAM_TEID = 1, /* translation-exception identification */
    PROGRAM_EAID = 2, /* exception access identification */
    PROGRAM_OAID = 4, /* operand access identification */
    PROGRAM_DXC = 8,  /* data-exception or vector-exception code */
    PROGRAM_MON = 16, /* monitor class and code */
};

#define PROGRAM_CODES 0x80
extern const u8 program_parameters[PROGRAM_CODES];

/* I34: PROGRAM_* that go with a code; its indications of PER and of an aborted transaction do not
 * matter. */
static inline unsigned program_stores(u16 code)
{
    code &= PGM_CODE_MASK & ~PGM_PER;
    if (mutated("I34"))
        return 0;
    return code < PROGRAM_CODES ? program_parameters[code] : 0;
}

/* ILC, code and all that goes with it, but not the PSWs and the breaking-event address.  `put`
 * writes a big-endian number of `len` bytes there; once it says false, nothing more is written.
 * Inlined with `put`: the engine's stores become plain ones. */
static ALWAYS_INLINE bool program_store(const struct fault *f,
                                        bool (*put)(void *to, unsigned offset, u64 v, unsigned len),
                                        void *to)
{
    unsigned with = program_stores(f->code);
    u16 code = f->code | (f->per_code ? PGM_PER : 0);
    bool ok = put(to, offsetof(struct lowcore, pgm_ilc), (u32)f->ilc << 16 | code, 4);

    if (with & PROGRAM_DXC)
        ok = ok && put(to, offsetof(struct lowcore, dxc), f->dxc, 4);
    if (with & PROGRAM_MON)
        ok = ok && put(to, offsetof(struct lowcore, mon_class), f->mon_class, 2) &&
             put(to, offsetof(struct lowcore, mon_code), f->mon_code, 8);
    if (with & PROGRAM_TEID)
        ok = ok && put(to, offsetof(struct lowcore, teid), f->teid, 8);
    if (with & PROGRAM_EAID)
        ok = ok && put(to, offsetof(struct lowcore, eaid), f->eaid, 1);
    if (with & PROGRAM_OAID)
        ok = ok && put(to, offsetof(struct lowcore, oaid), f->oaid, 1);
    if (f->per_code)
        ok = ok &&
             put(to, offsetof(struct lowcore, per_code), f->per_code << 8 | f->per_atmid, 2) &&
             put(to, offsetof(struct lowcore, per_address), f->per_addr, 8) &&
             put(to, offsetof(struct lowcore, paid), f->per_aid, 1);
    return ok;
}

#endif
