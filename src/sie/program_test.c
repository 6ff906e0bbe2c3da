/* SPDX-License-Identifier: Apache-2.0
 *
 * Program interruptions and who presents them: SIE to the guest, or the host (interceptions 08 and
 * 2C).  Each with an exact PSW, and with the control that changes it both ways.
 */
#include "sie/test_sie.h"

static struct sie_guest g;

static int setup(void **state)
{
    (void)state;
    guest_create(&g, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guest_destroy(&g);
    return 0;
}

static void set_ictl(u32 ictl)
{
    g.sd->ictl = be32_of(ictl);
}

static void eca_off(u32 bit)
{
    g.sd->eca = be32_of(be32_get(g.sd->eca) & ~bit);
}

/* ---- program interruptions ---- */

/* 08 with `code`, PSW behind or at the instruction; nothing stored in the guest. */
static void assert_for_host(u16 code, u64 psw, unsigned ilc)
{
    assert_int_equal(g.sd->icptcode, ICPT_PROGI);
    assert_int_equal(g.sd->icptstatus, 0);
    assert_int_equal(icpt_program(&g), code);
    assert_int_equal(be16_get(g.sd->pgmilc), ilc);
    assert_int_equal(psw_addr(&g), psw);
    assert_int_equal(get32(&g, LC(pgm_ilc)), 0);
}

static const struct {
    u16 insn[3];
    u16 code;
    u8 when_pint; /* PSW behind the instruction: its length; nullified: 0 */
    bool always;  /* for the host whatever the controls say */
} programs[] = {
    {{0xb221, 0x0034}, PGM_PRIVILEGED_OP, 4, false},         /* in the problem state */
    {{0x1e10, 0}, 0, 0, false},                              /* none, to see that the tail runs */
    {{0xe310, 0x1001, 0x008e}, PGM_SPECIFICATION, 6, false}, /* stpq */
    {{0xb219, 0x0000}, PGM_SPECIAL_OPERATION, 4, true},      /* sac without DAT */
    {{0x5020, 0xd000}, PGM_ADDRESSING, 4, true},             /* st outside of storage */
    {{0x5020, 0x2000}, PGM_PROTECTION, 4, false},            /* st with another key */
    {{0x4400, 0xc000}, PGM_EXECUTE, 4, false},               /* ex of ex */
    {{0x1d21, 0}, PGM_FIXED_DIVIDE, 2, false},               /* dr by 0 */
};

static void prepare_program(unsigned i)
{
    static const u16 ex[] = {0x4400, 0xc000};

    guest_reset(&g);
    put64(&g, LC(pgm_ilc), 0);
    put_halves(&g, TARGET, ex, 2);
    atomic_store(&g.mem.keys[KEYED >> FRAME_SHIFT], 0x30);
    g.cpu.gr[13] = STORAGE;
    if (programs[i].code == PGM_FIXED_DIVIDE)
        g.cpu.gr[1] = 0;
    if (programs[i].code == PGM_PRIVILEGED_OP)
        g.mask |= PSW_MASK_PSTATE;
    if (programs[i].code == PGM_PROTECTION)
        g.mask |= 5ULL << PSW_KEY_SHIFT;
}

static void test_program_interruptions_presented_or_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(programs); i++) {
        unsigned len = length_of(programs[i].insn);

        if (!programs[i].code)
            continue;
        prepare_program(i);
        (void)run_code(&g, programs[i].insn);
        if (programs[i].always)
            assert_for_host(programs[i].code, CODE + len, len);
        else
            assert_presented(&g, programs[i].code);
    }
}

static void test_ictl_pint_all_program_interruptions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(programs); i++) {
        if (!programs[i].code)
            continue;
        prepare_program(i);
        set_ictl(SD_ICTL_PINT);
        (void)run_code(&g, programs[i].insn);
        assert_for_host(programs[i].code, CODE + programs[i].when_pint,
                        length_of(programs[i].insn));
    }
}

static void test_ictl_privop(void **state)
{
    (void)state;
    prepare_program(0);
    set_ictl(SD_ICTL_PRIVOP);
    (void)run_code(&g, programs[0].insn);
    assert_for_host(PGM_PRIVILEGED_OP, CODE + 4, 4);
}

static void test_eca_protexci_off(void **state)
{
    (void)state;
    prepare_program(5);
    eca_off(SD_ECA_PROTEXCI);
    (void)run_code(&g, programs[5].insn);
    assert_for_host(PGM_PROTECTION, CODE + 4, 4);
    assert_int_equal(be64_get(g.sd->tecmc) & ~FRAME_MASK, KEYED);
}

static void test_ecb_speci_off(void **state)
{
    (void)state;
    prepare_program(2);
    g.sd->ecb &= (u8)~SD_ECB_SPECI;
    (void)run_code(&g, programs[2].insn);
    assert_for_host(PGM_SPECIFICATION, CODE + 6, 6);
}

/* Presented, it would loop: the program-new PSW is invalid itself. */
static void test_i32_specification_with_invalid_new_psw(void **state)
{
    (void)state;
    prepare_program(2);
    put_psw(&g, LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, PGM_ADDR + 1);
    (void)run_code(&g, programs[2].insn);
    put_psw(&g, LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, PGM_ADDR);
    assert_for_host(PGM_SPECIFICATION, CODE + 6, 6);
}

/* A PSW that is invalid when it is entered: early specification, length 0. */
static void test_invalid_psw_at_entry(void **state)
{
    (void)state;
    guest_reset(&g);
    put64(&g, LC(pgm_ilc), 0);
    g.sd->ecb &= (u8)~SD_ECB_SPECI;
    g.mask |= PSW_MASK_RESERVED & -(u64)PSW_MASK_RESERVED;
    (void)run_at(&g, CODE);
    assert_for_host(PGM_SPECIFICATION, CODE, 0);
}

/* A translation exception is nullifying: the PSW is at the instruction.  Data come from the
 * secondary space, instructions from the primary one, which is real storage. */
static void test_ictl_pint_nullified(void **state)
{
    static const u16 load[] = {0xe320, 0xd000, 0x0004};

    (void)state;
    guest_reset(&g);
    put64(&g, LC(pgm_ilc), 0);
    set_ictl(SD_ICTL_PINT);
    g.mask |= PSW_MASK_DAT | 2ULL << PSW_AS_SHIFT;
    g.sd->gcr[1] = be64_of(ASCE_REAL_SPACE);
    g.sd->gcr[7] = be64_of(DATA); /* a segment table: 2 GiB */
    g.cpu.gr[13] = 1ULL << 32;
    (void)run_code(&g, load);
    assert_for_host(PGM_ASCE_TYPE, CODE, 6);
    assert_int_equal(be64_get(g.sd->tecmc) & ~FRAME_MASK, 1ULL << 32);
}

/* ---- PER events ---- */

static void per_step(const u16 *insn, u32 ictl)
{
    guest_reset(&g);
    put64(&g, LC(pgm_ilc), 0);
    set_ictl(ictl);
    g.mask |= PSW_MASK_PER;
    g.sd->gcr[9] = be64_of(PER_EVENT_IFETCH);
    g.sd->gcr[10] = be64_of(CODE);
    g.sd->gcr[11] = be64_of(CODE + 1);
    g.cpu.gr[1] = 0;
    (void)run_code(&g, insn);
}

/* Alone, and together with another exception. */
static void test_per_event_for_host_or_guest(void **state)
{
    static const u16 nop[] = {0x0700}, dr[] = {0x1d21};

    (void)state;
    per_step(nop, 0);
    assert_presented(&g, PGM_PER);
    assert_int_equal(get64(&g, LC(per_address)), CODE);
    per_step(dr, 0);
    assert_presented(&g, PGM_PER | PGM_FIXED_DIVIDE);
    per_step(nop, SD_ICTL_PINT);
    assert_for_host(PGM_PER, CODE + 2, 2);
    assert_int_equal(g.sd->perc, PER_EVENT_IFETCH >> PER_CODE_SHIFT);
    assert_int_equal(be64_get(g.sd->peraddr), CODE);
    per_step(dr, SD_ICTL_PINT);
    assert_for_host(PGM_PER | PGM_FIXED_DIVIDE, CODE + 2, 2);
    assert_int_equal(be64_get(g.sd->peraddr), CODE);
}

/* ---- operation exceptions (2C) ---- */

static void test_i36_operexc(void **state)
{
    static const u16 none[] = {0xb29e, 0x1234}, ex[] = {0x4400, 0xc000};

    (void)state;
    guest_reset(&g);
    (void)run_code(&g, none);
    assert_presented(&g, PGM_OPERATION);
    for (unsigned per = 0; per < 2; per++)
        for (unsigned way = 0; way < 2; way++) {
            u8 status = (u8)((per ? SD_ICPTSTATUS_PER : 0) | (way ? 0x41 : 0));

            guest_reset(&g);
            set_ictl(SD_ICTL_OPEREXC);
            put_halves(&g, TARGET, none, 2);
            if (per) {
                g.mask |= PSW_MASK_PER;
                g.sd->gcr[9] = be64_of(PER_EVENT_IFETCH);
                g.sd->gcr[11] = be64_of(~0ULL);
            }
            assert_int_equal(run_code(&g, way ? ex : none), ICPT_OPEREXC);
            assert_int_equal(be16_get(g.sd->ipa), none[0]);
            assert_int_equal(be32_get(g.sd->ipb), (u32)none[1] << 16);
            assert_int_equal(g.sd->icptstatus, status);
            assert_int_equal(psw_addr(&g), CODE + 4);
        }
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_program_interruptions_presented_or_not),
        T(test_ictl_pint_all_program_interruptions),
        T(test_ictl_privop),
        T(test_eca_protexci_off),
        T(test_ecb_speci_off),
        T(test_i32_specification_with_invalid_new_psw),
        T(test_invalid_psw_at_entry),
        T(test_ictl_pint_nullified),
        T(test_per_event_for_host_or_guest),
        T(test_i36_operexc),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
