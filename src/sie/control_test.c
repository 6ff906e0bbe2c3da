/* SPDX-License-Identifier: Apache-2.0
 *
 * Interception controls, bit by bit: each instruction is run with its bit off (its effect is seen)
 * and on (interception 04: text, status and PSW exact, nothing changed); as the target of EXECUTE
 * and EXECUTE RELATIVE LONG, and with an instruction-fetch PER event; and in the problem state.
 * Instructions that are always intercepted come without an off.
 */
#include "sie/test_sie.h"

enum effect {
    EFFECT_NONE,    /* it just completes */
    EFFECT_MEM,     /* doubleword at `at` is `value` */
    EFFECT_NONZERO, /* doubleword at `at` is not zero any more */
    EFFECT_GR,      /* GR `at` is `value` */
    EFFECT_MASK,    /* system mask is `value` */
    EFFECT_PSW,     /* waits at `value` */
    EFFECT_CKC,     /* clock comparator */
    EFFECT_TIMER,   /* CPU timer, at most a second less */
    EFFECT_KEY,     /* storage key of KEYED */
    EFFECT_PGM,     /* program interruption `value` for the host to present (08) */
};

struct row {
    const char *name;
    u16 insn[3];
    u32 ictl;
    bool problem; /* allowed in the problem state */
    enum effect effect;
    u64 at, value;
};

#define SPECIAL EFFECT_PGM, 0, PGM_SPECIAL_OPERATION

static const struct row rows[] = {
    {"SSM", {0x8000, 0x1080}, SD_ICTL_SSM, 0, EFFECT_MASK, 0, 0x02},
    {"STNSM", {0xac00, 0x1088}, SD_ICTL_STNSM, 0, EFFECT_MEM, DATA + 0x88, 0x00ff000000000000},
    {"STOSM", {0xad02, 0x1088}, SD_ICTL_STOSM, 0, EFFECT_MASK, 0, 0x02},
    {"LPSW I21", {0x8200, 0x1000}, SD_ICTL_LPSW, 0, EFFECT_PSW, 0, 0x120},
    {"LPSWE I25", {0xb2b2, 0x1010}, SD_ICTL_LPSW, 0, EFFECT_PSW, 0, 0x456},
    {"LASP", {0xe500, 0x1000, 0x1000}, SD_ICTL_LASP, 0, SPECIAL},
    {"PC", {0xb218, 0x0000}, SD_ICTL_PC, 1, SPECIAL},
    {"PT", {0xb228, 0x0034}, SD_ICTL_PT, 1, SPECIAL},
    {"PTI", {0xb99e, 0x0034}, SD_ICTL_PT, 1, SPECIAL},
    {"BSA", {0xb25a, 0x0034}, SD_ICTL_BSA, 1, EFFECT_PGM, 0, PGM_ADDRESSING},
    {"BAKR", {0xb240, 0x0034}, SD_ICTL_BAKR, 1, SPECIAL},
    {"PR", {0x0101}, SD_ICTL_PR, 1, SPECIAL},
    {"STCTL I26", {0xb600, 0x1024}, SD_ICTL_STCTL, 0, EFFECT_MEM, DATA + 0x20, CR0_INITIAL},
    {"STCTG I26", {0xeb00, 0x1020, 0x0025}, SD_ICTL_STCTL, 0, EFFECT_MEM, DATA + 0x20, CR0_INITIAL},
    {"SCKC", {0xb206, 0x1028}, SD_ICTL_SCKC, 0, EFFECT_CKC, 0, 0x7654321076543200},
    {"STCKC", {0xb207, 0x1050}, SD_ICTL_SCKC, 0, EFFECT_MEM, DATA + 0x50, ~0ULL},
    {"SPT", {0xb208, 0x1028}, SD_ICTL_SPT, 0, EFFECT_TIMER, 0, 0x7654321076543200},
    {"STPT", {0xb209, 0x1050}, SD_ICTL_SPT, 0, EFFECT_NONZERO, DATA + 0x50, 0},
    {"STCK", {0xb205, 0x1050}, SD_ICTL_STCK, 1, EFFECT_NONZERO, DATA + 0x50, 0},
    {"STCKF", {0xb27c, 0x1050}, SD_ICTL_STCK, 1, EFFECT_NONZERO, DATA + 0x50, 0},
    {"STCKE", {0xb278, 0x1050}, SD_ICTL_STCK, 1, EFFECT_NONZERO, DATA + 0x50, 0},
    {"IPTE I27",
     {0xb221, 0x0034},
     SD_ICTL_IPTECSP,
     0,
     EFFECT_MEM,
     DATA + 0x800,
     0x0000000000008400},
    {"IDTE I27", {0xb98e, 0x5036}, SD_ICTL_IPTECSP, 0, EFFECT_NONE, 0, 0},
    {"CRDTE", {0xb98f, 0x508a}, SD_ICTL_IPTECSP, 0, EFFECT_GR, 11, 0x10000000},
    {"CSP I25", {0xb250, 0x0089}, SD_ICTL_IPTECSP, 0, EFFECT_GR, 11, 0},
    {"CSPG I27", {0xb98a, 0x0089}, SD_ICTL_IPTECSP, 0, EFFECT_GR, 11, 0},
    {"PTLB", {0xb20d, 0x0000}, SD_ICTL_PTLB, 0, EFFECT_NONE, 0, 0},
    {"PALB", {0xb248, 0x0000}, SD_ICTL_PTLB, 0, EFFECT_NONE, 0, 0},
    {"ISKE I25", {0xb229, 0x0072}, SD_ICTL_ISKE, 0, EFFECT_GR, 7, 0x56},
    {"SSKE I25", {0xb22b, 0x0032}, SD_ICTL_SSKE, 0, EFFECT_KEY, 0, 0x00},
    {"RRBE I25", {0xb22a, 0x0032}, SD_ICTL_RRBE, 0, EFFECT_KEY, 0, 0x52},
    {"TPROT I28", {0xe501, 0x1000, 0x0000}, SD_ICTL_TPROT, 0, EFFECT_GR, 11, 0},
    {"STFLE", {0xb2b0, 0x1050}, SD_ICTL_FACIND, 1, EFFECT_MEM, DATA + 0x50, 0x1122334455667788},
};

/* A facility list below 2 GiB: there are no 31-bit designations otherwise. */
static u8 low_list[16] __attribute__((aligned(8)));

static void *resolve_list(const struct host_storage *h, u64 addr, u64 len)
{
    (void)h;
    return addr >= 0x8000 && addr + len <= 0x8010 ? low_list + (addr - 0x8000) : NULL;
}

static const struct host_storage list_host = {
    .resolve = resolve_list, .limit = ~0ULL, .prefix = HOST_NO_PREFIX, .facility_dwords = 2};

/* Operands of all rows. */
static void prepare(struct sie_guest *g)
{
    static const u8 list[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};

    guest_reset(g);
    memcpy(low_list, list, sizeof(list));
    g->cpu.host = &list_host;
    g->sd->fac = be32_of(0x8000);
    for (u64 a = DATA; a < DATA + 0x1000; a += 8)
        put64(g, a, 0);
    put64(g, DATA, 0x000a000080000120);
    put_psw(g, DATA + 0x10, PSW_64 | PSW_MASK_WAIT, 0x456);
    put64(g, DATA + 0x28, 0x7654321076543200);
    put64(g, DATA + 0x80, 0x0200000000000000);
    put64(g, DATA + 0x88, 0x00ff000000000000);
    put64(g, DATA + 0x800, 0x8000);
    atomic_store(&g->mem.keys[KEYED >> FRAME_SHIFT], 0x56);
    g->sd->gcr[2] = be64_of(STORAGE); /* BSA: the dispatchable-unit control table is nowhere */
    g->cpu.gr[0] = 1;
    g->cpu.gr[3] = DATA + 0x800; /* IPTE: page table; SSKE, RRBE: key 0 */
    g->cpu.gr[6] = 0x800;        /* IDTE: clearing by ASCE */
    g->cpu.gr[8] = 0;
    g->cpu.gr[9] = DATA + 0x40; /* CSP, CSPG */
    g->cpu.gr[10] = DATA + 0x810;
}

static void check_effect(struct sie_guest *g, const struct row *r)
{
    u64 wait = r->effect == EFFECT_PSW ? r->value : WAIT_ADDR;

    if (r->effect == EFFECT_PGM) {
        assert_int_equal(g->sd->icptcode, ICPT_PROGI);
        assert_int_equal(icpt_program(g), r->value);
        assert_int_equal(psw_addr(g), CODE + length_of(r->insn));
        return;
    }
    assert_int_equal(g->sd->icptcode, ICPT_WAIT);
    assert_int_equal(g->sd->icptstatus, 0);
    assert_int_equal(psw_addr(g), wait);
    switch (r->effect) {
    case EFFECT_MEM:
        assert_int_equal(get64(g, r->at), r->value);
        break;
    case EFFECT_NONZERO:
        assert_int_not_equal(get64(g, r->at), 0);
        break;
    case EFFECT_GR:
        assert_int_equal(g->cpu.gr[r->at], r->value);
        break;
    case EFFECT_MASK:
        assert_int_equal(get64(g, TAIL_MASK) >> 56, r->value);
        break;
    case EFFECT_CKC:
        assert_int_equal(be64_get(g->sd->ckc), r->value);
        break;
    case EFFECT_TIMER:
        assert_in_range(be64_get(g->sd->cputm), r->value - (4096000000ULL), r->value);
        break;
    case EFFECT_KEY:
        assert_int_equal(atomic_load(&g->mem.keys[KEYED >> FRAME_SHIFT]), r->value);
        break;
    default:
        break;
    }
}

/* What an intercepted instruction must not change. */
struct state {
    u64 gr[16];
    u8 data[0x1000];
    u8 key;
};

static void note(struct sie_guest *g, struct state *s)
{
    memcpy(s->gr, g->cpu.gr, sizeof(s->gr));
    s->key = atomic_load(&g->mem.keys[KEYED >> FRAME_SHIFT]);
    assert_int_equal(mem_read(&g->mem, abs_addr(DATA), s->data, sizeof(s->data)), MEM_OK);
}

static void assert_same(struct sie_guest *g, const struct state *before)
{
    static struct state now;

    note(g, &now);
    assert_memory_equal(&now, before, sizeof(now));
}

static u32 ipb_of(const u16 *insn)
{
    unsigned n = length_of(insn);

    return (u32)(n > 2 ? insn[1] : 0) << 16 | (n > 4 ? insn[2] : 0);
}

/* Runs at CODE and expects interception 04 for insn, which is `len` bytes from the next one. */
static void expect_intercepted(struct sie_guest *g, const u16 *insn, unsigned len, u8 status)
{
    static struct state before;

    note(g, &before);
    assert_int_equal(run_at(g, CODE), ICPT_INST);
    assert_int_equal(be16_get(g->sd->ipa), insn[0]);
    assert_int_equal(be32_get(g->sd->ipb), ipb_of(insn));
    assert_int_equal(g->sd->icptstatus, status);
    assert_int_equal(psw_addr(g), CODE + len);
    assert_int_equal(be64_get(g->sd->gpsw.mask), g->mask);
    assert_same(g, &before);
}

static void per_on(struct sie_guest *g)
{
    g->mask |= PSW_MASK_PER;
    g->sd->gcr[9] = be64_of(PER_EVENT_IFETCH);
    g->sd->gcr[10] = be64_of(CODE);
    g->sd->gcr[11] = be64_of(CODE + 0xfff);
}

/* Directly, by EX, by EXRL; each also with PER. */
static void all_ways(struct sie_guest *g, const u16 *insn, u32 ictl)
{
    static const u16 ex[] = {0x4400, 0xc000}, exrl[] = {0xc600, 0x0000, 0x0800};

    for (unsigned per = 0; per < 2; per++) {
        u8 status = per ? SD_ICPTSTATUS_PER : 0;

        for (unsigned way = 0; way < 3; way++) {
            const u16 *first = way == 0 ? insn : way == 1 ? ex : exrl;
            unsigned len = length_of(first);

            prepare(g);
            g->sd->ictl = be32_of(ictl);
            g->sd->svcc = be32_of(SD_SVCC_ALL);
            if (per)
                per_on(g);
            put_halves(g, TARGET, insn, 3);
            put_code(g, first);
            expect_intercepted(g, insn, len,
                               way ? (u8)(status | SD_ICPTSTATUS_EXEC | len << 4) : status);
        }
    }
}

static void test_ictl_off(void **state)
{
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        prepare(&g);
        g.sd->ictl = be32_of(~(rows[i].ictl | SD_ICTL_STOSM | SD_ICTL_LPSW | SD_ICTL_PINT));
        put_code(&g, rows[i].insn);
        (void)run_at(&g, CODE);
        print_message("%s\n", rows[i].name);
        check_effect(&g, &rows[i]);
    }
    guest_destroy(&g);
}

static void test_i29_ictl_on(void **state)
{
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        print_message("%s\n", rows[i].name);
        all_ways(&g, rows[i].insn, rows[i].ictl);
    }
    guest_destroy(&g);
}

/* A conditional interception comes after the privileged-operation check. */
static void test_i29_ictl_on_in_problem_state(void **state)
{
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        print_message("%s\n", rows[i].name);
        prepare(&g);
        g.sd->ictl = be32_of(rows[i].ictl);
        g.mask |= PSW_MASK_PSTATE;
        put_code(&g, rows[i].insn);
        if (rows[i].problem) {
            expect_intercepted(&g, rows[i].insn, length_of(rows[i].insn), 0);
        } else {
            (void)run_at(&g, CODE);
            assert_presented(&g, PGM_PRIVILEGED_OP);
        }
    }
    guest_destroy(&g);
}

/* ---- always intercepted ---- */

static const u16 always[][3] = {
    {0x0107},         {0x83aa, 0x0044}, {0xb202, 0x1000}, {0xb204, 0x1000}, {0xb210, 0x1000},
    {0xb211, 0x1000}, {0xb212, 0x1000}, {0xb214, 0x1000}, {0xb220, 0x0012}, {0xb22c, 0x0012},
    {0xb230, 0x0000}, {0xb231, 0x0000}, {0xb232, 0x1000}, {0xb233, 0x1000}, {0xb234, 0x1000},
    {0xb235, 0x1000}, {0xb236, 0x1000}, {0xb237, 0x0000}, {0xb238, 0x0000}, {0xb239, 0x1000},
    {0xb23a, 0x1000}, {0xb23b, 0x0000}, {0xb23c, 0x0000}, {0xb25f, 0x0010}, {0xb274, 0x0000},
    {0xb276, 0x0000}, {0xb27d, 0x1000}, {0xb2b1, 0x0000}, {0xb9af, 0x0032}, {0xae00, 0x0001},
};

static void test_i25_always_intercepted(void **state)
{
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned i = 0; i < ARRAY_SIZE(always); i++) {
        print_message("%04x\n", always[i][0]);
        all_ways(&g, always[i], 0);
    }
    guest_destroy(&g);
}

/* The handler makes the privileged-operation check.  (The interceptions of PFMF and SIGP, the last
 * two, depend on a control.) */
static void test_i29_always_intercepted_in_problem_state(void **state)
{
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned i = 0; i < ARRAY_SIZE(always) - 2; i++) {
        prepare(&g);
        g.mask |= PSW_MASK_PSTATE;
        put_code(&g, always[i]);
        expect_intercepted(&g, always[i], length_of(always[i]), 0);
    }
    guest_destroy(&g);
}

/* ---- controls of instructions that are not there ---- */

static void test_ictl_of_absent_instructions(void **state)
{
    static const struct {
        u16 insn[3];
        u32 ictl;
    } absent[] = {{{0xb22e, 0x0012}, SD_ICTL_PG}, {{0xb22f, 0x0012}, SD_ICTL_PG}};
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(absent); i++) {
        prepare(&g);
        g.sd->ictl = be32_of(i & 1 ? absent[i / 2].ictl : 0);
        put_code(&g, absent[i / 2].insn);
        (void)run_at(&g, CODE);
        assert_presented(&g, PGM_OPERATION);
    }
    guest_destroy(&g);
}

/* ---- LCTL and LCTLG, a control register at a time ---- */

static bool loads(unsigned first, unsigned last, unsigned cr)
{
    return first <= last ? cr >= first && cr <= last : cr >= first || cr <= last;
}

static void lctl_once(struct sie_guest *g, unsigned first, unsigned last, unsigned cr, bool wide)
{
    u16 regs = (u16)(first << 4 | last);
    u16 insn[3] = {(u16)((wide ? 0xeb00 : 0xb700) | regs), 0x1100, 0x002f};

    prepare(g);
    for (unsigned i = 0, r = first; i < 16; i++, r = (r + 1) & 15) /* what they hold */
        put64(g, DATA + 0x100 + i * 8UL, wide ? be64_get(g->sd->gcr[r]) : 0);
    for (unsigned i = 0, r = first; !wide && i < 16; i++, r = (r + 1) & 15)
        assert_int_equal(
            mem_write32(&g->mem, abs_addr(DATA + 0x100 + i * 4UL), (u32)be64_get(g->sd->gcr[r])),
            MEM_OK);
    g->sd->lctl = be16_of(SD_LCTL(cr));
    put_code(g, insn);
    if (loads(first, last, cr)) {
        expect_intercepted(g, insn, length_of(insn), 0);
    } else {
        assert_int_equal(run_at(g, CODE), ICPT_WAIT);
        assert_int_equal(psw_addr(g), WAIT_ADDR);
    }
}

static void test_i26_lctl_mask(void **state)
{
    struct sie_guest g;

    (void)state;
    guest_create(&g, false);
    for (unsigned first = 0; first < 16; first++)
        for (unsigned last = 0; last < 16; last++)
            for (unsigned cr = 0; cr < 16; cr++) {
                lctl_once(&g, first, last, cr, false);
                lctl_once(&g, first, last, cr, true);
            }
    guest_destroy(&g);
}

/* ---- SUPERVISOR CALL ---- */

static void svc(struct sie_guest *g, u32 svcc, u8 n, bool intercepted)
{
    u16 insn[1] = {(u16)(0x0a00 | n)};

    prepare(g);
    put_psw(g, LC(svc_new_psw), PSW_64 | PSW_MASK_WAIT, 0x5c0);
    g->sd->svcc = be32_of(svcc);
    put_code(g, insn);
    if (intercepted) {
        expect_intercepted(g, insn, 2, 0);
        return;
    }
    assert_int_equal(run_at(g, CODE), ICPT_WAIT);
    assert_int_equal(psw_addr(g), 0x5c0);
    assert_int_equal(get16(g, LC(svc_code)), n);
    assert_int_equal(get64(g, LC(svc_old_psw) + 8), CODE + 2);
}

static void test_svcc(void **state)
{
    struct sie_guest g;
    u32 numbers = 0x00112233;

    (void)state;
    guest_create(&g, false);
    for (u32 n = 0; n < 256; n++) {
        svc(&g, 0, (u8)n, false);
        svc(&g, numbers, (u8)n, false);
        svc(&g, SD_SVCC_ALL, (u8)n, true);
        svc(&g, SD_SVCC_1 | numbers, (u8)n, n == 0x11);
        svc(&g, SD_SVCC_2 | numbers, (u8)n, n == 0x22);
        svc(&g, SD_SVCC_3 | numbers, (u8)n, n == 0x33);
        svc(&g, SD_SVCC_1 | SD_SVCC_3 | numbers, (u8)n, n == 0x11 || n == 0x33);
    }
    all_ways(&g, (const u16[]){0x0a07, 0, 0}, 0);
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ictl_off),
        cmocka_unit_test(test_i29_ictl_on),
        cmocka_unit_test(test_i29_ictl_on_in_problem_state),
        cmocka_unit_test(test_i25_always_intercepted),
        cmocka_unit_test(test_i29_always_intercepted_in_problem_state),
        cmocka_unit_test(test_ictl_of_absent_instructions),
        cmocka_unit_test(test_i26_lctl_mask),
        cmocka_unit_test(test_svcc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
