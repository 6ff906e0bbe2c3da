/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers of instructions, called as if SIE had intercepted: results, condition codes, the order
 * privileged operation - specification - access, and that nothing changes when one is presented.
 */
#include "hypervisor/test_guest.h"

#include "arch/dat.h"
#include "arch/diag.h"
#include "arch/sigp.h"
#include "arch/stsi.h"
#include "base/ebcdic.h"
#include "hypervisor/priv.h"

#define D(addr) ((u32)(addr) << 16) /* S format: no base register, displacement */

static int make(void **state)
{
    return guest_begin(state, 2);
}

static unsigned cc(const struct guest *g)
{
    return psw_cc(hv_psw_mask(g->v));
}

static void gives(struct guest *g, u16 ipa, u32 ipb, u16 code)
{
    assert_int_equal(guest_call(g, ipa, ipb), HV_INJECT);
    assert_int_equal(pending_program(g), code);
    assert_int_equal(g->v->local.program->ilc, 4);
    assert_int_equal(hv_psw_addr(g->v), pgm_nullifies(code) ? IA : IA + 4);
}

/* ---- order of checks ---- */

static void test_privileged_before_specification(void **state)
{
    static const u16 ipas[] = {0xb202, 0xb204, 0xb210, 0xb211, 0xb212, 0xb220, 0xb22c, 0xb233,
                               0xb235, 0xb236, 0xb27d, 0xb2b1, 0xb2b2, 0x8200, 0x8300, 0xae00,
                               0xb700, 0xb600, 0xb9af, 0xb221, 0xb229, 0xb22a, 0xb22b};
    struct guest *g = *state;

    hv_set_psw(g->v, PSW_64 | PSW_MASK_PSTATE, IA);
    for (unsigned i = 0; i < ARRAY_SIZE(ipas); i++)
        gives(g, ipas[i], D(0x201), PGM_PRIVILEGED_OP);
}

static void test_alignment_before_access(void **state)
{
    struct guest *g = *state;

    g->v->cpu.gr[2] = GUEST_SIZE;
    gives(g, 0xb202, 2U << 28 | D(4), PGM_SPECIFICATION);
    gives(g, 0xb202, 2U << 28 | D(8), PGM_ADDRESSING);
    gives(g, 0xb210, 2U << 28 | D(2), PGM_SPECIFICATION);
    gives(g, 0xb212, 2U << 28 | D(1), PGM_SPECIFICATION);
    gives(g, 0xb204, 2U << 28 | D(4), PGM_SPECIFICATION);
    gives(g, 0xb236, 2U << 28 | D(2), PGM_SPECIFICATION);
    gives(g, 0xb2b2, 2U << 28 | D(4), PGM_SPECIFICATION);
}

/* ---- B2 ---- */

static void test_prefix(void **state)
{
    struct guest *g = *state;

    put32(g, 0x200, 0x8000ffff);
    assert_int_equal(guest_call(g, 0xb210, D(0x200)), HV_RESUME);
    assert_int_equal(hv_prefix(g->v), 0xe000);
    assert_int_equal(g->v->cpu.prefix, 0xe000);
    assert_int_equal(be16_get(g->v->sd->ihcpu), SD_IHCPU_PURGE);
    put32(g, 0xe204, (u32)GUEST_SIZE);
    gives(g, 0xb210, D(0x204), PGM_ADDRESSING);
    assert_int_equal(hv_prefix(g->v), 0xe000);
    assert_int_equal(guest_call(g, 0xb211, D(0x208)), HV_RESUME);
    assert_int_equal(get32(g, 0xe208), 0xe000);
}

static void test_ids(void **state)
{
    struct guest *g = *state;

    assert_int_equal(guest_call(g, 0xb202, D(0x200)), HV_RESUME);
    assert_int_equal(get64(g, 0x200), 0xff00000029648000);
    assert_int_equal(guest_call(g, 0xb212, D(0x208)), HV_RESUME);
    assert_int_equal(get16(g, 0x208), 0);
    put32(g, 0xc8, 0);
    assert_int_equal(guest_call(g, 0xb2b1, 0), HV_RESUME);
    assert_int_equal(get32(g, 0xc8) >> 29, 7);
}

static void test_set_clock(void **state)
{
    struct guest *g = *state;

    put64(g, 0x200, 0x1234567800000000);
    assert_int_equal(guest_call(g, 0xb204, D(0x200)), HV_RESUME);
    assert_int_equal(cc(g), 0);
    assert_int_equal(hv_get_tod(&g->vm) >> 40, 0x123456);
}

static void test_block(void **state)
{
    struct guest *g = *state;

    put64(g, 0x9000, ~0ULL);
    g->v->cpu.gr[0] = 5;
    g->v->cpu.gr[3] = 0x9123;
    assert_int_equal(guest_call(g, 0xb22c, 3 << 16), HV_RESUME);
    assert_int_equal(get64(g, 0x9000), 0);
    assert_int_equal(g->v->cpu.gr[0], 0);
    g->v->cpu.gr[3] = GUEST_SIZE;
    gives(g, 0xb22c, 3 << 16, PGM_ADDRESSING);
    g->v->cpu.gr[3] = 0x1000;
    hv_set_cr(g->v, 0, CR0_LOW_ADDR_PROT);
    gives(g, 0xb22c, 3 << 16, PGM_PROTECTION);
}

static void test_pending_interruption(void **state)
{
    struct io_interrupt io = {1, 0x23, 0x456, io_word(4)};
    struct guest *g = *state;

    hv_set_cr(g->v, 6, CR6_ISC_BIT(3));
    hv_inject_io(&g->vm, &io);
    assert_int_equal(guest_call(g, 0xb236, D(0x200)), HV_RESUME);
    assert_int_equal(cc(g), 0);
    hv_set_cr(g->v, 6, CR6_ISC_BIT(4));
    gives(g, 0xb236, 2U << 28 | D(0x202), PGM_SPECIFICATION);
    g->v->cpu.gr[2] = GUEST_SIZE;
    gives(g, 0xb236, 2U << 28 | D(0x200), PGM_ADDRESSING); /* and it is still there */
    assert_int_equal(guest_call(g, 0xb236, D(0x200)), HV_RESUME);
    assert_int_equal(cc(g), 1);
    assert_int_equal(get64(g, 0x200), 0x0001002300000456);
    hv_inject_io(&g->vm, &io);
    assert_int_equal(guest_call(g, 0xb236, 0), HV_RESUME);
    assert_int_equal(get64(g, 0xb8), 0x0001002300000456);
    assert_int_equal(get32(g, 0xc0), io_word(4));
}

static void test_tsch_takes_its_interruption(void **state)
{
    struct io_interrupt io = {1, 0x23, 0x456, io_word(4)};
    struct guest *g = *state;

    hv_inject_io(&g->vm, &io);
    g->v->cpu.gr[1] = 0x10024;
    assert_int_equal(guest_call(g, 0xb235, D(0x200)), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_TSCH);
    assert_false(g->exit.dequeued);
    g->v->cpu.gr[1] = 0x10023;
    assert_int_equal(guest_call(g, 0xb235, D(0x200)), HV_EXIT);
    assert_true(g->exit.dequeued);
    assert_int_equal(g->exit.io.parm, 0x456);
}

/* ---- STSI ---- */

static void test_stsi(void **state)
{
    struct guest *g = *state;
    u8 name[8], cpi[16];
    char text[17];

    g->v->cpu.gr[0] = 0;
    g->v->cpu.gr[1] = 0;
    assert_int_equal(guest_call(g, 0xb27d, 0), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[0], 0x30000000);
    g->v->cpu.gr[0] = 0x30000002;
    g->v->cpu.gr[1] = 2;
    g->v->cpu.gr[4] = 0x9000;
    gives(g, 0xb27d, 4U << 28 | D(8), PGM_SPECIFICATION);
    assert_int_equal(guest_call(g, 0xb27d, 4U << 28), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[0], 0);
    g->v->cpu.gr[0] = 0x30000002;
    g->vm.options.user_stsi = true;
    assert_int_equal(guest_call(g, 0xb27d, 4U << 28), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_STSI);
    assert_int_equal(g->exit.stsi_addr, 0x9000);
    assert_int_equal(cc(g), 0);
    assert_int_equal(g->v->cpu.gr[0], 0);
    assert_int_equal(get32(g, 0x901c) & 15, 1);
    assert_int_equal(mem_read(&g->vm.mem, abs_addr(0x902c), name, 8), MEM_OK);
    assert_int_equal(mem_read(&g->vm.mem, abs_addr(0x9038), cpi, 16), MEM_OK);
    ebcdic_to_ascii(text, name, 8);
    assert_string_equal(text, "KVMguest");
    ebcdic_to_ascii(text, cpi, 16);
    assert_string_equal(text, "KVM/Linux");
    g->v->cpu.gr[0] = 0x10000002;
    assert_int_equal(guest_call(g, 0xb27d, 4U << 28), HV_RESUME);
    assert_int_not_equal(get32(g, 0x9020), 0); /* capability */
    g->v->cpu.gr[0] = 0x10000003;
    assert_int_equal(guest_call(g, 0xb27d, 4U << 28), HV_RESUME);
    assert_int_equal(cc(g), 3);
    g->v->cpu.gr[0] = 0xf0000001; /* topology */
    assert_int_equal(guest_call(g, 0xb27d, 4U << 28), HV_RESUME);
    assert_int_equal(cc(g), 0);
    assert_int_equal(get32(g, 0x9000), 16 + 8 + 16); /* length: one socket */
    g->v->cpu.gr[0] = 0xf0000002;
    assert_int_equal(guest_call(g, 0xb27d, 4U << 28), HV_RESUME);
    assert_int_equal(cc(g), 3);
    g->v->cpu.gr[0] = 0x10000102;
    gives(g, 0xb27d, 4U << 28, PGM_SPECIFICATION);
}

/* ---- control registers, PSW ---- */

static void test_lctl_stctl(void **state)
{
    struct guest *g = *state;

    hv_set_cr(g->v, 15, 0xaaaaaaaa00000000);
    put64(g, 0x200, 0x1111111122222222);
    assert_int_equal(guest_call(g, 0xb7f0, D(0x200)), HV_RESUME);
    assert_int_equal(hv_cr(g->v, 15), 0xaaaaaaaa11111111);
    assert_int_equal(hv_cr(g->v, 0), 0x22222222);
    assert_int_equal(g->v->cpu.cr[0], 0x22222222);
    hv_set_cr(g->v, 0, 0);
    assert_int_equal(guest_call(g, 0xb6f0, D(0x208)), HV_RESUME);
    assert_int_equal(get64(g, 0x208), 0x1111111100000000);
    gives(g, 0xb7f0, D(0x202), PGM_SPECIFICATION);
}

static void test_lpsw(void **state)
{
    struct guest *g = *state;

    put64(g, 0x200, 0x0308000080001000);
    assert_int_equal(guest_call(g, 0x8200, D(0x200)), HV_RESUME);
    assert_int_equal(hv_psw_mask(g->v), 0x0300000080000000);
    assert_int_equal(hv_psw_addr(g->v), 0x1000);
    assert_int_equal(be64_get(g->v->sd->gbea), IA);
    hv_set_psw(g->v, PSW_64, IA);
    put64(g, 0x200, 0x0300000080001000);
    gives(g, 0x8200, D(0x200), PGM_SPECIFICATION);
    put_psw(g, 0x210, PSW_64, 0x2001); /* early: the bad PSW is the old one */
    assert_int_equal(guest_call(g, 0xb2b2, D(0x210)), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_SPECIFICATION);
    assert_int_equal(hv_psw_addr(g->v), 0x2001);
}

/* ---- protection, keys ---- */

static void test_tprot(void **state)
{
    struct guest *g = *state;

    mem_key_set(&g->vm.mem, abs_addr(0x9000), 0x30);
    mem_key_set(&g->vm.mem, abs_addr(0xa000), 0x38);
    g->v->cpu.gr[1] = 0x9000;
    g->v->cpu.gr[2] = 0xa000;
    assert_int_equal(guest_call(g, 0xe501, 0x10000030), HV_RESUME);
    assert_int_equal(cc(g), 0);
    assert_int_equal(guest_call(g, 0xe501, 0x10000020), HV_RESUME);
    assert_int_equal(cc(g), 1);
    assert_int_equal(guest_call(g, 0xe501, 0x20000020), HV_RESUME);
    assert_int_equal(cc(g), 2);
    hv_set_psw(g->v, PSW_64 | PSW_MASK_DAT, IA);
    put64(g, 0x100000, STE_I);
    hv_set_cr(g->v, 1, 0x100000);
    assert_int_equal(guest_call(g, 0xe501, 0x10000030), HV_RESUME);
    assert_int_equal(cc(g), 3);
    g->v->cpu.gr[1] = GUEST_SIZE;
    hv_set_psw(g->v, PSW_64, IA);
    g->v->local.program = NULL;
    assert_int_equal(guest_call(g, 0xe501, 0x10000030), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_ADDRESSING);
}

static void test_keyless_subset(void **state)
{
    struct guest *g = *state;

    assert_true(sd_flags(g->v->sd) & SD_CPUFLAG_KSS);
    assert_false(atomic_load(&g->vm.uses_keys));
    assert_int_equal(guest_call(g, 0xb229, 0x00120000),
                     HV_RETRY); /* I13: interpreted from now on */
    assert_int_equal(hv_psw_addr(g->v), IA);
    assert_false(sd_flags(g->v->sd) & SD_CPUFLAG_KSS);
    assert_true(atomic_load(&g->vm.uses_keys));
    assert_true(sd_flags(g->vm.vcpu[1]->sd) & SD_CPUFLAG_KSS); /* the other CPU takes its own */
}

static void test_keys(void **state)
{
    struct guest *g = *state;

    hv_enable_keys(g->v);
    g->v->cpu.gr[1] = 0xf6;
    g->v->cpu.gr[2] = 0x9000;
    assert_int_equal(guest_call(g, 0xb22b, 0x00120000), HV_RESUME);
    assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(0x9000)), 0xf6);
    assert_int_equal(guest_call(g, 0xb22a, 0x00020000), HV_RESUME);
    assert_int_equal(cc(g), 3);
    assert_int_equal(guest_call(g, 0xb229, 0x00320000), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[3], 0xf2);
    g->v->cpu.gr[1] = 0xf4; /* conditional: only R and C differ */
    assert_int_equal(guest_call(g, 0xb22b, 0x60120000), HV_RESUME);
    if (hv_facility(g->v, 10)) {
        assert_int_equal(cc(g), 1);
        assert_int_equal(g->v->cpu.gr[1], 0xf2f4);
        assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(0x9000)), 0xf2);
    }
    g->v->cpu.gr[2] = GUEST_SIZE;
    gives(g, 0xb229, 0x00320000, PGM_ADDRESSING);
}

/* ---- DIAGNOSE ---- */

static s64 notify(void *arg, u32 schid, u64 queue, u64 cookie)
{
    *(u32 *)arg = schid;
    return (s64)(queue * 10 + cookie);
}

static void test_diagnose(void **state)
{
    static const u16 refused[] = {0x008, 0x204, 0x224, 0x258, 0x260, 0x288, 0x501, 0x999};
    static const struct vmm_ops ops = {.virtio_notify = notify};
    struct guest *g = *state;
    u32 schid = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(refused); i++)
        gives(g, 0x8300, D(refused[i]), PGM_SPECIFICATION);
    g->v->cpu.gr[1] = 4;
    assert_int_equal(guest_call(g, 0x8300, D(0x500)), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[2], GUEST_SIZE);
    g->v->cpu.gr[1] = 99;
    gives(g, 0x8300, D(0x500), PGM_SPECIFICATION);
    g->vm.ops = &ops;
    g->vm.ops_arg = &schid;
    g->v->cpu.gr[1] = 3;
    g->v->cpu.gr[2] = 0x10005;
    g->v->cpu.gr[3] = 7;
    g->v->cpu.gr[4] = 2;
    assert_int_equal(guest_call(g, 0x8300, D(0x500)), HV_RESUME);
    assert_int_equal(schid, 0x10005);
    assert_int_equal(g->v->cpu.gr[2], 72);
}

static void test_diagnose_318(void **state)
{
    struct guest *g = *state;

    g->v->cpu.gr[2] = 0x0400000012345678;
    assert_int_equal(guest_call(g, 0x8320, D(0x318)), HV_RESUME);
    assert_int_equal(g->v->sd->cpnc, DIAG318_CPNC_LINUX);
    assert_int_equal(atomic_load(&g->vm.control_program), 0x0400000012345678);
    vm_reset(&g->vm);
    assert_int_equal(g->v->sd->cpnc, 0);
}

static void test_diagnose_308(void **state)
{
    struct guest *g = *state;

    g->v->cpu.gr[2] = 0x9000;
    g->v->cpu.gr[5] = 3;
    assert_int_equal(guest_call(g, 0x8325, D(0x308)), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_RESET);
    assert_int_equal(g->exit.subcode, 3);
    g->v->cpu.gr[5] = 6;
    assert_int_equal(guest_call(g, 0x8325, D(0x308)), HV_EXIT);
    assert_int_equal(g->exit.diag308_addr, 0x9000);
    g->v->cpu.gr[2] = 0x9001;
    gives(g, 0x8325, D(0x308), PGM_SPECIFICATION);
    g->v->cpu.gr[2] = GUEST_SIZE;
    gives(g, 0x8325, D(0x308), PGM_ADDRESSING);
    g->v->cpu.gr[5] = 8;
    gives(g, 0x8325, D(0x308), PGM_SPECIFICATION);
}

static void test_diagnose_10(void **state)
{
    struct guest *g = *state;

    for (u64 a = 0; a < 0xc000; a += 0x1000)
        put64(g, a, 1);
    hv_set_prefix(g->v, 0x6000); /* real 6000-7fff is absolute 0-1fff */
    g->v->cpu.gr[2] = 0x4000;
    g->v->cpu.gr[3] = 0x9000;
    assert_int_equal(guest_call(g, 0x8323, D(0x10)), HV_RESUME);
    for (u64 a = 0; a < 0xc000; a += 0x1000)
        assert_int_equal(get64(g, a), a == 0x6000 || a == 0x7000                  ? 1
                                      : a < 0x2000 || (a >= 0x4000 && a < 0xa000) ? 0
                                                                                  : 1);
    g->v->cpu.gr[2] = 0x1000;
    gives(g, 0x8323, D(0x10), PGM_SPECIFICATION);
    g->v->cpu.gr[2] = 0xa000;
    gives(g, 0x8323, D(0x10), PGM_SPECIFICATION);
}

/* ---- SIGP ---- */

static unsigned sigp(struct guest *g, u64 target, unsigned order, u64 parameter, u32 *status)
{
    g->v->cpu.gr[2] = ~0ULL;
    g->v->cpu.gr[3] = parameter;
    g->v->cpu.gr[4] = target;
    assert_int_equal(guest_call(g, 0xae24, D(order)), HV_RESUME);
    *status = (u32)g->v->cpu.gr[2];
    assert_int_equal(g->v->cpu.gr[2] >> 32, 0xffffffff);
    return cc(g);
}

static void test_sigp_statuses(void **state)
{
    struct guest *g = *state;
    u32 s;

    assert_int_equal(sigp(g, 9, SIGP_SENSE, 0, &s), 3);
    assert_int_equal(sigp(g, 1, SIGP_SENSE, 0, &s), 1);
    assert_int_equal(s, SIGP_STATUS_STOPPED);
    assert_int_equal(sigp(g, 1, SIGP_EXTERNAL_CALL, 0, &s), 0);
    assert_int_equal(sigp(g, 1, SIGP_EXTERNAL_CALL, 0, &s), 1);
    assert_int_equal(s, SIGP_STATUS_EXT_CALL_PENDING);
    assert_int_equal(sigp(g, 1, SIGP_SENSE, 0, &s), 1);
    assert_int_equal(s, SIGP_STATUS_EXT_CALL_PENDING | SIGP_STATUS_STOPPED);
    assert_int_equal(sigp(g, 1, SIGP_SENSE_RUNNING, 0, &s), 1);
    assert_int_equal(s, SIGP_STATUS_NOT_RUNNING);
    assert_int_equal(sigp(g, 1, SIGP_SET_ARCHITECTURE, 1, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INVALID_PARAMETER);
    assert_int_equal(sigp(g, 1, 0x77, 0, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INVALID_ORDER);
    assert_int_equal(sigp(g, 1, SIGP_SET_MULTITHREADING, 0, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INVALID_ORDER);
}

static void test_sigp_when_the_vmm_keeps_the_states(void **state)
{
    static const u16 left[] = {SIGP_START, SIGP_RESTART, SIGP_INITIAL_CPU_RESET, SIGP_CPU_RESET};
    struct guest *g = *state;
    u32 s;

    g->vm.options.user_cpu_states = true;
    g->v->cpu.gr[4] = 1;
    for (unsigned i = 0; i < ARRAY_SIZE(left); i++) {
        assert_int_equal(guest_call(g, 0xae24, D(left[i])), HV_EXIT);
        assert_int_equal(g->exit.reason, EXIT_INTERCEPT);
    }
    assert_int_equal(sigp(g, 9, SIGP_START, 0, &s), 3);
    assert_int_equal(hv_inject_restart(g->vm.vcpu[1]), 0);
    assert_int_equal(vcpu_get_state(g->vm.vcpu[1]), VCPU_STOPPED);
    assert_int_equal(sigp(g, 1, SIGP_START, 0, &s), 2);
    assert_int_equal(guest_call(g, 0xae24, D(SIGP_CPU_RESET)), HV_EXIT);
    assert_int_equal(hv_inject_stop(g->v, false), 0);
    g->v->sd->icptcode = ICPT_STOP;
    assert_int_equal(hv_handle_intercept(g->v), HV_EXIT);
    assert_int_equal(g->exit.icptcode, ICPT_STOP);
    assert_int_equal(vcpu_get_state(g->v), VCPU_OPERATING);
    assert_int_equal(hv_pending_local(g->v), IRQ_BIT(IRQ_STOP));
    vcpu_reset(g->v, CPU_RESET_NORMAL);
    assert_int_equal(vcpu_get_state(g->v), VCPU_OPERATING);
}

static void count_intercepts(void *arg, struct vcpu *v, const struct hv_intercept *i)
{
    (void)v;
    assert_int_equal(i->icptcode, ICPT_INST);
    assert_int_equal(i->ipa, 0xb202);
    assert_int_equal(i->psw_addr, IA + 4);
    assert_true(i->exits);
    ++*(unsigned *)arg;
}

static void test_user_controlled_intercept_is_handled_on_request(void **state)
{
    struct vmm_ops ops = {.intercepted = count_intercepts};
    struct guest *g = *state;
    unsigned seen = 0;
    struct hv_exit x;

    g->vm.options.user_controlled = true;
    g->vm.ops = &ops;
    g->vm.ops_arg = &seen;
    intercepted(g, 0xb202, D(0x200), IA);
    assert_int_equal(hv_handle_intercept(g->v), HV_EXIT);
    assert_int_equal(g->exit.icptcode, ICPT_INST);
    assert_int_equal(seen, 1);
    assert_int_equal(hv_handle(g->v, &x), 0);
    assert_int_not_equal(get64(g, 0x200), 0);
    intercepted(g, 0xb220, 0, IA);
    assert_int_equal(hv_handle(g->v, &x), 1);
    assert_int_equal(x.reason, EXIT_INTERCEPT);
    assert_int_equal(x.ipa, 0xb220);
    g->v->exit = &g->exit;
}

static void test_sigp_on_a_stopped_cpu(void **state)
{
    struct guest *g = *state;
    struct vcpu *v1 = g->vm.vcpu[1];
    u32 s;

    assert_int_equal(sigp(g, 1, SIGP_SET_PREFIX, GUEST_SIZE, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INVALID_PARAMETER);
    assert_int_equal(sigp(g, 1, SIGP_SET_PREFIX, 0x80009fff, &s), 0);
    assert_int_equal(hv_prefix(v1), 0x8000);
    v1->cpu.gr[7] = 0x77;
    assert_int_equal(sigp(g, 1, SIGP_STORE_STATUS, 0xa1ff, &s), 0);
    assert_int_equal(get64(g, 0xa000 + 0x80 + 56), 0x77);
    assert_int_equal(get32(g, 0xa000 + 0x118), 0x8000);
    assert_int_equal(sigp(g, 1, SIGP_STORE_STATUS, GUEST_SIZE, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INVALID_PARAMETER);
    assert_int_equal(sigp(g, 0, SIGP_SET_PREFIX, 0x8000, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INCORRECT_STATE);
    assert_int_equal(sigp(g, 1, SIGP_INITIAL_CPU_RESET, 0, &s), 0);
    assert_int_equal(hv_prefix(v1), 0);
    assert_int_equal(v1->cpu.gr[7], 0x77);
    assert_int_equal(sigp(g, 1, SIGP_START, 0, &s), 0);
    assert_int_equal(vcpu_get_state(v1), VCPU_OPERATING);
    assert_int_equal(sigp(g, 1, SIGP_STOP, 0, &s), 0);
    assert_int_equal(sigp(g, 1, SIGP_SENSE, 0, &s), 2);
    assert_int_equal(sigp(g, 1, SIGP_CPU_RESET, 0, &s), 0);
    assert_int_equal(vcpu_get_state(v1), VCPU_STOPPED);
    assert_int_equal(sigp(g, 1, SIGP_RESTART, 0, &s), 0);
    assert_int_equal(vcpu_get_state(v1), VCPU_OPERATING);
    assert_int_equal(sigp(g, 1, SIGP_STOP, 0, &s), 2);
}

static void test_sigp_conditional_emergency(void **state)
{
    struct guest *g = *state;
    struct vcpu *v1 = g->vm.vcpu[1];
    u32 s;

    hv_set_psw(v1, PSW_OPEN, 0x1000);
    hv_set_cr(v1, 4, 5);
    hv_set_cr(v1, 3, 6);
    assert_int_equal(sigp(g, 1, SIGP_COND_EMERGENCY, 7, &s), 1);
    assert_int_equal(s, SIGP_STATUS_INCORRECT_STATE);
    assert_int_equal(sigp(g, 1, SIGP_COND_EMERGENCY, 6, &s), 0);
    hv_set_psw(v1, PSW_OPEN | PSW_MASK_WAIT, 0x1000);
    assert_int_equal(sigp(g, 1, SIGP_COND_EMERGENCY, 6, &s), 1);
    hv_set_psw(v1, PSW_OPEN | PSW_MASK_WAIT, 0);
    assert_int_equal(sigp(g, 1, SIGP_COND_EMERGENCY, 6, &s), 0);
    hv_set_psw(v1, PSW_64, 0x1000);
    assert_int_equal(sigp(g, 1, SIGP_COND_EMERGENCY, 7, &s), 0);
}

/* ---- program interruptions ---- */

static void test_program_intercepts(void **state)
{
    struct guest *g = *state;
    struct sd *sd = g->v->sd;

    put_psw(g, LC(pgm_new_psw), PSW_64, 0x8000);
    sd->icptcode = ICPT_PROGI;
    sd->iprcc = be16_of(PGM_PAGE_TRANSLATION | PGM_PER);
    sd->pgmilc = be16_of(4);
    sd->tecmc = be64_of(0x7777000);
    sd->eai = 3;
    sd->oai = 4;
    sd->perc = 0x40;
    sd->peraddr = be64_of(0x5000);
    hv_set_psw(g->v, PSW_64, 0x5000);
    assert_int_equal(hv_handle_program(g->v), HV_INJECT);
    assert_int_equal(hv_deliver(g->v), 0);
    assert_int_equal(get64(g, LC(teid)), 0x7777000);
    assert_int_equal(get32(g, LC(eaid)) >> 24, 3);
    assert_int_equal(get32(g, LC(eaid)) >> 8 & 0xff, 4);
    assert_int_equal(get16(g, LC(pgm_code)), PGM_PAGE_TRANSLATION | PGM_PER);
    assert_int_equal(get64(g, LC(per_address)), 0x5000);
    assert_int_equal(get64(g, LC(pgm_old_psw) + 8), 0x5000); /* as SIE left it */
    assert_int_equal(hv_psw_addr(g->v), 0x8000);
    put_psw(g, LC(pgm_new_psw), PSW_64, 0x8001);
    sd->iprcc = be16_of(PGM_SPECIFICATION);
    assert_int_equal(hv_handle_program(g->v), HV_EXIT); /* I32 */
    assert_int_equal(g->exit.reason, EXIT_PROGRAM_LOOP);
}

static void test_operation_exception_loop(void **state)
{
    struct guest *g = *state;

    put_psw(g, LC(pgm_new_psw), PSW_64, 0x8000);
    g->v->sd->icptcode = ICPT_OPEREXC;
    g->v->sd->ipa = be16_of(0);
    hv_set_psw(g->v, PSW_64, 0x9002);
    assert_int_equal(hv_handle_operation(g->v), HV_INJECT);
    g->v->local.program = NULL;
    hv_set_psw(g->v, PSW_64 | PSW_MASK_PSTATE, 0x8002);
    assert_int_equal(hv_handle_operation(g->v), HV_INJECT);
    g->v->local.program = NULL;
    hv_set_psw(g->v, PSW_64, 0x8002);
    assert_int_equal(hv_handle_operation(g->v), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_PROGRAM_LOOP);
}

/* ---- models ---- */

static void test_models(void **state)
{
    struct cpu_model m;

    (void)state;
    assert_int_equal(cpu_model_parse("z196", &m), 0);
    assert_int_equal(cpu_model_type(&m), 0x2817);
    assert_false(bitmap_test(m.facilities, 49));
    assert_true(bitmap_test(m.facilities, 138));
    assert_int_equal(cpu_model_parse("z196,misc1=on,fac45=off", &m), 0);
    assert_true(bitmap_test(m.facilities, 49));
    assert_false(bitmap_test(m.facilities, 45));
    assert_int_equal(cpu_model_parse("z9", &m), -22);
    assert_int_equal(cpu_model_parse("z13,nonsense=on", &m), -22);
    assert_int_equal(cpu_model_parse("z13,fac1=off", &m), -22);
    assert_int_equal(cpu_model_parse("z13,fac64=on", &m), -22);
    assert_int_equal(cpu_model_parse("z13,edat1", &m), -22);
    assert_int_equal(cpu_model_parse("z13,edat1=off", &m), -22); /* EDAT-2 needs it */
    assert_int_equal(cpu_model_parse("z13,edat2=off,edat1=off", &m), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, guest_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_privileged_before_specification),
        T(test_alignment_before_access),
        T(test_prefix),
        T(test_ids),
        T(test_set_clock),
        T(test_block),
        T(test_pending_interruption),
        T(test_tsch_takes_its_interruption),
        T(test_stsi),
        T(test_lctl_stctl),
        T(test_lpsw),
        T(test_tprot),
        T(test_keyless_subset),
        T(test_keys),
        T(test_diagnose),
        T(test_diagnose_308),
        T(test_diagnose_318),
        T(test_diagnose_10),
        T(test_sigp_statuses),
        T(test_sigp_when_the_vmm_keeps_the_states),
        T(test_user_controlled_intercept_is_handled_on_request),
        T(test_sigp_on_a_stopped_cpu),
        T(test_sigp_conditional_emergency),
        T(test_program_intercepts),
        T(test_operation_exception_loop),
        cmocka_unit_test(test_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
