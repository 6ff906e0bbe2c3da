/* SPDX-License-Identifier: Apache-2.0
 *
 * For the unit tests of this room: storage, one CPU and its state description, without a
 * hypervisor.  Code lies at CODE; behind the instruction under test stands a tail that makes the
 * outcome visible: condition code to GR 11, system mask to TAIL_MASK, then a disabled wait at
 * WAIT_ADDR (interception 1C).  The program-new PSW waits at PGM_ADDR.
 */
#ifndef SIE390_SIE_TEST_SIE_H
#define SIE390_SIE_TEST_SIE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cr.h"
#include "arch/lowcore.h"
#include "arch/program.h"
#include "cpu/exec.h"
#include "cpu/timer.h"
#include "sie/sie.h"

#define STORAGE (16UL << 20)
#define CODE 0x10000UL
#define TARGET 0x11000UL /* of EXECUTE; also in GR 12 */
#define DATA 0x3000UL    /* in GR 1 */
#define KEYED 0x4000UL   /* in GR 2 */
#define TAIL_MASK 0x900UL
#define WAIT_ADDR 0xd0d0UL
#define PGM_ADDR 0xbad0UL
#define PSW_64 (PSW_MASK_EA | PSW_MASK_BA)
#define LC(field) offsetof(struct lowcore, field)

struct sie_guest {
    struct mem mem;
    struct view view;
    struct cpu cpu;
    struct sd *sd;
    u8 facilities[256];
    u64 mask; /* PSW to begin with */
};

static inline void put64(struct sie_guest *g, u64 addr, u64 x)
{
    assert_int_equal(mem_write64(&g->mem, abs_addr(addr), x), MEM_OK);
}

static inline u64 get64(struct sie_guest *g, u64 addr)
{
    u64 x;

    assert_int_equal(mem_read64(&g->mem, abs_addr(addr), &x), MEM_OK);
    return x;
}

static inline u32 get32(struct sie_guest *g, u64 addr)
{
    u32 x;

    assert_int_equal(mem_read32(&g->mem, abs_addr(addr), &x), MEM_OK);
    return x;
}

static inline u16 get16(struct sie_guest *g, u64 addr)
{
    return (u16)(get32(g, addr & ~3UL) >> (addr & 2 ? 0 : 16));
}

static inline void put_psw(struct sie_guest *g, u64 addr, u64 mask, u64 ia)
{
    put64(g, addr, mask);
    put64(g, addr + 8, ia);
}

static inline void put_halves(struct sie_guest *g, u64 addr, const u16 *h, unsigned n)
{
    be16 text[16];

    for (unsigned i = 0; i < n; i++)
        text[i] = be16_of(h[i]);
    assert_int_equal(mem_write(&g->mem, abs_addr(addr), text, n * 2UL), MEM_OK);
}

/* Bytes of an instruction. */
static inline unsigned length_of(const u16 *insn)
{
    return insn_length((u8)(insn[0] >> 8));
}

/* The instruction and the tail. */
static inline void put_code(struct sie_guest *g, const u16 *insn)
{
    static const u16 tail[] = {0xb222, 0x00b0, 0xad00, TAIL_MASK, 0xb2b2, 0x0800};
    unsigned n = length_of(insn);

    put_halves(g, CODE, insn, n / 2);
    put_halves(g, CODE + n, tail, ARRAY_SIZE(tail));
}

/* As a new CPU, storage as it is. */
static inline void guest_reset(struct sie_guest *g)
{
    struct sd *sd = g->sd;

    memset(sd, 0, sizeof(*sd));
    cpu_reset(&g->cpu, CPU_RESET_CLEAR);
    sd->cpuflags = be32_of(SD_CPUFLAG_ZARCH | SD_CPUFLAG_SM | SD_CPUFLAG_GED2);
    sd->ecb = SD_ECB_SPECI;
    sd->eca = be32_of(SD_ECA_PROTEXCI | SD_ECA_MVPGI);
    sd->ihcpu = be16_of(SD_IHCPU_PURGE);
    sd->msl = be64_of((STORAGE - 1) & SD_MSO_MASK);
    sd->gcr[0] = be64_of(CR0_INITIAL);
    sd->gcr[14] = be64_of(CR14_INITIAL);
    sd->ckc = be64_of(~0ULL);
    sd->cputm = be64_of(INT64_MAX);
    g->mask = PSW_64;
    g->cpu.gr[1] = DATA;
    g->cpu.gr[2] = KEYED;
    g->cpu.gr[12] = TARGET;
}

static inline void guest_create(struct sie_guest *g, bool lazy)
{
    memset(g, 0, sizeof(*g));
    assert_int_equal(mem_create(&g->mem, STORAGE, lazy), 0);
    g->mem.tod_base = tod_base_now();
    view_init_mem(&g->view, &g->mem);
    assert_int_equal(cpu_init(&g->cpu, &g->mem, &g->view), 0);
    g->sd = aligned_alloc(4096, 4096);
    assert_non_null(g->sd);
    memset(g->facilities, 0xff, 32);
    bitmap_clear(g->facilities, 169); /* storage-key removal */
    g->cpu.sd = g->sd;
    g->cpu.facilities = g->facilities;
    put_psw(g, 0x800, PSW_64 | PSW_MASK_WAIT, WAIT_ADDR);
    put_psw(g, LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, PGM_ADDR);
    guest_reset(g);
}

static inline void guest_destroy(struct sie_guest *g)
{
    cpu_destroy(&g->cpu);
    free(g->sd);
    mem_destroy(&g->mem);
}

/* Runs from `addr`; the interception code. */
static inline u8 run_at(struct sie_guest *g, u64 addr)
{
    struct sd *sd = g->sd;

    sd->icptcode = 0xee;
    sd->icptstatus = 0xee;
    sd->gpsw.mask = be64_of(g->mask);
    sd->gpsw.addr = be64_of(addr);
    sd->gg14 = be64_of(g->cpu.gr[14]);
    sd->gg15 = be64_of(g->cpu.gr[15]);
    sie_run(&g->cpu);
    return sd->icptcode;
}

/* One instruction, with its tail behind it. */
static inline u8 run_code(struct sie_guest *g, const u16 *insn)
{
    put_code(g, insn);
    return run_at(g, CODE);
}

static inline u64 psw_addr(const struct sie_guest *g)
{
    return be64_get(g->sd->gpsw.addr);
}

static inline u16 icpt_program(const struct sie_guest *g)
{
    return be16_get(g->sd->iprcc);
}

/* The program interruption `code` was presented to the guest, which waits now. */
static inline void assert_presented(struct sie_guest *g, u16 code)
{
    assert_int_equal(g->sd->icptcode, ICPT_WAIT);
    assert_int_equal(psw_addr(g), PGM_ADDR);
    assert_int_equal(get16(g, LC(pgm_code)), code);
}

#endif
