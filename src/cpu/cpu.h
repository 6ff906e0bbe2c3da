/* SPDX-License-Identifier: Apache-2.0
 *
 * One CPU as the engine runs it: registers in host order, the PSW taken apart, the TLB banks, the
 * request word.  Loaded from a state description at SIE entry and stored back at exit (src/sie);
 * between the two it belongs to its own thread.  Other threads may only set `request` bits and post
 * shootdowns (request.h).
 *
 * Not here: interception (src/sie), what the hypervisor knows of a virtual CPU (src/hypervisor).
 *
 * Invariants
 *  - While code runs, psw_addr is stale: the instruction address follows from the slot pointer,
 *    see cpu_ia() in exec.h.  cpu_interp() returns with psw_addr exact.
 *  - psw_mask never holds the condition code while code runs; `cc` does.  Program mask, key, AS,
 *    and all other bits are always exact in psw_mask; amask, dspace and ispace derive from it.
 *
 * References: [PoP 4 Control].
 */
#ifndef SIE390_CPU_CPU_H
#define SIE390_CPU_CPU_H

#include <stdatomic.h>

#include "arch/guarded.h"
#include "arch/psw.h"
#include "arch/sd.h"
#include "cpu/host.h"
#include "cpu/tlb.h"
#include "cpu/view.h"

struct cpu;
struct dinsn;

/* Bits of cpu.request, set by other threads, looked at on back edges and indirect branches. */
enum {
    REQ_KICK = 1,      /* leave cpu_interp(): cpuflags or pending interruptions changed */
    REQ_SHOOTDOWN = 2, /* the shootdown queue is not empty */
    REQ_CODE = 4,      /* decoded code was dropped: forget code TLB entries */
    REQ_HOST = 8,      /* the host wants the CPU back: leave SIE with code 0 */
};

/* Why cpu_interp() came back.  psw_addr is exact in each case. */
enum cpu_stop {
    CPU_STOP_REQUEST,    /* request bits or a pending interruption that may be enabled now */
    CPU_STOP_FAULT,      /* cpu.fault: program interruption; PSW as it is to be stored */
    CPU_STOP_SVC,        /* supervisor call that the state description intercepts; cpu.icpt */
    CPU_STOP_INTERCEPT,  /* instruction to be intercepted; cpu.icpt */
    CPU_STOP_PARTIAL,    /* partial execution (MVPG, SIGP external call); cpu.icpt */
    CPU_STOP_KSS,        /* storage-key instruction under keyless subset; PSW at it */
    CPU_STOP_WAIT,       /* a wait PSW was loaded */
    CPU_STOP_HOST_FAULT, /* cpu.host_fault: the view could not answer; PSW at the instruction */
    CPU_STOP_VALIDITY /* cpu.validity: a satellite turned out to be bad; PSW at the instruction */
};

/* A program interruption to be. */
struct fault {
    u16 code;      /* program-interruption code */
    u8 ilc;        /* 0, 2, 4 or 6 */
    u8 dxc;        /* data-exception or vector-exception code */
    u8 eaid;       /* exception access id (access-register number) */
    u8 oaid;       /* operand access id */
    u64 teid;      /* translation-exception identification */
    u16 mon_class; /* monitor event */
    u64 mon_code;
    u8 per_code; /* nonzero: a PER event goes with it, or is all of it */
    u8 per_atmid;
    u8 per_aid;
    u64 per_addr;
};

/* The instruction that an interception is about. */
struct icpt_insn {
    u16 ipa;         /* first halfword */
    u32 ipb;         /* the rest, left aligned */
    u8 ilc;          /* length in bytes to rewind: of the EXECUTE when it is a target */
    bool execute;    /* it was the target of EXECUTE or EXECUTE RELATIVE LONG */
    bool per_ifetch; /* an instruction-fetch PER event belongs to it, not yet reported */
};

struct host_fault {
    u64 abs; /* guest absolute address */
    bool write;
    bool fetch; /* the instruction fetch itself */
    u8 ilc;     /* of the instruction; 0 when its fetch failed */
    enum view_result what;
};

/* 128-bit register: vr 0-15 hold FPR 0-15 in d[0].  d[0] is the leftmost doubleword. */
union vreg {
    u64 d[2];
};

/* One instruction, decoded.  16 bytes a halfword of code.  Which field holds what depends on the
 * format: the generator writes both sides. */
struct dinsn {
    const struct dinsn *(*fn)(struct cpu *c, const struct dinsn *d);
    u8 r1, r2, r3;
    u8 ilc; /* length in halfwords, 1-3 */
    union {
        s32 imm;
        u32 uimm;
        u16 h[2];
        u8 i[4];
    };
};

/* Room for an instruction that does not run in place: a target of EXECUTE, one that straddles two
 * pages, one under PER.  The slots behind it lead back. */
struct side_slots {
    struct dinsn slot[4];
};

#define SIDE_CACHE 64 /* power of two */

struct guarded_storage {
    u64 gsd;    /* designation */
    u64 gssm;   /* section mask */
    u64 gsepla; /* address of the event parameter list */
};

struct timers {
    u64 epoch;        /* guest TOD - host TOD */
    u64 last_stck;    /* last TOD value given to the guest: they are unique */
    u64 ckc;          /* clock comparator */
    s64 cpu_timer;    /* value at `cpu_timer_at` */
    u64 cpu_timer_at; /* host TOD when cpu_timer was exact; it runs since then */
    bool ckc_due;     /* clock comparator was found passed */
    bool cpu_timer_due;
    bool mef; /* the guest has epoch indexes (multiple-epoch facility) */
    u8 epdx;  /* the byte to the left of `epoch`, with mef */
};

/* While the host has put PER controls of its own into CR 9-11 (SD_CPUFLAG_P): the guest's, what it
 * has hidden by a breakpoint, and what only the engine can tell about the last instruction under
 * them.  per.c */
struct per_guest {
    u64 cr9, from, to; /* set by the host before entry */
    bool hidden;       /* so are these: an EXECUTE with the target at hidden_at ... */
    u64 hidden_at;
    u32 hidden_text; /* ... executes this instead of the first four bytes in storage */
    bool on;         /* the guest's PSW had PER on */
    bool stored;     /* it altered storage in the guest's range */
    bool target;     /* it was an EXECUTE whose target is an event of the guest's */
    bool switched;   /* its switch of spaces is an event only because of a PER event */
};

struct cpu {
    /* The hot part. */
    u64 gr[17]; /* [16] is always zero: "no base register" */
    u32 cc;
    _Atomic u32 request;
    s32 budget;                /* taken branches until the clock is looked at */
    bool code_changed;         /* a store hit decoded code: settle before the next instruction */
    bool pending;              /* an interruption is pending, maybe not enabled */
    bool side;                 /* running in `ex`: target of EXECUTE or straddling instruction */
    bool per;                  /* one instruction at a time, events are recorded (per.h) */
    u32 per_events;            /* of the running instruction, as in CR9 */
    bool space_switched;       /* it went to another space: an event if there is a PER event */
    u32 space_teid;            /* translation-exception identification of that */
    u64 amask;                 /* addressing mode: 00ffffff, 7fffffff or all ones */
    u64 page_va;               /* virtual address of the code page, or 2 in side slots */
    u64 ia_base;               /* logical address of slots[0] */
    const struct dinsn *slots; /* of the current code page, or ex.slot */
    struct tlb_bank *dspace;   /* data: primary, secondary, home or real; never hits in AR mode */
    struct tlb_bank *ispace;   /* instructions: primary, home or real */
    u64 bear;                  /* breaking-event address */
    u64 slow_value[2];         /* result of a slow load */

    u64 psw_mask;
    u64 psw_addr;
    u64 cr[16];
    u32 ar[16];
    union vreg vr[32];
    u32 fpc;
    u32 prefix;     /* absolute address of the prefix area */
    u8 *lowcore[2]; /* host addresses of the prefix area's two frames; NULL: ask */

    /* Side slots: EXECUTE and page straddling. */
    struct side_slots ex;
    const struct dinsn *ex_slots; /* page to come back to */
    u64 ex_page_va;
    u64 ex_next;    /* address of the instruction after the EXECUTE */
    u64 ex_addr;    /* address of the EXECUTE; equal to ia_base when only straddling */
    u8 ex_ilc;      /* bytes of the EXECUTE (or straddling instruction) */
    bool ex_target; /* it is a target of EXECUTE */
    u64 ex_text;    /* text of the instruction in the side slots, left aligned */
    struct {
        u64 text;
        struct dinsn insn;
    } side_cache[SIDE_CACHE]; /* decoded instructions by their text */

    struct fault fault;
    struct icpt_insn icpt;
    struct host_fault host_fault;
    enum cpu_stop stop;
    u8 per_aid;        /* access register of the first storage access that is a PER event */
    u8 per_ai;         /* its space, as PER_ATMID_AI */
    bool per_enforced; /* PER applies whatever the PSW says (SD_CPUFLAG_P) */
    struct per_guest per_guest;

    /* Code invalidations noticed within the running instruction. */
    struct {
        struct frame *frame;
        u64 granules;
    } inval[4];
    unsigned ninval;

    struct tlb_bank *banks[TLB_BANKS];
    unsigned bank_clock;      /* for replacement */
    struct tlb_bank *no_bank; /* never hits: AR mode, and "not resolved" */

    struct timers timers;
    u32 todpr;                          /* TOD programmable register */
    u64 pp;                             /* program parameter */
    struct guarded_storage gs, host_gs; /* host_gs: while the guest's are those of the SDNX */
    u8 cpnc;

    struct sd *sd; /* the state description that it runs from */
    struct view *view;
    const struct host_storage *host; /* what sd's addresses mean */
    struct satellites sat;
    u16 validity; /* reason, with CPU_STOP_VALIDITY */
    struct mem *mem;
    unsigned number;      /* position in mem->cpus */
    const u8 *facilities; /* facility list that the guest sees, 256 bytes */
    u8 newest;            /* of what generation instructions may be, or CODE_ALL (code.h) */
    u64 cpuid;            /* STIDP value of the model, CPU address part not filled in */

    /* Requests from other threads, request.h */
    pthread_t owner;        /* the thread, while in_guest */
    _Atomic u32 in_guest;   /* 1 between entry and exit: acknowledgements must be waited for */
    _Atomic u64 shoot_done; /* number of the last shootdown that this CPU has served */
    struct shootdown_queue *shoot;
    _Atomic u64 code_epoch; /* code pool epoch that this CPU has acknowledged */

    /* Counters (base/counters.h), own thread writes. */
    u64 count_tlb_fill;
    u64 count_decode;
};

/* Storage for a CPU; view and sd are set by the caller before it runs.  0 or -errno. */
int cpu_init(struct cpu *c, struct mem *m, struct view *v);
void cpu_destroy(struct cpu *c);

/* Resets.  [PoP 4 Resets].  clear: GRs, ARs, FPRs as well. */
enum cpu_reset { CPU_RESET_NORMAL, CPU_RESET_INITIAL, CPU_RESET_CLEAR };
void cpu_reset(struct cpu *c, enum cpu_reset kind);

/* Floating-point register n as long, short (leftmost word). */
static inline u64 cpu_fpr(const struct cpu *c, unsigned n)
{
    return c->vr[n].d[0];
}

static inline void cpu_set_fpr(struct cpu *c, unsigned n, u64 v)
{
    c->vr[n].d[0] = v;
}

/* Is facility bit n on for this guest. */
static inline bool cpu_facility(const struct cpu *c, unsigned n)
{
    return bitmap_test(c->facilities, n);
}

/* Storage-key removal: no key but zero exists. */
static inline bool cpu_keyless(const struct cpu *c)
{
    return cpu_facility(c, 169);
}

/* The guarded-storage registers from and into a control block. */
static inline void cpu_gs_load(struct cpu *c, const struct gs_cb *cb)
{
    c->gs.gsd = be64_get(cb->gsd);
    c->gs.gssm = be64_get(cb->gssm);
    c->gs.gsepla = be64_get(cb->gsepla);
}

static inline void cpu_gs_store(const struct cpu *c, struct gs_cb *cb)
{
    *cb =
        (struct gs_cb){be64_of(0), be64_of(c->gs.gsd), be64_of(c->gs.gssm), be64_of(c->gs.gsepla)};
}

/* Full PSW mask, condition code included. */
static inline u64 cpu_psw_mask(const struct cpu *c)
{
    return (c->psw_mask & ~PSW_MASK_CC) | (u64)c->cc << PSW_CC_SHIFT;
}

static inline bool cpu_problem_state(const struct cpu *c)
{
    return c->psw_mask & PSW_MASK_PSTATE;
}

#endif
