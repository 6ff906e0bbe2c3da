/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest storage: the bytes, the storage keys and what the engine knows about each 4 KiB frame.
 * One struct mem a virtual machine, shared by its CPUs.  Sparse: a frame that nobody touched costs
 * nothing, in bytes, keys or bookkeeping.
 *
 * This is also the ONE gateway for accesses that are not guest instructions: devices, SCLP, the
 * hypervisor, loaders, the debugger.  A write through it sets reference and change bits and drops
 * decoded code of the bytes on all CPUs.  Storage keys are checked where the caller names a key.
 *
 * Not here: translation (dat.h), access by guest instructions (access.h).
 * References: [PoP 3 Storage].
 */
#ifndef SIE390_CPU_MEM_H
#define SIE390_CPU_MEM_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/bits.h"

struct ap_bus;
struct ap_insns;
struct cpu;
struct page_code;

#define FRAME_SHIFT 12
#define FRAME_SIZE 4096UL
#define FRAME_MASK 0xfffUL

/* Storage key byte: bits 0-3 access control, 4 fetch protection, 5 reference, 6 change. */
#define KEY_ACC 0xf0
#define KEY_FP 0x08
#define KEY_R 0x04
#define KEY_C 0x02

/* Usage byte of a frame (collaborative memory management): what the guest says its content is
 * worth.  All zero: stable, resident. */
#define USAGE_STATE 0x03
#define USAGE_STABLE 0x00
#define USAGE_UNUSED 0x01
#define USAGE_POT_VOLATILE 0x02
#define USAGE_VOLATILE 0x03
#define USAGE_NODAT 0x04 /* holds no translation tables */
#define USAGE_GONE 0x08  /* unused, and the host has taken its content away */
#define USAGE_BUSY 0x80  /* the host is at that: the state may not change meanwhile */

/* What the engine remembers about a frame.  All zero for an untouched one. */
struct frame {
    _Atomic u64 code;    /* 64-byte granules with decoded code; bit g from the right */
    _Atomic u64 writers; /* CPUs (number mod 64) that may store here without a look at `code` */
    _Atomic u64 holders; /* CPUs (number mod 64) that may hold a TLB entry for this frame */
    struct page_code *_Atomic page; /* decoded code of the frame, or NULL */
};

struct mem {
    u8 *base;             /* storage, absolute address 0 first */
    u64 size;             /* bytes, a multiple of 1 MiB */
    _Atomic u8 *keys;     /* one key byte a frame */
    struct frame *frames; /* one a frame */
    _Atomic u8 *present;  /* 0 = not there yet (--lazy-memory); NULL when all pages are present */

    _Atomic u8 *_Atomic usage; /* one usage byte a frame; NULL until the guest tells usage states */

    _Atomic u32 *_Atomic pins; /* one count a frame; NULL until the first mem_pin() */
    _Atomic u64 npins;         /* their sum */

    u64 tod_base;   /* host TOD clock at CLOCK_MONOTONIC zero, see timer.h */
    bool many_cpus; /* more than 64 may come: eight bits of the TOD clock name the CPU */

    pthread_mutex_t plo_lock; /* held by PERFORM LOCKED OPERATION: one at a time */
    pthread_mutex_t lock;     /* guards cpus[], ncpus, the code pool; never held in guest state */
    struct cpu **cpus;        /* every CPU that runs on this storage; NULL where one has left */
    unsigned ncpus;           /* places in cpus[] */
    struct code_pool *pool;   /* decoded code, see code.h */

    /* Adjunct processors that the CPUs find (ap.h); set while none runs, NULL: there are none. */
    const struct ap_insns *ap;
    struct ap_bus *ap_bus;
};

enum mem_result {
    MEM_OK,
    MEM_OUTSIDE, /* address not in the configuration */
    MEM_KEY,     /* key-controlled protection */
};

/* Creates storage of `size` bytes (multiple of 1 MiB).  lazy: all pages start absent.
 * 0 or -errno (logged). */
int mem_create(struct mem *m, u64 size, bool lazy);
/* All CPUs must be gone. */
void mem_destroy(struct mem *m);

void mem_add_cpu(struct mem *m, struct cpu *c);
void mem_remove_cpu(struct mem *m, struct cpu *c);

static inline bool mem_has(const struct mem *m, u64 abs, u64 len)
{
    return abs < m->size && len <= m->size - abs;
}

static inline struct frame *mem_frame(struct mem *m, u64 abs)
{
    return &m->frames[abs >> FRAME_SHIFT];
}

/* Copies bytes that lie at a guest address on one side: an aligned halfword, word or doubleword is
 * one access.  For those who hold a page by a TLB entry. */
void mem_copy(void *to, const void *from, u64 len, u64 guest_addr);

/* Copies from or to absolute storage.  Nothing is copied unless all of it is accessible.
 * Absent pages are made present first. */
enum mem_result mem_read(struct mem *m, absolute from, void *to, u64 len) MUST_CHECK;
enum mem_result mem_write(struct mem *m, absolute to, const void *from, u64 len) MUST_CHECK;
enum mem_result mem_fill(struct mem *m, absolute to, u8 byte, u64 len) MUST_CHECK;

/* The same with key-controlled protection: key in bits 0-3 of `key` (0 = no check). */
enum mem_result mem_read_key(struct mem *m, absolute from, void *to, u64 len, u8 key) MUST_CHECK;
enum mem_result mem_write_key(struct mem *m, absolute to, const void *from, u64 len,
                              u8 key) MUST_CHECK;
/* What one of the two would say; nothing is touched. */
enum mem_result mem_check_key(const struct mem *m, absolute abs, u64 len, u8 key,
                              bool store) MUST_CHECK;

/* For device data paths (readv/writev): a host pointer to [abs, abs+len), or NULL when outside.
 * A reader may use it at once.  A writer calls mem_wrote() for the range afterwards. */
u8 *mem_span(struct mem *m, absolute abs, u64 len);
void mem_wrote(struct mem *m, absolute abs, u64 len);

/* Contents become undefined (zero when next read), host pages are given back; frames that are not
 * wholly inside are cleared instead.  With lazy memory the frames become absent.  Pinned frames are
 * cleared and stay: the guest sees the same whether or not a device knows the frame. */
enum mem_result mem_discard(struct mem *m, absolute abs, u64 len) MUST_CHECK;

/* All of storage and all keys as after power-on and clear reset: zero.  The host gets its pages
 * back. */
void mem_clear(struct mem *m);

/* Big-endian words, single-copy atomic when aligned. */
enum mem_result mem_read32(struct mem *m, absolute from, u32 *v) MUST_CHECK;
enum mem_result mem_read64(struct mem *m, absolute from, u64 *v) MUST_CHECK;
enum mem_result mem_write32(struct mem *m, absolute to, u32 v) MUST_CHECK;
enum mem_result mem_write64(struct mem *m, absolute to, u64 v) MUST_CHECK;

/* Lazy memory: is the frame absent; make it present (content zero until paged in). */
static inline bool mem_is_absent(const struct mem *m, u64 abs)
{
    return unlikely(m->present) &&
           !atomic_load_explicit(&m->present[abs >> FRAME_SHIFT], memory_order_acquire);
}
void mem_make_present(struct mem *m, u64 abs);
/* The same, with the host's page behind it: may block, for a thread that runs no CPU. */
void mem_page_in(struct mem *m, u64 abs);

/* A frame that a device writes into by itself (an indicator byte): it is made present, and stays
 * present and where it is until as many mem_unpin() as mem_pin().  Discarding and clearing it give
 * zeros in place; a discard that is under way already may still do that after mem_pin().  Pins
 * survive mem_clear().  Any thread.  0; -EFAULT: not in storage; -ENOMEM. */
int mem_pin(struct mem *m, absolute abs) MUST_CHECK;
void mem_unpin(struct mem *m, absolute abs);
/* All pins of all frames: 0 when nobody forgot one. */
u64 mem_pinned(const struct mem *m);

/* Usage states from now on (once).  0 or -errno (logged). */
int mem_usage_begin(struct mem *m) MUST_CHECK;
/* All frames are stable again (subsystem reset).  No CPU may run. */
void mem_usage_reset(struct mem *m);
/* Frames [first, first + n) as the guest declared them some time ago: the content of those that are
 * unused still is dropped.  Returns how many. */
u64 mem_usage_release(struct mem *m, u64 first, u64 n);

/* Storage keys.  mem_key_set() also drops what CPUs remember of the frame's protection.
 * All take an absolute address inside storage. */
u8 mem_key_get(struct mem *m, absolute abs);
void mem_key_set(struct mem *m, absolute abs, u8 key);
/* Resets the reference bit; returns the old key byte (R and C as before). */
u8 mem_key_reset_r(struct mem *m, absolute abs);

#endif
