/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions that the hypervisor makes pending and delivers: local ones of a CPU, floating ones
 * of the machine.  Delivery happens before each SIE entry in the architected priority order.
 *
 * Locks: local_interrupts.lock guards a CPU's own pending set and its idle flag;
 * floating_interrupts.lock the machine's.  Order: floating before local.
 *
 * References: [PoP 6 Interruption].
 */
#ifndef SIE390_HYPERVISOR_INTERRUPT_H
#define SIE390_HYPERVISOR_INTERRUPT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/bits.h"

struct vm;
struct vcpu;

/* An I/O interruption as it is stored. */
struct io_interrupt {
    u16 subchannel_id; /* upper halfword of the subchannel-identification word */
    u16 subchannel_nr;
    u32 parm;
    u32 word; /* interruption word: adapter bit, ISC */
};

#define IO_WORD_ADAPTER 0x80000000U
static inline u32 io_word(unsigned isc)
{
    return isc << 27;
}
static inline unsigned io_word_isc(u32 word)
{
    return word >> 27 & 7;
}

struct mchk_info {
    u64 cr14, mcic, failing_address;
    u32 ext_damage;
    u8 fixed_logout[16];
};

struct local_interrupts {
    pthread_mutex_t lock;
    u64 pending; /* bits: see interrupt.c */
    u64 emergency[4]; /* source CPUs of emergency signals, bit n of word n/64 */
    u16 ext_call_source;
    u32 prefix; /* SET_PREFIX */
    bool stop_store_status;
    struct mchk_info mchk;
    struct fault *program; /* program interruption to be injected */
};

struct io_entry {
    struct io_interrupt io;
    struct io_entry *next;
};

struct floating_interrupts {
    pthread_mutex_t lock;
    u64 pending;
    struct io_entry *io_head[8], *io_tail[8]; /* by ISC */
    u32 service_parm;
    bool service_masked;
    struct mchk_info mchk; /* channel report pending */
    unsigned next_rr_cpu;
};

/* All of these: any thread; wake a CPU that can take the interruption.  0 or -errno. */
int hv_inject_io(struct vm *vm, const struct io_interrupt *io);
/* Adapter interruption on a guest ISC: through the GISA, or as floating I/O interruption. */
int hv_inject_adapter(struct vm *vm, unsigned isc);
/* Service signal; parameter bits accumulate (SCCB address, event-pending bits). */
int hv_inject_service(struct vm *vm, u32 parm);
/* Channel report pending (machine check). */
int hv_inject_crw(struct vm *vm);
int hv_inject_mchk(struct vcpu *v, const struct mchk_info *m);
int hv_inject_restart(struct vcpu *v);
int hv_inject_stop(struct vcpu *v, bool store_status);
int hv_inject_emergency(struct vcpu *v, u16 source);
/* -EBUSY when one is pending already. */
int hv_inject_external_call(struct vcpu *v, u16 source);

/* Takes the pending interruption of subchannel (id, nr) away (TSCH, CSCH, reset); true if there was one. */
bool hv_dequeue_io_sch(struct vm *vm, u16 id, u16 nr, struct io_interrupt *out);
/* Takes the first pending I/O interruption whose ISC is in the mask (bit 0x80 >> isc): TPI. */
bool hv_dequeue_io_isc(struct vm *vm, u8 isc_mask, struct io_interrupt *out);
/* Clears all floating interruptions (subsystem reset). */
void hv_clear_floating(struct vm *vm);

#endif
