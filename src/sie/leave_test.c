/* SPDX-License-Identifier: Apache-2.0
 *
 * Why SIE is left, other than by an intercepted instruction or a program interruption: requests
 * (10, 14, 18, 28), wait (1C), partial execution (38), keyless subset (5C), none (00).  Each with
 * an exact PSW, and with the control that changes it both ways.
 */
#include "arch/dat.h"
#include "arch/external.h"
#include "cpu/request.h"
#include "sie/test_sie.h"

static struct sie_guest g;

static int setup(void **state)
{
    (void)state;
    guest_create(&g, true);
    mem_make_present(&g.mem, CODE);
    mem_make_present(&g.mem, DATA);
    mem_make_present(&g.mem, KEYED);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guest_destroy(&g);
    return 0;
}

static void eca_off(u32 bit)
{
    g.sd->eca = be32_of(be32_get(g.sd->eca) & ~bit);
}

/* ---- requests ---- */

static const u16 nop[] = {0x0700};

static void request(u32 flags, u64 mask)
{
    guest_reset(&g);
    g.sd->cpuflags = be32_of(be32_get(g.sd->cpuflags) | flags);
    g.mask |= mask;
    (void)run_code(&g, nop);
}

static void expect_request(u8 code)
{
    assert_int_equal(g.sd->icptcode, code);
    assert_int_equal(g.sd->icptstatus, 0);
    assert_int_equal(psw_addr(&g), code == ICPT_WAIT ? WAIT_ADDR : CODE);
}

static void test_i02_i10_requests(void **state)
{
    u32 all = SD_CPUFLAG_STOP_INT | SD_CPUFLAG_EXT_INT | SD_CPUFLAG_IO_INT;

    (void)state;
    request(SD_CPUFLAG_EXT_INT, 0);
    expect_request(ICPT_WAIT);
    request(SD_CPUFLAG_EXT_INT, PSW_MASK_EXT);
    expect_request(ICPT_EXTREQ);
    request(SD_CPUFLAG_IO_INT, PSW_MASK_EXT);
    expect_request(ICPT_WAIT);
    request(SD_CPUFLAG_IO_INT, PSW_MASK_IO);
    expect_request(ICPT_IOREQ);
    request(SD_CPUFLAG_STOP_INT, 0);
    expect_request(ICPT_STOP);
    request(all, PSW_MASK_EXT | PSW_MASK_IO);
    expect_request(ICPT_STOP);
    request(all & ~SD_CPUFLAG_STOP_INT, PSW_MASK_EXT | PSW_MASK_IO);
    expect_request(ICPT_EXTREQ);
}

/* The guest becomes enabled while it runs: the PSW is behind the instruction that did it. */
static void test_i02_request_when_guest_becomes_enabled(void **state)
{
    static const u16 stosm[][2] = {{0xad01, 0x0900}, {0xad02, 0x0900}};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        guest_reset(&g);
        g.sd->cpuflags =
            be32_of(be32_get(g.sd->cpuflags) | (i ? SD_CPUFLAG_IO_INT : SD_CPUFLAG_EXT_INT));
        assert_int_equal(run_code(&g, stosm[i]), i ? ICPT_IOREQ : ICPT_EXTREQ);
        assert_int_equal(psw_addr(&g), CODE + 4);
    }
}

static void test_host_request_code_00(void **state)
{
    (void)state;
    guest_reset(&g);
    cpu_kick(&g.cpu, REQ_HOST);
    assert_int_equal(run_code(&g, nop), ICPT_NONE);
    assert_int_equal(g.cpu.stop, CPU_STOP_REQUEST);
    assert_int_equal(psw_addr(&g), CODE);
}

/* ---- external interruptions that SIE recognizes ---- */

static void timer(u16 code, u32 flags, u64 new_mask)
{
    guest_reset(&g);
    put64(&g, LC(ext_params), 0);
    put_psw(&g, LC(ext_new_psw), PSW_64 | PSW_MASK_WAIT | new_mask, 0xe00);
    g.sd->cpuflags = be32_of(be32_get(g.sd->cpuflags) | flags);
    g.mask |= PSW_MASK_EXT;
    if (code == EXT_CLOCK_COMPARATOR) {
        g.sd->ckc = be64_of(0);
        g.sd->gcr[0] = be64_of(CR0_CLOCK_COMP);
    } else {
        g.sd->cputm = be64_of(~0ULL);
        g.sd->gcr[0] = be64_of(CR0_CPU_TIMER);
    }
    (void)run_code(&g, nop);
}

static void test_timers_presented(void **state)
{
    static const u16 codes[] = {EXT_CLOCK_COMPARATOR, EXT_CPU_TIMER};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        timer(codes[i], 0, 0);
        assert_int_equal(g.sd->icptcode, ICPT_WAIT);
        assert_int_equal(psw_addr(&g), 0xe00);
        assert_int_equal(get16(&g, LC(ext_int_code)), codes[i]);
        assert_int_equal(get64(&g, LC(ext_old_psw) + 8), CODE);
    }
}

static void expect_external(u16 code)
{
    assert_int_equal(g.sd->icptcode, ICPT_EXTINT);
    assert_int_equal(be16_get(g.sd->eic), code);
    assert_int_equal(be16_get(g.sd->extcpuaddr), 0);
    assert_int_equal(be32_get(g.sd->eiparams), 0);
    assert_int_equal(psw_addr(&g), CODE);
    assert_int_equal(get64(&g, LC(ext_params)), 0);
}

/* It would loop, or the host has asked to intervene: 14. */
static void test_i35_timers_intercepted(void **state)
{
    static const u16 codes[] = {EXT_CLOCK_COMPARATOR, EXT_CPU_TIMER};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        timer(codes[i], 0, PSW_MASK_EXT);
        expect_external(codes[i]);
        timer(codes[i], SD_CPUFLAG_EXT_INT, 0);
        expect_external(codes[i]);
    }
}

/* ---- wait ---- */

static void test_i12_wait(void **state)
{
    static const u16 lpswe[] = {0xb2b2, 0x0800};

    (void)state;
    guest_reset(&g);
    assert_int_equal(run_code(&g, lpswe), ICPT_WAIT);
    assert_int_equal(g.sd->icptstatus, 0);
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    assert_int_equal(be64_get(g.sd->gpsw.mask), PSW_64 | PSW_MASK_WAIT);
    assert_int_equal(be64_get(g.sd->gbea), CODE);
}

/* ---- partial execution, absent pages ---- */

#define ABSENT 0x100000UL
#define PRESENT 0x200000UL

static void test_i40_mvpg_partial_execution(void **state)
{
    static const u16 mvpg[] = {0xb254, 0x0034};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        bool source = i & 1;

        guest_reset(&g);
        mem_make_present(&g.mem, PRESENT);
        g.cpu.gr[3] = (source ? PRESENT : ABSENT) + 0x123;
        g.cpu.gr[4] = (source ? ABSENT : PRESENT) + 0x321;
        if (i & 2)
            eca_off(SD_ECA_MVPGI);
        (void)run_code(&g, mvpg);
        if (i & 2) {
            assert_int_equal(g.sd->icptcode, ICPT_NONE);
            assert_int_equal(g.cpu.stop, CPU_STOP_HOST_FAULT);
            assert_int_equal(g.cpu.host_fault.abs & ~FRAME_MASK, ABSENT);
            assert_int_equal(psw_addr(&g), CODE);
            continue;
        }
        assert_int_equal(g.sd->icptcode, ICPT_PARTEXEC);
        assert_int_equal(g.sd->icptstatus, 0);
        assert_int_equal(be16_get(g.sd->ipa), mvpg[0]);
        assert_int_equal(be32_get(g.sd->ipb), (u32)mvpg[1] << 16);
        assert_int_equal(psw_addr(&g), CODE + 4);
        assert_int_equal(be64_get(g.sd->pei.src), source ? ABSENT | SD_PEI_NOT_PTE : 0);
        assert_int_equal(be64_get(g.sd->pei.dest), source ? 0 : ABSENT | SD_PEI_NOT_PTE);
    }
}

static void test_i07_absent_page_code_00(void **state)
{
    static const u16 st[] = {0x5020, 0x3000}, ex[] = {0x4400, 0xc000};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        guest_reset(&g);
        put_halves(&g, TARGET, st, 2);
        g.cpu.gr[3] = ABSENT;
        assert_int_equal(run_code(&g, i ? ex : st), ICPT_NONE);
        assert_int_equal(g.cpu.stop, CPU_STOP_HOST_FAULT);
        assert_int_equal(g.cpu.host_fault.abs, ABSENT);
        assert_int_equal(g.cpu.host_fault.what, VIEW_ABSENT);
        assert_true(g.cpu.host_fault.write);
        assert_int_equal(psw_addr(&g), CODE);
    }
}

/* ---- host protection ---- */

static enum view_result protected_page(struct view *v, u64 abs, bool write, struct view_page *out)
{
    enum view_result r = view_page_of_mem(v->mem, abs, out);

    (void)write;
    if ((abs & ~FRAME_MASK) == DATA)
        out->writable = false;
    return r;
}

static void store_protected(bool hostprotint)
{
    static const u16 st[] = {0x5020, 0x1010};

    guest_reset(&g);
    put64(&g, LC(pgm_ilc), 0);
    put64(&g, DATA + 0x10, 0x55);
    g.view.page = protected_page;
    if (hostprotint)
        g.sd->ecb |= SD_ECB_HOSTPROTINT;
    (void)run_code(&g, st);
    g.view.page = NULL;
    assert_int_equal(get64(&g, DATA + 0x10), 0x55);
}

static void test_hostprotint(void **state)
{
    (void)state;
    store_protected(true);
    assert_int_equal(g.sd->icptcode, ICPT_NONE);
    assert_int_equal(g.cpu.host_fault.what, VIEW_PROTECTED);
    assert_int_equal(g.cpu.host_fault.abs, DATA + 0x10);
    assert_int_equal(psw_addr(&g), CODE);
    store_protected(false);
    assert_presented(&g, PGM_PROTECTION);
}

/* A fetch first makes an entry that a store must not use. */
static void test_hostprotint_after_fetch(void **state)
{
    static const u16 code[] = {0x5820, 0x1010, 0x5020, 0x1010};

    (void)state;
    guest_reset(&g);
    atomic_fetch_or(&g.mem.keys[DATA >> FRAME_SHIFT], KEY_R | KEY_C);
    g.view.page = protected_page;
    g.sd->ecb |= SD_ECB_HOSTPROTINT;
    put_halves(&g, CODE, code, 4);
    assert_int_equal(run_at(&g, CODE), ICPT_NONE);
    g.view.page = NULL;
    assert_int_equal(g.cpu.host_fault.what, VIEW_PROTECTED);
    assert_int_equal(psw_addr(&g), CODE + 4);
}

/* ---- keyless subset ---- */

static void test_i13_kss(void **state)
{
    static const u16 key_insns[][2] = {
        {0xb229, 0x0072}, {0xb22b, 0x0032}, {0xb22a, 0x0032}, {0xb223, 0x0072}};
    static const u16 ex[] = {0x4400, 0xc000};

    (void)state;
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(key_insns); i++) {
        guest_reset(&g);
        put64(&g, LC(pgm_ilc), 0);
        atomic_store(&g.mem.keys[KEYED >> FRAME_SHIFT], 0x36);
        g.sd->cpuflags = be32_of(be32_get(g.sd->cpuflags) | SD_CPUFLAG_KSS);
        put_halves(&g, TARGET, key_insns[i / 2], 2);
        assert_int_equal(run_code(&g, i & 1 ? ex : key_insns[i / 2]), ICPT_KSS);
        assert_int_equal(psw_addr(&g), CODE);
        assert_int_equal(atomic_load(&g.mem.keys[KEYED >> FRAME_SHIFT]), 0x36);
        /* A problem-state program gets its privileged-operation exception first. */
        g.mask |= PSW_MASK_PSTATE;
        (void)run_code(&g, key_insns[i / 2]);
        if (key_insns[i / 2][0] != 0xb223)
            assert_presented(&g, PGM_PRIVILEGED_OP);
    }
}

/* ---- execution controls that let SIE do more ---- */

static void test_i27_ecb2_pfmfi(void **state)
{
    static const u16 pfmf[] = {0xb9af, 0x0032};

    (void)state;
    for (unsigned on = 0; on < 2; on++) {
        guest_reset(&g);
        atomic_store(&g.mem.keys[KEYED >> FRAME_SHIFT], 0x36);
        g.cpu.gr[3] = 0x20000 | 0x50; /* set key 5 */
        g.sd->ecb2 = on ? SD_ECB2_PFMFI : 0;
        assert_int_equal(run_code(&g, pfmf), on ? ICPT_WAIT : ICPT_INST);
        assert_int_equal(psw_addr(&g), on ? WAIT_ADDR : CODE + 4);
        assert_int_equal(atomic_load(&g.mem.keys[KEYED >> FRAME_SHIFT]), on ? 0x50 : 0x36);
    }
}

/* Identity mapping of the first megabyte; the page of the code may not be executed. */
static void map_no_execute(void)
{
    mem_make_present(&g.mem, 0x6000);
    mem_make_present(&g.mem, 0x7000);
    for (u64 i = 0; i < 2048; i++)
        put64(&g, 0x200000 + i * 8, STE_I);
    put64(&g, 0x200000, 0x7000);
    for (u64 i = 0; i < 256; i++)
        put64(&g, 0x7000 + i * 8, i << FRAME_SHIFT);
    put64(&g, 0x7000 + (CODE >> FRAME_SHIFT) * 8, CODE | PTE_IEP);
    g.sd->gcr[1] = be64_of(0x200000 | 3);
    g.mask |= PSW_MASK_DAT;
}

static void test_ecb2_iep(void **state)
{
    (void)state;
    for (u64 i = 0x200000; i < 0x204000; i += FRAME_SIZE)
        mem_make_present(&g.mem, i);
    for (unsigned i = 0; i < 4; i++) {
        bool control = i & 1, ecb = i & 2;

        guest_reset(&g);
        put64(&g, LC(pgm_ilc), 0);
        map_no_execute();
        g.sd->gcr[0] = be64_of(CR0_INITIAL | CR0_EDAT | (control ? CR0_IEP : 0));
        g.sd->ecb2 = ecb ? SD_ECB2_IEP : 0;
        (void)run_code(&g, nop);
        if (control && ecb)
            assert_presented(&g, PGM_PROTECTION);
        else
            assert_int_equal(psw_addr(&g), WAIT_ADDR);
    }
}

/* An instruction-fetch event of a partially executed one is reported like that of an intercepted
 * one. */
static void test_i04_partial_execution_with_per(void **state)
{
    static const u16 mvpg[] = {0xb254, 0x0034}, exrl[] = {0xc600, 0x0000, 0x0800};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        guest_reset(&g);
        put_halves(&g, TARGET, mvpg, 2);
        g.cpu.gr[3] = g.cpu.gr[4] = ABSENT;
        g.mask |= PSW_MASK_PER;
        g.sd->gcr[9] = be64_of(PER_EVENT_IFETCH);
        g.sd->gcr[11] = be64_of(~0ULL);
        assert_int_equal(run_code(&g, i ? exrl : mvpg), ICPT_PARTEXEC);
        assert_int_equal(g.sd->icptstatus, SD_ICPTSTATUS_PER | (i ? 0x61 : 0));
        assert_int_equal(be16_get(g.sd->ipa), mvpg[0]);
        assert_int_equal(psw_addr(&g), CODE + (i ? 6 : 4));
    }
}

/* ---- GISA ---- */

static union gisa gisa;

static void *resolve_gisa(const struct host_storage *h, u64 addr, u64 len)
{
    (void)h;
    return addr == 0x4000 && len <= sizeof(gisa) ? &gisa : NULL;
}

static void adapter(u32 eca, u32 gd, u8 ipm)
{
    static const struct host_storage host = {
        .resolve = resolve_gisa, .limit = ~0ULL, .prefix = HOST_NO_PREFIX};

    guest_reset(&g);
    put64(&g, LC(ssid), ~0ULL);
    put_psw(&g, LC(io_new_psw), PSW_64 | PSW_MASK_WAIT, 0x100);
    memset(&gisa, 0, sizeof(gisa));
    gisa.f0.ipm = ipm;
    g.cpu.host = &host;
    g.sd->gd = be32_of(gd);
    g.sd->eca = be32_of(be32_get(g.sd->eca) | eca);
    g.sd->gcr[6] = be64_of(0x06000000); /* ISC 5, 6 */
    g.mask |= PSW_MASK_IO;
    (void)run_code(&g, nop);
    g.cpu.host = &host_process;
}

static void test_eca_aiv(void **state)
{
    (void)state;
    for (u32 format = 0; format < 2; format++) {
        adapter(SD_ECA_AIV, 0x4000 | format, 0x0e);
        assert_int_equal(g.sd->icptcode, ICPT_WAIT);
        assert_int_equal(psw_addr(&g), 0x100);
        assert_int_equal(get64(&g, LC(ssid)), 0);
        assert_int_equal(get32(&g, LC(io_int_word)), 0x80000000 | 5U << 27);
        assert_int_equal(get64(&g, LC(io_old_psw) + 8), CODE);
        assert_int_equal(gisa.f0.ipm, 0x0a); /* one at a time, the highest that is enabled */
    }
    adapter(SD_ECA_AIV, 0x4000, 0xf1); /* pending, but not enabled in CR6 */
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    adapter(0, 0x4000, 0x0e);
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    adapter(SD_ECA_AIV, 0, 0x0e);
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    adapter(SD_ECA_AIV, 0x5000, 0x0e); /* a bad address is no GISA */
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
}

/* ---- interlock ---- */

static void test_eca_sii(void **state)
{
    static const u16 ptlb[] = {0xb250, 0x0089}; /* csp */
    struct bsca *sca = aligned_alloc(4096, 4096);

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        bool held = i & 1, sii = i & 2;

        guest_reset(&g);
        memset(sca, 0, sizeof(*sca));
        if (held)
            sca->ipte = be64_of(SCA_IPTE_K | SCA_IPTE_KH_ONE);
        sd_set_scao(g.sd, (u64)(uintptr_t)sca);
        if (sii)
            g.sd->eca = be32_of(be32_get(g.sd->eca) | SD_ECA_SII);
        g.cpu.gr[9] = DATA;
        assert_int_equal(run_code(&g, ptlb), held && sii ? ICPT_INST : ICPT_WAIT);
        assert_int_equal(psw_addr(&g), held && sii ? CODE + 4 : WAIT_ADDR);
        assert_int_equal(be64_get(sca->ipte), held ? SCA_IPTE_K | SCA_IPTE_KH_ONE : 0);
    }
    free(sca);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_i02_i10_requests),
        T(test_i02_request_when_guest_becomes_enabled),
        T(test_host_request_code_00),
        T(test_timers_presented),
        T(test_i35_timers_intercepted),
        T(test_i12_wait),
        T(test_i40_mvpg_partial_execution),
        T(test_i07_absent_page_code_00),
        T(test_hostprotint),
        T(test_hostprotint_after_fetch),
        T(test_i13_kss),
        T(test_i27_ecb2_pfmfi),
        T(test_ecb2_iep),
        T(test_i04_partial_execution_with_per),
        T(test_eca_aiv),
        T(test_eca_sii),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
