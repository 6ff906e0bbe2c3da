/* SPDX-License-Identifier: Apache-2.0
 *
 * PQAP, NQAP and DQAP as SIE interprets them for a guest: of the host's bus, the guest sees what
 * its crypto control block (CRYCB) lets through.  A queue outside of that does not exist for it.
 *
 * Not here: function AQIC of PQAP, which is always intercepted; queues (bus.c); privilege,
 * interception and register pairs, which the records in isa/control.isa check.
 *
 * Invariant: nothing has changed, on the bus or in registers, when an exception is presented.
 *
 * References: interface: AP instructions as Linux drivers/s390/crypto uses them, and
 * Documentation/arch/s390/vfio-ap.rst; no public manual.
 */
#include "ap/insn.h"
#include "base/mutate.h"
#include "cpu/ap.h"
#include "cpu/span.h"

#define FAC_QCI 12
#define FAC_TEST 15

static struct ap_bus *bus_of(const struct cpu *c)
{
    return c->mem->ap_bus;
}

/* ---- the guest's matrix ---- */

struct matrix {
    const u8 *apm, *aqm, *adm;
    unsigned adapters, domains; /* bits of the masks that count */
};

static struct matrix matrix_of(const struct cpu *c)
{
    const struct apcb0 *a0 = c->sat.apcb0;
    const struct apcb1 *a1 = c->sat.apcb1;

    if (a1)
        return (struct matrix){a1->apm, a1->aqm, a1->adm, AP_MAX, AP_MAX};
    return (struct matrix){a0->apm, a0->aqm, a0->adm, 64, 16};
}

static bool in_matrix(const struct cpu *c, u16 apqn)
{
    const struct matrix m = matrix_of(c);
    unsigned adapter = apqn_adapter(apqn), domain = apqn_domain(apqn);
    bool in = adapter < m.adapters && domain < m.domains && ap_mask_test(m.apm, adapter) &&
              ap_mask_test(m.aqm, domain);

    return in != mutated("P09");
}

/* AP_CONFIG_*: extended addressing needs masks that reach so far. */
static u8 guest_flags(const struct cpu *c)
{
    u8 flags = ap_bus_flags(bus_of(c));

    return c->sat.apcb1 ? flags : flags & (u8)~AP_CONFIG_APXA;
}

/* What QCI says to the guest. */
static void guest_config(const struct cpu *c, struct ap_config *g)
{
    const struct matrix m = matrix_of(c);

    ap_bus_config(bus_of(c), g);
    g->flags = guest_flags(c);
    if (!c->sat.apcb1)
        g->max_adapter = g->max_domain = 0;
    for (unsigned i = 0; i < sizeof(g->apm); i++)
        g->apm[i] &= i < m.adapters / 8 ? m.apm[i] : 0;
    for (unsigned i = 0; i < sizeof(g->aqm); i++) {
        g->aqm[i] &= i < m.domains / 8 ? m.aqm[i] : 0;
        g->adm[i] &= i < m.domains / 8 ? m.adm[i] : 0;
    }
}

static u16 gr0_apqn(const struct cpu *c)
{
    return (u16)(c->gr[0] & AP_GR0_APQN);
}

/* An APQN that only extended addressing has. */
static bool apqn_too_high(const struct cpu *c)
{
    return c->gr[0] & AP_GR0_APXA_ONLY && !(guest_flags(c) & AP_CONFIG_APXA);
}

/* Status word and condition code; true: response code 0. */
static bool respond(struct cpu *c, u32 status)
{
    c->gr[1] = status;
    c->cc = ap_status_rc(status) ? 3 : 0;
    return !c->cc;
}

/* ---- PQAP ---- */

static enum outcome tapq(struct cpu *c, u16 apqn)
{
    u64 info = 0;
    u32 status = ap_status_of(AP_RC_NOT_AVAILABLE);

    if (in_matrix(c, apqn))
        status = ap_test(bus_of(c), apqn, &info);
    c->gr[2] = c->gr[0] & AP_GR0_T ? info : (u32)info; /* facilities only where asked for */
    respond(c, status);
    return OUT_NEXT;
}

static enum outcome reset(struct cpu *c, u16 apqn)
{
    respond(c, in_matrix(c, apqn) ? ap_reset(bus_of(c), apqn) : ap_status_of(AP_RC_NOT_AVAILABLE));
    return OUT_NEXT;
}

static enum outcome qci(struct cpu *c)
{
    struct ap_config g;

    guest_config(c, &g);
    if (!cpu_store_bytes(c, reg_address(c, 2), 2, &g, sizeof(g)))
        return OUT_FAULT;
    c->cc = 0;
    return OUT_NEXT;
}

static enum outcome qact(struct cpu *c, u16 apqn)
{
    u32 status = ap_status_of(AP_RC_NOT_AVAILABLE);
    u64 compatible;

    if (in_matrix(c, apqn))
        status = ap_compatible(bus_of(c), apqn, c->gr[1], &compatible);
    if (respond(c, status))
        c->gr[2] = compatible;
    return OUT_NEXT;
}

/* Is GR 0 one that the machine of this guest does not have. */
static bool pqap_specification(const struct cpu *c)
{
    u32 gr0 = (u32)c->gr[0];

    if (gr0 & AP_GR0_RESERVED) /* filtering at a reset is not installed */
        return true;
    if (gr0 & AP_GR0_T && !cpu_facility(c, FAC_TEST))
        return true;
    return apqn_too_high(c);
}

INSN_WORK pqap(struct cpu *c)
{
    u16 apqn = gr0_apqn(c);

    if (pqap_specification(c))
        return OUT_SPEC;
    switch (cpu_ap_function(c)) {
    case AP_FC_TAPQ:
        return tapq(c, apqn);
    case AP_FC_RAPQ:
    case AP_FC_ZAPQ:
        return reset(c, apqn);
    case AP_FC_QCI:
        return cpu_facility(c, FAC_QCI) ? qci(c) : OUT_SPEC;
    case AP_FC_QACT:
        return guest_flags(c) & AP_CONFIG_QACT ? qact(c, apqn) : OUT_SPEC;
    default:
        return OUT_SPEC;
    }
}

static const struct dinsn *ap_do_pqap(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, pqap(c));
}

/* ---- messages in guest storage ---- */

#define PARTS (AP_MESSAGE_MAX / FRAME_SIZE + 1)

struct parts {
    u8 *p[PARTS];
    u64 n[PARTS];
    unsigned count;
};

/* All of [va, va + len), page by page; false: exception, and nothing was touched. */
static bool find_parts(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc,
                       struct parts *o)
{
    o->count = 0;
    while (len) {
        u64 n = page_left(va, len);

        ASSERT(o->count < PARTS);
        o->p[o->count] = cpu_ptr(c, va, ar, n, acc);
        if (!o->p[o->count])
            return false;
        o->n[o->count++] = n;
        va = cpu_wrap(c, va + n);
        len -= n;
    }
    return true;
}

/* Message id: 32 bits in each register of the pair. */
static u64 get_id(const struct cpu *c, unsigned r)
{
    return (u64)(u32)c->gr[r] << 32 | (u32)c->gr[r + 1];
}

static void put_id(struct cpu *c, unsigned r, u64 id)
{
    c->gr[r] = id >> 32;
    c->gr[r + 1] = (u32)id;
}

/* ---- NQAP ---- */

static u32 enqueue(struct cpu *c, unsigned r1, const u8 *message, u64 len)
{
    const struct ap_part part = {
        .id = get_id(c, r1),
        .data = message,
        .length = (u32)len,
        .special = c->gr[0] & AP_GR0_F,
        .last = c->gr[0] & AP_GR0_LAST,
    };

    return ap_enqueue(bus_of(c), gr0_apqn(c), &part);
}

INSN_WORK nqap(struct cpu *c, unsigned r1, unsigned r2)
{
    struct pair p = pair_get(c, r2, false);
    u8 message[AP_MESSAGE_MAX], *at = message;
    struct parts from;

    if (apqn_too_high(c))
        return OUT_SPEC;
    if (!in_matrix(c, gr0_apqn(c))) {
        respond(c, ap_status_of(AP_RC_NOT_AVAILABLE));
        return OUT_NEXT;
    }
    if (p.length > sizeof(message)) {
        respond(c, ap_status_of(AP_RC_MESSAGE_TOO_BIG));
        return OUT_NEXT;
    }
    if (!find_parts(c, p.address, r2, p.length, ACC_FETCH, &from))
        return OUT_FAULT;
    for (unsigned i = 0; i < from.count; at += from.n[i++])
        bytes_move_any(at, from.p[i], from.n[i]);
    if (respond(c, enqueue(c, r1, message, p.length))) {
        pair_advance(c, &p, p.length);
        pair_put(c, &p);
    }
    return OUT_NEXT;
}

static const struct dinsn *ap_do_nqap(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, nqap(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- DQAP ---- */

/* As much of the reply as there is room for.  Registers are set behind the last store. */
static enum outcome deliver(struct cpu *c, unsigned r1, unsigned r2, struct ap_reply *reply)
{
    struct pair p = pair_get(c, r2, false);
    u32 rest = reply->length - reply->fetched, n = (u32)min64(p.length, rest);
    const u8 *from = reply->data + reply->fetched;
    struct parts to;

    if (!find_parts(c, p.address, r2, n, ACC_STORE, &to)) {
        (void)ap_dequeue_end(bus_of(c), gr0_apqn(c), reply, 0);
        return OUT_FAULT;
    }
    for (unsigned i = 0; i < to.count; from += to.n[i++])
        bytes_move_any(to.p[i], from, to.n[i]);
    put_id(c, r1, reply->id);
    pair_advance(c, &p, n);
    pair_put(c, &p);
    respond(c, ap_dequeue_end(bus_of(c), gr0_apqn(c), reply, n));
    c->gr[2] = rest - n;
    if (rest > n) /* GR 0 stays: with it the program asks for the rest */
        c->cc = 1;
    return OUT_NEXT;
}

INSN_WORK dqap(struct cpu *c, unsigned r1, unsigned r2)
{
    u32 status = ap_status_of(AP_RC_NOT_AVAILABLE);
    struct ap_reply reply;

    if (apqn_too_high(c))
        return OUT_SPEC;
    if (in_matrix(c, gr0_apqn(c)))
        status = ap_dequeue_begin(bus_of(c), gr0_apqn(c), &reply);
    if (!ap_status_rc(status))
        return deliver(c, r1, r2, &reply);
    respond(c, status);
    return OUT_NEXT;
}

static const struct dinsn *ap_do_dqap(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, dqap(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- connection ---- */

static const struct ap_insns insns = {ap_do_pqap, ap_do_nqap, ap_do_dqap};

void ap_connect(struct mem *m, struct ap_bus *bus)
{
    m->ap_bus = bus;
    m->ap = bus ? &insns : NULL;
}
