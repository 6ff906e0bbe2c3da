/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: SERVICE CALL.  Blocks that the fuzzer wrote, at addresses it chose, with every command;
 * events of both consoles, what is typed meanwhile, a console that does not take its output.
 *
 * Input: flags, then operations: a byte and its operands.
 */
#include "arch/sccb.h"
#include "fuzz.h"
#include "machine/sclp.h"

#define MEMORY 0x200000UL
#define MAX_OPERATIONS 64

static struct {
    struct vm vm;
    struct vcpu *v;
    struct loop *loop;
    struct sclp sclp;
    struct fuzz_channel channel;
} w;

static void create(u8 flags)
{
    struct cpu_model model = {.name = "fuzz"};
    const struct vm_config config = {.memory = MEMORY, .cpus = 2, .model = &model};
    struct vcpu *other;

    memset(&w, 0, sizeof(w));
    ASSERT(!vm_create(&w.vm, &config));
    ASSERT(!vcpu_create(&w.vm, 0, &w.v));
    ASSERT(!vcpu_create(&w.vm, 1, &other));
    ASSERT(!loop_create(&w.loop));
    sclp_create(&w.sclp, &w.vm, w.loop, flags & 1);
    fuzz_channel_init(&w.channel);
    sclp_attach_console(&w.sclp, flags & 2 ? NULL : &w.channel.c, flags & 4);
}

static void settle(void)
{
    for (unsigned i = 0; i < 4; i++)
        ASSERT(!loop_round(w.loop, 0));
}

static u32 take_command(struct input *in)
{
    static const u32 known[] = {
        SCLP_READ_SCP_INFO,        SCLP_READ_SCP_INFO_FORCED, SCLP_READ_CPU_INFO,
        SCLP_READ_EVENT_DATA,      SCLP_WRITE_EVENT_DATA,     SCLP_WRITE_EVENT_MASK,
        SCLP_READ_STORAGE_ELEMENT,
    };
    u8 n = take8(in);

    return n < ARRAY_SIZE(known) ? known[n] : n == 0xff ? take32(in) : known[n % 7] | n << 8;
}

static u32 take_address(struct input *in)
{
    u16 a = take16(in);

    return a & 1 ? take32(in) : 0x10000U + (u32)(a >> 4) * 8;
}

static void service_call(struct input *in)
{
    u32 command = take_command(in), addr = take_address(in);
    u8 block[512];
    u16 n = take16(in) % (sizeof(block) + 1);

    take_bytes(in, block, n);
    if (n)
        (void)!mem_write(&w.vm.mem, abs_addr(addr), block, n);
    *hv_gr(w.v, 3) = command;
    *hv_gr(w.v, 4) = addr;
    sclp_servc(&w.sclp, w.v, 0x00340000);
    vcpu_reset(w.v, CPU_RESET_NORMAL); /* a program interruption may be pending */
}

static void type(struct input *in)
{
    u8 text[64], n = take8(in) % 64;

    take_bytes(in, text, n);
    if (w.sclp.console.chardev)
        fuzz_channel_type(&w.channel, text, n);
}

static void operation(struct input *in)
{
    struct sclp_identity id;

    switch (take_below(in, 8)) {
    case 0:
        hv_clear_floating(&w.vm);
        break;
    case 1:
        type(in);
        break;
    case 2:
        settle();
        break;
    case 3:
        (void)sclp_signal_quiesce(&w.sclp);
        break;
    case 4:
        fuzz_channel_block(&w.channel, take8(in) & 1);
        break;
    case 5:
        (void)sclp_get_identity(&w.sclp, &id);
        break;
    case 6:
        sclp_reset(&w.sclp);
        break;
    default:
        service_call(in);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};

    create(take8(&in));
    for (unsigned i = 0; in.left && i < MAX_OPERATIONS; i++)
        operation(&in);
    settle();
    sclp_destroy(&w.sclp);
    loop_destroy(w.loop);
    vm_destroy(&w.vm);
    return 0;
}
