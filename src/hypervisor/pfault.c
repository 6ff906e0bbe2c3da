/* SPDX-License-Identifier: Apache-2.0
 *
 * The page-reference service (DIAGNOSE 258) and what it is for: a guest that has made the handshake
 * is told when one of its pages has to be brought in first, so that it can run something else until
 * it is told that the page is there.  Without the handshake, or where the guest could not take the
 * interruption at once, the CPU waits for the page (I07).
 *
 * The CPU's thread makes "init" pending for itself before the VMM gets the request, and a CPU takes
 * its own interruptions highest first; so no guest sees the end before the beginning.  A request
 * belongs to the handshake of its CPU: a reset drops it, a cancelled handshake does not.
 *
 * References: z/VM CP Programming Services, SC24-6272, DIAGNOSE X'258'.
 */
#include <stdlib.h>

#include "arch/cr.h"
#include "arch/diag.h"
#include "hypervisor/gaccess.h"
#include "hypervisor/hv.h"
#include "hypervisor/priv.h"

#define PFAULT_AT_ONCE 64 /* requests of one CPU under way; then it waits for its pages */

/* ---- the handshake ---- */

/* What both subcodes want, in the order in which it is looked at. */
static bool block_ok(const struct diag258 *b)
{
    return be16_get(b->dwlen) >= DIAG258_DWLEN && be16_get(b->version) == DIAG258_VERSION &&
           be16_get(b->code) == DIAG258_CODE;
}

static enum hv_outcome establish(struct vcpu *v, const struct diag258 *b, u64 *rc)
{
    u64 select = be64_get(b->select), compare = be64_get(b->compare), token = be64_get(b->token);

    if (v->pfault.token != DIAG258_TOKEN_INVALID) {
        *rc = DIAG258_RC_ALREADY;
        return HV_RESUME;
    }
    if ((compare & select) != compare || token & 7 || be64_get(b->zarch) != DIAG258_ZARCH)
        return hv_inject(v, PGM_SPECIFICATION);
    if (!mem_has(&v->vm->mem, hv_real_to_absolute(v, token), sizeof(u64)))
        return hv_inject(v, PGM_ADDRESSING);
    v->pfault.select = select;
    v->pfault.compare = compare;
    v->pfault.token = token;
    *rc = DIAG258_RC_OK;
    return HV_RESUME;
}

static enum hv_outcome cancel(struct vcpu *v, const struct diag258 *b, u64 *rc)
{
    if (b->token.raw || b->select.raw || b->compare.raw || b->zarch.raw)
        return hv_inject(v, PGM_SPECIFICATION);
    *rc = v->pfault.token == DIAG258_TOKEN_INVALID ? DIAG258_RC_NOT_ESTABLISHED : DIAG258_RC_OK;
    v->pfault.token = DIAG258_TOKEN_INVALID;
    return HV_RESUME;
}

enum hv_outcome priv_diag258(struct vcpu *v, unsigned rx, unsigned ry)
{
    u64 addr = v->cpu.gr[rx];
    struct diag258 b;

    hv_count(v, CNT_DIAG_258);
    if (addr & 7)
        return hv_inject(v, PGM_SPECIFICATION);
    if (!hv_read_real(v, addr, &b, sizeof(b)))
        return hv_inject(v, PGM_ADDRESSING);
    if (!block_ok(&b))
        return hv_inject(v, PGM_SPECIFICATION);
    switch (be16_get(b.subcode)) {
    case DIAG258_TOKEN:
        return establish(v, &b, &v->cpu.gr[ry]);
    case DIAG258_CANCEL:
        return cancel(v, &b, &v->cpu.gr[ry]);
    default:
        return hv_inject(v, PGM_SPECIFICATION);
    }
}

/* ---- a page is absent ---- */

/* Could the CPU take the interruption before anything else. */
static bool may_tell(struct vcpu *v)
{
    const struct pfault *p = &v->pfault;
    u64 mask = hv_psw_mask(v);

    return p->token != DIAG258_TOKEN_INVALID && (mask & p->select) == p->compare &&
           hv_enabled(v, IRQ_BIT(IRQ_PFAULT_INIT), 0) &&
           !hv_enabled(v, atomic_load(&v->local.pending), hv_floating_pending(v->vm)) &&
           atomic_load(&v->pfault.under_way) < PFAULT_AT_ONCE;
}

static struct page_in *new_request(struct vcpu *v, u64 abs)
{
    struct page_in *p;
    be64 token;

    if (!hv_read_real(v, v->pfault.token, &token, sizeof(token)))
        return NULL;
    p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->v = v;
    p->abs = abs;
    p->token = be64_get(token);
    p->resets = v->resets;
    return p;
}

bool hv_pfault(struct vcpu *v, u64 abs)
{
    const struct vmm_ops *ops = v->vm->ops;
    struct page_in *p;

    if (!ops || !ops->page_in || !may_tell(v))
        return false;
    p = new_request(v, abs);
    if (!p)
        return false;
    atomic_fetch_add(&v->pfault.under_way, 1);
    hv_count(v, CNT_PFAULT);
    (void)hv_inject_pfault_init(v, p->token); /* it would have been taken before */
    ops->page_in(v->vm->ops_arg, p);
    return true;
}

void hv_page_in(struct page_in *p)
{
    mem_page_in(&p->v->vm->mem, p->abs);
}

void hv_page_in_done(struct page_in *p)
{
    atomic_fetch_sub(&p->v->pfault.under_way, 1);
    hv_page_is_there(p);
}

/* local.lock held. */
void hv_pfault_reset(struct vcpu *v)
{
    v->pfault.token = DIAG258_TOKEN_INVALID;
    v->pfault.select = v->pfault.compare = 0;
}
