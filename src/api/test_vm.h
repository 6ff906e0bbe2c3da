/* SPDX-License-Identifier: Apache-2.0
 *
 * For the unit tests of this room: a VM made through the public interface only, whose interruptions
 * end in disabled waits that tell them apart.
 */
#ifndef SIE390_API_TEST_VM_H
#define SIE390_API_TEST_VM_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cr.h"
#include "arch/external.h"
#include "arch/lowcore.h"
#include "arch/program.h"
#include "sie390.h"

#define MIB 0x100000ULL
#define LC(field) offsetof(struct lowcore, field)
#define CODE 0x10000ULL
#define PSW_64 (PSW_MASK_EA | PSW_MASK_BA)
#define PSW_WAIT (PSW_64 | PSW_MASK_WAIT)
#define PSW_OPEN (PSW_64 | PSW_MASK_IO | PSW_MASK_EXT | PSW_MASK_MCHECK)
#define NEW_EXT 0x1110ULL
#define NEW_IO 0x2220ULL
#define NEW_MCHK 0x3330ULL
#define NEW_PGM 0x4440ULL
#define NEW_RESTART 0x5550ULL

struct test_vm {
    struct sie390_vm *vm;
    struct sie390_vcpu *cpu;
    struct sie390_exit x;
};

static inline void put64(struct test_vm *t, u64 addr, u64 x)
{
    be64 raw = be64_of(x);

    assert_int_equal(sie390_vm_write(t->vm, addr, &raw, sizeof(raw)), 0);
}

static inline u64 get64(struct test_vm *t, u64 addr)
{
    be64 raw;

    assert_int_equal(sie390_vm_read(t->vm, addr, &raw, sizeof(raw)), 0);
    return be64_get(raw);
}

static inline u32 get32(struct test_vm *t, u64 addr)
{
    return (u32)(get64(t, addr) >> 32);
}

static inline u16 get16(struct test_vm *t, u64 addr)
{
    return (u16)(get64(t, addr) >> 48);
}

static inline void put_psw(struct test_vm *t, u64 at, u64 mask, u64 addr)
{
    put64(t, at, mask);
    put64(t, at + 8, addr);
}

static inline u64 reg(struct test_vm *t, unsigned n)
{
    u64 x;

    assert_int_equal(sie390_vcpu_get(t->cpu, n, &x), 0);
    return x;
}

static inline void set_reg(struct test_vm *t, unsigned n, u64 x)
{
    assert_int_equal(sie390_vcpu_set(t->cpu, n, x), 0);
}

static inline void start_at(struct test_vm *t, u64 mask, u64 addr)
{
    set_reg(t, SIE390_REG_PSW_MASK, mask);
    set_reg(t, SIE390_REG_PSW_ADDR, addr);
    assert_int_equal(sie390_vcpu_set_state(t->cpu, SIE390_OPERATING), 0);
}

static inline void lowcore_at(struct test_vm *t, u64 prefix)
{
    put_psw(t, prefix + LC(ext_new_psw), PSW_WAIT, NEW_EXT);
    put_psw(t, prefix + LC(io_new_psw), PSW_WAIT, NEW_IO);
    put_psw(t, prefix + LC(mck_new_psw), PSW_WAIT, NEW_MCHK);
    put_psw(t, prefix + LC(pgm_new_psw), PSW_WAIT, NEW_PGM);
    put_psw(t, prefix + LC(restart_new_psw), PSW_WAIT, NEW_RESTART);
}

static inline void make_vm(struct test_vm *t, u64 options, const struct sie390_hooks *hooks,
                           void *arg)
{
    const struct sie390_vm_config c = {.size = sizeof(c),
                                       .memory = 4 * MIB,
                                       .max_cpus = 4,
                                       .options = options,
                                       .hooks = hooks,
                                       .hooks_arg = arg};

    memset(t, 0, sizeof(*t));
    assert_int_equal(sie390_vm_create(&c, &t->vm), 0);
    assert_int_equal(sie390_vcpu_create(t->vm, 0, &t->cpu), 0);
    lowcore_at(t, 0);
}

/* Instructions for CODE, as bytes in hexadecimal; the CPU is set to them. */
static inline void code(struct test_vm *t, const char *hex)
{
    u8 bytes[256];
    size_t n = strlen(hex) / 2;

    assert_true(n < sizeof(bytes));
    for (size_t i = 0; i < n; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};

        bytes[i] = (u8)strtoul(two, NULL, 16);
    }
    assert_int_equal(sie390_vm_write(t->vm, CODE, bytes, n), 0);
    start_at(t, PSW_64, CODE);
}

static inline void run(struct test_vm *t, enum sie390_reason reason)
{
    assert_int_equal(sie390_vcpu_run(t->cpu, &t->x), 0);
    assert_int_equal(t->x.reason, reason);
}

/* Ends in the disabled wait that `addr` names. */
static inline void ends_at(struct test_vm *t, u64 addr)
{
    run(t, SIE390_EXIT_DISABLED_WAIT);
    assert_int_equal(t->x.psw_addr, addr);
}

static inline void done(struct test_vm *t)
{
    assert_int_equal(sie390_vm_destroy(t->vm), 0);
}

#endif
