/* SPDX-License-Identifier: Apache-2.0
 *
 * Events of the SCLP: masks, reading and writing event buffers, the quiesce signal and the guest's
 * identification.  Called with sclp->lock held unless said otherwise.
 */
#include <string.h>

#include "arch/external.h"
#include "base/ebcdic.h"
#include "base/log.h"
#include "machine/sclp.h"

#define SELECTIVE_MASK_AT 0x0e

/* What this SCLP takes from the guest, and gives to it. */
static u32 sclp_receives(const struct sclp *s)
{
    return SCLP_EVMASK(SCLP_EV_CPI) |
           SCLP_EVMASK(s->console.line_mode ? SCLP_EV_MESSAGE : SCLP_EV_ASCII_CONSOLE);
}

static u32 console_input(const struct sclp *s)
{
    return SCLP_EVMASK(s->console.line_mode ? SCLP_EV_OPERATOR_COMMAND : SCLP_EV_ASCII_CONSOLE);
}

static u32 sclp_sends(const struct sclp *s)
{
    return SCLP_EVMASK(SCLP_EV_QUIESCE) | SCLP_EVMASK(SCLP_EV_CONFIG_MGMT) | console_input(s);
}

u32 sclp_pending_events(const struct sclp *s)
{
    u32 mask = 0;

    if (s->quiesce)
        mask |= SCLP_EVMASK(SCLP_EV_QUIESCE);
    if (s->cpu_change)
        mask |= SCLP_EVMASK(SCLP_EV_CONFIG_MGMT);
    if (s->console.in_used)
        mask |= console_input(s);
    return mask & s->cp_receive;
}

u32 sclp_announce(struct sclp *s)
{
    if (s->announced || !sclp_pending_events(s))
        return 0;
    s->announced = true;
    return 1;
}

bool sclp_signal_quiesce(struct sclp *s)
{
    bool listens;
    u32 parm;

    pthread_mutex_lock(&s->lock);
    s->quiesce = true;
    listens = s->cp_receive & SCLP_EVMASK(SCLP_EV_QUIESCE);
    s->announced = false; /* worth a second signal */
    parm = sclp_announce(s);
    pthread_mutex_unlock(&s->lock);
    if (parm)
        (void)hv_inject_service(s->vm, parm);
    return listens;
}

void sclp_signal_cpu_change(struct sclp *s)
{
    u32 parm;

    pthread_mutex_lock(&s->lock);
    s->cpu_change = true;
    parm = sclp_announce(s);
    pthread_mutex_unlock(&s->lock);
    if (parm)
        (void)hv_inject_service(s->vm, parm);
}

enum sclp_rc sclp_write_mask(struct sclp *s, u8 *block)
{
    struct sccb_event_mask *b = (struct sccb_event_mask *)block;
    unsigned len = be16_get(b->h.len);

    if (len < sizeof(*b))
        return SCLP_RC_SHORT_SCCB;
    if (be16_get(b->mask_len) != SCLP_MASK_LEN)
        return SCLP_RC_INVALID_MASK_LEN;
    if (len < sizeof(*b) + 4 * SCLP_MASK_LEN)
        return SCLP_RC_SHORT_SCCB;
    s->cp_receive = be32_get(b->masks[SCLP_MASK_CP_RECEIVE]);
    s->cp_send = be32_get(b->masks[SCLP_MASK_CP_SEND]);
    b->masks[SCLP_MASK_SCLP_RECEIVE] = be32_of(sclp_receives(s));
    b->masks[SCLP_MASK_SCLP_SEND] = be32_of(sclp_sends(s));
    return SCLP_RC_NORMAL;
}

/* ---- reading ---- */

static enum sclp_rc selected(const struct sclp *s, const u8 *block, u32 *mask)
{
    const struct sccb_read_event_sel *b = (const struct sccb_read_event_sel *)block;
    be32 chosen;

    switch (b->h.function) {
    case SCCB_FUNCTION_NORMAL:
        *mask = s->cp_receive;
        return SCLP_RC_NORMAL;
    case SCCB_FUNCTION_SELECTIVE:
        if (be16_get(b->mask_len) != SCLP_MASK_LEN)
            return SCLP_RC_INVALID_MASK_LEN;
        memcpy(&chosen, block + SELECTIVE_MASK_AT, sizeof(chosen));
        *mask = be32_get(chosen);
        if (!*mask || (*mask & ~s->cp_receive))
            return SCLP_RC_INVALID_SELECTION;
        return SCLP_RC_NORMAL;
    default:
        return SCLP_RC_INVALID_FUNCTION;
    }
}

static unsigned put_quiesce(struct sclp *s, u8 *event, unsigned room)
{
    struct sclp_ev_quiesce *e = (struct sclp_ev_quiesce *)event;

    if (room < sizeof(*e))
        return 0;
    memset(e, 0, sizeof(*e));
    e->h.len = be16_of(SCLP_QUIESCE_LEN);
    e->h.type = SCLP_EV_QUIESCE;
    s->quiesce = false;
    return SCLP_QUIESCE_LEN;
}

static unsigned put_cpu_change(struct sclp *s, u8 *event, unsigned room)
{
    struct sclp_ev_config *e = (struct sclp_ev_config *)event;

    if (room < sizeof(*e))
        return 0;
    memset(e, 0, sizeof(*e));
    e->h.len = be16_of(sizeof(*e));
    e->h.type = SCLP_EV_CONFIG_MGMT;
    e->qualifier = SCLP_CONFIG_CPU;
    s->cpu_change = false;
    return sizeof(*e);
}

enum sclp_rc sclp_read_events(struct sclp *s, u8 *block)
{
    struct sccb_header *h = (struct sccb_header *)block;
    unsigned len = be16_get(h->len), used = sizeof(*h);
    u32 mask;
    enum sclp_rc rc;

    if (len < SELECTIVE_MASK_AT + SCLP_MASK_LEN)
        return SCLP_RC_SHORT_SCCB;
    rc = selected(s, block, &mask);
    if (rc != SCLP_RC_NORMAL)
        return rc;
    s->announced = false;
    mask &= sclp_pending_events(s);
    if (!mask)
        return SCLP_RC_NO_EVENTS;
    memset(block + sizeof(*h), 0, len - sizeof(*h));
    /* First, for it is aligned there: a quiesce event has nine bytes. */
    if (mask & SCLP_EVMASK(SCLP_EV_CONFIG_MGMT))
        used += put_cpu_change(s, block + used, len - used);
    if (mask & SCLP_EVMASK(SCLP_EV_QUIESCE))
        used += put_quiesce(s, block + used, len - used);
    if (mask & console_input(s))
        used += sclp_console_input_event(s, block + used, len - used);
    if (used == sizeof(*h))
        return SCLP_RC_BUFFER_EXCEEDED;
    /* The guest finds the end of the buffers by the block's length, if it allowed us to set it. */
    if (h->control[2] & SCCB_CONTROL_VARIABLE) {
        h->control[2] &= (u8)~SCCB_CONTROL_VARIABLE;
        h->len = be16_of((u16)used);
    }
    return sclp_pending_events(s) ? SCLP_RC_MORE_EVENTS : SCLP_RC_NORMAL;
}

/* ---- writing ---- */

static enum sclp_rc take_identity(struct sclp *s, const u8 *event, unsigned len)
{
    struct sclp_identity *id = &s->identity;
    struct sclp_ev_cpi e;

    if (len < sizeof(e))
        return SCLP_RC_EVENT_SYNTAX;
    memcpy(&e, event, sizeof(e));
    ebcdic_to_ascii(id->system_type, e.system_type, sizeof(e.system_type));
    ebcdic_to_ascii(id->system_name, e.system_name, sizeof(e.system_name));
    ebcdic_to_ascii(id->sysplex_name, e.sysplex_name, sizeof(e.sysplex_name));
    id->system_level = be64_get(e.system_level);
    s->have_identity = true;
    return SCLP_RC_NORMAL;
}

/* A buffer may start at an odd byte: no structure is laid over it. */
static enum sclp_rc take_event(struct sclp *s, const u8 *event, unsigned len)
{
    u8 type = event[offsetof(struct sclp_evbuf, type)];
    const u8 *data = event + sizeof(struct sclp_evbuf);
    unsigned n = len - (unsigned)sizeof(struct sclp_evbuf);

    if (trace_on(&s->vm->trace, TRACE_SCLP))
        trace_line(&s->vm->trace, "sclp event type %02x from the guest, %u bytes", type, len);
    if (type < 1 || type > 32 || !(SCLP_EVMASK(type) & sclp_receives(s)))
        return SCLP_RC_INVALID_FUNCTION;
    switch (type) {
    case SCLP_EV_MESSAGE:
        return sclp_console_message(s, data, n);
    case SCLP_EV_ASCII_CONSOLE:
        return sclp_console_ascii(s, data, n);
    case SCLP_EV_CPI:
        return take_identity(s, event, len);
    default:
        return SCLP_RC_INVALID_FUNCTION;
    }
}

enum sclp_rc sclp_write_events(struct sclp *s, u8 *block)
{
    struct sccb_header *sccb = (struct sccb_header *)block;
    unsigned len = be16_get(sccb->len), at = sizeof(*sccb);
    enum sclp_rc rc = SCLP_RC_NORMAL;

    if (sccb->function != SCCB_FUNCTION_NORMAL)
        return SCLP_RC_INVALID_FUNCTION;
    if (len < at + sizeof(struct sclp_evbuf))
        return SCLP_RC_SHORT_SCCB;
    while (rc == SCLP_RC_NORMAL && at < len) {
        struct sclp_evbuf h;
        unsigned n;

        if (len - at < sizeof(h))
            return SCLP_RC_INCONSISTENT_LEN;
        memcpy(&h, block + at, sizeof(h));
        n = be16_get(h.len);
        if (n < sizeof(h) || n > len - at)
            return SCLP_RC_INCONSISTENT_LEN;
        rc = take_event(s, block + at, n);
        if (rc == SCLP_RC_NORMAL)
            block[at + offsetof(struct sclp_evbuf, flags)] |= SCLP_EV_ACCEPTED;
        at += n;
    }
    return rc;
}
