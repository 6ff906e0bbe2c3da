/* SPDX-License-Identifier: Apache-2.0
 *
 * Making, resetting and removing a CPU.  See cpu.h.
 *
 * References: [PoP 4 Resets].
 */
#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "arch/cr.h"
#include "cpu/code.h"
#include "cpu/request.h"
#include "cpu/timer.h"

static struct tlb_bank *new_no_bank(void)
{
    struct tlb_bank *b = aligned_alloc(64, round_up64(sizeof(*b), 64));

    if (!b)
        return NULL;
    memset(b, 0, sizeof(*b));
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        b->data[i].load = b->data[i].store = TLB_EMPTY;
    b->never = true;
    return b;
}

int cpu_init(struct cpu *c, struct mem *m, struct view *v)
{
    memset(c, 0, sizeof(*c));
    c->mem = m;
    c->view = v;
    c->host = &host_process;
    c->newest = CODE_ALL;
    c->no_bank = new_no_bank();
    if (!c->no_bank || request_init(c)) {
        cpu_destroy(c);
        return -12;
    }
    c->dspace = c->ispace = c->no_bank;
    mem_add_cpu(m, c);
    cpu_reset(c, CPU_RESET_CLEAR);
    return 0;
}

void cpu_destroy(struct cpu *c)
{
    if (c->shoot)
        mem_remove_cpu(c->mem, c);
    for (unsigned i = 0; i < TLB_BANKS; i++)
        free(c->banks[i]);
    free(c->no_bank);
    request_destroy(c);
}

static void reset_initial(struct cpu *c)
{
    c->psw_mask = c->psw_addr = 0;
    c->cc = 0;
    c->prefix = 0;
    memset(c->cr, 0, sizeof(c->cr));
    c->cr[0] = CR0_INITIAL;
    c->cr[14] = CR14_INITIAL;
    c->fpc = 0;
    c->todpr = 0;
    c->pp = 0;
    c->bear = 1;
    c->timers.ckc = 0;
    c->timers.cpu_timer = 0;
}

void cpu_reset(struct cpu *c, enum cpu_reset kind)
{
    tlb_purge_all(c);
    c->lowcore[0] = c->lowcore[1] = NULL;
    c->pending = false;
    if (kind == CPU_RESET_NORMAL)
        return;
    reset_initial(c);
    if (kind == CPU_RESET_INITIAL)
        return;
    memset(c->gr, 0, sizeof(c->gr));
    memset(c->ar, 0, sizeof(c->ar));
    memset(c->vr, 0, sizeof(c->vr));
    memset(&c->gs, 0, sizeof(c->gs));
}
