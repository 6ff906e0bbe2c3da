/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGNAL PROCESSOR through a system control area, in the basic format (64 entries) and in the
 * extended one: a guest's CPU runs the instruction and another one takes the external call.  What
 * cannot be interpreted is intercepted, with nothing changed.
 */
#include "arch/external.h"
#include "arch/sigp.h"
#include "cpu/request.h"
#include "cpu/sca.h"
#include "sie/test_sie.h"

#define SOURCE 5
#define TARGET_CPU 7
#define EXT_ADDR 0xec0UL

static struct sie_guest g;
static struct cpu other; /* whose number is TARGET_CPU */
static struct sd *other_sd;
static struct bsca *basic;
static struct esca *extended;

static void *page_of(size_t size)
{
    void *p = aligned_alloc(4096, round_up64(size, 4096));

    assert_non_null(p);
    return p;
}

static int setup(void **state)
{
    (void)state;
    guest_create(&g, false);
    assert_int_equal(cpu_init(&other, &g.mem, &g.view), 0);
    other_sd = page_of(4096);
    basic = page_of(sizeof(*basic));
    extended = page_of(sizeof(*extended));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(basic);
    free(extended);
    free(other_sd);
    cpu_destroy(&other);
    guest_destroy(&g);
    return 0;
}

/* ---- the area ---- */

static bool is_extended(void)
{
    return g.sd->ecb2 & SD_ECB2_ESCA;
}

static void enter(unsigned n, struct sd *sd)
{
    if (is_extended()) {
        extended->mcn[n / 64] = be64_of(be64_get(extended->mcn[n / 64]) | BIT64(n % 64));
        extended->cpu[n].sda = be64_of((u64)(uintptr_t)sd);
    } else {
        basic->mcn = be64_of(be64_get(basic->mcn) | BIT64(n));
        basic->cpu[n].sda = be64_of((u64)(uintptr_t)sd);
    }
}

/* The entry stays, the CPU is not valid any more. */
static void invalidate(unsigned n)
{
    basic->mcn = be64_of(be64_get(basic->mcn) & ~BIT64(n % 64));
    extended->mcn[n / 64] = be64_of(be64_get(extended->mcn[n / 64]) & ~BIT64(n % 64));
}

/* Number of the CPU whose call is pending, or -1. */
static int caller_of(unsigned n)
{
    unsigned c = is_extended() ? be16_get(extended->cpu[n].sigp_ctl) : basic->cpu[n].sigp_ctl;
    unsigned flag = is_extended() ? ESCA_SIGP_C : BSCA_SIGP_C;

    return c & flag ? (int)(c & ~flag) : -1;
}

static void describe(struct sd *sd, unsigned n, bool esca)
{
    if (esca)
        sd->ecb2 |= SD_ECB2_ESCA;
    sd->ecb |= SD_ECB_SRSI;
    sd->eca = be32_of(be32_get(sd->eca) | SD_ECA_SIGPI);
    sd->icpua = be16_of((u16)n);
    sd_set_scao(sd, (u64)(uintptr_t)(esca ? (void *)extended : (void *)basic));
}

static void reset(bool esca)
{
    guest_reset(&g);
    describe(g.sd, SOURCE, esca);
    memset(other_sd, 0, 4096);
    memcpy(other_sd, g.sd, sizeof(*other_sd));
    describe(other_sd, TARGET_CPU, esca);
    sd_set_owner(g.sd, &g.cpu);
    sd_set_owner(other_sd, &other);
    other.sd = other_sd;
    other.facilities = g.facilities;
    atomic_store(&other.request, 0);
    memset(basic, 0, sizeof(*basic));
    memset(extended, 0, sizeof(*extended));
    enter(SOURCE, g.sd);
    enter(TARGET_CPU, other_sd);
    put_psw(&g, LC(ext_new_psw), PSW_64 | PSW_MASK_WAIT, EXT_ADDR);
    put64(&g, LC(ext_params), 0);
}

/* ---- SIGP 6,7,order: to the CPU in GR 7 ---- */

#define SIGP 0xae67

static u8 sigp(unsigned order, u64 target)
{
    u16 insn[] = {SIGP, (u16)order};

    g.cpu.gr[6] = 0x1111111122222222;
    g.cpu.gr[7] = target;
    put_code(&g, insn);
    return run_at(&g, CODE);
}

static void expect_cc(unsigned cc)
{
    assert_int_equal(g.sd->icptcode, ICPT_WAIT);
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    assert_int_equal(g.cpu.gr[11] >> 28 & 3, cc);
}

static void expect_left(u8 code, unsigned order)
{
    assert_int_equal(g.sd->icptcode, code);
    assert_int_equal(be16_get(g.sd->ipa), SIGP);
    assert_int_equal(be32_get(g.sd->ipb), order << 16);
    assert_int_equal(psw_addr(&g), CODE + 4);
    assert_int_equal(g.cpu.gr[6], 0x1111111122222222);
}

static bool flag(u32 bit)
{
    return sd_flags(other_sd) & bit;
}

static void expect_not_called(void)
{
    assert_int_equal(caller_of(TARGET_CPU), -1);
    assert_false(flag(SD_CPUFLAG_ECALL_PEND));
    assert_false(atomic_load(&other.request) & REQ_KICK);
}

/* ---- external call ---- */

static void run_other(u64 mask)
{
    other_sd->gcr[0] = be64_of(CR0_INITIAL | CR0_EXT_CALL);
    other_sd->gpsw.mask = be64_of(PSW_64 | PSW_MASK_WAIT | mask);
    other_sd->gpsw.addr = be64_of(0x7777);
    other_sd->icptcode = 0xee;
    sie_run(&other);
}

static void call(bool esca)
{
    reset(esca);
    sigp(SIGP_EXTERNAL_CALL, TARGET_CPU);
    expect_cc(SIGP_CC_ACCEPTED);
    assert_int_equal(caller_of(TARGET_CPU), SOURCE);
    assert_int_equal(caller_of(SOURCE), -1);
    assert_true(flag(SD_CPUFLAG_ECALL_PEND));
    assert_true(atomic_load(&other.request) & REQ_KICK);
}

static void test_external_call_is_made_and_taken(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        call(esca);
        run_other(0); /* not enabled: it stays */
        assert_int_equal(other_sd->icptcode, ICPT_WAIT);
        assert_int_equal(be64_get(other_sd->gpsw.addr), 0x7777);
        assert_int_equal(caller_of(TARGET_CPU), SOURCE);
        run_other(PSW_MASK_EXT);
        assert_int_equal(other_sd->icptcode, ICPT_WAIT);
        assert_int_equal(be64_get(other_sd->gpsw.addr), EXT_ADDR);
        assert_int_equal(get16(&g, LC(ext_int_code)), EXT_EXTERNAL_CALL);
        assert_int_equal(get16(&g, LC(ext_cpu_addr)), SOURCE);
        assert_int_equal(caller_of(TARGET_CPU), -1);
        assert_false(flag(SD_CPUFLAG_ECALL_PEND));
    }
}

/* The host wants to intervene, too: the call stays pending, and the host is told whose it is. */
static void test_external_call_with_intervention_code_14(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        call(esca);
        other_sd->cpuflags = be32_of(be32_get(other_sd->cpuflags) | SD_CPUFLAG_EXT_INT);
        run_other(PSW_MASK_EXT);
        assert_int_equal(other_sd->icptcode, ICPT_EXTINT);
        assert_int_equal(be16_get(other_sd->eic), EXT_EXTERNAL_CALL);
        assert_int_equal(be16_get(other_sd->extcpuaddr), SOURCE);
        assert_int_equal(caller_of(TARGET_CPU), SOURCE);
        assert_true(flag(SD_CPUFLAG_ECALL_PEND));
    }
}

static void test_external_call_while_one_is_pending_is_intercepted(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        call(esca);
        g.sd->icpua = be16_of(SOURCE + 1);
        sigp(SIGP_EXTERNAL_CALL, TARGET_CPU);
        expect_left(ICPT_INST, SIGP_EXTERNAL_CALL);
        assert_int_equal(caller_of(TARGET_CPU), SOURCE);
    }
}

static void test_i41_external_call_to_an_idle_cpu_is_partial(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        other_sd->cpuflags = be32_of(be32_get(other_sd->cpuflags) | SD_CPUFLAG_WAIT);
        sigp(SIGP_EXTERNAL_CALL, TARGET_CPU);
        expect_left(ICPT_PARTEXEC, SIGP_EXTERNAL_CALL);
        assert_int_equal(caller_of(TARGET_CPU), SOURCE);
        assert_true(flag(SD_CPUFLAG_ECALL_PEND));
    }
}

/* The caller turns the flag on when the call itself was taken already, or the CPU has lost its
 * entry: nothing comes, and nothing hangs. */
static void test_flag_without_call(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        u32 intervention = i & 2 ? SD_CPUFLAG_EXT_INT : 0;

        reset(i & 1);
        if (i & 4) {
            sigp(SIGP_EXTERNAL_CALL, TARGET_CPU);
            invalidate(TARGET_CPU);
        }
        other_sd->cpuflags =
            be32_of(be32_get(other_sd->cpuflags) | SD_CPUFLAG_ECALL_PEND | intervention);
        run_other(PSW_MASK_EXT);
        assert_int_equal(other_sd->icptcode, intervention ? ICPT_EXTREQ : ICPT_WAIT);
        assert_int_equal(be64_get(other_sd->gpsw.addr), 0x7777);
    }
}

/* ---- sense running status ---- */

static void test_sense_running_status(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        sigp(SIGP_SENSE_RUNNING, TARGET_CPU);
        expect_cc(SIGP_CC_STATUS);
        assert_int_equal(g.cpu.gr[6], 0x1111111100000000 | SIGP_STATUS_NOT_RUNNING);
        other_sd->cpuflags = be32_of(be32_get(other_sd->cpuflags) | SD_CPUFLAG_RUNNING);
        sigp(SIGP_SENSE_RUNNING, TARGET_CPU);
        expect_cc(SIGP_CC_ACCEPTED);
        assert_int_equal(g.cpu.gr[6], 0x1111111122222222);
        g.sd->ecb &= (u8)~SD_ECB_SRSI;
        sigp(SIGP_SENSE_RUNNING, TARGET_CPU);
        expect_left(ICPT_INST, SIGP_SENSE_RUNNING);
    }
}

/* ---- what is not interpreted ---- */

static void expect_not_interpreted(u64 target)
{
    static const unsigned orders[] = {SIGP_SENSE, SIGP_EXTERNAL_CALL, SIGP_SENSE_RUNNING};

    for (unsigned i = 0; i < ARRAY_SIZE(orders); i++) {
        sigp(orders[i], target);
        expect_left(ICPT_INST, orders[i]);
    }
    expect_not_called();
}

static void test_cpu_without_valid_bit_is_intercepted(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        invalidate(TARGET_CPU);
        expect_not_interpreted(TARGET_CPU);
    }
}

static void test_cpu_beyond_the_area_is_intercepted(void **state)
{
    static const u64 beyond[2][3] = {{64, 64 + TARGET_CPU, 0xffff}, {248, 255, 256 + TARGET_CPU}};

    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        if (esca)
            extended->mcn[3] = be64_of(~0ULL);
        for (unsigned i = 0; i < 3; i++)
            expect_not_interpreted(beyond[esca][i]);
    }
}

/* Bits 0-47 of the register do not count, and the formats have their own last CPU. */
static void test_last_cpu_of_the_area(void **state)
{
    static const unsigned last[] = {BSCA_CPUS - 1, ESCA_CPUS - 1};

    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        enter(last[esca], other_sd);
        sigp(SIGP_EXTERNAL_CALL, 0xabcd00000000 | last[esca]);
        expect_cc(SIGP_CC_ACCEPTED);
        assert_int_equal(caller_of(last[esca]), SOURCE);
    }
}

/* A basic entry has six bits for the caller: a CPU with a greater number leaves it to the host. */
static void test_caller_that_the_entry_cannot_name_is_intercepted(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        g.sd->icpua = be16_of(64 + SOURCE);
        sigp(SIGP_EXTERNAL_CALL, TARGET_CPU);
        if (esca) {
            expect_cc(SIGP_CC_ACCEPTED);
            assert_int_equal(caller_of(TARGET_CPU), 64 + SOURCE);
        } else {
            expect_left(ICPT_INST, SIGP_EXTERNAL_CALL);
            expect_not_called();
        }
    }
}

static void test_sense_is_intercepted(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        sigp(SIGP_SENSE, TARGET_CPU);
        expect_left(ICPT_INST, SIGP_SENSE);
    }
}

static void test_i24_without_sigpi_or_area_is_intercepted(void **state)
{
    (void)state;
    for (unsigned esca = 0; esca < 2; esca++) {
        reset(esca);
        g.sd->eca = be32_of(be32_get(g.sd->eca) & ~SD_ECA_SIGPI);
        expect_not_interpreted(TARGET_CPU);
        reset(esca);
        sd_set_scao(g.sd, 0);
        expect_not_interpreted(TARGET_CPU);
    }
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_external_call_is_made_and_taken),
        T(test_external_call_with_intervention_code_14),
        T(test_external_call_while_one_is_pending_is_intercepted),
        T(test_i41_external_call_to_an_idle_cpu_is_partial),
        T(test_flag_without_call),
        T(test_sense_running_status),
        T(test_cpu_without_valid_bit_is_intercepted),
        T(test_cpu_beyond_the_area_is_intercepted),
        T(test_last_cpu_of_the_area),
        T(test_caller_that_the_entry_cannot_name_is_intercepted),
        T(test_sense_is_intercepted),
        T(test_i24_without_sigpi_or_area_is_intercepted),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
