/* SPDX-License-Identifier: Apache-2.0
 *
 * What an exit to the library's user and back costs: a guest that does nothing but SERVICE CALL, of
 * which each one exits. Prints nanoseconds an exit, the median of batches, for a user who does
 * nothing with it and for one who reads two registers and sets the condition code.
 *
 * Not a test: there is no figure that it must reach.
 */
#include <inttypes.h>
#include <sie390.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CODE 0x1000
#define BATCHES 2001
#define BATCH 500

static const uint8_t guest[] = {
    0xb2, 0x20, 0x00, 0x12, /* servc %r1,%r2 */
    0xa7, 0xf4, 0xff, 0xfe, /* j     -4      */
};

static void failed(void)
{
    fprintf(stderr, "exits: %s\n", sie390_last_error());
    exit(1);
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void complete(struct sie390_vcpu *cpu)
{
    uint64_t command, sccb;

    if (sie390_vcpu_get(cpu, SIE390_REG_GR + 1, &command) ||
        sie390_vcpu_get(cpu, SIE390_REG_GR + 2, &sccb) || sie390_vcpu_set_cc(cpu, 3))
        failed();
}

static uint64_t batch(struct sie390_vcpu *cpu, int completes)
{
    uint64_t begin = now();

    for (unsigned i = 0; i < BATCH; i++) {
        struct sie390_exit x;

        if (sie390_vcpu_run(cpu, &x) || x.reason != SIE390_EXIT_INTERCEPT || x.ipa != 0xb220)
            failed();
        if (completes)
            complete(cpu);
    }
    return now() - begin;
}

static int rising(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void measure(struct sie390_vcpu *cpu, int completes, const char *what)
{
    static uint64_t ns[BATCHES];

    for (unsigned i = 0; i < BATCHES; i++)
        ns[i] = batch(cpu, completes);
    qsort(ns, BATCHES, sizeof(ns[0]), rising);
    printf("%-45s %6.1f ns median, %.1f least\n", what, (double)ns[BATCHES / 2] / BATCH,
           (double)ns[0] / BATCH);
}

int main(void)
{
    struct sie390_vm_config config = {.size = sizeof(config), .memory = 1 << 20};
    struct sie390_vm *vm;
    struct sie390_vcpu *cpu;

    if (sie390_vm_create(&config, &vm) || sie390_vcpu_create(vm, 0, &cpu) ||
        sie390_vm_write(vm, CODE, guest, sizeof(guest)) ||
        sie390_vcpu_set(cpu, SIE390_REG_PSW_MASK, 0x0000000180000000) ||
        sie390_vcpu_set(cpu, SIE390_REG_PSW_ADDR, CODE) ||
        sie390_vcpu_set_state(cpu, SIE390_OPERATING))
        failed();
    measure(cpu, 0, "exit and back");
    measure(cpu, 1, "exit, two registers, condition code, and back");
    sie390_vm_destroy(vm);
    return 0;
}
