/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions that the hypervisor makes pending and delivers: local ones of a CPU, floating ones
 * of the machine.  Delivery happens before each SIE entry in the architected priority order
 * (deliver.c).
 *
 * Locks: local_interrupts.lock guards a CPU's own pending set and its idle flag;
 * floating_interrupts.lock the machine's.  Order: floating before local.  `pending` of both may be
 * read without a lock: who makes something pending afterwards sets the intervention indicator or
 * kicks, so a reader that sees zero and enters SIE is told there.
 *
 * Invariant of floating interruptions: while one is pending, either every operating CPU has been
 * told (indicator set, or awake), or a CPU that can take it was woken and has not finished its
 * delivery yet.  `announced` says that all have been told.
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
struct fault;
struct page_in;

/* What can be pending: bit numbers of `pending`; the higher one is delivered first, so that its
 * handler runs last.  [PoP 6 Priority of Interruptions] */
enum irq {
    IRQ_SET_PREFIX,
    IRQ_RESTART,
    IRQ_STOP, /* never delivered: SIE intercepts for it (I10) */
    IRQ_IO_ISC7,
    IRQ_IO_ISC0 = IRQ_IO_ISC7 + 7,
    IRQ_VIRTIO,
    IRQ_PFAULT_DONE,
    IRQ_PFAULT_INIT,
    IRQ_HOST,
    IRQ_SERVICE,
    IRQ_SERVICE_EVENT,
    IRQ_TIMING_ALERT,
    IRQ_CPU_TIMER,
    IRQ_CLOCK_COMPARATOR,
    IRQ_EXTERNAL_CALL,
    IRQ_EMERGENCY,
    IRQ_MALFUNCTION_ALERT,
    IRQ_INTERRUPT_KEY,
    IRQ_MCHK_REPRESSIBLE,
    IRQ_PROGRAM,
    IRQ_SVC,
    IRQ_MCHK_EXIGENT,
    IRQ_COUNT
};
#define IRQ_BIT(n) (1ULL << (n))
#define IRQ_IO(isc) (IRQ_IO_ISC0 - (isc))
#define IRQ_IO_MASK (0xffULL << IRQ_IO_ISC7)
#define IRQ_EXT_MASK (IRQ_BIT(IRQ_MCHK_REPRESSIBLE) - IRQ_BIT(IRQ_VIRTIO))
#define IRQ_MCHK_MASK (IRQ_BIT(IRQ_MCHK_REPRESSIBLE) | IRQ_BIT(IRQ_MCHK_EXIGENT))

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
    _Atomic u64 pending; /* IRQ_BIT() */
    /* source CPUs of emergency signals and of malfunction alerts, bit n of word n/64 */
    u64 emergency[4], malfunction[4];
    /* bit IRQ_EXTERNAL_CALL is not used: it is pending in the system control area */
    u32 prefix;       /* SET_PREFIX */
    u64 pfault_token; /* PFAULT_INIT */
    bool stop_store_status;
    struct mchk_info mchk;
    struct fault *program; /* program interruption to be injected; own thread */
};

struct io_entry {
    struct io_interrupt io;
    struct io_entry *next;
};

struct floating_interrupts {
    pthread_mutex_t lock;
    _Atomic u64 pending;                      /* IRQ_BIT() */
    struct io_entry *io_head[8], *io_tail[8]; /* by ISC */
    u8 adapters; /* ISCs with an adapter interruption, bit 0x80 >> isc; 0 when the GISA is used */
    u32 service_parm;
    u64 pfault_token; /* of PFAULT_DONE, if pfault_single */
    bool pfault_single;
    u32 virtio_parm; /* of VIRTIO */
    u64 virtio_parm2;
    struct page_in *page_head, *page_tail; /* PFAULT_DONE: pages that are there */
    bool service_masked;   /* the service signal may not be delivered (protected guests) */
    struct mchk_info mchk; /* channel report pending */
    _Atomic unsigned next_rr_cpu;
    bool announced; /* every operating CPU has been told of what is pending */
};

/* All of these: any thread; wake a CPU that can take the interruption.  0 or -errno. */
int hv_inject_io(struct vm *vm, const struct io_interrupt *io);
/* Adapter interruption on a guest ISC: through the GISA, or as floating I/O interruption.  One
 * that is pending already on the ISC stands for both. */
int hv_inject_adapter(struct vm *vm, unsigned isc);
/* The same; how it went: as a floating interruption, through the GISA, or there with an alert,
 * because an idling CPU had asked for one. */
enum hv_adapter_way { HV_ADAPTER_FLOATING, HV_ADAPTER_GISA, HV_ADAPTER_ALERT, HV_ADAPTER_WAYS };
enum hv_adapter_way hv_inject_adapter_way(struct vm *vm, unsigned isc);
/* The same of an adapter that the guest can suppress (SIC): perhaps not at all. */
int hv_inject_suppressible(struct vm *vm, unsigned isc);
/* Service signal; parameter bits accumulate (SCCB address, event-pending bits). */
int hv_inject_service(struct vm *vm, u32 parm);
/* Channel report pending (machine check). */
int hv_inject_crw(struct vm *vm);
int hv_inject_mchk(struct vcpu *v, const struct mchk_info *m);
/* Restart: a stopped CPU becomes operating. */
int hv_inject_restart(struct vcpu *v);
/* A stopped CPU: 0, and nothing is pending or stored.  -EBUSY when a stop is pending. */
int hv_inject_stop(struct vcpu *v, bool store_status);
int hv_inject_emergency(struct vcpu *v, u16 source);
/* -EBUSY when one is pending already. */
int hv_inject_external_call(struct vcpu *v, u16 source);
/* The interrupt key of the operator. */
int hv_inject_interrupt_key(struct vm *vm);
/* Another CPU went into the check-stop state.  One is pending for each source, as of emergency
 * signals. */
int hv_inject_malfunction_alert(struct vcpu *v, u16 source);

/* The prefix changes when the CPU runs next.  -EBUSY: it is not stopped. */
int hv_inject_set_prefix(struct vcpu *v, u32 prefix);
/* Page-fault handshaking: the page of `token` is being brought in (to the CPU that wanted it), is
 * there (to any).  -EBUSY when one is pending already. */
int hv_inject_pfault_init(struct vcpu *v, u64 token);
int hv_inject_pfault_done(struct vm *vm, u64 token);
/* CP-service interruption of the older virtio transport. */
int hv_inject_virtio(struct vm *vm, u32 parm, u64 parm2);

/* What is pending: IRQ_BITs, those of the GISA included. */
u64 hv_pending_local(const struct vcpu *v);
u64 hv_pending_floating(struct vm *vm);
/* Drops all that is pending for one CPU. */
void hv_clear_pending(struct vcpu *v);

/* Takes the pending interruption of subchannel (id, nr) away (TSCH, CSCH, reset); true if there
 * was one. */
bool hv_dequeue_io_sch(struct vm *vm, u16 id, u16 nr, struct io_interrupt *out);
/* Takes the first pending I/O interruption whose ISC is in the mask (bit 0x80 >> isc): TPI. */
bool hv_dequeue_io_isc(struct vm *vm, u8 isc_mask, struct io_interrupt *out);
/* Clears all floating interruptions (subsystem reset). */
void hv_clear_floating(struct vm *vm);

#endif
