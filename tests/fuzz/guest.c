/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: guest code under the interpreter and the hypervisor, with a PSW, control registers and
 * registers that the fuzzer chose; channel subsystem, SCLP and DIAGNOSE behind it.  Program
 * interruptions and supervisor calls go on behind the instruction, a limited number of times.
 *
 * Input: the start, then code; it lies where registers point to as well.
 */
#include "arch/cr.h"
#include "arch/lowcore.h"
#include "channel/virtio_ccw.h"
#include "devices/virtio_rng.h"
#include "fuzz.h"
#include "fuzz_limit.h"
#include "machine/sclp.h"

#define MEMORY 0x200000UL
#define EXITS 32
#define CODE 0x2000UL
#define DATA 0x4000UL
#define TABLES 0x8000UL
#define LC(field) offsetof(struct lowcore, field)
#define PSW_64 (PSW_MASK_EA | PSW_MASK_BA)

static struct {
    struct vm vm;
    struct vcpu *v;
    struct cpu_model model;
    struct loop *loop;
    struct css *css;
    struct sclp sclp;
    struct fuzz_channel channel;
} w;

static s64 notify(void *arg, u32 schid, u64 queue, u64 cookie)
{
    (void)arg;
    return virtio_ccw_notify(w.css, schid, queue, cookie);
}

static void cpu_state_changed(void *arg, struct vcpu *v)
{
    (void)arg;
    (void)v;
}

static const struct vmm_ops ops = {notify, cpu_state_changed};

static void create(u8 flags)
{
    const struct vm_config config = {
        .memory = MEMORY, .cpus = 2, .model = &w.model, .lazy_memory = flags & 1};
    struct virtio_device *d;
    struct vcpu *other;

    memset(&w, 0, sizeof(w));
    ASSERT(!cpu_model_parse("max", &w.model));
    ASSERT(!vm_create(&w.vm, &config));
    w.vm.ops = &ops;
    ASSERT(!vcpu_create(&w.vm, 0, &w.v));
    ASSERT(!vcpu_create(&w.vm, 1, &other));
    ASSERT(!loop_create(&w.loop));
    ASSERT(!css_create(&w.vm, w.loop, &w.css));
    ASSERT(!virtio_rng_create("rng0", &d));
    ASSERT(!virtio_ccw_plug(w.css, d, 0, false));
    sclp_create(&w.sclp, &w.vm, w.loop, flags & 2);
    fuzz_channel_init(&w.channel);
    sclp_attach_console(&w.sclp, &w.channel.c, false);
}

static void destroy(void)
{
    css_destroy(w.css);
    sclp_destroy(&w.sclp);
    loop_destroy(w.loop);
    vm_destroy(&w.vm);
}

/* ---- start ---- */

static void put(u64 addr, const void *p, size_t n)
{
    ASSERT(mem_write(&w.vm.mem, abs_addr(addr), p, n) == MEM_OK);
}

static void put_psw(u64 addr, u64 mask, u64 ia)
{
    be64 psw[2] = {be64_of(mask), be64_of(ia)};

    put(addr, psw, sizeof(psw));
}

/* Goes on behind what was interrupted, but only 48 times. */
static void make_handlers(void)
{
    static const u8 program[] = {
        0xeb, 0x01, 0x02, 0x00, 0x00, 0x6a, /* asi 200,1 */
        0xa7, 0x84, 0x00, 0x05,             /* jz .+10 */
        0xb2, 0xb2, 0x01, 0x50,             /* lpswe 150 */
        0x07, 0x07,                         /* nopr */
        0xb2, 0xb2, 0x02, 0x10,             /* lpswe 210 */
    };
    u8 svc[sizeof(program)];
    const be32 count = be32_of((u32)-48);

    memcpy(svc, program, sizeof(svc));
    svc[13] = 0x40; /* lpswe 140 */
    put(0x1000, program, sizeof(program));
    put(0x1040, svc, sizeof(svc));
    put(0x200, &count, sizeof(count));
    put_psw(0x210, PSW_64 | PSW_MASK_WAIT, 0x111);
    put_psw(LC(pgm_new_psw), PSW_64, 0x1000);
    put_psw(LC(svc_new_psw), PSW_64, 0x1040);
    put_psw(LC(restart_new_psw), PSW_64, CODE);
    put_psw(LC(ext_new_psw), PSW_64 | PSW_MASK_WAIT, 0x222);
    put_psw(LC(io_new_psw), PSW_64 | PSW_MASK_WAIT, 0x333);
    put_psw(LC(mck_new_psw), PSW_64 | PSW_MASK_WAIT, 0x444);
}

/* Tables of which the first entries point to storage, so that translation often succeeds. */
static void make_tables(struct input *in)
{
    be64 segment[4], page[64];

    for (unsigned i = 0; i < 4; i++)
        segment[i] = be64_of(TABLES + 0x4000 + (i << 11));
    for (unsigned i = 0; i < 64; i++)
        page[i] = be64_of((u64)i << 12);
    page[take8(in) % 64] = be64_of(take64(in));
    put(TABLES, segment, sizeof(segment));
    put(TABLES + 0x4000, page, sizeof(page));
}

static void take_control_registers(struct input *in)
{
    static const u64 usual[16] = {
        [0] = CR0_INITIAL | CR0_AFP,
        [1] = TABLES,
        [3] = 0xffff0000,
        [7] = TABLES,
        [8] = 0xffff,
        [13] = TABLES,
        [14] = CR14_INITIAL,
    };
    u16 which = take16(in);

    for (unsigned i = 0; i < 16; i++)
        hv_set_cr(w.v, i, which & 1U << i ? take64(in) : usual[i]);
}

static void take_registers(struct input *in)
{
    u16 which = take16(in);

    for (unsigned i = 0; i < 16; i++)
        *hv_gr(w.v, i) = which & 1U << i ? take64(in) : DATA + i * 0x110;
}

static void start(struct input *in)
{
    u16 bits = take16(in);
    u64 mask = PSW_64;
    u8 code[2048];
    size_t n;

    if (bits & 1)
        mask = take64(in) | PSW_64;
    if (bits & 2)
        mask |= PSW_MASK_DAT;
    if (bits & 4)
        mask |= PSW_MASK_PSTATE;
    if (bits & 8)
        mask &= ~PSW_64;
    make_handlers();
    make_tables(in);
    take_control_registers(in);
    take_registers(in);
    hv_set_psw(w.v, mask, bits & 16 ? take64(in) : CODE);
    n = take_rest(in, code, sizeof(code));
    put(CODE, code, n);
    put(DATA, code, n);
    put(DATA + 0xa00, code, n);
    vcpu_set_state(w.v, VCPU_OPERATING);
}

/* ---- run ---- */

static void complete(const struct hv_exit *x)
{
    if (x->ipa == 0xb220 && x->icptcode == ICPT_INST)
        sclp_servc(&w.sclp, w.v, x->ipb);
    else if (!css_handle(w.css, w.v, x->ipa, x->ipb, x))
        hv_inject_program(w.v, 1);
    ASSERT(!loop_round(w.loop, 0));
}

static bool goes_on(const struct hv_exit *x)
{
    switch (x->reason) {
    case EXIT_INTERCEPT:
    case EXIT_TSCH:
        complete(x);
        return true;
    case EXIT_STSI:
        return true;
    default:
        return false;
    }
}

static void run(void)
{
    struct hv_exit x;
    bool more = true;

    fuzz_limit_begin(w.v);
    for (unsigned i = 0; more && i < EXITS; i++) {
        int r = hv_run(w.v, &x);

        ASSERT(!r || x.reason == EXIT_INTERNAL_ERROR);
        more = goes_on(&x);
    }
    fuzz_limit_end();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};

    create(take8(&in));
    start(&in);
    run();
    destroy();
    return 0;
}
