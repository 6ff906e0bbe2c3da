/* SPDX-License-Identifier: Apache-2.0
 *
 * The linkage stack: BAKR, PR, EREG, EREGG, ESTA, MSTA.  It lies in the home space and is accessed
 * with key 0; CR15 designates the entry descriptor of the current entry.
 *
 * Invariant: all stores of an instruction are known to succeed before the first is made.
 *
 * Not here: PC itself (insn_control_call.c), whose kind of state entry is made here.
 *
 * References: [PoP 5 Linkage-Stack Operations]; [PoP 10 BRANCH AND STACK, PROGRAM RETURN, EXTRACT
 * STACKED REGISTERS, EXTRACT STACKED STATE, MODIFY STACKED STATE].
 */
#include <string.h>

#include "arch/dat.h"
#include "cpu/control.h"
#include "isa_exec.h"

/* ---- formats ---- */

struct descriptor {
    u8 type;  /* unstack suppression, entry type */
    u8 si;    /* section identification */
    be16 rfs; /* remaining free space */
    be16 nes; /* next-entry size */
    u8 reserved[2];
};
#define LSED_U 0x80
#define LSED_ET 0x7f
enum { ET_HEADER = 0x09, ET_TRAILER = 0x0a, ET_BRANCH = 0x0c, ET_CALL = 0x0d };

struct state_entry {
    be64 gr[16];            /* 000 */
    be16 pkm;               /* 080 */
    be16 sasn;              /* 082 */
    be16 eax;               /* 084 */
    be16 pasn;              /* 086 */
    be64 psw_mask;          /* 088 */
    be64 target;            /* 090: branch address; called-space id and PC number */
    be64 modifiable;        /* 098 */
    u8 reserved0a0[8];      /* 0A0 */
    be64 psw_addr;          /* 0A8 */
    be32 sastein;           /* 0B0 */
    be32 pastein;           /* 0B4 */
    u8 reserved0b8[40];     /* 0B8 */
    be32 ar[16];            /* 0E0 */
    struct descriptor lsed; /* 120 */
};
_Static_assert(offsetof(struct state_entry, psw_addr) == 0xa8, "state entry");
_Static_assert(offsetof(struct state_entry, ar) == 0xe0, "state entry");
_Static_assert(offsetof(struct state_entry, lsed) == 0x120, "state entry");
_Static_assert(sizeof(struct state_entry) == 296, "state entry");

#define LINK_VALID 1ULL /* header: backward address valid; trailer: forward address valid */
#define LINK_ADDR (~7ULL)

/* ---- access ---- */

/* The stack's addresses do not wrap with the addressing mode. */
static bool stack_parts(struct cpu *c, u64 addr, u64 len, enum access acc, struct operand *o)
{
    o->n[0] = page_left(addr, len);
    o->n[1] = len - o->n[0];
    o->p[0] = cpu_ptr_space(c, SPACE_HOME, 0, addr, 0, o->n[0], acc);
    o->p[1] = NULL;
    if (o->p[0] && o->n[1])
        o->p[1] = cpu_ptr_space(c, SPACE_HOME, 0, addr + o->n[0], 0, o->n[1], acc);
    return o->p[0] && (!o->n[1] || o->p[1]);
}

static bool stack_read(struct cpu *c, u64 addr, void *to, u64 len)
{
    struct operand o;

    if (!stack_parts(c, addr, len, ACC_FETCH, &o))
        return false;
    memcpy(to, o.p[0], o.n[0]);
    if (o.n[1])
        memcpy((u8 *)to + o.n[0], o.p[1], o.n[1]);
    return true;
}

static void parts_write(const struct operand *o, const void *from)
{
    memcpy(o->p[0], from, o->n[0]);
    if (o->n[1])
        memcpy(o->p[1], (const u8 *)from + o->n[0], o->n[1]);
}

static bool is_state(const struct descriptor *e)
{
    return (e->type & LSED_ET) == ET_BRANCH || (e->type & LSED_ET) == ET_CALL;
}

/* ---- stacking ---- */

/* Where a new state entry goes. */
struct push {
    u64 current;            /* address of the descriptor to be updated */
    struct descriptor lsed; /* that descriptor */
    u64 entry;              /* address of the new entry */
    struct operand header;  /* backward address of a new section's header, if new_section */
    bool new_section;
    u64 previous; /* for it */
};

static bool next_section(struct cpu *c, struct push *p)
{
    u64 trailer = p->current + sizeof(struct descriptor) + be16_get(p->lsed.rfs);
    be64 link;

    if (be16_get(p->lsed.rfs) & 7)
        return cpu_fault(c, PGM_STACK_SPECIFICATION);
    if (!stack_read(c, trailer, &link, sizeof(link)))
        return false;
    if (!(be64_get(link) & LINK_VALID))
        return cpu_fault(c, PGM_STACK_FULL);
    p->new_section = true;
    p->previous = p->current;
    p->current = be64_get(link) & LINK_ADDR;
    if (!stack_read(c, p->current, &p->lsed, sizeof(p->lsed)))
        return false;
    if (be16_get(p->lsed.rfs) < sizeof(struct state_entry))
        return cpu_fault(c, PGM_STACK_SPECIFICATION);
    return stack_parts(c, p->current - 8, 8, ACC_STORE, &p->header);
}

static bool find_room(struct cpu *c, struct push *p)
{
    *p = (struct push){.current = c->cr[15] & CR15_LSEA};
    if (!stack_read(c, p->current, &p->lsed, sizeof(p->lsed)))
        return false;
    if (be16_get(p->lsed.rfs) < sizeof(struct state_entry) && !next_section(c, p))
        return false;
    p->entry = p->current + sizeof(struct descriptor);
    return true;
}

/* Registers and state as they are; PSW and target are the caller's. */
static void fill_entry(const struct cpu *c, struct state_entry *e)
{
    memset(e, 0, sizeof(*e));
    for (unsigned i = 0; i < 16; i++) {
        e->gr[i] = be64_of(c->gr[i]);
        e->ar[i] = be32_of(c->ar[i]);
    }
    e->pkm = be16_of((u16)((c->cr[3] & CR3_PKM) >> CR3_PKM_SHIFT));
    e->sasn = be16_of((u16)c->cr[3]);
    e->eax = be16_of((u16)((c->cr[8] & CR8_EAX) >> CR8_EAX_SHIFT));
    e->pasn = be16_of((u16)c->cr[4]);
    e->sastein = be32_of((u32)(c->cr[3] >> CR34_ASTEIN_SHIFT));
    e->pastein = be32_of((u32)(c->cr[4] >> CR34_ASTEIN_SHIFT));
}

static bool push_entry(struct cpu *c, struct state_entry *e, u8 type)
{
    struct push p;
    struct operand current, entry;
    be64 back;

    if (!find_room(c, &p) || !stack_parts(c, p.entry, sizeof(*e), ACC_STORE, &entry) ||
        !stack_parts(c, p.current, sizeof(p.lsed), ACC_STORE, &current))
        return false;
    e->lsed.type = type;
    e->lsed.si = p.lsed.si;
    e->lsed.rfs = be16_of((u16)(be16_get(p.lsed.rfs) - sizeof(*e)));
    p.lsed.nes = be16_of(sizeof(*e));
    if (p.new_section) {
        back = be64_of(p.previous | LINK_VALID);
        parts_write(&p.header, &back);
    }
    parts_write(&entry, e);
    parts_write(&current, &p.lsed);
    c->cr[15] = (c->cr[15] & ~CR15_LSEA) | (p.entry + offsetof(struct state_entry, lsed));
    return true;
}

bool cpu_push_call(struct cpu *c, u64 psw_mask, u64 psw_addr, u64 target)
{
    struct state_entry e;

    fill_entry(c, &e);
    e.psw_mask = be64_of(psw_mask);
    e.psw_addr = be64_of(psw_addr);
    e.target = be64_of(target);
    return push_entry(c, &e, ET_CALL);
}

/* ---- BRANCH AND STACK ---- */

/* Return point: R1, or the next instruction. */
static void bakr_return(const struct cpu *c, const struct dinsn *d, u64 *mask, u64 *addr)
{
    u64 r1 = c->gr[f_RRE_r1(d)];

    *mask = cpu_psw_mask(c);
    *addr = cpu_ia_next(c, d);
    if (!f_RRE_r1(d))
        return;
    *mask &= ~PSW_MASK_AMODE;
    if (r1 & 1) {
        *mask |= PSW_AMODE_64;
        *addr = r1 & ~1ULL;
    } else if (r1 & 0x80000000U) {
        *mask |= PSW_AMODE_31;
        *addr = r1 & PSW_ADDR_31;
    } else {
        *addr = r1 & PSW_ADDR_24;
    }
}

const struct dinsn *insn_bakr(struct cpu *c, const struct dinsn *d)
{
    unsigned r2 = f_RRE_r2(d);
    u64 target = cpu_wrap(c, r2 ? c->gr[r2] : cpu_ia_next(c, d));
    u64 mask, addr, shown = target;
    struct state_entry e;
    struct trace_log t;

    if (c->amask == ~0ULL)
        shown |= 1;
    else if (c->amask == PSW_ADDR_31)
        shown |= 0x80000000U;
    bakr_return(c, d, &mask, &addr);
    fill_entry(c, &e);
    e.psw_mask = be64_of(mask);
    e.psw_addr = be64_of(addr);
    e.target = be64_of(shown);
    t.len = 0;
    if (r2 && c->cr[12] & CR12_BRANCH)
        cpu_trace_branch(&t, c->psw_mask & PSW_MASK_AMODE, target);
    if (!cpu_trace_reserve(c, &t, 0) || !push_entry(c, &e, ET_BRANCH))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    if (!r2)
        return cpu_next_stored(c, d, d->ilc);
    if (c->code_changed)
        cpu_settle_code(c);
    return cpu_branch(c, d, target);
}

/* ---- finding the current state entry ---- */

/* Its address; unstack: for PR, which obeys unstack suppression. */
static bool find_entry(struct cpu *c, struct state_entry *e, u64 *addr, bool unstack)
{
    u64 at = c->cr[15] & CR15_LSEA;
    struct descriptor lsed;
    be64 link;

    if (!stack_read(c, at, &lsed, sizeof(lsed)))
        return false;
    if ((lsed.type & LSED_ET) == ET_HEADER) {
        if (unstack && lsed.type & LSED_U)
            return cpu_fault(c, PGM_STACK_OPERATION);
        if (!stack_read(c, at - 8, &link, sizeof(link)))
            return false;
        if (!(be64_get(link) & LINK_VALID))
            return cpu_fault(c, PGM_STACK_EMPTY);
        at = be64_get(link) & LINK_ADDR;
        if (!stack_read(c, at, &lsed, sizeof(lsed)))
            return false;
        if ((lsed.type & LSED_ET) == ET_HEADER)
            return cpu_fault(c, PGM_STACK_SPECIFICATION);
    }
    if (!is_state(&lsed))
        return cpu_fault(c, PGM_STACK_TYPE);
    if (unstack && lsed.type & LSED_U)
        return cpu_fault(c, PGM_STACK_OPERATION);
    *addr = at - offsetof(struct state_entry, lsed);
    return stack_read(c, *addr, e, sizeof(*e));
}

static const struct dinsn *extract_registers(struct cpu *c, const struct dinsn *d, bool wide)
{
    unsigned r = f_RRE_r1(d), last = f_RRE_r2(d);
    struct state_entry e;
    u64 addr;

    if (!find_entry(c, &e, &addr, false))
        return cpu_leave_fault(c, d);
    for (;; r = (r + 1) & 15) {
        if (wide)
            c->gr[r] = be64_get(e.gr[r]);
        else
            cpu_set_gr32(c, r, (u32)be64_get(e.gr[r]));
        cpu_set_ar(c, r, be32_get(e.ar[r]));
        if (r == last)
            break;
    }
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_ereg(struct cpu *c, const struct dinsn *d)
{
    return extract_registers(c, d, false);
}

const struct dinsn *insn_eregg(struct cpu *c, const struct dinsn *d)
{
    return extract_registers(c, d, true);
}

/* Short form of the saved PSW; bit 63 tells that the address does not fit. */
static u64 short_psw(const struct state_entry *e)
{
    u64 mask = be64_get(e->psw_mask), addr = be64_get(e->psw_addr);

    return (mask & ~PSW_ADDR_31) | PSW_MASK_SHORT | (addr & PSW_ADDR_31) | (addr > PSW_ADDR_31);
}

const struct dinsn *insn_esta(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d), code = c->gr[f_RRE_r2(d)] & 0xff;
    struct state_entry e;
    u64 addr, v = 0;

    if (code > 4 + (cpu_facility(c, 6) ? 1 : 0))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!find_entry(c, &e, &addr, false))
        return cpu_leave_fault(c, d);
    switch (code) {
    case 0:
        v = (u64)be16_get(e.pkm) << 48 | (u64)be16_get(e.sasn) << 32 | (u64)be16_get(e.eax) << 16 |
            be16_get(e.pasn);
        break;
    case 1:
        v = short_psw(&e);
        break;
    case 2:
        v = be64_get(e.target);
        break;
    case 3:
        v = be64_get(e.modifiable);
        break;
    case 4:
        c->gr[r1] = be64_get(e.psw_mask);
        c->gr[r1 + 1] = be64_get(e.psw_addr);
        break;
    default:
        cpu_set_gr32h(c, r1, be32_get(e.sastein));
        cpu_set_gr32h(c, r1 + 1, be32_get(e.pastein));
        break;
    }
    if (code < 4) {
        cpu_set_gr32(c, r1, (u32)(v >> 32));
        cpu_set_gr32(c, r1 + 1, (u32)v);
    }
    c->cc = (e.lsed.type & LSED_ET) == ET_CALL;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_msta(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d);
    struct state_entry e;
    struct operand o;
    be64 v = be64_of(c->gr[r1] << 32 | (u32)c->gr[r1 + 1]);
    u64 addr;

    if (!find_entry(c, &e, &addr, false) ||
        !stack_parts(c, addr + offsetof(struct state_entry, modifiable), 8, ACC_STORE, &o))
        return cpu_leave_fault(c, d);
    parts_write(&o, &v);
    return cpu_next_stored(c, d, d->ilc);
}

/* ---- PROGRAM RETURN ---- */

/* Of the exception access identification: an exception belongs to this ASN. */
#define EAID_PASN 0x20
#define EAID_SASN 0x10

/* Control registers that a program-call entry brings back; false: leave, with *asn the ASN that a
 * failure belongs to. */
static bool return_spaces(struct cpu *c, const struct state_entry *e, u64 cr[16],
                          struct dat_fail *fail, u16 *asn)
{
    u16 pasn = be16_get(e->pasn), sasn = be16_get(e->sasn);
    bool reuse = cpu_asn_reuse(c);
    struct asn_space a;
    bool yes;

    *asn = pasn;
    if (pasn != (cr[4] & CR4_PASN)) {
        if (!cpu_asn_translate(c, pasn, &a, fail))
            return false;
        if (reuse && a.astein != be32_get(e->pastein)) {
            *fail = (struct dat_fail){.code = PGM_ASTE_INSTANCE};
            return false;
        }
        cr[1] = a.asce;
        cr[4] = (u64)a.ax << CR4_AX_SHIFT | pasn | (cr[4] & CR4_PASTEIN);
        cr[5] = (cr[5] & ~CR5_PASTEO) | a.asteo;
    }
    if (reuse)
        cr[4] = (u32)cr[4] | (u64)be32_get(e->pastein) << CR34_ASTEIN_SHIFT;
    *asn = sasn;
    cr[7] = cr[1];
    if (sasn != pasn) {
        if (!cpu_asn_translate(c, sasn, &a, fail))
            return false;
        if (reuse && a.astein != be32_get(e->sastein)) {
            *fail = (struct dat_fail){.code = PGM_ASTE_INSTANCE};
            return false;
        }
        if (!art_authorized(c, (u16)((cr[4] & CR4_AX) >> CR4_AX_SHIFT), a.ato, a.atl, true, &yes,
                            fail))
            return false;
        if (!yes) {
            *fail = (struct dat_fail){.code = PGM_SECONDARY_AUTHORITY};
            return false;
        }
        cr[7] = a.asce;
    }
    cr[3] = (reuse ? (u64)be32_get(e->sastein) << CR34_ASTEIN_SHIFT : cr[3] & CR3_SASTEIN) |
            (u64)be16_get(e->pkm) << CR3_PKM_SHIFT | sasn;
    cr[8] = (cr[8] & ~CR8_EAX) | (u64)be16_get(e->eax) << CR8_EAX_SHIFT;
    return true;
}

/* ASN tracing of a return to (mask, addr) in space pasn; without it, mode tracing. */
static void return_trace(const struct cpu *c, struct trace_log *t, u64 mask, u64 addr, u16 pasn,
                         u64 next)
{
    bool to_64 = mask & PSW_MASK_EA, from_64 = c->psw_mask & PSW_MASK_EA;
    bool to_long = to_64 && addr >> 32, from_long = from_64 && next >> 32;
    u64 p = mask & PSW_MASK_PSTATE ? 1 : 0;

    cpu_trace_put32(
        t, (TRACE_PR + (to_long ? TRACE_PR_LONGER : 0) + (from_long ? TRACE_PR_LONGER : 0)) |
               (u32)cpu_psw_key(c) << TRACE_KEY_SHIFT | (to_64 ? TRACE_PR_TO_64 : 0) |
               (to_long ? TRACE_PR_TO_LONG : 0) | (from_64 ? TRACE_PR_FROM_64 : 0) |
               (from_long ? TRACE_PR_FROM_LONG : 0) | pasn);
    if (to_long)
        cpu_trace_put64(t, addr | p);
    else
        cpu_trace_put32(t, (u32)((to_64 ? 0 : mask & PSW_MASK_BA) | addr | p));
    if (from_long)
        cpu_trace_put64(t, next);
    else
        cpu_trace_put32(t, (u32)((from_64 ? 0 : c->psw_mask & PSW_MASK_BA) | next));
}

/* An instance number that does not fit is told apart by the exception access identification. */
static const struct dinsn *leave_return(struct cpu *c, const struct dinsn *d,
                                        const struct dat_fail *f, u16 asn, u16 new_pasn)
{
    bool primary = asn == new_pasn;
    const struct dinsn *to = cpu_leave_asn(c, d, f, asn);

    if (f->code == PGM_ASTE_INSTANCE)
        c->fault.eaid = primary ? EAID_PASN : EAID_SASN;
    return to;
}

/* Registers and current entry as before the call. */
static void unstack(struct cpu *c, const struct state_entry *e, const struct operand *before,
                    struct descriptor *lsed)
{
    lsed->nes = be16_of(0);
    parts_write(before, lsed);
    for (unsigned i = 2; i <= 14; i++) {
        c->gr[i] = be64_get(e->gr[i]);
        cpu_set_ar(c, i, be32_get(e->ar[i]));
    }
}

const struct dinsn *insn_pr(struct cpu *c, const struct dinsn *d)
{
    struct state_entry e;
    struct descriptor before;
    struct operand o;
    struct trace_log t;
    struct dat_fail fail = {0};
    u64 cr[16], at, mask, addr, teid, old = c->cr[1];
    u16 asn, pasn = c->cr[4] & CR4_PASN;
    bool call;

    if (!find_entry(c, &e, &at, true) ||
        !stack_read(c, at - sizeof(before), &before, sizeof(before)))
        return cpu_leave_fault(c, d);
    call = (e.lsed.type & LSED_ET) == ET_CALL;
    mask = (be64_get(e.psw_mask) & ~PSW_MASK_PER) | (c->psw_mask & PSW_MASK_PER);
    addr = be64_get(e.psw_addr);
    memcpy(cr, c->cr, sizeof(cr));
    if (call) {
        bool translate = be16_get(e.pasn) != pasn || be16_get(e.sasn) != be16_get(e.pasn);

        if (translate && !(c->cr[14] & CR14_ASN_TRANSLATION))
            return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
        if (!return_spaces(c, &e, cr, &fail, &asn))
            return leave_return(c, d, &fail, asn, be16_get(e.pasn));
    }
    t.len = 0;
    if (call && c->cr[12] & CR12_ASN)
        return_trace(c, &t, mask, addr, be16_get(e.pasn), cpu_ia_next(c, d));
    else
        cpu_trace_mode(c, &t, mask & PSW_MASK_AMODE, cpu_ia_next(c, d));
    if (!cpu_trace_reserve(c, &t, 0) ||
        !stack_parts(c, at - sizeof(before), sizeof(before), ACC_STORE, &o))
        return cpu_leave_fault(c, d);
    cr[15] = (cr[15] & ~CR15_LSEA) | (at - sizeof(before));
    memcpy(c->cr, cr, sizeof(cr));
    cpu_trace_commit(c, &t);
    unstack(c, &e, &o, &before);
    if (call && be16_get(e.pasn) != pasn && cpu_switch_event(c, pasn, old, cr[1], &teid))
        return cpu_load_psw_switch(c, d, mask, addr, teid);
    return cpu_load_psw(c, d, mask, addr);
}
