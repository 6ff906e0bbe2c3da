/* SPDX-License-Identifier: Apache-2.0
 *
 * For the unit tests of this room: a small virtual machine without a VMM.
 */
#ifndef SIE390_HYPERVISOR_TEST_GUEST_H
#define SIE390_HYPERVISOR_TEST_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cr.h"
#include "arch/external.h"
#include "arch/lowcore.h"
#include "hypervisor/gaccess.h"
#include "hypervisor/hv.h"

#define GUEST_SIZE (16UL << 20)
#define PSW_64 (PSW_MASK_EA | PSW_MASK_BA)
#define PSW_OPEN (PSW_64 | PSW_MASK_IO | PSW_MASK_EXT | PSW_MASK_MCHECK)
#define LC(field) offsetof(struct lowcore, field)

struct guest {
    struct vm vm;
    struct vcpu *v; /* CPU 0 */
    struct hv_exit exit;
    struct cpu_model model;
};

static inline void guest_create_as(struct guest *g, struct vm_config config)
{
    memset(g, 0, sizeof(*g));
    assert_int_equal(cpu_model_parse("max", &g->model), 0);
    config.memory = GUEST_SIZE;
    if (!config.model)
        config.model = &g->model;
    assert_int_equal(vm_create(&g->vm, &config), 0);
    for (unsigned i = 0; i < config.cpus; i++) {
        struct vcpu *v;

        assert_int_equal(vcpu_create(&g->vm, i, &v), 0);
    }
    g->v = g->vm.vcpu[0];
    g->v->exit = &g->exit;
    vcpu_set_state(g->v, VCPU_OPERATING);
}

static inline void guest_create(struct guest *g, unsigned cpus, bool no_gisa)
{
    guest_create_as(g, (struct vm_config){.cpus = cpus, .options.no_gisa = no_gisa});
}

/* One CPU, and all pages are absent. */
static inline void guest_create_lazy(struct guest *g)
{
    guest_create_as(g, (struct vm_config){.cpus = 1, .lazy_memory = true});
}

static inline void guest_destroy(struct guest *g)
{
    vm_destroy(&g->vm);
}

static inline void put64(struct guest *g, u64 addr, u64 x)
{
    assert_int_equal(mem_write64(&g->vm.mem, abs_addr(addr), x), MEM_OK);
}

static inline void put32(struct guest *g, u64 addr, u32 x)
{
    assert_int_equal(mem_write32(&g->vm.mem, abs_addr(addr), x), MEM_OK);
}

static inline u64 get64(struct guest *g, u64 addr)
{
    u64 x;

    assert_int_equal(mem_read64(&g->vm.mem, abs_addr(addr), &x), MEM_OK);
    return x;
}

static inline u32 get32(struct guest *g, u64 addr)
{
    u32 x;

    assert_int_equal(mem_read32(&g->vm.mem, abs_addr(addr), &x), MEM_OK);
    return x;
}

static inline u16 get16(struct guest *g, u64 addr)
{
    return (u16)(addr & 2 ? get32(g, addr & ~3UL) : get32(g, addr) >> 16);
}

static inline void put_psw(struct guest *g, u64 addr, u64 mask, u64 ia)
{
    put64(g, addr, mask);
    put64(g, addr + 8, ia);
}

/* As if SIE had intercepted this instruction at `ia`, not executed by EXECUTE. */
static inline void intercepted(struct guest *g, u16 ipa, u32 ipb, u64 ia)
{
    struct sd *sd = g->v->sd;

    sd->icptcode = ICPT_INST;
    sd->icptstatus = 0;
    sd->ipa = be16_of(ipa);
    sd->ipb = be32_of(ipb);
    hv_set_psw(g->v, hv_psw_mask(g->v), ia + hv_ilen(g->v));
}

#define IA 0x5000UL /* of the instruction that the tests are about */

/* Fixture: a guest whose CPU 0 is at IA, in supervisor state. */
static inline int guest_begin(void **state, unsigned cpus)
{
    struct guest *g = malloc(sizeof(*g));

    guest_create(g, cpus, false);
    hv_set_psw(g->v, PSW_64, IA);
    *state = g;
    return 0;
}

static inline int guest_end(void **state)
{
    guest_destroy(*state);
    free(*state);
    return 0;
}

/* Handles the instruction as if it had been intercepted at IA. */
static inline enum hv_outcome guest_call(struct guest *g, u16 ipa, u32 ipb)
{
    g->v->local.program = NULL;
    intercepted(g, ipa, ipb, IA);
    return hv_handle_instruction(g->v);
}

/* The program interruption that is pending, 0 if there is none. */
static inline u16 pending_program(const struct guest *g)
{
    return g->v->local.program ? g->v->local.program->code : 0;
}

#endif
