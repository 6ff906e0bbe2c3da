/* SPDX-License-Identifier: Apache-2.0
 *
 * PERFORM FRAME MANAGEMENT FUNCTION has two implementations: SIE's (ecb2.PFMFI) and the handler of
 * its intercept.  Every case runs by both and has to give the same, and what the manual says.
 *
 * References: [PoP 10 PERFORM FRAME MANAGEMENT FUNCTION].
 */
#include "hypervisor/priv.h"
#include "hypervisor/test_guest.h"

#define CODE 0x10000UL
#define PREFIX 0x20000UL
#define OK_PSW 0x300UL
#define OK_ADDR 0x111UL
#define PGM_ADDR 0x222UL
#define EXT_ADDR 0x333UL

#define SK 0x20000U
#define CF 0x10000U
#define UI 0x8000U
#define FSC_1M 0x1000U
#define FSC_2G 0x2000U
#define NQ 0x800U
#define MR 0x400U
#define MC 0x200U

#define MIB 0x100000UL

struct pfmf_case {
    const char *name;
    u32 r1;
    u64 r2;
    u64 mask; /* more PSW bits; addressing mode */
    u64 cr0;
    /* what the manual says */
    u16 code; /* program interruption */
    u64 r2_after;
    u64 at; /* a byte in a frame: its key and content afterwards */
    u8 key, byte;
    unsigned lacks; /* facility that is taken away */
};

#define M64 (PSW_MASK_EA | PSW_MASK_BA)
#define FILL 0x99
#define KEY_BEFORE 0x46

static const struct pfmf_case cases[] = {
    {"4 KiB, key", SK | 0x38, 0x400123, M64, 0, 0, 0x400123, 0x400000, 0x38, FILL, 0},
    {"4 KiB, key, not the next frame", SK | 0x38, 0x400123, M64, 0, 0, 0x400123, 0x401000,
     KEY_BEFORE, FILL, 0},
    {"4 KiB, clear", CF, 0x400fff, M64, 0, 0, 0x400fff, 0x400ffe, KEY_BEFORE, 0, 0},
    {"4 KiB, clear and key", CF | SK | 0x50, 0x400000, M64, 0, 0, 0x400000, 0x400800, 0x50, 0, 0},
    {"usage indication", SK | UI | 0x20, 0x400000, M64, 0, 0, 0x400000, 0x400000, 0x20, FILL, 0},
    {"nonquiescing", SK | NQ | 0x20, 0x400000, M64, 0, 0, 0x400000, 0x400000, 0x20, FILL, 0},
    {"nonquiescing is not there", SK | NQ | 0x20, 0x400000, M64, 0, PGM_SPECIFICATION, 0x400000,
     0x400000, KEY_BEFORE, FILL, 14},
    {"MR: only R differs", SK | MR | 0x42, 0x400000, M64, 0, 0, 0x400000, 0x400000, KEY_BEFORE,
     FILL, 0},
    {"MR: C differs", SK | MR | 0x44, 0x400000, M64, 0, 0, 0x400000, 0x400000, 0x44, FILL, 0},
    {"MC: only C differs", SK | MC | 0x44, 0x400000, M64, 0, 0, 0x400000, 0x400000, KEY_BEFORE,
     FILL, 0},
    {"MC: R differs", SK | MC | 0x42, 0x400000, M64, 0, 0, 0x400000, 0x400000, 0x42, FILL, 0},
    {"MR and MC: both differ", SK | MR | MC | 0x40, 0x400000, M64, 0, 0, 0x400000, 0x400000,
     KEY_BEFORE, FILL, 0},
    {"MR and MC: protection differs", SK | MR | MC | 0x48, 0x400000, M64, 0, 0, 0x400000, 0x400000,
     0x48, FILL, 0},
    {"MR and MC without the facility", SK | MR | MC | 0x40, 0x400000, M64, 0, 0, 0x400000, 0x400000,
     0x40, FILL, 10},
    {"1 MiB: from the middle to the end", SK | CF | FSC_1M | 0x70, 0x480123, M64, 0, 0, 0x500123,
     0x4ff000, 0x70, 0, 0},
    {"1 MiB: not what is before", SK | CF | FSC_1M | 0x70, 0x480123, M64, 0, 0, 0x500123, 0x47f000,
     KEY_BEFORE, FILL, 0},
    {"1 MiB: not what is behind", SK | CF | FSC_1M | 0x70, 0x480123, M64, 0, 0, 0x500123, 0x500000,
     KEY_BEFORE, FILL, 0},
    {"1 MiB: R2 in 31-bit mode", SK | FSC_1M | 0x70, 0xaaaaaaaa80400123, PSW_MASK_BA, 0, 0,
     0xaaaaaaaa00500123, 0x4ff000, 0x70, FILL, 0},
    {"1 MiB: R2 in 24-bit mode", SK | FSC_1M | 0x70, 0xaaaaaaaaff400123, 0, 0, 0,
     0xaaaaaaaa00500123, 0x4ff000, 0x70, FILL, 0},
    {"1 MiB: at the end of 24 bits", SK | FSC_1M | 0x70, 0xf00000, 0, 0, 0, 0, 0xfff000, 0x70, FILL,
     0},
    {"1 MiB: outside of storage", SK | FSC_1M | 0x70, GUEST_SIZE + 0x5123, M64, 0, PGM_ADDRESSING,
     GUEST_SIZE + 0x5123, 0xfff000, KEY_BEFORE, FILL, 0},
    {"2 GiB: up to the end of storage", SK | CF | FSC_2G | 0x70, 0x400123, M64, 0, PGM_ADDRESSING,
     GUEST_SIZE | 0x123, 0xfff000, 0x70, 0, 0},
    {"2 GiB in 24-bit mode", SK | FSC_2G, 0x400000, 0, 0, PGM_SPECIFICATION, 0x400000, 0x400000,
     KEY_BEFORE, FILL, 0},
    {"2 GiB without the facility", SK | FSC_2G, 0x400000, M64, 0, PGM_SPECIFICATION, 0x400000,
     0x400000, KEY_BEFORE, FILL, 78},
    {"frame size 3", SK | 0x3000, 0x400000, M64, 0, PGM_SPECIFICATION, 0x400000, 0x400000,
     KEY_BEFORE, FILL, 0},
    {"a reserved bit", SK | 0x100, 0x400000, M64, 0, PGM_SPECIFICATION, 0x400000, 0x400000,
     KEY_BEFORE, FILL, 0},
    {"4 KiB outside of storage", SK, GUEST_SIZE, M64, 0, PGM_ADDRESSING, GUEST_SIZE, 0x400000,
     KEY_BEFORE, FILL, 0},
    {"low-address protection: clear", CF | SK | 0x30, 0x1234, M64, CR0_LOW_ADDR_PROT,
     PGM_PROTECTION, 0x1234, PREFIX + 0x1800, KEY_BEFORE, FILL, 0},
    {"low-address protection: key", SK | 0x30, 0x1234, M64, CR0_LOW_ADDR_PROT, 0, 0x1234,
     PREFIX + 0x1800, 0x30, FILL, 0},
    {"low-address protection: above", CF, 0x2000, M64, CR0_LOW_ADDR_PROT, 0, 0x2000, 0x2000,
     KEY_BEFORE, 0, 0},
    {"low-address protection: not of large frames", CF | FSC_1M, 0x1ff000, M64, CR0_LOW_ADDR_PROT,
     0, 0x200000, 0x1ff000, KEY_BEFORE, 0, 0},
    {"4 KiB: a real address", SK | 0x30, 0x1000, M64, 0, 0, 0x1000, PREFIX + 0x1000, 0x30, FILL, 0},
    {"1 MiB: an absolute address", SK | FSC_1M | 0x30, 0, M64, 0, 0, MIB, 0x1000, 0x30, FILL, 0},
};

struct result {
    u64 old_mask, old_addr, r2, teid;
    u16 code;
    u8 ilc;
    u8 key, byte;
};

static void prepare(struct guest *g, const struct pfmf_case *p)
{
    static const u16 code[] = {0xb9af, 0x0024, 0xb2b2, OK_PSW}; /* pfmf r2,r4; lpswe 300 */
    struct vcpu *v = g->v;

    if (p->lacks)
        g->vm.model.facilities[p->lacks / 8] &= (u8) ~(0x80 >> p->lacks % 8);
    assert_int_equal(mem_fill(&g->vm.mem, abs_addr(0), FILL, GUEST_SIZE), MEM_OK);
    for (unsigned i = 0; i < ARRAY_SIZE(code); i++) {
        be16 x = be16_of(code[i]);

        assert_int_equal(mem_write(&g->vm.mem, abs_addr(CODE + 2 * i), &x, 2), MEM_OK);
    }
    put_psw(g, PREFIX + OK_PSW, PSW_64 | PSW_MASK_WAIT, OK_ADDR);
    put_psw(g, PREFIX + LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, PGM_ADDR);
    put_psw(g, PREFIX + LC(ext_new_psw), PSW_64 | PSW_MASK_WAIT, EXT_ADDR);
    for (u64 a = 0; a < GUEST_SIZE; a += FRAME_SIZE)
        mem_key_set(&g->vm.mem, abs_addr(a), KEY_BEFORE);
    hv_set_prefix(v, PREFIX);
    hv_set_cr(v, 0, p->cr0);
    hv_set_psw(v, p->mask, CODE);
    v->cpu.gr[2] = 0xdddddddd00000000 | p->r1;
    v->cpu.gr[4] = p->r2;
    (void)hv_enable_keys(v);
}

static void run_case(const struct pfmf_case *p, bool interpreted, struct result *r)
{
    struct guest guest, *g = &guest;
    struct hv_exit x;
    u64 end;

    guest_create(g, 1, false);
    prepare(g, p);
    if (!interpreted)
        g->v->sd->ecb2 &= (u8)~SD_ECB2_PFMFI;
    assert_int_equal(hv_run(g->v, &x), 0);
    assert_int_equal(x.reason, EXIT_DISABLED_WAIT);
    assert_int_equal(!counter_read(g->v->counters, CNT_PFMF), interpreted);
    end = hv_psw_addr(g->v);
    *r = (struct result){.r2 = g->v->cpu.gr[4]};
    if (end == PGM_ADDR) {
        r->code = get16(g, PREFIX + LC(pgm_code));
        r->ilc = (u8)get16(g, PREFIX + LC(pgm_ilc));
        r->old_mask = get64(g, PREFIX + LC(pgm_old_psw));
        r->old_addr = get64(g, PREFIX + LC(pgm_old_psw) + 8);
        if (r->code == PGM_PROTECTION)
            r->teid = get64(g, PREFIX + LC(teid));
    } else {
        assert_int_equal(end, OK_ADDR);
    }
    r->key = mem_key_get(&g->vm.mem, abs_addr(p->at)) & 0xfe;
    assert_int_equal(mem_read(&g->vm.mem, abs_addr(p->at), &r->byte, 1), MEM_OK);
    guest_destroy(g);
}

static void test_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct pfmf_case *p = &cases[i];
        struct result sie = {0}, hv = {0};

        run_case(p, true, &sie);
        run_case(p, false, &hv);
        if (memcmp(&sie, &hv, sizeof(sie)) != 0)
            print_error("%s: interpreted: code %x r2 %llx key %02x teid %llx; "
                        "intercepted: code %x r2 %llx key %02x teid %llx\n",
                        p->name, sie.code, (unsigned long long)sie.r2, sie.key,
                        (unsigned long long)sie.teid, hv.code, (unsigned long long)hv.r2, hv.key,
                        (unsigned long long)hv.teid);
        assert_memory_equal(&sie, &hv, sizeof(sie));
        if (sie.code != p->code || sie.r2 != p->r2_after || sie.key != p->key ||
            sie.byte != p->byte)
            print_error("%s: code %x, r2 %llx, key %02x, byte %02x\n", p->name, sie.code,
                        (unsigned long long)sie.r2, sie.key, sie.byte);
        assert_int_equal(sie.code, p->code);
        assert_int_equal(sie.r2, p->r2_after);
        assert_int_equal(sie.key, p->key);
        assert_int_equal(sie.byte, p->byte);
    }
}

/* ---- interruptions in between ---- */

static const struct pfmf_case large = {
    .r1 = SK | CF | FSC_2G | 0x70, .r2 = 0x400123, .mask = M64 | PSW_MASK_EXT, .cr0 = CR0_SERVICE};

static void all_frames_done(struct guest *g)
{
    for (u64 a = 0x400000; a < GUEST_SIZE; a += FRAME_SIZE)
        assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(a)) & 0xfe, 0x70);
    assert_int_equal(g->v->cpu.gr[4], GUEST_SIZE | 0x123);
}

static void page_in_at_once(void *arg, struct page_in *p)
{
    (void)arg;
    hv_page_in(p);
    hv_page_in_done(p);
}

/* A frame in the middle is absent and the guest is told: R2 says how far it is, the PSW is at the
 * instruction, which goes on from there. */
static void test_i07_pfault_in_the_middle(void **state)
{
    static const struct vmm_ops ops = {.page_in = page_in_at_once};
    struct guest guest, *g = &guest;
    struct hv_exit x;

    (void)state;
    guest_create_lazy(g);
    prepare(g, &large);
    g->vm.ops = &ops;
    put64(g, PREFIX + 0x400, 0x1234567812345678);
    g->v->pfault = (struct pfault){.token = 0x400};
    assert_int_equal(mem_discard(&g->vm.mem, abs_addr(0x480000), FRAME_SIZE), MEM_OK);
    assert_int_equal(hv_run(g->v, &x), 0);
    assert_int_equal(hv_psw_addr(g->v), EXT_ADDR);
    assert_int_equal(get16(g, PREFIX + LC(ext_int_code)), EXT_CP_SERVICE);
    assert_int_equal(get16(g, PREFIX + LC(ext_cpu_addr)), EXT_CP_PFAULT_INIT);
    assert_int_equal(get64(g, PREFIX + LC(ext_params2)), 0x1234567812345678);
    assert_int_equal(get64(g, PREFIX + LC(ext_old_psw) + 8), CODE);
    assert_int_equal(g->v->cpu.gr[4], 0x480123);
    hv_set_psw(g->v, M64, CODE);
    assert_int_equal(hv_run(g->v, &x), 0);
    assert_int_equal(hv_psw_addr(g->v), PGM_ADDR);
    all_frames_done(g);
    guest_destroy(g);
}

/* The handler stops after each MiB, so that what is pending is delivered. */
static void test_handler_gives_way(void **state)
{
    struct guest guest, *g = &guest;

    (void)state;
    guest_create(g, 1, false);
    prepare(g, &large);
    for (u64 at = 0x400000; at < GUEST_SIZE; at += MIB) {
        assert_int_equal(g->v->cpu.gr[4], at | 0x123);
        intercepted(g, 0xb9af, 0x00240000, CODE);
        assert_int_equal(priv_pfmf(g->v), HV_RETRY);
        assert_int_equal(hv_psw_addr(g->v), CODE);
    }
    intercepted(g, 0xb9af, 0x00240000, CODE);
    assert_int_equal(priv_pfmf(g->v), HV_INJECT);
    all_frames_done(g);
    guest_destroy(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_i07_pfault_in_the_middle),
        cmocka_unit_test(test_handler_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
