/* SPDX-License-Identifier: Apache-2.0
 *
 * For unit tests of channel and devices only: a guest without CPUs.  Storage is a plain array with
 * keys; what is injected is counted; logical addresses are absolute.  Also the driver's side of a
 * virtqueue.  Linked instead of cpu/mem.c and the hypervisor.
 */
#ifndef SIE390_CHANNEL_FAKE_GUEST_H
#define SIE390_CHANNEL_FAKE_GUEST_H

#include "arch/css.h"
#include "arch/virtio.h"
#include "channel/css.h"

#define FAKE_STORAGE 0x400000UL

struct fake_guest {
    struct vm vm;
    struct vcpu cpu;
    struct sd sd;
    struct loop *loop;
    struct css *css;
    pthread_mutex_t lock; /* guards io_injected, io_pending and io */
    /* what happened */
    unsigned io_injected, adapters, crws, programs, io_pending;
    struct io_interrupt io;
    u16 program;
    unsigned isc;
    bool access_fails; /* hv_read_guest and hv_write_guest inject */
    bool store_fails;  /* hv_write_guest does */
};

void fake_create(struct fake_guest *g);
/* g->css NULL: the test has destroyed it. */
void fake_destroy(struct fake_guest *g);

/* Runs the loop until nothing is due. */
void fake_settle(struct fake_guest *g);

u8 *fake_at(struct fake_guest *g, u64 addr);
/* An instruction with GR1 = schid and operand address; then the loop settles.  Returns cc, or -1
 * when a program interruption was injected (g->program). */
int fake_insn(struct fake_guest *g, u16 ipa, u32 schid, u64 addr);
/* The same without letting the loop run. */
int fake_insn_only(struct fake_guest *g, u16 ipa, u32 schid, u64 addr);

#define FAKE_SCHID(nr) (SCHID_ONE | (nr))
enum {
    INSN_CSCH = 0xb230,
    INSN_HSCH,
    INSN_MSCH,
    INSN_SSCH,
    INSN_STSCH,
    INSN_TSCH,
    INSN_SAL = 0xb237,
    INSN_RSCH,
    INSN_STCRW,
    INSN_STCPS,
    INSN_RCHP,
    INSN_SCHM,
    INSN_CHSC = 0xb25f,
    INSN_XSCH = 0xb276,
};

/* Writes a format-1 CCW. */
void fake_ccw1(struct fake_guest *g, u64 at, u8 cmd, u8 flags, u16 count, u32 addr);
/* Enables the subchannel with concurrent sense and ISC 3. */
void fake_enable(struct fake_guest *g, unsigned nr);
/* Starts the format-1 program at cpa and takes the IRB. */
struct irb fake_start(struct fake_guest *g, unsigned nr, u32 cpa, u16 orb_flags);
/* One command; returns device status << 8 | subchannel status. */
unsigned fake_command(struct fake_guest *g, unsigned nr, u8 cmd, u32 addr, u16 count);

/* ---- the driver of a virtqueue ---- */

struct fake_queue {
    struct fake_guest *g;
    u16 num;
    u64 desc, avail, used;
    u16 next_desc, avail_idx, seen_used;
};

/* Rings at `at` (16 KiB). */
void fake_queue_init(struct fake_queue *q, struct fake_guest *g, u64 at, u16 num);
/* Descriptor i. */
void fake_desc(struct fake_queue *q, u16 i, u64 addr, u32 len, u16 flags, u16 next);
/* Makes the chain that starts at descriptor `head` available. */
void fake_offer(struct fake_queue *q, u16 head);
/* Takes a used element; false: none. */
bool fake_used(struct fake_queue *q, u32 *id, u32 *len);
void fake_used_event(struct fake_queue *q, u16 idx);
u16 fake_avail_event(const struct fake_queue *q);

/* Puts the virtio device at subchannel nr through its initialization (revision 2, all features,
 * classic indicators at 0x3f0000 + nr * 16, n queues of `num` at queues + i * 0x4000). */
void fake_drive(struct fake_guest *g, unsigned nr, u64 features_off, struct fake_queue *q,
                unsigned n, u16 num, u64 queues);
void fake_kick(struct fake_guest *g, unsigned nr, unsigned q);

#endif
