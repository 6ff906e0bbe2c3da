/* SPDX-License-Identifier: Apache-2.0
 *
 * Branches: calls through a table, a byte-code interpreter, recursion.
 * One unit: 1000 calls; 1000 loops of six operations; fib(15).
 */
#include "bench.h"

#define NOINLINE __attribute__((noinline))

NOINLINE static uint64_t op_add(uint64_t v)
{
    return v + 12345;
}
NOINLINE static uint64_t op_mul(uint64_t v)
{
    return v * 3;
}
NOINLINE static uint64_t op_xor(uint64_t v)
{
    return v ^ v >> 7;
}
NOINLINE static uint64_t op_rotate(uint64_t v)
{
    return v << 3 | v >> 61;
}

static uint64_t (*const volatile ops[4])(uint64_t) = {op_add, op_mul, op_xor, op_rotate};

static uint64_t run_indirect(uint64_t units)
{
    uint64_t r = 0;

    while (units--) {
        r = 1;
        for (int i = 0; i < 1000; i++)
            r = ops[(r ^ r >> 17) & 3](r);
    }
    return r;
}

enum { LOAD, ADD, SHIFT, XOR, COUNT, LOOP, END };

static uint64_t interpret(const volatile unsigned char *code)
{
    uint64_t acc = 0, count = 1000;
    unsigned pc = 0;

    for (;;) {
        switch (code[pc++]) {
        case LOAD:
            acc = code[pc++];
            break;
        case ADD:
            acc += code[pc++];
            break;
        case SHIFT:
            acc = acc << 5 | acc >> 59;
            break;
        case XOR:
            acc ^= acc >> 3;
            break;
        case COUNT:
            count--;
            break;
        case LOOP:
            pc = count ? 2 : pc;
            break;
        default:
            return acc;
        }
    }
}

static uint64_t run_bytecode(uint64_t units)
{
    static const unsigned char code[] = {LOAD, 7, ADD, 13, SHIFT, XOR, ADD, 5, COUNT, LOOP, END};
    uint64_t r = 0;

    while (units--)
        r = interpret(code);
    return r;
}

NOINLINE static uint64_t fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint64_t run_recursion(uint64_t units)
{
    static volatile unsigned n = 15;
    uint64_t r = 0;

    while (units--)
        r = fib(n);
    return r;
}

const struct benchmark branch_benchmarks[] = {
    {"indirect_calls", run_indirect},
    {"bytecode", run_bytecode},
    {"recursion", run_recursion},
    {0},
};
