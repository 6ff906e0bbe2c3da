/* SPDX-License-Identifier: Apache-2.0
 *
 * A VMM with an instruction of its own: GREATEST COMMON DIVISOR, GCD R1,R2, opcode B9FF, format
 * RRE. The first operand becomes the greatest common divisor of both, as 64-bit binary integers.
 * Condition code: 0 both were zero, 1 the result is one, 2 it is greater.
 *
 * Every operation exception exits; those that are not ours go back to the guest.
 *
 *     cc instruction.c $(pkg-config --cflags --libs libsie390) -o instruction && ./instruction
 */
#include <inttypes.h>
#include <sie390.h>
#include <stdio.h>

#define CODE 0x1000
#define RESULT 0x200
#define PROGRAM_NEW_PSW 0x1d0
#define OPCODE 0xb9ff
#define ICPT_OPEREXC 0x2c
#define PGM_OPERATION 1

static const uint8_t guest[] = {
    0xa7, 0x29, 0x04, 0x2f,             /* lghi %r2,1071               */
    0xa7, 0x39, 0x01, 0xce,             /* lghi %r3,462                */
    0xb9, 0xff, 0x00, 0x23,             /* gcd  %r2,%r3                */
    0xe3, 0x20, 0x02, 0x00, 0x00, 0x24, /* stg  %r2,200                */
    0x00, 0x00,                         /* no instruction: interrupted */
};

/* Disabled wait, whose address tells why. */
static const uint8_t program_new_psw[] = {0x00, 0x02, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00,
                                          0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0b, 0xad};

static int failed(const char *what)
{
    fprintf(stderr, "instruction: %s: %s\n", what, sie390_last_error());
    return 1;
}

static int gcd(struct sie390_vcpu *cpu, unsigned r1, unsigned r2)
{
    uint64_t a, b;

    if (sie390_vcpu_get(cpu, SIE390_REG_GR + r1, &a) ||
        sie390_vcpu_get(cpu, SIE390_REG_GR + r2, &b))
        return failed("registers");
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    if (sie390_vcpu_set(cpu, SIE390_REG_GR + r1, a) ||
        sie390_vcpu_set_cc(cpu, a > 1 ? 2 : (unsigned)a))
        return failed("registers");
    return 0;
}

/* An operation exception: the PSW is behind what was met. */
static int execute(struct sie390_vcpu *cpu, const struct sie390_exit *x)
{
    struct sie390_program p = {.size = sizeof(p), .code = PGM_OPERATION};

    if (x->ipa == OPCODE)
        return gcd(cpu, x->ipb >> 20 & 15, x->ipb >> 16 & 15);
    printf("%04x is not ours: program interruption\n", x->ipa);
    return sie390_inject_program(cpu, &p) ? failed("program interruption") : 0;
}

static int run(struct sie390_vcpu *cpu)
{
    struct sie390_exit x;

    for (;;) {
        if (sie390_vcpu_run(cpu, &x))
            return failed("run");
        if (x.reason == SIE390_EXIT_DISABLED_WAIT) {
            printf("the guest ended at %" PRIx64 "\n", x.psw_addr);
            return 0;
        }
        if (x.reason != SIE390_EXIT_INTERCEPT || x.icptcode != ICPT_OPEREXC) {
            fprintf(stderr, "instruction: exit %" PRIu32 ", code %02x\n", x.reason, x.icptcode);
            return 1;
        }
        if (execute(cpu, &x))
            return 1;
    }
}

static int print_result(struct sie390_vm *vm)
{
    uint8_t big_endian[8];
    uint64_t result = 0;

    if (sie390_vm_read(vm, RESULT, big_endian, sizeof(big_endian)))
        return failed("result");
    for (unsigned i = 0; i < sizeof(big_endian); i++)
        result = result << 8 | big_endian[i];
    printf("gcd(1071, 462) = %" PRIu64 "\n", result);
    return 0;
}

int main(void)
{
    struct sie390_vm_config config = {
        .size = sizeof(config), .memory = 1 << 20, .options = SIE390_USER_OPEREXEC};
    struct sie390_vm *vm;
    struct sie390_vcpu *cpu;
    int status;

    if (sie390_vm_create(&config, &vm))
        return failed("virtual machine");
    if (sie390_vcpu_create(vm, 0, &cpu) || sie390_vm_write(vm, CODE, guest, sizeof(guest)) ||
        sie390_vm_write(vm, PROGRAM_NEW_PSW, program_new_psw, sizeof(program_new_psw)) ||
        sie390_vcpu_set(cpu, SIE390_REG_PSW_MASK, 0x0000000180000000) ||
        sie390_vcpu_set(cpu, SIE390_REG_PSW_ADDR, CODE) ||
        sie390_vcpu_set_state(cpu, SIE390_OPERATING))
        status = failed("set-up");
    else
        status = run(cpu) || print_result(vm);
    sie390_vm_destroy(vm);
    return status;
}
