/* SPDX-License-Identifier: Apache-2.0
 *
 * libsie390: runs s390x guests by interpretive execution, inside any program.
 *
 * A program makes a virtual machine, gives it storage and CPUs, runs each CPU on a thread of its
 * choice and completes what leaves sie390_vcpu_run().  In brackets: what KVM calls the same thing
 * (Documentation/virt/kvm/api.rst of Linux).  docs/library.md is a walk through it.
 *
 * Results: 0 (or what the function says), or a negative errno; sie390_last_error() has a line of
 * text then.  Addresses are guest absolute unless a function says otherwise.  All values are in the
 * host's byte order; what lies in guest storage is big-endian.
 *
 * Threads: functions on a VM, and those on a CPU that say "any thread", may be called at any time.
 * The others need the CPU: they give -EBUSY while another thread runs it.  Hooks run on the CPU's
 * thread, inside sie390_vcpu_run(); they may use the CPU's registers, but not run, reset or destroy
 * anything.
 *
 * Growth: a structure that starts with `size` gets sizeof of itself there; what is left zero has
 * its default.  The interface may still change while the version begins with 0.
 */
#ifndef SIE390_H
#define SIE390_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SIE390_API __attribute__((visibility("default")))
#else
#define SIE390_API
#endif

struct sie390_vm;
struct sie390_vcpu;

/* ---- library ---- */

/* "0.1.0" */
SIE390_API const char *sie390_version(void);

/* The last error that a function of the library met on this thread, one line; "" if there was none.
 * Good until the next one. */
SIE390_API const char *sie390_last_error(void);

enum sie390_log_level {
    SIE390_LOG_ERROR,
    SIE390_LOG_WARNING,
    SIE390_LOG_INFO,
    SIE390_LOG_DEBUG,
};

/* Messages of all VMs go to fn (NULL, as at the start: nowhere), one line without newline.  Called
 * on any thread; must not call the library. */
typedef void sie390_log_fn(void *arg, enum sie390_log_level level, const char *text);
SIE390_API void sie390_set_log(sie390_log_fn *fn, void *arg);

/* CPU models in order, NULL behind the last; *title (may be NULL) is for people. */
SIE390_API const char *sie390_model_name(unsigned n, const char **title);

/* ---- virtual machine [KVM_CREATE_VM] ---- */

/* Options of a VM. */
#define SIE390_LAZY_MEMORY 0x001ULL     /* pages are absent until somebody touches them */
#define SIE390_USER_CONTROLLED 0x002ULL /* every intercept exits [KVM_VM_S390_UCONTROL] */
#define SIE390_USER_SIGP                                                                           \
    0x004ULL                        /* SIGP orders that signal no interruption, and do not         \
                                     * sense, exit [KVM_CAP_S390_USER_SIGP] */
#define SIE390_USER_STSI 0x008ULL   /* STSI 3.2.2 exits [KVM_CAP_S390_USER_STSI] */
#define SIE390_USER_INSTR0 0x010ULL /* instruction 0000 exits [KVM_CAP_S390_USER_INSTR0] */
#define SIE390_USER_OPEREXEC                                                                       \
    0x020ULL /* every operation exception exits                                                    \
              * [KVM_CAP_S390_USER_OPEREXEC] */
#define SIE390_USER_CPU_STATES                                                                     \
    0x040ULL                    /* states are the user's [KVM_SET_MP_STATE]: a stop request        \
                                 * exits with code 28, SIGP start, restart and resets exit;        \
                                 * nothing but sie390_vcpu_set_state() changes a state */
#define SIE390_NO_GISA 0x080ULL /* adapter interruptions float like others */
#define SIE390_DIAG8 0x100ULL   /* DIAGNOSE 8 (console text) exits */
#define SIE390_DIAG288 0x200ULL /* DIAGNOSE 288 (watchdog) exits */

/* An intercept and what became of it. */
struct sie390_intercept {
    uint8_t icptcode;
    bool exits; /* it leaves sie390_vcpu_run() */
    uint16_t ipa;
    uint32_t ipb;
    uint64_t psw_mask, psw_addr; /* as interpretive execution left them */
};

/* Asked or told without an exit.  Any may be NULL.  Must be quick. */
struct sie390_hooks {
    size_t size;
    /* Every intercept, after it was handled. */
    void (*intercepted)(void *arg, struct sie390_vcpu *vcpu, const struct sie390_intercept *i);
    /* SIGP of another CPU made this one stopped or operating. */
    void (*state_changed)(void *arg, struct sie390_vcpu *vcpu);
    /* DIAGNOSE 500 function 3: queue of a virtio-ccw device notified.  The new cookie, or -errno.
     * NULL: DIAGNOSE 500.3 exits.  [KVM_IOEVENTFD] */
    int64_t (*virtio_notify)(void *arg, struct sie390_vm *vm, uint32_t subchannel_id,
                             uint64_t queue, uint64_t cookie);
};

struct sie390_vm_config {
    size_t size;
    uint64_t memory;   /* bytes, a multiple of 1 MiB [KVM_SET_USER_MEMORY_REGION] */
    const char *model; /* "z13", "max,edat1=off" …; NULL: "max" [KVM_S390_VM_CPU_MODEL] */
    unsigned max_cpus; /* CPU addresses 0 to max_cpus - 1; 0: one */
    uint64_t options;  /* SIE390_* */
    const struct sie390_hooks *hooks; /* copied */
    void *hooks_arg;
};

SIE390_API int sie390_vm_create(const struct sie390_vm_config *config, struct sie390_vm **vm);
/* With its CPUs.  -EBUSY: one of them is running.  NULL is allowed. */
SIE390_API int sie390_vm_destroy(struct sie390_vm *vm);

/* Facility n of STFLE, and what STIDP stores (CPU address 0). */
SIE390_API bool sie390_vm_facility(const struct sie390_vm *vm, unsigned n);
SIE390_API uint64_t sie390_vm_cpuid(const struct sie390_vm *vm);

/* TOD clock of all CPUs [KVM_S390_VM_TOD_LOW].  Setting waits for every CPU to be between two
 * instructions; the epoch index becomes 0.  -EDEADLK: a CPU of the calling thread has an exit to
 * complete, see sie390_vcpu_complete(). */
SIE390_API uint64_t sie390_vm_get_tod(struct sie390_vm *vm);
SIE390_API int sie390_vm_set_tod(struct sie390_vm *vm, uint64_t tod);

/* The same with the epoch index, how often the clock has overflowed [KVM_S390_VM_TOD_EXT]. */
struct sie390_tod {
    uint8_t epoch_index; /* without facility 139: 0, and nothing else can be set (-EINVAL) */
    uint64_t tod;
};
SIE390_API void sie390_vm_get_tod_ext(struct sie390_vm *vm, struct sie390_tod *tod);
SIE390_API int sie390_vm_set_tod_ext(struct sie390_vm *vm, const struct sie390_tod *tod);

/* Lines about what happens, to a file descriptor: kinds is "all" or a list of icpt, irq, sigp; ""
 * ends it. */
SIE390_API int sie390_vm_trace(struct sie390_vm *vm, const char *kinds, int fd);

/* ---- storage ---- */

SIE390_API uint64_t sie390_vm_memory(const struct sie390_vm *vm);

/* -EFAULT: not all of it is in storage; nothing was moved.  Writing sets reference and change bits
 * and is seen by the guest's instruction fetching. */
SIE390_API int sie390_vm_read(struct sie390_vm *vm, uint64_t addr, void *to, uint64_t len);
SIE390_API int sie390_vm_write(struct sie390_vm *vm, uint64_t addr, const void *from, uint64_t len);
SIE390_API int sie390_vm_fill(struct sie390_vm *vm, uint64_t addr, uint8_t byte, uint64_t len);
/* A whole file; *len (may be NULL) its length.  -EFBIG: it does not fit. */
SIE390_API int sie390_vm_load_file(struct sie390_vm *vm, const char *path, uint64_t addr,
                                   uint64_t *len);
/* Contents are zero afterwards, the host gets whole pages back; absent with SIE390_LAZY_MEMORY. */
SIE390_API int sie390_vm_discard(struct sie390_vm *vm, uint64_t addr, uint64_t len);
/* SIE390_LAZY_MEMORY: is the page absent; make it present [KVM_S390_VCPU_FAULT]. */
SIE390_API bool sie390_vm_absent(const struct sie390_vm *vm, uint64_t addr);
SIE390_API int sie390_vm_make_present(struct sie390_vm *vm, uint64_t addr);

/* Storage keys of `count` frames from the one at addr: access control 80-10, fetch protection 08,
 * reference 04, change 02 [KVM_S390_GET_SKEYS, KVM_S390_SET_SKEYS]. */
SIE390_API int sie390_vm_get_keys(struct sie390_vm *vm, uint64_t addr, uint64_t count,
                                  uint8_t *keys);
SIE390_API int sie390_vm_set_keys(struct sie390_vm *vm, uint64_t addr, uint64_t count,
                                  const uint8_t *keys);

/* [KVM_S390_MEM_OP] */
#define SIE390_MEM_STORE 1U  /* from the buffer; else to it */
#define SIE390_MEM_CHECK 2U  /* only look; buffer is not used [F_CHECK_ONLY] */
#define SIE390_MEM_INJECT 4U /* an exception is presented to the guest [F_INJECT_EXCEPTION] */
#define SIE390_MEM_KEY 8U    /* check `key` [F_SKEY_PROTECTION]; else none is */
#define SIE390_MEM_REAL 16U  /* address is real: prefixing only, no other check of the CPU's */
#define SIE390_MEM_MAX 0x10000U

struct sie390_mem_op {
    size_t size;
    uint32_t flags;
    uint8_t ar;  /* access register, when the PSW says access-register mode */
    uint8_t key; /* access key in bits 0-3: F0 is key 15 */
    uint64_t addr;
    uint64_t len; /* 1 to SIE390_MEM_MAX */
    void *buffer;
};

/* Logical (or real) addresses of a CPU as its PSW and control registers stand.  0, or the code of
 * the program interruption that stands against it (> 0), or -errno.  SIE390_MEM_INJECT only while
 * an intercepted instruction is being completed: the PSW is put back where the code demands. */
SIE390_API int sie390_vcpu_mem_op(struct sie390_vcpu *vcpu, const struct sie390_mem_op *op);
/* Absolute addresses; flags STORE, CHECK and KEY.  0, 4 (protection), 5 (addressing), or -errno. */
SIE390_API int sie390_vm_mem_op(struct sie390_vm *vm, const struct sie390_mem_op *op);

/* ---- CPUs [KVM_CREATE_VCPU] ---- */

/* A stopped CPU in the clear-reset state.  Lives as long as the VM.  -EEXIST, -EINVAL. */
SIE390_API int sie390_vcpu_create(struct sie390_vm *vm, unsigned id, struct sie390_vcpu **vcpu);
/* NULL: there is none.  Any thread. */
SIE390_API struct sie390_vcpu *sie390_vm_vcpu(struct sie390_vm *vm, unsigned id);
SIE390_API unsigned sie390_vcpu_id(const struct sie390_vcpu *vcpu);
SIE390_API struct sie390_vm *sie390_vcpu_vm(const struct sie390_vcpu *vcpu);

enum sie390_reason {
    SIE390_EXIT_LEFT,          /* sie390_vcpu_leave() was called [EINTR] */
    SIE390_EXIT_INTERCEPT,     /* icptcode, ipa, ipb [KVM_EXIT_S390_SIEIC] */
    SIE390_EXIT_STOPPED,       /* the CPU is in the stopped state */
    SIE390_EXIT_RESET,         /* DIAGNOSE 308: u.reset [KVM_EXIT_S390_RESET] */
    SIE390_EXIT_TSCH,          /* TEST SUBCHANNEL: u.tsch [KVM_EXIT_S390_TSCH] */
    SIE390_EXIT_STSI,          /* block 3.2.2 is stored: u.stsi [KVM_EXIT_S390_STSI] */
    SIE390_EXIT_DISABLED_WAIT, /* nothing but restart ends it */
    SIE390_EXIT_PROGRAM_LOOP,  /* the program-new PSW cannot be used */
    SIE390_EXIT_EXTERNAL_LOOP, /* the external-new PSW is enabled for what just came */
    SIE390_EXIT_ERROR,         /* host trouble, or the CPU's state is invalid: `error` */
    SIE390_EXIT_DEBUG,         /* sie390_vm_debug(): u.debug [KVM_EXIT_DEBUG] */
};

struct sie390_io {
    uint16_t subchannel_id, subchannel_nr;
    uint32_t parm;
    uint32_t word; /* adapter interruption 80000000, ISC << 27 */
};

struct sie390_exit_fault {
    uint64_t addr; /* icptcode 00 of a user-controlled CPU: this page is absent or not in storage */
};

struct sie390_exit_reset {
    uint16_t subcode; /* 0, 1, 3, 4, 7: every CPU is to be reset or loaded anew; 5, 6: set, store
                       * IPL parameters, return code to GR r1 + 1, run on */
    uint8_t r1;
    uint64_t addr; /* real */
};

struct sie390_exit_tsch {
    bool dequeued; /* the subchannel's interruption was pending, and is not any more: */
    struct sie390_io io;
};

struct sie390_exit_stsi {
    uint64_t addr; /* logical */
    uint8_t ar, fc, sel1;
    uint16_t sel2;
};

struct sie390_exit_debug {
    uint32_t type; /* enum sie390_debug */
    uint64_t addr; /* of the point; DIAGNOSE: of the instruction; STEP: 0 */
};

struct sie390_exit {
    uint32_t reason; /* enum sie390_reason */
    int32_t error;   /* negative errno of SIE390_EXIT_ERROR, else 0 */
    uint8_t icptcode;
    uint16_t ipa;
    uint32_t ipb;
    uint64_t psw_mask, psw_addr;
    union {
        struct sie390_exit_fault fault;
        struct sie390_exit_reset reset;
        struct sie390_exit_tsch tsch;
        struct sie390_exit_stsi stsi;
        struct sie390_exit_debug debug;
        uint64_t reserved[12];
    } u;
};

/* Runs until something leaves [KVM_RUN].  0, or the error that is also in *exit.
 *
 * Between an exit that has something to complete (intercept, TSCH, STSI, reset 5 and 6) and the
 * next run, the CPU counts as executing that instruction: orders of other CPUs that look at its
 * registers wait.  The PSW is behind the instruction already. */
SIE390_API int sie390_vcpu_run(struct sie390_vcpu *vcpu, struct sie390_exit *exit);
/* SIE390_USER_CONTROLLED: does what the library would have done with the intercept just left for.
 * 0: run on; 1: *exit says what is left to do; -errno, -EINVAL when there is none. */
SIE390_API int sie390_vcpu_handle(struct sie390_vcpu *vcpu, struct sie390_exit *exit);
/* What the last exit was for is complete, but the CPU does not run on yet: others need not wait. */
SIE390_API int sie390_vcpu_complete(struct sie390_vcpu *vcpu);
/* Any thread: sie390_vcpu_run() exits soon, or the next one at once, with SIE390_EXIT_LEFT; ends
 * sie390_vcpu_wait().  [signal, immediate_exit] */
SIE390_API void sie390_vcpu_leave(struct sie390_vcpu *vcpu);
/* Sleeps while the CPU is not operating, or is in a disabled wait.  0: run on; -EINTR:
 * sie390_vcpu_leave(). */
SIE390_API int sie390_vcpu_wait(struct sie390_vcpu *vcpu);

enum sie390_state {
    SIE390_STOPPED,
    SIE390_OPERATING,
    SIE390_LOAD,
    SIE390_CHECK_STOP,
};

/* Any thread [KVM_GET_MP_STATE, KVM_SET_MP_STATE]. */
SIE390_API enum sie390_state sie390_vcpu_get_state(const struct sie390_vcpu *vcpu);
SIE390_API int sie390_vcpu_set_state(struct sie390_vcpu *vcpu, enum sie390_state state);

enum sie390_reset {
    SIE390_RESET_NORMAL,  /* [KVM_S390_NORMAL_RESET] */
    SIE390_RESET_INITIAL, /* [KVM_S390_INITIAL_RESET] */
    SIE390_RESET_CLEAR,   /* [KVM_S390_CLEAR_RESET] */
};

/* With the CPU's pending interruptions; stops it, unless SIE390_USER_CPU_STATES. */
SIE390_API int sie390_vcpu_reset(struct sie390_vcpu *vcpu, enum sie390_reset kind);
/* Status at `addr` as at absolute 1200 (512 bytes), or there with SIE390_STATUS_ABSOLUTE
 * [KVM_S390_STORE_STATUS].  -EFAULT: not in storage. */
#define SIE390_STATUS_ABSOLUTE (~0ULL)
SIE390_API int sie390_vcpu_store_status(struct sie390_vcpu *vcpu, uint64_t addr);

/* ---- registers [KVM_GET_ONE_REG, KVM_SET_ONE_REG, kvm_run.s.regs] ---- */

enum sie390_reg {
    SIE390_REG_GR = 0,   /* + n: general register */
    SIE390_REG_AR = 16,  /* + n: access register (32 bits) */
    SIE390_REG_FPR = 32, /* + n: floating-point register */
    SIE390_REG_CR = 48,  /* + n: control register */
    SIE390_REG_PSW_MASK = 64,
    SIE390_REG_PSW_ADDR,
    SIE390_REG_PREFIX, /* 8 KiB aligned, in storage */
    SIE390_REG_FPC,    /* 32 bits; reserved bits are -EINVAL */
    SIE390_REG_CPU_TIMER,
    SIE390_REG_CLOCK_COMPARATOR,
    SIE390_REG_TOD_PROGRAMMABLE, /* 32 bits, the left half of them zero */
    SIE390_REG_PROGRAM_PARAMETER,
    SIE390_REG_BREAKING_EVENT,
    SIE390_REG_GUARDED_DESIGNATION, /* guarded storage: zero without facility 133 */
    SIE390_REG_GUARDED_MASK,
    SIE390_REG_GUARDED_LIST,
    /* Handshake for page faults (DIAGNOSE 258): real address of the token, ~0 without a handshake;
     * bits of the PSW mask that are looked at, and what they have to be [KVM_REG_S390_PFTOKEN,
     * _PFSELECT, _PFCOMPARE] */
    SIE390_REG_PFAULT_TOKEN,
    SIE390_REG_PFAULT_SELECT,
    SIE390_REG_PFAULT_COMPARE,
    SIE390_REG_CONTROL_PROGRAM, /* codes of DIAGNOSE 318, the same for all CPUs
                                 * [KVM_SYNC_DIAG318] */
    SIE390_REG_COUNT
};

SIE390_API int sie390_vcpu_get(struct sie390_vcpu *vcpu, unsigned reg, uint64_t *value);
/* -EINVAL: the value cannot be in the register; it is as before. */
SIE390_API int sie390_vcpu_set(struct sie390_vcpu *vcpu, unsigned reg, uint64_t value);
/* All of them, SIE390_REG_COUNT values by enum sie390_reg; set: nothing is changed if one cannot
 * be. */
SIE390_API int sie390_vcpu_get_all(struct sie390_vcpu *vcpu, uint64_t *values);
SIE390_API int sie390_vcpu_set_all(struct sie390_vcpu *vcpu, const uint64_t *values);
/* Condition code in the PSW. */
SIE390_API int sie390_vcpu_set_cc(struct sie390_vcpu *vcpu, unsigned cc);

enum sie390_operand {
    SIE390_OPERAND_S,    /* base, 12-bit displacement: S, RS, SI, first of SSE */
    SIE390_OPERAND_RSY,  /* base, 20-bit displacement: RSY, SIY */
    SIE390_OPERAND_SSE2, /* second of SSE */
    SIE390_OPERAND_CODE, /* as S, no address: not wrapped (DIAGNOSE, SIGP) */
};

/* Address of an operand of the instruction in *exit; *ar (may be NULL) its access register. */
SIE390_API int sie390_vcpu_operand(struct sie390_vcpu *vcpu, const struct sie390_exit *exit,
                                   enum sie390_operand kind, uint64_t *addr, uint8_t *ar);

/* ---- interruptions [KVM_S390_INTERRUPT, KVM_S390_IRQ, FLIC] ---- */

/* They are made pending, on any thread, and wake a CPU that can take them; where it says -EBUSY,
 * one is pending already. */

SIE390_API int sie390_inject_emergency(struct sie390_vcpu *vcpu, unsigned source); /* CPU 0-255 */
SIE390_API int sie390_inject_external_call(struct sie390_vcpu *vcpu,
                                           unsigned source); /* CPU 0-255; -EBUSY */
SIE390_API int sie390_inject_malfunction_alert(struct sie390_vcpu *vcpu,
                                               unsigned source); /* CPU 0-255 */
/* A stopped CPU becomes operating, unless SIE390_USER_CPU_STATES. */
SIE390_API int sie390_inject_restart(struct sie390_vcpu *vcpu);
/* Nothing to do for a stopped CPU.  -EBUSY */
SIE390_API int sie390_inject_stop(struct sie390_vcpu *vcpu, bool store_status);
/* -EBUSY: the CPU is not stopped.  Takes effect when it runs next. */
SIE390_API int sie390_inject_set_prefix(struct sie390_vcpu *vcpu, uint32_t prefix);
/* Page-fault handshaking: to the CPU that met the fault, and to any CPU.  -EBUSY */
SIE390_API int sie390_inject_pfault_init(struct sie390_vcpu *vcpu, uint64_t token);
SIE390_API int sie390_inject_pfault_done(struct sie390_vm *vm, uint64_t token);

struct sie390_machine_check {
    uint64_t cr14; /* subclass masks that let it through (repressible ones) */
    uint64_t mcic; /* machine-check-interruption code */
    uint64_t failing_address;
    uint32_t external_damage;
    uint8_t fixed_logout[16];
};
SIE390_API int sie390_inject_machine_check(struct sie390_vcpu *vcpu,
                                           const struct sie390_machine_check *m);
/* Channel report pending: a floating machine check. */
SIE390_API int sie390_inject_channel_report(struct sie390_vm *vm);

SIE390_API int sie390_inject_io(struct sie390_vm *vm, const struct sie390_io *io);
/* Of an interruption subclass, 0-7: through the GISA, without an intercept. */
SIE390_API int sie390_inject_adapter(struct sie390_vm *vm, unsigned isc);
/* Service signal: SCCB address, event bits; they accumulate. */
SIE390_API int sie390_inject_service(struct sie390_vm *vm, uint32_t parm);
SIE390_API int sie390_inject_interrupt_key(struct sie390_vm *vm);
/* CP service 0D00 of the older virtio transport.  -EBUSY */
SIE390_API int sie390_inject_virtio(struct sie390_vm *vm, uint32_t parm, uint64_t parm2);

#define SIE390_PROGRAM_REWIND 1U /* put the PSW back when the code is a nullifying one */

struct sie390_program {
    size_t size;
    uint16_t code;
    uint8_t ilc; /* bytes; 0: of the intercepted instruction */
    uint8_t dxc; /* data-exception code */
    uint32_t flags;
    uint64_t teid; /* translation-exception identification */
    uint8_t eaid;  /* exception access identification */
    uint8_t oaid;
    uint16_t monitor_class;
    uint64_t monitor_code;
    uint8_t per_code, per_atmid, per_aid; /* per_code: a PER event goes with it */
    uint64_t per_addr;
};
/* Program interruption, taken when the CPU runs next.  Needs the CPU. */
SIE390_API int sie390_inject_program(struct sie390_vcpu *vcpu, const struct sie390_program *p);

/* Takes an I/O interruption away: of the first of the ISCs (80 >> isc), or of one subchannel
 * [KVM_DEV_FLIC_CLEAR_IO_IRQ].  1: *io is it; 0: there was none. */
SIE390_API int sie390_dequeue_isc(struct sie390_vm *vm, uint8_t iscs, struct sie390_io *io);
SIE390_API int sie390_dequeue_subchannel(struct sie390_vm *vm, uint16_t id, uint16_t nr,
                                         struct sie390_io *io);

#define SIE390_PENDING_IO(isc) (1U << (isc))
#define SIE390_PENDING_SERVICE 0x000100U
#define SIE390_PENDING_INTERRUPT_KEY 0x000200U
#define SIE390_PENDING_CHANNEL_REPORT 0x000400U
#define SIE390_PENDING_PFAULT_DONE 0x000800U
#define SIE390_PENDING_VIRTIO 0x001000U
#define SIE390_PENDING_PROGRAM 0x010000U
#define SIE390_PENDING_EMERGENCY 0x020000U
#define SIE390_PENDING_EXTERNAL_CALL 0x040000U
#define SIE390_PENDING_MALFUNCTION_ALERT 0x080000U
#define SIE390_PENDING_MACHINE_CHECK 0x100000U
#define SIE390_PENDING_RESTART 0x200000U
#define SIE390_PENDING_STOP 0x400000U
#define SIE390_PENDING_SET_PREFIX 0x800000U
#define SIE390_PENDING_PFAULT_INIT 0x1000000U

/* What is pending for a CPU alone, and for any; any thread.  Timers are not pending: they are
 * compared.  [KVM_S390_GET_IRQ_STATE, KVM_DEV_FLIC_GET_ALL_IRQS] */
SIE390_API uint32_t sie390_vcpu_pending(const struct sie390_vcpu *vcpu);
SIE390_API uint32_t sie390_vm_pending(struct sie390_vm *vm);
/* Drops all of it.  The CPU's: needs the CPU.  [KVM_DEV_FLIC_CLEAR_IRQS] */
SIE390_API int sie390_vcpu_clear_pending(struct sie390_vcpu *vcpu);
SIE390_API void sie390_vm_clear_pending(struct sie390_vm *vm);

/* ---- guest debugging [KVM_SET_GUEST_DEBUG] ---- */

/* While it is on, hits leave with SIE390_EXIT_DEBUG, and the guest does not notice.  All these need
 * every CPU of the VM to be outside sie390_vcpu_run(): -EBUSY.  -EINVAL: it is off. */

enum sie390_debug {
    SIE390_DEBUG_STEP = 1,   /* one instruction is done, with the interruption that it caused
                              * [KVM_GUESTDBG_SINGLESTEP] */
    SIE390_DEBUG_BREAKPOINT, /* the instruction is not done yet [KVM_HW_BP] */
    SIE390_DEBUG_WATCHPOINT, /* the instruction before the PSW changed it [KVM_HW_WP_WRITE] */
    SIE390_DEBUG_SOFTWARE,   /* DIAGNOSE 501 in the instruction's place, which is not done yet
                              * [KVM_GUESTDBG_USE_SW_BP] */
    SIE390_DEBUG_DIAGNOSE,   /* a DIAGNOSE 501 of the guest's own: the PSW is behind it */
};

/* Off: all points and steps are gone, storage is as it was. */
SIE390_API int sie390_vm_debug(struct sie390_vm *vm, bool on);
/* BREAKPOINT, WATCHPOINT (50 together) or SOFTWARE (256) at a logical address of this CPU as it
 * stands; they count for all CPUs.  len: of a watchpoint, 1 to 100.  -EINVAL, -ENOSPC, -EEXIST;
 * -EFAULT: no storage there (SOFTWARE: or it crosses a page).
 *
 * The PSW of the exit is at a breakpoint, or at the EXECUTE whose target it is.  sie390_vcpu_run()
 * then passes it, once: to be stopped again, come again.  SOFTWARE is taken out by who goes on from
 * it, unless the PSW is at an EXECUTE. */
SIE390_API int sie390_vcpu_debug_add(struct sie390_vcpu *vcpu, enum sie390_debug kind,
                                     uint64_t addr, uint64_t len);
/* -ENOENT */
SIE390_API int sie390_vm_debug_remove(struct sie390_vm *vm, enum sie390_debug kind, uint64_t addr,
                                      uint64_t len);
/* The CPU leaves after each instruction.  Needs this CPU only. */
SIE390_API int sie390_vcpu_debug_step(struct sie390_vcpu *vcpu, bool on);
/* Logical addresses of the CPU, without keys and protection: as if there were no software
 * breakpoints.  -EFAULT: not all of it is there; what is before that was moved. */
SIE390_API int sie390_vcpu_debug_read(struct sie390_vcpu *vcpu, uint64_t addr, void *to,
                                      uint64_t len);
SIE390_API int sie390_vcpu_debug_write(struct sie390_vcpu *vcpu, uint64_t addr, const void *from,
                                       uint64_t len);

/* ---- adjunct processors (crypto adapters) ---- */

/* A guest has them with "ap=on" in its model (apqci, apft and apqi: their facilities), and once
 * they are interpreted.  The library knows which adapters and domains the guest may use, and who
 * answers for their interruptions; the queues are the user's.  Functions of PQAP other than AQIC,
 * NQAP and DQAP exit. */

/* A driver of queues.  The structure is the user's, and may be part of a larger one. */
struct sie390_pqap_hook {
    /* The guest switches interruptions of a queue on or off (PQAP, function AQIC): gr1 and gr2 are
     * its registers, apqn adapter << 8 | domain.  The checks of the instruction are done.  The
     * result goes to GR 1: response code << 16 and the other bits of the status word; condition
     * code 3 if the response code is not zero.  On the CPU's thread, for several CPUs at once.
     * [kvm->arch.crypto.pqap_hook] */
    uint32_t (*aqic)(struct sie390_pqap_hook *hook, struct sie390_vcpu *vcpu, uint16_t apqn,
                     uint64_t gr1, uint64_t gr2);
};

/* Any thread, but not inside a hook: -EDEADLK.  Without one, queues are not available (response
 * code 1).  -EBUSY: there is one. */
SIE390_API int sie390_vm_set_pqap_hook(struct sie390_vm *vm, struct sie390_pqap_hook *hook);
/* Waits for calls that are running; from then on the structure is not used.  -ENOENT: it is not the
 * one that is set. */
SIE390_API int sie390_vm_clear_pqap_hook(struct sie390_vm *vm, const struct sie390_pqap_hook *hook);

/* Adapter or domain n is bit n % 8, counted from the left, of byte n / 8. */
struct sie390_ap_masks {
    uint8_t adapters[32];
    uint8_t domains[32]; /* usage domains */
    uint8_t control_domains[32];
};

/* What the crypto control block lets the guest use; NULL: nothing [kvm_arch_crypto_set_masks].
 * Waits, as sie390_vm_set_tod() does, with -EDEADLK for the same reason. */
SIE390_API int sie390_vm_set_ap_masks(struct sie390_vm *vm, const struct sie390_ap_masks *masks);
/* Off, as at the start: PQAP, NQAP and DQAP exit [KVM_S390_VM_CRYPTO_ENABLE_APIE, _DISABLE_APIE].
 * The same.  -EOPNOTSUPP: the model is without "ap". */
SIE390_API int sie390_vm_set_ap_interpretation(struct sie390_vm *vm, bool on);

/* A guest ISC (0-7) on which adapters will interrupt.  Counted [kvm_s390_gisc_register,
 * kvm_s390_gisc_unregister].  Any thread.  -ERANGE, -EINVAL: not registered. */
SIE390_API int sie390_vm_register_isc(struct sie390_vm *vm, unsigned isc);
SIE390_API int sie390_vm_unregister_isc(struct sie390_vm *vm, unsigned isc);
/* How many registrations there are. */
SIE390_API unsigned sie390_vm_registered_iscs(struct sie390_vm *vm);

/* ---- counters [KVM_GET_STATS_FD] ---- */

/* Counters are numbered from 0; false behind the last.  *group is "intercept", "instruction",
 * "interruption" … */
SIE390_API bool sie390_counter_name(unsigned n, const char **group, const char **name);
/* Any thread.  0 for a number that there is not. */
SIE390_API uint64_t sie390_vcpu_counter(const struct sie390_vcpu *vcpu, unsigned n);
SIE390_API uint64_t sie390_vm_counter(struct sie390_vm *vm, unsigned n);

#ifdef __cplusplus
}
#endif

#endif
