/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts what a guest intercepts for: how often each instruction and each other cause.  Runs a
 * small guest of its own, or a flat image that is loaded at address 0 and starts with the short PSW
 * there.
 *
 *     cc count-intercepts.c $(pkg-config --cflags --libs libsie390) -o count-intercepts
 *     ./count-intercepts [IMAGE]
 */
#include <inttypes.h>
#include <sie390.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS 256

struct row {
    uint8_t icptcode;
    uint16_t ipa;
    uint64_t count, exits;
};

struct table {
    struct row row[ROWS];
    unsigned used;
};

/* At 0: short PSW, 31-bit addressing, address 400. */
static const uint8_t psw[] = {0x00, 0x08, 0x00, 0x00, 0x80, 0x00, 0x04, 0x00};
static const uint8_t wait_psw[] = {0x00, 0x02, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t guest[] = {
    0xa7, 0x59, 0x00, 0x64, /* 400: lghi  %r5,100       */
    0xb2, 0x11, 0x02, 0x00, /* 404: stpx  200           */
    0xb2, 0x02, 0x02, 0x08, /* 408: stidp 208           */
    0xae, 0x60, 0x00, 0x01, /* 40c: sigp  %r6,%r0,sense */
    0xb2, 0x20, 0x00, 0x67, /* 410: servc %r6,%r7       */
    0xa7, 0x57, 0xff, 0xf8, /* 414: brctg %r5,404       */
    0xa7, 0x69, 0x40, 0x00, /* 418: lghi  %r6,4000      */
    0xb2, 0x29, 0x00, 0x76, /* 41c: iske  %r7,%r6       */
    0xb2, 0xb2, 0x03, 0x00, /* 420: lpswe 300           */
};

/* The hook.  With one CPU nobody else looks at the table. */
static void intercepted(void *arg, struct sie390_vcpu *cpu, const struct sie390_intercept *i)
{
    struct table *t = arg;
    int instruction = i->icptcode == 0x04;
    /* Opcodes of one byte have operands in the second one. */
    uint16_t opcode = i->ipa >> 8 == 0xb2 || i->ipa >> 8 == 0xb9 ? i->ipa : i->ipa & 0xff00;
    uint16_t ipa = instruction ? opcode : 0;
    unsigned n = 0;

    (void)cpu;
    while (n < t->used && (t->row[n].icptcode != i->icptcode || t->row[n].ipa != ipa))
        n++;
    if (n == ROWS)
        return;
    if (n == t->used)
        t->row[t->used++] = (struct row){.icptcode = i->icptcode, .ipa = ipa};
    t->row[n].count++;
    t->row[n].exits += i->exits;
}

static int more_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : (x->ipa > y->ipa) - (x->ipa < y->ipa);
}

static void print(struct table *t)
{
    qsort(t->row, t->used, sizeof(t->row[0]), more_first);
    printf("code  instruction     count     exits\n");
    for (unsigned n = 0; n < t->used; n++) {
        const struct row *r = &t->row[n];

        printf("  %02x  ", r->icptcode);
        r->icptcode == 0x04 ? printf("%04x       ", r->ipa) : printf("-          ");
        printf("%10" PRIu64 "%10" PRIu64 "\n", r->count, r->exits);
    }
}

static int failed(const char *what)
{
    fprintf(stderr, "count-intercepts: %s: %s\n", what, sie390_last_error());
    return 1;
}

static int load(struct sie390_vm *vm, struct sie390_vcpu *cpu, const char *image)
{
    uint8_t p[8];
    int bad;

    if (image)
        bad = sie390_vm_load_file(vm, image, 0, NULL);
    else
        bad = sie390_vm_write(vm, 0, psw, sizeof(psw)) ||
              sie390_vm_write(vm, 0x300, wait_psw, sizeof(wait_psw)) ||
              sie390_vm_write(vm, 0x400, guest, sizeof(guest));
    if (bad || sie390_vm_read(vm, 0, p, sizeof(p)))
        return failed("image");
    /* Short to long: bit 12 off, addressing mode and address apart. */
    uint64_t mask = (uint64_t)(p[0] << 24 | (p[1] & 0xf7) << 16 | p[2] << 8 | p[3]) << 32;
    uint32_t addr = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];

    return sie390_vcpu_set(cpu, SIE390_REG_PSW_MASK, mask | (addr & 0x80000000)) ||
           sie390_vcpu_set(cpu, SIE390_REG_PSW_ADDR, addr & 0x7fffffff) ||
           sie390_vcpu_set_state(cpu, SIE390_OPERATING);
}

/* There are no devices: whatever exits with an instruction is said not to exist (condition code 3).
 */
static int run(struct sie390_vcpu *cpu)
{
    struct sie390_exit x = {.reason = SIE390_EXIT_INTERCEPT};

    while (!sie390_vcpu_run(cpu, &x) &&
           (x.reason == SIE390_EXIT_INTERCEPT || x.reason == SIE390_EXIT_TSCH))
        if (sie390_vcpu_set_cc(cpu, 3))
            break;
    return x.reason == SIE390_EXIT_DISABLED_WAIT ? 0 : failed("run");
}

int main(int argc, char **argv)
{
    static struct table table;
    struct sie390_hooks hooks = {.size = sizeof(hooks), .intercepted = intercepted};
    struct sie390_vm_config config = {
        .size = sizeof(config), .memory = 64 << 20, .hooks = &hooks, .hooks_arg = &table};
    struct sie390_vm *vm;
    struct sie390_vcpu *cpu;

    if (sie390_vm_create(&config, &vm) || sie390_vcpu_create(vm, 0, &cpu))
        return failed("virtual machine");
    int status = load(vm, cpu, argc > 1 ? argv[1] : NULL) || run(cpu);

    print(&table);
    sie390_vm_destroy(vm);
    return status;
}
