/* SPDX-License-Identifier: Apache-2.0
 *
 * The hypervisor's objects: a virtual machine, its virtual CPUs, and what leaves the run call.
 * Rooms above (channel, devices, machine) talk to the hypervisor through this header and
 * interrupt.h only.
 *
 * Threads: hv_run() belongs to the virtual CPU's thread; the rest says so when it may be called
 * from others.  References: architecture "How an intercept travels".
 */
#ifndef SIE390_HYPERVISOR_VM_H
#define SIE390_HYPERVISOR_VM_H

#include <pthread.h>

#include "arch/ap.h"
#include "arch/gisa.h"
#include "base/trace.h"
#include "base/workers.h"
#include "cpu/cpu.h"
#include "cpu/timer.h"
#include "hypervisor/cpu_set.h"
#include "hypervisor/guestdbg.h"
#include "hypervisor/interrupt.h"
#include "hypervisor/model.h"
#include "hypervisor/times.h"

struct vm;

enum vcpu_state {
    VCPU_STOPPED,
    VCPU_OPERATING,
    VCPU_LOAD,
    VCPU_CHECK_STOP,
};

/* Why hv_run() returned. */
enum exit_reason {
    EXIT_NONE,      /* asked to leave (vcpu_leave) */
    EXIT_INTERCEPT, /* instruction or condition the VMM completes: icptcode, ipa, ipb */
    EXIT_STOPPED,   /* the CPU is in the stopped state now */
    EXIT_RESET,     /* DIAG 308: 0, 1, 3, 4, 7: every CPU has to be stopped, then reset or re-IPL;
                     * 5, 6: set, store IPL parameters at diag308_addr (real, checked), return
                     * code to GR diag308_r1 + 1, run on */
    EXIT_TSCH,      /* TEST SUBCHANNEL; the dequeued interruption is described */
    EXIT_STSI,      /* with user_stsi: SYSIB 3.2.2 stored; the VMM may overwrite name and UUID */
    EXIT_DISABLED_WAIT,
    EXIT_PROGRAM_LOOP, /* program-check loop: the program-new PSW cannot be used */
    EXIT_EXTERNAL_LOOP,
    EXIT_DEBUG,          /* guestdbg.h: debug, debug_addr */
    EXIT_INTERNAL_ERROR, /* host trouble or validity interception: error holds -errno */
};

struct hv_exit {
    enum exit_reason reason;
    int error;
    u8 icptcode;
    u16 ipa;
    u32 ipb;
    u64 psw_mask, psw_addr;
    u64 fault_addr; /* icptcode 00 of a user-controlled VM: guest absolute address */
    /* EXIT_RESET */
    u16 subcode;
    u64 diag308_addr;
    u8 diag308_r1;
    /* EXIT_TSCH */
    bool dequeued;
    struct io_interrupt io;
    /* EXIT_STSI */
    u64 stsi_addr; /* logical */
    u8 stsi_ar;
    u8 fc, sel1;
    u16 sel2;
    /* EXIT_DEBUG */
    enum debug_kind debug;
    u64 debug_addr; /* DEBUG_WATCHPOINT: which one */
};

/* What the VMM wants to do itself.  All off: the hypervisor does what it can. */
struct vm_options {
    bool user_controlled; /* every intercept is an exit */
    bool user_sigp;       /* SIGP other than sense, external call, emergency …: exits */
    bool user_instr0;     /* instruction 0000: exit */
    bool user_operexec;   /* every operation exception: exit */
    bool user_stsi;       /* STSI 3.2.2: exit once the block is stored */
    bool user_cpu_states; /* states are the VMM's: a stop request is an exit with code 28, SIGP that
                           * starts or resets a CPU too, no reset changes a state */
    bool diag8;           /* DIAG 8 (console text): exit instead of specification exception */
    bool diag288;         /* DIAG 288 (watchdog): exit instead of specification exception */
    bool cmma;            /* ESSA: offered, and interpreted from the first one on */
    bool no_gisa;         /* adapter interruptions as floating ones */
};

/* How many of each are in the next larger one; cores: CPUs in a socket.  CPU addresses fill sockets
 * one after the other. */
struct topology {
    unsigned drawers, books, sockets, cores;
};

/* Share of a CPU that a vertically polarized CPU is promised; the values are the architecture's. */
enum entitlement { ENTITLEMENT_LOW = 1, ENTITLEMENT_MEDIUM, ENTITLEMENT_HIGH };

/* DIAGNOSE 258: pages that the CPU is told about instead of waiting for them, see pfault.c. */
struct pfault {
    u64 token;             /* real address of the token; DIAG258_TOKEN_INVALID: no handshake */
    u64 select, compare;   /* PSW-mask bits that are looked at, and what they have to be */
    _Atomic u32 under_way; /* pages that are being brought in */
};

/* A page to be brought in.  From vmm_ops.page_in() on the VMM's, until hv_page_in_done(). */
struct page_in {
    struct work work; /* for the VMM */
    struct page_in *next;
    struct vcpu *v;
    u64 abs;    /* in the frame */
    u64 token;  /* tells the guest which page */
    u32 resets; /* of the CPU, when it wanted the page */
};

struct vcpu {
    struct cpu cpu; /* engine state; between entries it is exact, state description included */
    struct vm *vm;
    unsigned id; /* CPU address */
    struct sd *sd;
    void *sd_page; /* the 4 KiB page the state description lies in */
    void *cbrl;    /* block-release list, from the first ESSA on */

    _Atomic int state;       /* enum vcpu_state; changed under local.lock */
    _Atomic bool leave;      /* hv_run() is to return EXIT_NONE */
    _Atomic bool configured; /* changed under vm->lock and local.lock */
    _Atomic bool standby;    /* not configured, but the guest may do that; else it is reserved */
    _Atomic int entitlement; /* enum entitlement */
    _Atomic bool dedicated;
    struct local_interrupts local;
    pthread_t thread;     /* the one that called hv_run() last */
    const u32 *host_cpu;  /* of that thread, while in hv_run(); local.lock */
    struct fault program; /* storage of local.program */
    struct hv_exit *exit; /* what hv_run() is to fill in */
    struct pfault pfault; /* own thread, and resets */

    /* Idling (wait state) or stopped: guarded by local.lock */
    pthread_cond_t wake;
    bool idle;
    bool woken;

    /* Pausing, see pause.c */
    _Atomic u32 pause_count; /* not zero: it is wanted at rest */
    _Atomic bool parked;     /* it is, and its registers and state description may be looked at */
    u32 resets;              /* how often it was reset */

    struct vcpu_debug debug;

    /* Counters, own thread writes, see counters.h and times.h */
    u64 *counters;
    struct cpu_times times;
    const char *handler; /* name of the last intercept's handler, for traces and probes */
};

struct vm {
    struct mem mem;
    struct view view;
    struct cpu_model model;
    struct esca *sca;
    union gisa *gisa;      /* below 2 GiB, as its designation demands */
    struct gib *gib;       /* its alert list */
    _Atomic u8 gisa_alert; /* ISCs for which an idle CPU wants to be alerted: the registered ones */
    unsigned gisc_refs[8]; /* hv_gisc_register(); under floating.lock */
    struct crycb *crycb;   /* format 2; changed while no CPU is in SIE */
    _Atomic bool interprets_ap; /* eca.APIE of every CPU; changed under `lock` */
    pthread_rwlock_t pqap_lock; /* guards pqap_hook; held for reading while it is called */
    struct pqap_hook *pqap_hook;
    u8 *facility_list; /* copy of model.facilities below 2 GiB, for the designation */
    struct floating_interrupts floating;
    _Atomic u64 tod_epoch;          /* guest TOD - host TOD; hv_set_tod_ext() changes it */
    _Atomic u8 tod_epdx;            /* the byte to the left of it, with facility 139 */
    pthread_mutex_t lock;           /* guards vcpu creation, TOD setting, storage-key use */
    struct vcpu *vcpu[VM_MAX_CPUS]; /* by CPU address; read with vm_cpu() */
    _Atomic unsigned nconfigured;
    unsigned max_cpus;
    struct topology topology;
    _Atomic bool vertical;         /* polarization */
    struct cpu_set idle_cpus;      /* those that sleep in the wait state */
    struct cpu_set operating_cpus; /* those in the operating state */
    pthread_mutex_t pause_lock;    /* pause.c; after local.lock */
    pthread_cond_t pause_cond;
    bool pausing;                /* somebody pauses CPUs; under pause_lock */
    bool paused;                 /* and has got all that he wants at rest; under pause_lock */
    _Atomic u64 control_program; /* name and version codes, from DIAG 318 */
    _Atomic bool uses_keys;
    _Atomic bool uses_gisa;
    _Atomic bool validity_warned;
    struct vm_options options; /* set before the first hv_run() */
    struct trace trace;        /* set before the first hv_run() */
    _Atomic bool debugged;     /* hv_debug_enable() */
    struct debug_points *debug_points;
    struct clocks clocks;
    const struct vmm_ops *ops; /* what the hypervisor asks the VMM for, without an exit */
    void *ops_arg;
};

/* An intercept and what became of it, for vmm_ops. */
struct hv_intercept {
    u8 icptcode;
    u16 ipa;
    u32 ipb;
    u64 psw_mask, psw_addr; /* as SIE left them */
    bool exits;             /* it leaves hv_run() */
};

/* Called on CPU threads, must be quick. */
struct vmm_ops {
    /* DIAG 500.3: notify a virtio queue.  Returns the new cookie (>= 0) or -errno. */
    s64 (*virtio_notify)(void *arg, u32 schid, u64 queue, u64 cookie);
    /* A CPU's state changed to stopped or operating by SIGP of another CPU. */
    void (*cpu_state_changed)(void *arg, struct vcpu *v);
    /* Each intercept, once it is handled. */
    void (*intercepted)(void *arg, struct vcpu *v, const struct hv_intercept *i);
    /* A CPU is to be configured and needs a thread.  0 or -errno: it stays as it is. */
    int (*cpu_configured)(void *arg, struct vcpu *v);
    /* Has hv_page_in() called on a thread that may block, and then hv_page_in_done().  NULL: CPUs
     * wait for their pages. */
    void (*page_in)(void *arg, struct page_in *p);
};

struct vm_config {
    u64 memory;               /* bytes, multiple of 1 MiB */
    bool lazy_memory;         /* pages start absent */
    unsigned cpus;            /* possible ones: created by vcpu_create() */
    struct topology topology; /* topology_complete(); all zero: one socket */
    const struct cpu_model *model;
    struct vm_options options;
};

/* 0 or -errno (logged). */
int vm_create(struct vm *vm, const struct vm_config *config);
void vm_destroy(struct vm *vm);
/* Subsystem reset of what belongs to no CPU and no device: polarization, control-program codes.
 * No CPU runs. */
void vm_reset(struct vm *vm);
int vcpu_create(struct vm *vm, unsigned id, struct vcpu **out);

/* CPU `id`, or NULL.  Any thread. */
static inline struct vcpu *vm_cpu(struct vm *vm, u64 id)
{
    return id < VM_MAX_CPUS ? __atomic_load_n(&vm->vcpu[id], __ATOMIC_ACQUIRE) : NULL;
}

/* The same, but NULL for one that is not configured. */
static inline struct vcpu *vm_cpu_configured(const struct vm *vm, u64 id)
{
    struct vcpu *v = vm_cpu((struct vm *)(uintptr_t)vm, id);

    return v && atomic_load(&v->configured) ? v : NULL;
}

/* Takes a CPU into the configuration, reset and stopped, or makes it a standby one.  Any thread
 * but its own.  0; -EALREADY; -EBUSY: not stopped, so it stays configured; another -errno from
 * vmm_ops.cpu_configured(). */
int vcpu_configure(struct vcpu *v, bool on) MUST_CHECK;
/* Standby or reserved, for one that is not configured.  Any thread. */
void vcpu_set_standby(struct vcpu *v, bool on);
/* How many there are. */
unsigned vm_count_standby(const struct vm *vm);

/* Puts 1 for what is not given, and for `cores` what is left.  False: the product is not `cpus`. */
bool topology_complete(struct topology *t, unsigned cpus);
/* Any thread.  -EINVAL: a dedicated CPU is entitled to all of it. */
int vcpu_set_entitlement(struct vcpu *v, enum entitlement e, bool dedicated) MUST_CHECK;

/* Runs the guest CPU until something leaves.  The CPU must be operating; a stopped one returns
 * EXIT_STOPPED at once.  0 with *x filled, or -errno (also in x->error). */
int hv_run(struct vcpu *v, struct hv_exit *x) MUST_CHECK;

/* User-controlled CPUs: what the hypervisor would have done with the intercept that hv_run() has
 * just left for.  0: done, run on; 1: *x says what is left to do, as after hv_run(); or -errno.
 * Own thread. */
int hv_handle(struct vcpu *v, struct hv_exit *x) MUST_CHECK;

/* Any thread while the CPU is not in hv_run(): its registers and state description are the
 * caller's until vcpu_unhold().  Short: CPUs that want to look at it wait meanwhile.  False:
 * nothing to take back, the CPU has an instruction to complete and nobody looks. */
bool vcpu_hold(struct vcpu *v) MUST_CHECK;
void vcpu_unhold(struct vcpu *v);
/* Own thread: what hv_run() left for is complete, though it does not run on yet; others may look at
 * the CPU. */
void vcpu_complete(struct vcpu *v);

/* Own thread: sleeps while the CPU is not operating, or is in a disabled wait that nothing pending
 * ends. False: vcpu_leave() was called (the next hv_run() returns EXIT_NONE, or call
 * vcpu_stay()). */
bool vcpu_sleep(struct vcpu *v);

/* Any thread: makes hv_run() return EXIT_NONE soon (also out of an idle wait); holds until it
 * has. */
void vcpu_leave(struct vcpu *v);
/* Takes a vcpu_leave() back that was noticed otherwise. */
void vcpu_stay(struct vcpu *v);
/* Any thread: engine re-reads intervention bits; an idle CPU wakes. */
void vcpu_kick(struct vcpu *v);

/* Any thread. */
enum vcpu_state vcpu_get_state(const struct vcpu *v);
/* Sets the state; the CPU's thread notices (the machine's loop waits for a stopped CPU). */
void vcpu_set_state(struct vcpu *v, enum vcpu_state s);

/* Own thread, or the CPU is not in hv_run(): resets, including local interruptions and the state
 * description.  The CPU is stopped afterwards. */
void vcpu_reset(struct vcpu *v, enum cpu_reset kind);

/* The same condition: status into the save area, `addr` the absolute address of the 512 bytes that
 * lowcore 1200 stands for; VCPU_STATUS_ABSOLUTE: the architected place, with the architectural-mode
 * id.  0 or -EFAULT. */
#define VCPU_STATUS_ABSOLUTE (~0ULL)
int vcpu_store_status(struct vcpu *v, u64 addr) MUST_CHECK;

/* Brings the page in; any thread.  Then the guest is told, and p is gone; any thread, every request
 * comes here. */
void hv_page_in(struct page_in *p);
void hv_page_in_done(struct page_in *p);

/* Subsystem reset: all pages are stable.  No CPU may run. */
void hv_reset_usage(struct vm *vm);

/* Sets the guest's TOD clock (all CPUs).  Any thread that runs no CPU; waits until the CPUs are at
 * rest for a moment. */
void hv_set_tod(struct vm *vm, u64 tod); /* epoch index 0 */
u64 hv_get_tod(struct vm *vm);
/* The same with the epoch index, which does not count without facility 139: reads as 0. */
void hv_set_tod_ext(struct vm *vm, struct tod_ext tod);
struct tod_ext hv_get_tod_ext(struct vm *vm);

/* ---- for handlers of exits (own thread of the CPU) ---- */

/* Register operands of an intercepted instruction. */
static inline unsigned hv_r1_rre(u32 ipb)
{
    return ipb >> 20 & 15;
}
static inline unsigned hv_r2_rre(u32 ipb)
{
    return ipb >> 16 & 15;
}
/* S-format operand address, wrapped to the addressing mode; *ar the access register. */
u64 hv_addr_s(const struct vcpu *v, u32 ipb, u8 *ar);
/* Second operand of RS: as S, but not wrapped where it is no address (DIAGNOSE, SIGP). */
u64 hv_base_disp(const struct vcpu *v, u32 ipb);
/* RSY and SIY: 20-bit displacement. */
u64 hv_addr_rsy(const struct vcpu *v, u32 ipb, u8 *ar);

/* ---- adjunct processors: ap.c, priv_pqap.c ---- */

/* The driver of a VM's AP queues. */
struct pqap_hook {
    /* The guest asks for interruptions of a queue, or wants them no longer (PQAP, function AQIC).
     * The instruction's own checks are done; gr1 and gr2 are the registers as the guest has them.
     * Returns the status word for GR 1 (AP_STATUS_*); a response code makes condition code 3.
     * On the CPU's thread, on several at once; it may not wait for CPUs to come to rest, nor set or
     * clear a hook. */
    u32 (*aqic)(struct pqap_hook *h, struct vcpu *v, u16 apqn, u64 gr1, u64 gr2);
};

/* Any thread that runs no CPU.  -EBUSY: there is one. */
int hv_set_pqap_hook(struct vm *vm, struct pqap_hook *hook) MUST_CHECK;
/* Waits for calls that are running: the hook is the caller's again.  Nothing happens if another one
 * is set. */
void hv_clear_pqap_hook(struct vm *vm, const struct pqap_hook *hook);

/* Which adapters and domains SIE lets the guest use.  Any thread that runs no CPU; waits until the
 * CPUs are at rest for a moment.  After it no CPU uses the earlier ones. */
void hv_set_ap_masks(struct vm *vm, const struct apcb1 *masks);
void hv_clear_ap_masks(struct vm *vm);
/* eca.APIE: PQAP, NQAP and DQAP are interpreted, or intercepted, by all CPUs there are and will be.
 * As hv_set_ap_masks().  -EOPNOTSUPP: the CPU model is without AP. */
int hv_set_ap_interpretation(struct vm *vm, bool on) MUST_CHECK;

/* A guest ISC on which something will interrupt: as long as it is registered, it is in the alert
 * mask that idling CPUs restore.  Counted.  Any thread.  -ERANGE: no such ISC; -EINVAL: not
 * registered. */
int hv_gisc_register(struct vm *vm, unsigned isc) MUST_CHECK;
int hv_gisc_unregister(struct vm *vm, unsigned isc) MUST_CHECK;
/* How many registrations there are. */
unsigned hv_gisc_count(struct vm *vm);

/* ---- operands and registers of exits ---- */

/* For traces: " IPA IPB MNEMONIC OPERANDS" of an intercepted instruction, psw_addr behind it; empty
 * for codes that describe none. */
#define HV_INSN_TEXT 128
void hv_insn_text(u8 icptcode, u16 ipa, u32 ipb, u64 psw_addr, char text[HV_INSN_TEXT]);

/* Guest registers between entries (GR 14, 15 included). */
static inline u64 *hv_gr(struct vcpu *v, unsigned n)
{
    return &v->cpu.gr[n];
}
static inline u64 hv_psw_mask(const struct vcpu *v)
{
    return be64_get(v->sd->gpsw.mask);
}
static inline u64 hv_psw_addr(const struct vcpu *v)
{
    return be64_get(v->sd->gpsw.addr);
}
static inline void hv_set_psw(struct vcpu *v, u64 mask, u64 addr)
{
    v->sd->gpsw = (struct psw_be){be64_of(mask), be64_of(addr)};
}
static inline void hv_set_cc(struct vcpu *v, unsigned cc)
{
    v->sd->gpsw.mask = be64_of((hv_psw_mask(v) & ~PSW_MASK_CC) | (u64)(cc & 3) << PSW_CC_SHIFT);
}
static inline u64 hv_cr(const struct vcpu *v, unsigned n)
{
    return be64_get(v->sd->gcr[n]);
}
static inline u32 hv_prefix(const struct vcpu *v)
{
    return be32_get(v->sd->prefix_ibc) & SD_PREFIX_Z;
}
/* Prefix and control registers live in two places: only through these. */
void hv_set_cr(struct vcpu *v, unsigned n, u64 value);
void hv_set_prefix(struct vcpu *v, u32 prefix);

/* Control-program name and version codes, as DIAG 318 sets them.  Any thread. */
void hv_set_control_program(struct vm *vm, u64 codes);

/* From here on SIE interprets guarded storage for this CPU. */
void hv_enable_guarded_storage(struct vcpu *v);

/* Logical storage through the guest's translation, keys and protection.  GACCESS_INJECTED: a guest
 * exception is pending for the guest now; the instruction is over, return to hv_run(). */
enum gaccess { GACCESS_OK, GACCESS_INJECTED, GACCESS_ERROR };
enum gaccess hv_read_guest(struct vcpu *v, u64 addr, u8 ar, void *to, u64 len) MUST_CHECK;
enum gaccess hv_write_guest(struct vcpu *v, u64 addr, u8 ar, const void *from, u64 len) MUST_CHECK;
/* Real addresses (prefixing applied): lowcore and SCCBs.  false: not in storage. */
bool hv_has_real(const struct vcpu *v, u64 addr, u64 len);
bool hv_read_real(struct vcpu *v, u64 addr, void *to, u64 len) MUST_CHECK;
bool hv_write_real(struct vcpu *v, u64 addr, const void *from, u64 len) MUST_CHECK;

/* The same for a VMM that wants it done its own way. */
struct hv_access {
    u64 addr;
    u8 ar;       /* access register, in AR mode */
    u8 key;      /* bits 0-3: access key; 0: no check of keys */
    bool store;  /* buffer to guest */
    bool check;  /* only look: nothing is moved, buffer is not used */
    bool inject; /* an exception is made pending for the instruction that was intercepted */
    void *buffer;
    u64 len; /* 1 to HV_ACCESS_MAX */
};
#define HV_ACCESS_MAX 0x10000
/* 0; the code of the program interruption that stands against it (> 0); -EFAULT: host trouble. */
int hv_access_guest(struct vcpu *v, const struct hv_access *a) MUST_CHECK;

/* Injects a program interruption (the PSW is already past the instruction; it is rewound for
 * nullifying codes). */
void hv_inject_program(struct vcpu *v, u16 code);
/* The same with all details.  f->ilc 0: that of the intercepted instruction; rewind: as the code
 * demands. */
void hv_inject_program_fault(struct vcpu *v, const struct fault *f, bool rewind);

#endif
