/* SPDX-License-Identifier: Apache-2.0
 *
 * The least there is to a VMM: a guest without an operating system says hello by DIAGNOSE 8 and
 * ends in a disabled wait.
 *
 *     cc hello.c $(pkg-config --cflags --libs libsie390) -o hello && ./hello
 */
#include <inttypes.h>
#include <sie390.h>
#include <stdio.h>

#define CODE 0x1000

/* Position independent; runs in 64-bit addressing mode. */
static const uint8_t guest[] = {
    0xc0, 0x20, 0x00, 0x00, 0x00, 0x14,             /* larl  %r2,text             */
    0xa7, 0x39, 0x00, 0x16,                         /* lghi  %r3,22: its length   */
    0x83, 0x23, 0x00, 0x08,                         /* diag  %r2,%r3,8            */
    0xc0, 0x10, 0x00, 0x00, 0x00, 0x05,             /* larl  %r1,psw              */
    0xb2, 0xb2, 0x10, 0x00,                         /* lpswe 0(%r1)               */
    0x00, 0x02, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00, /* psw: wait, nothing enabled */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* text: ASCII, as nobody but us reads it */
    'H',  'e',  'l',  'l',  'o',  ' ',  'f',  'r',  'o', 'm', ' ',
    'b',  'a',  'r',  'e',  ' ',  'm',  'e',  't',  'a', 'l', '\n',
};

static int failed(const char *what)
{
    fprintf(stderr, "hello: %s: %s\n", what, sie390_last_error());
    return 1;
}

/* DIAGNOSE 8: R1 has the real address of the text, R3 its length. */
static int print_text(struct sie390_vcpu *cpu, const struct sie390_exit *x)
{
    uint64_t addr, len;
    char text[240];

    if (sie390_vcpu_get(cpu, x->ipa >> 4 & 15, &addr) || sie390_vcpu_get(cpu, x->ipa & 15, &len))
        return failed("registers");
    if (!len || len > sizeof(text))
        return failed("length of the text");

    struct sie390_mem_op op = {
        .size = sizeof(op), .flags = SIE390_MEM_REAL, .addr = addr, .len = len, .buffer = text};

    if (sie390_vcpu_mem_op(cpu, &op))
        return failed("text");
    return fwrite(text, 1, len, stdout) == len ? 0 : failed("standard output");
}

/* Until the guest has nothing to do any more. */
static int run(struct sie390_vcpu *cpu)
{
    struct sie390_exit x;

    for (;;) {
        if (sie390_vcpu_run(cpu, &x))
            return failed("run");
        if (x.reason == SIE390_EXIT_DISABLED_WAIT)
            return 0;
        if (x.reason != SIE390_EXIT_INTERCEPT || x.ipa >> 8 != 0x83) {
            fprintf(stderr, "hello: exit %" PRIu32 ", instruction %04x\n", x.reason, x.ipa);
            return 1;
        }
        if (print_text(cpu, &x))
            return 1;
    }
}

int main(void)
{
    struct sie390_vm_config config = {
        .size = sizeof(config), .memory = 1 << 20, .options = SIE390_DIAG8};
    struct sie390_vm *vm;
    struct sie390_vcpu *cpu;
    int status;

    if (sie390_vm_create(&config, &vm))
        return failed("virtual machine");
    if (sie390_vcpu_create(vm, 0, &cpu) || sie390_vm_write(vm, CODE, guest, sizeof(guest)) ||
        sie390_vcpu_set(cpu, SIE390_REG_PSW_MASK, 0x0000000180000000) ||
        sie390_vcpu_set(cpu, SIE390_REG_PSW_ADDR, CODE) ||
        sie390_vcpu_set_state(cpu, SIE390_OPERATING))
        status = failed("set-up");
    else
        status = run(cpu);
    sie390_vm_destroy(vm);
    return status;
}
