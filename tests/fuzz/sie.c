/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: entry to interpretive execution with state descriptions and satellites (system-control
 * area, guest interruption state area, facility list) that the fuzzer wrote.  The outcome is a
 * validity interception, or a run that ends in an intercept or when the host asks.
 *
 * The host's storage is a few pages of bytes: any address may stand in the state description.
 *
 * Input: flags, offsets and bytes that go into the state description, the satellites, the CPU's
 * registers; then storage.
 */
#include "fuzz.h"
#include "fuzz_limit.h"
#include "hypervisor/vm.h"
#include "sie/sie.h"

#define MEMORY 0x200000UL
#define ENTRIES 4
#define CODE 0x2000UL
#define HOST_FROM 0x10000UL
#define HOST_SIZE 0x8000UL
#define SCA_AT 0x0000
#define GISA_AT 0x4000
#define FAC_AT 0x5000

static struct {
    struct vm vm;
    struct vcpu *v;
    struct cpu_model model;
} w;

static u8 host_bytes[HOST_SIZE] __attribute__((aligned(4096)));

static void *resolve(const struct host_storage *h, u64 addr, u64 len)
{
    (void)h;
    ASSERT(len && (addr & 4095) + len <= 4096);
    if (addr < HOST_FROM || addr >= HOST_FROM + HOST_SIZE)
        return NULL;
    return host_bytes + (addr - HOST_FROM);
}

static struct host_storage host = {
    .resolve = resolve, .limit = ~0ULL, .prefix = HOST_FROM + 0x6000, .facility_dwords = 4};

static void create(void)
{
    const struct vm_config config = {.memory = MEMORY, .cpus = 1, .model = &w.model};

    memset(&w, 0, sizeof(w));
    ASSERT(!cpu_model_parse("max", &w.model));
    ASSERT(!vm_create(&w.vm, &config));
    ASSERT(!vcpu_create(&w.vm, 0, &w.v));
    memset(host_bytes, 0, sizeof(host_bytes));
    memcpy(host_bytes + FAC_AT, w.vm.facility_list, 256);
    w.v->cpu.host = &host;
}

/* Pieces of at most 15 bytes: where, how many, which. */
static void patch(struct input *in, void *block, u32 size)
{
    u8 n = take8(in) % 32;

    for (; n && in->left; n--) {
        u32 at = take_below(in, size);
        u8 bytes[16], len = take8(in) % 16;

        take_bytes(in, bytes, sizeof(bytes));
        memcpy((u8 *)block + at, bytes, len < size - at ? len : size - at);
    }
}

/* What is not as the fuzzer wrote it designates something that is there, or nothing. */
static void patch_state_description(struct input *in, u8 flags)
{
    struct sd *sd = w.v->sd;

    patch(in, sd, sizeof(*sd));
    if (flags & 32)
        return;
    sd->gd = be32_of(flags & 1 ? 0 : HOST_FROM + GISA_AT + (flags >> 6 & 1));
    sd->fac = be32_of(flags & 2 ? take8(in) & 3 : HOST_FROM + FAC_AT + (flags >> 2 & 1));
    sd_set_scao(sd, flags & 8 ? 0 : HOST_FROM + SCA_AT);
}

static void take_registers(struct input *in)
{
    struct cpu *c = &w.v->cpu;
    u8 n = take8(in);

    for (unsigned i = 0; i < 16; i++)
        c->gr[i] = n & 1 ? take64(in) : CODE + i * 0x100;
    for (unsigned i = 0; n & 2 && i < 16; i++)
        c->ar[i] = take32(in);
    c->fpc = n & 4 ? take32(in) & 0xf8f8ff77 : 0;
}

static void check(void)
{
    static const u8 known[] = {ICPT_NONE,   ICPT_INST,    ICPT_PROGI,    ICPT_EXTREQ,
                               ICPT_EXTINT, ICPT_IOREQ,   ICPT_WAIT,     ICPT_VALIDITY,
                               ICPT_STOP,   ICPT_OPEREXC, ICPT_PARTEXEC, ICPT_KSS};

    ASSERT(memchr(known, w.v->sd->icptcode, sizeof(known)));
    if (w.v->sd->icptcode == ICPT_VALIDITY)
        ASSERT(be32_get(w.v->sd->ipb) >> 16);
    ASSERT(!atomic_load(&w.v->cpu.in_guest));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    u8 flags = take8(&in), code[2048];
    size_t n;

    create();
    hv_set_psw(w.v, PSW_MASK_EA | PSW_MASK_BA, CODE);
    patch_state_description(&in, flags);
    patch(&in, host_bytes + SCA_AT, sizeof(struct esca));
    patch(&in, host_bytes + GISA_AT, sizeof(union gisa));
    patch(&in, host_bytes + FAC_AT, 256);
    patch(&in, w.vm.model.facilities, 256);
    take_registers(&in);
    n = take_rest(&in, code, sizeof(code));
    if (n) {
        ASSERT(mem_write(&w.vm.mem, abs_addr(CODE), code, n) == MEM_OK);
        n = n < 512 ? n : 512;
        if (flags & 16)
            ASSERT(mem_write(&w.vm.mem, abs_addr(0), code, n) == MEM_OK);
    }
    for (unsigned i = 0; i < ENTRIES; i++) {
        fuzz_limit_begin(w.v);
        sie_run(&w.v->cpu);
        fuzz_limit_end();
        check();
    }
    vm_destroy(&w.vm);
    return 0;
}
