/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage-key instructions, and PERFORM FRAME MANAGEMENT FUNCTION.  Keys are reached through the
 * view, so that a nested guest's keys are those of the storage below.
 *
 * References: [PoP 10 SET STORAGE KEY EXTENDED, INSERT STORAGE KEY EXTENDED, INSERT VIRTUAL STORAGE
 * KEY, RESET REFERENCE BIT EXTENDED, RESET and INSERT REFERENCE BITS MULTIPLE, PERFORM FRAME
 * MANAGEMENT FUNCTION].
 */
#include <string.h>

#include "arch/dat.h"
#include "cpu/control.h"
#include "cpu/per.h"
#include "isa_exec.h"

#define KEY_ALL (KEY_ACC | KEY_FP | KEY_R | KEY_C)

/* Key of the frame at an absolute address. */
static bool find_key(struct cpu *c, u64 abs, struct view_page *page)
{
    return cpu_abs_page(c, abs, false, page);
}

/* TLB entries rest on access-control and fetch-protection bits, and on R and C being one. */
static void key_changed(struct cpu *c, const struct view_page *page, u8 old, u8 new)
{
    u64 who;

    if (!((old ^ new) & (KEY_ACC | KEY_FP)) && !(old & ~new &(KEY_R | KEY_C)))
        return;
    who = atomic_load_explicit(&page->frame->holders, memory_order_seq_cst);
    if (who)
        cpu_shootdown(c->mem, c, (struct shootdown){SHOOT_FRAME, (uintptr_t)page->host}, who);
}

/* ---- one key ---- */

const struct dinsn *insn_iske(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d);
    struct view_page page;
    u8 key;

    if (!find_key(c, cpu_prefixing(c, cpu_wrap(c, c->gr[f_RRE_r2(d)])), &page))
        return cpu_leave_fault(c, d);
    key = atomic_load_explicit(page.key, memory_order_relaxed) & KEY_ALL;
    c->gr[r1] = (c->gr[r1] & ~0xffULL) | key;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_ivsk(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d), r2 = f_RRE_r2(d);
    u64 va = cpu_wrap(c, c->gr[r2]), asce;
    struct translation t;
    struct dat_fail fail = {0};
    struct view_page page;
    enum space s;
    bool fetch_only;
    u8 key;

    if (!cpu_translate(c, va, r2, &s, &t, &fetch_only, &asce, &fail))
        return cpu_leave_dat(c, d, &fail, va, r2, s);
    if (!find_key(c, t.large ? t.real : cpu_prefixing(c, t.real), &page))
        return cpu_leave_fault(c, d);
    key = atomic_load_explicit(page.key, memory_order_relaxed) & (KEY_ACC | KEY_FP);
    c->gr[r1] = (c->gr[r1] & ~0xffULL) | key;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_rrbe(struct cpu *c, const struct dinsn *d)
{
    struct view_page page;
    u8 old;

    if (!find_key(c, cpu_prefixing(c, cpu_wrap(c, c->gr[f_RRE_r2(d)])), &page))
        return cpu_leave_fault(c, d);
    old = atomic_fetch_and_explicit(page.key, (u8)~KEY_R, memory_order_seq_cst);
    key_changed(c, &page, old, old & (u8)~KEY_R);
    c->cc = (old & (KEY_R | KEY_C)) >> 1;
    return cpu_next(c, d, d->ilc);
}

/* ---- reference bits of 64 blocks ---- */

#define BLOCKS 64

/* All pages of the 256 KiB that R2 designates, before anything changes. */
static bool find_blocks(struct cpu *c, const struct dinsn *d, struct view_page page[BLOCKS])
{
    u64 abs = cpu_wrap(c, c->gr[f_RRE_r2(d)]) & -(u64)(BLOCKS * FRAME_SIZE);

    for (unsigned i = 0; i < BLOCKS; i++)
        if (!find_key(c, abs + i * FRAME_SIZE, &page[i]))
            return false;
    return true;
}

static inline u64 reference_bit(unsigned block, u8 key)
{
    return key & KEY_R ? BIT64(block) : 0;
}

const struct dinsn *insn_irbm(struct cpu *c, const struct dinsn *d)
{
    struct view_page page[BLOCKS];
    u64 bits = 0;

    if (!find_blocks(c, d, page))
        return cpu_leave_fault(c, d);
    for (unsigned i = 0; i < BLOCKS; i++)
        bits |= reference_bit(i, atomic_load_explicit(page[i].key, memory_order_relaxed));
    c->gr[f_RRE_r1(d)] = bits;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_rrbm(struct cpu *c, const struct dinsn *d)
{
    struct view_page page[BLOCKS];
    u64 bits = 0;

    if (!find_blocks(c, d, page))
        return cpu_leave_fault(c, d);
    for (unsigned i = 0; i < BLOCKS; i++) {
        u8 old = atomic_fetch_and_explicit(page[i].key, (u8)~KEY_R, memory_order_seq_cst);

        key_changed(c, &page[i], old, old & (u8)~KEY_R);
        bits |= reference_bit(i, old);
    }
    c->gr[f_RRE_r1(d)] = bits;
    return cpu_next(c, d, d->ilc);
}

/* ---- SET STORAGE KEY EXTENDED ---- */

enum { M3_NQ = 8, M3_MR = 4, M3_MC = 2, M3_MB = 1 };

/* Sets a key, or with mr or mc only when the others of its bits differ.  True: it was set.  addr:
 * of the block, as the instruction designates it. */
static bool set_key(struct cpu *c, u64 addr, const struct view_page *page, u8 key, bool mr, bool mc,
                    u8 *old)
{
    u8 compared = KEY_ACC | KEY_FP | (mr ? 0 : KEY_R) | (mc ? 0 : KEY_C);

    *old = atomic_load_explicit(page->key, memory_order_relaxed) & KEY_ALL;
    if ((mr || mc) && !((*old ^ key) & compared))
        return false;
    *old = atomic_exchange_explicit(page->key, key, memory_order_seq_cst) & KEY_ALL;
    key_changed(c, page, *old, key);
    if (unlikely(c->per))
        cpu_per_key(c, addr);
    return true;
}

/* R2 designates the next block: bits 52-63 stay, bits 0-31 too outside 64-bit mode. */
static void advance_r2(struct cpu *c, unsigned r2, u64 next)
{
    if (c->amask == ~0ULL)
        c->gr[r2] = (c->gr[r2] & FRAME_MASK) | next;
    else
        cpu_set_gr32(c, r2, (u32)((c->gr[r2] & FRAME_MASK) | (next & c->amask)));
}

static const struct dinsn *sske_blocks(struct cpu *c, const struct dinsn *d, u8 key, bool mr,
                                       bool mc)
{
    unsigned r2 = f_RRF_r2(d);
    u64 abs = cpu_wrap(c, c->gr[r2]) & ~FRAME_MASK;
    struct view_page page;
    u8 old;

    do {
        if (!find_key(c, abs, &page)) {
            advance_r2(c, r2, abs);
            return cpu_leave_fault(c, d);
        }
        (void)set_key(c, abs, &page, key, mr, mc, &old);
        abs += FRAME_SIZE;
    } while (abs & (DAT_SEGMENT_SIZE - 1));
    advance_r2(c, r2, abs);
    if (mr || mc)
        c->cc = 3;
    return cpu_resume_next(c, d);
}

const struct dinsn *insn_sske(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRF_r1(d), m3 = f_RRF_r3(d);
    u8 key = (u8)c->gr[r1] & KEY_ALL, old;
    bool mr = m3 & M3_MR && cpu_facility(c, 10);
    bool mc = m3 & M3_MC && cpu_facility(c, 10);
    u64 addr = cpu_wrap(c, c->gr[f_RRF_r2(d)]);
    struct view_page page;
    bool set;

    if (m3 & M3_MB && cpu_facility(c, 8))
        return sske_blocks(c, d, key, mr, mc);
    if (!find_key(c, cpu_prefixing(c, addr), &page))
        return cpu_leave_fault(c, d);
    set = set_key(c, addr, &page, key, mr, mc, &old);
    if (mr || mc) {
        c->gr[r1] = (c->gr[r1] & ~0xff00ULL) | (u64)old << 8;
        c->cc = set;
    }
    return cpu_resume_next(c, d);
}

/* ---- PERFORM FRAME MANAGEMENT FUNCTION ---- */

#define PFMF_RESERVED 0xfffc0101U
#define PFMF_SK 0x20000U /* set key */
#define PFMF_CF 0x10000U /* clear frame */
#define PFMF_FSC 0x7000U /* frame size */
#define PFMF_FSC_SHIFT 12
#define PFMF_NQ 0x800U
#define PFMF_MR 0x400U
#define PFMF_MC 0x200U
#define PFMF_KEY 0xfeU

/* large: addr is absolute, else real. */
static bool pfmf_frame(struct cpu *c, u64 addr, bool large, u32 r1)
{
    struct view_page page;
    u8 old;

    if (!cpu_abs_page(c, large ? addr : cpu_prefixing(c, addr), r1 & PFMF_CF, &page))
        return false;
    if (r1 & PFMF_CF) {
        memset(page.host, 0, FRAME_SIZE);
        atomic_thread_fence(memory_order_seq_cst);
        if (atomic_load_explicit(&page.frame->code, memory_order_relaxed))
            code_wrote(c->mem, c, page.frame, ~0ULL);
        atomic_fetch_or_explicit(page.key, KEY_R | KEY_C, memory_order_relaxed);
    }
    if (r1 & PFMF_SK)
        (void)set_key(c, addr, &page, r1 & PFMF_KEY, r1 & PFMF_MR && cpu_facility(c, 10),
                      r1 & PFMF_MC && cpu_facility(c, 10), &old);
    return true;
}

/* Low-address protection holds for clearing a 4 KiB frame. */
static bool pfmf_protected(struct cpu *c, u64 real_addr, u32 r1)
{
    if (!(r1 & PFMF_CF) || !(c->cr[0] & CR0_LOW_ADDR_PROT) || real_addr > FRAME_SIZE)
        return false;
    (void)cpu_fault(c, PGM_PROTECTION);
    c->fault.teid = (real_addr & TEID_ADDR) | TEID_FSI_STORE | TEID_PROT_LA;
    return true;
}

const struct dinsn *insn_pfmf(struct cpu *c, const struct dinsn *d)
{
    u32 r1 = (u32)c->gr[f_RRE_r1(d)];
    unsigned r2 = f_RRE_r2(d), fsc = (r1 & PFMF_FSC) >> PFMF_FSC_SHIFT;
    u64 abs = cpu_wrap(c, c->gr[r2]) & ~FRAME_MASK;
    u64 size = fsc == 1 ? DAT_SEGMENT_SIZE : DAT_REGION_SIZE;

    if (r1 & PFMF_RESERVED || fsc > 2 || (r1 & PFMF_NQ && !cpu_facility(c, 14)) ||
        (fsc == 2 && (!cpu_facility(c, 78) || c->amask == PSW_ADDR_24)))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (r1 & PFMF_SK && cpu_keyless(c))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (r1 & PFMF_SK && sd_flags(c->sd) & SD_CPUFLAG_KSS)
        return cpu_leave_kss(c, d);
    if (fsc == 0) {
        if (pfmf_protected(c, abs, r1) || !pfmf_frame(c, abs, false, r1))
            return cpu_leave_fault(c, d);
        return cpu_resume_next(c, d);
    }
    do {
        if (!pfmf_frame(c, abs, true, r1)) {
            advance_r2(c, r2, abs);
            return cpu_leave_fault(c, d);
        }
        abs += FRAME_SIZE;
        if (abs & (size - 1) && cpu_wants_attention(c)) {
            advance_r2(c, r2, abs);
            return cpu_again(c, d);
        }
    } while (abs & (size - 1));
    advance_r2(c, r2, abs);
    return cpu_resume_next(c, d);
}
