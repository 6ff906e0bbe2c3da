/* SPDX-License-Identifier: Apache-2.0
 *
 * SERVICE CALL: its checks, the command table, completion.  See sclp.h.
 */
#include "machine/sclp.h"

#include <string.h>

#include "arch/external.h"
#include "arch/program.h"
#include "base/counters.h"
#include "base/log.h"

void sclp_create(struct sclp *s, struct vm *vm, struct loop *loop, bool line_mode)
{
    memset(s, 0, sizeof(*s));
    s->vm = vm;
    s->loop = loop;
    s->console.line_mode = line_mode;
    pthread_mutex_init(&s->lock, NULL);
}

void sclp_destroy(struct sclp *s)
{
    if (s->console.chardev)
        chardev_destroy(s->console.chardev);
    s->console.chardev = NULL;
    pthread_mutex_destroy(&s->lock);
}

void sclp_reset(struct sclp *s)
{
    pthread_mutex_lock(&s->lock);
    s->cp_receive = 0;
    s->cp_send = 0;
    s->quiesce = false;
    s->cpu_change = false;
    s->announced = false;
    s->deferred = 0;
    s->have_identity = false;
    pthread_mutex_unlock(&s->lock);
}

bool sclp_get_identity(struct sclp *s, struct sclp_identity *out)
{
    bool have;

    pthread_mutex_lock(&s->lock);
    have = s->have_identity;
    *out = s->identity;
    pthread_mutex_unlock(&s->lock);
    return have;
}

/* ---- commands ---- */

static const struct {
    u32 command;
    enum sclp_rc (*run)(struct sclp *s, u8 *block);
} commands[] = {
    {SCLP_READ_SCP_INFO, sclp_read_info},       {SCLP_READ_SCP_INFO_FORCED, sclp_read_info},
    {SCLP_READ_CPU_INFO, sclp_read_cpu_info},   {SCLP_READ_EVENT_DATA, sclp_read_events},
    {SCLP_WRITE_EVENT_DATA, sclp_write_events}, {SCLP_WRITE_EVENT_MASK, sclp_write_mask},
};

static enum sclp_rc run_command(struct sclp *s, u32 command, u8 *block)
{
    unsigned operand = SCLP_CMD_OPERAND(command);

    if ((command & SCLP_CMD_MASK) == SCLP_CONFIGURE_CPU)
        return sclp_configure_cpu(s, operand, true);
    if ((command & SCLP_CMD_MASK) == SCLP_DECONFIGURE_CPU)
        return sclp_configure_cpu(s, operand, false);
    if (s->configure_ap && (command & SCLP_CMD_MASK) == SCLP_CONFIGURE_AP)
        return sclp_configure_ap(s, operand, true);
    if (s->configure_ap && (command & SCLP_CMD_MASK) == SCLP_DECONFIGURE_AP)
        return sclp_configure_ap(s, operand, false);
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].command == (command & SCLP_CMD_MASK))
            return commands[i].run(s, block);
    return SCLP_RC_INVALID_COMMAND;
}

/* ---- SERVICE CALL ---- */

/* Program-interruption code, 0: none.  The header is read once, here. */
static u16 check_address(struct vcpu *v, u32 addr, struct sccb_header *h)
{
    u32 prefix = hv_prefix(v);

    if ((addr & ~SCCB_ADDR_MASK) || addr < 0x2000 || (addr & ~0x1fffU) == prefix)
        return PGM_SPECIFICATION;
    if (!hv_read_real(v, addr, h, sizeof(*h)))
        return PGM_ADDRESSING;
    return 0;
}

/* The completion of an earlier command was not taken by the guest or waits for the console. */
static bool is_busy(struct sclp *s, u32 addr)
{
    struct floating_interrupts *f = &s->vm->floating;
    u32 parm;

    pthread_mutex_lock(&f->lock);
    parm = f->service_parm & EXT_SERVICE_SCCB;
    pthread_mutex_unlock(&f->lock);
    /* A guest that polls the response code and never takes the interruption may come again with
     * the same block. */
    return s->deferred || (parm && parm != addr);
}

static void trace(const struct sclp *s, const struct vcpu *v, u32 command, u32 addr,
                  const struct sccb_header *h)
{
    if (trace_on(&s->vm->trace, TRACE_SCLP))
        trace_line(&s->vm->trace, "sclp cpu %u: command %08x block %08x length %u response %04x",
                   v->id, command, addr, be16_get(h->len), be16_get(h->rc));
}

static bool process(struct sclp *s, struct vcpu *v, u32 command, u32 addr,
                    const struct sccb_header *header)
{
    _Alignas(8) u8 block[SCCB_MAX] = {0};
    struct sccb_header *h = (struct sccb_header *)block;
    unsigned len = be16_get(header->len);
    enum sclp_rc rc = SCLP_RC_BOUNDARY;

    if (len >= sizeof(*h) && (addr & 0xfff) + len <= SCCB_MAX) {
        if (!hv_read_real(v, addr, block, len))
            return false;
        h->len = header->len; /* the guest may have changed it since */
        rc = run_command(s, command, block);
    } else {
        *h = *header;
        len = sizeof(*h);
    }
    h->rc = be16_of((u16)rc);
    trace(s, v, command, addr, h);
    return hv_write_real(v, addr, block, len);
}

/* Parameter of the service signal; 0: it comes later. */
static u32 completion(struct sclp *s, u32 addr)
{
    u32 parm = addr;

    if (sclp_pending_events(s)) {
        parm |= 1;
        s->announced = true;
    }
    if (s->console.out_used <= SCLP_OUT_HIGH)
        return parm;
    s->deferred = parm;
    return 0;
}

void sclp_servc(struct sclp *s, struct vcpu *v, u32 ipb)
{
    u32 command = (u32)*hv_gr(v, hv_r1_rre(ipb));
    u32 addr = (u32)*hv_gr(v, hv_r2_rre(ipb));
    struct sccb_header header;
    u16 code = check_address(v, addr, &header);
    bool done;
    u32 parm = 0;

    if (code) {
        hv_inject_program(v, code);
        return;
    }
    pthread_mutex_lock(&s->lock);
    if (is_busy(s, addr)) {
        pthread_mutex_unlock(&s->lock);
        hv_set_cc(v, SCLP_CC_BUSY);
        return;
    }
    counter_add(&s->commands, 0, 1);
    done = process(s, v, command, addr, &header);
    if (done)
        parm = completion(s, addr);
    pthread_mutex_unlock(&s->lock);
    if (!done) {
        hv_inject_program(v, PGM_ADDRESSING);
        return;
    }
    if (parm && hv_inject_service(s->vm, parm))
        log_error("SCLP: the completion of a command was lost");
    hv_set_cc(v, SCLP_CC_STARTED);
}
