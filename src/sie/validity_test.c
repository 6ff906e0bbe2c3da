/* SPDX-License-Identifier: Apache-2.0
 *
 * Validity interceptions (I11): each reason that the engine raises, from a state description that
 * is right but for one thing; the same thing with its control off runs.  The host is a storage of
 * 64 KiB at HOST_FROM, so that addresses can be bad.
 */
#include "sie/test_sie.h"

#define HOST_FROM 0x10000UL
#define HOST_SIZE 0x10000UL
#define HOST_PREFIX 0x18000UL
#define GOOD 0x11000UL
#define BAD 0x30000UL
#define LOW 0x1000UL

static struct sie_guest g;
static u8 host_bytes[HOST_SIZE] __attribute__((aligned(4096)));

static void *resolve(const struct host_storage *h, u64 addr, u64 len)
{
    (void)h;
    assert_true((addr & 4095) + len <= 4096);
    if (addr < HOST_FROM || addr + len > HOST_FROM + HOST_SIZE)
        return NULL;
    return host_bytes + (addr - HOST_FROM);
}

static struct host_storage host = {
    .resolve = resolve, .limit = ~0ULL, .prefix = HOST_PREFIX, .facility_dwords = 3};

static const u16 nop[] = {0x0700};

static int setup(void **state)
{
    (void)state;
    guest_create(&g, false);
    g.cpu.host = &host;
    put_code(&g, nop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guest_destroy(&g);
    return 0;
}

static void reset(void)
{
    guest_reset(&g);
    put_code(&g, nop);
}

/* Runs with the state description as it is: reason 0: it runs to its wait. */
static void expect(u16 reason)
{
    static const struct sd *sd;

    sd = g.sd;
    (void)run_at(&g, CODE);
    if (!reason) {
        assert_int_equal(sd->icptcode, ICPT_WAIT);
        assert_int_equal(psw_addr(&g), WAIT_ADDR);
        return;
    }
    assert_int_equal(sd->icptcode, ICPT_VALIDITY);
    assert_int_equal(be16_get(sd->ipa), VALIDITY_WHO_CPU | VALIDITY_WHEN_ENTRY);
    assert_int_equal(be32_get(sd->ipb), (u32)reason << 16);
    assert_int_equal(sd->icptstatus, 0);
    assert_int_equal(psw_addr(&g), CODE);
}

/* ---- modes, storage, prefix ---- */

static void flags(u32 off, u32 on, u16 reason)
{
    reset();
    g.sd->cpuflags = be32_of((be32_get(g.sd->cpuflags) & ~off) | on);
    expect(reason);
}

static void test_modes_0001_to_0007(void **state)
{
    (void)state;
    flags(0, 0, 0);
    flags(SD_CPUFLAG_GED2, 0, 0);
    flags(SD_CPUFLAG_GED2, SD_CPUFLAG_GED, 0);
    flags(SD_CPUFLAG_ZARCH, 0, VALIDITY_GUEST_MODE);
    flags(0, SD_CPUFLAG_GED, VALIDITY_GUEST_MODE);
    flags(0, SD_CPUFLAG_MCDS, VALIDITY_MCDS_MODE);
    flags(0, SD_CPUFLAG_MCDS | SD_CPUFLAG_RRF, VALIDITY_MCDS_MODE2);
    flags(0, SD_CPUFLAG_RRF, VALIDITY_RRF);
    flags(0, SD_CPUFLAG_SLSV, VALIDITY_INTERPRETED_SIE);
    flags(0, SD_CPUFLAG_SLSR, VALIDITY_INTERPRETED_SIE);
    reset();
    g.sd->sdf = SD_SDF_FORMAT4;
    expect(VALIDITY_ARCH_MODE);
}

/* Bits that change nothing here. */
static void test_flags_without_effect(void **state)
{
    static const u32 bits[] = {SD_CPUFLAG_WAIT,       SD_CPUFLAG_RUNNING, SD_CPUFLAG_RETAINED,
                               SD_CPUFLAG_TIMING_SUB, SD_CPUFLAG_SIE_SUB, SD_CPUFLAG_IBS,
                               SD_CPUFLAG_G,          SD_CPUFLAG_J,       SD_CPUFLAG_STOPPED};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
        flags(0, bits[i], 0);
}

static void prefix(u32 value, u16 reason)
{
    reset();
    if (!reason) /* where the tail finds its wait PSW */
        put_psw(&g, (value & SD_PREFIX_Z) + 0x800, PSW_64 | PSW_MASK_WAIT, WAIT_ADDR);
    g.sd->prefix_ibc = be32_of(value);
    expect(reason);
}

static void test_prefix_0010(void **state)
{
    (void)state;
    prefix(STORAGE - 0x2000, 0);
    prefix(STORAGE, VALIDITY_PREFIX);
    prefix(0x7fffe000, VALIDITY_PREFIX);
    /* In storage, but not in what the state description gives the guest. */
    prefix(0xfe000, 0);
    g.sd->msl = be64_of(0);
    expect(0);
    g.sd->prefix_ibc = be32_of(0x100000);
    expect(VALIDITY_PREFIX);
}

static void test_ibc_is_always_valid(void **state)
{
    (void)state;
    prefix(1, 0);
    prefix(SD_IBC, 0);
}

static enum view_result protected_page(struct view *v, u64 abs, bool write, struct view_page *out)
{
    enum view_result r = view_page_of_mem(v->mem, abs, out);

    (void)write;
    if (abs >> FRAME_SHIFT == 0x201)
        out->writable = false;
    return r;
}

static void test_prefix_protected_0037(void **state)
{
    (void)state;
    reset();
    g.view.page = protected_page;
    g.sd->prefix_ibc = be32_of(0x200000);
    expect(VALIDITY_PREFIX_ACCESS);
    g.sd->prefix_ibc = be32_of(0);
    expect(0);
    g.view.page = NULL;
}

static void storage(bool sm, u64 mso, u64 msl, u16 reason)
{
    reset();
    if (!sm)
        g.sd->cpuflags = be32_of(be32_get(g.sd->cpuflags) & ~SD_CPUFLAG_SM);
    g.sd->mso = be64_of(mso);
    g.sd->msl = be64_of(msl);
    expect(reason);
}

static void test_storage_limits_003d_0041_0051(void **state)
{
    (void)state;
    storage(false, 0, 0, 0);
    storage(false, 0x100000, 0, VALIDITY_MSO_MSL);
    storage(false, 0x100000, 0x100000, 0);
    storage(true, 0x100000, 0, 0); /* storage-limit suppression: MSO is ignored */
    storage(true, 0, ~0ULL, 0);
    host.limit = 0xfffffff;
    storage(true, 0, 0xff00000, 0);
    storage(true, 0, 0x10000000, VALIDITY_MSL_MAX);
    host.limit = ~0ULL;
    reset();
    g.sd->cpuflags = be32_of((be32_get(g.sd->cpuflags) & ~SD_CPUFLAG_SM) | SD_CPUFLAG_G);
    g.sd->mso = be64_of(0x100000);
    expect(VALIDITY_PREF_MSO);
}

/* ---- controls without effect ---- */

/* Facilities that are not there, assists that are not done: a state description may ask for them.
 * SIGPI: see SIGP. */
static void controls(u32 eca, u32 ecb, u32 ecd)
{
    reset();
    g.sd->eca = be32_of(be32_get(g.sd->eca) | eca);
    g.sd->ecb = (u8)(g.sd->ecb | ecb >> 16);
    g.sd->ecb2 = (u8)(ecb >> 8);
    g.sd->ecb3 = (u8)ecb;
    g.sd->ecd = be32_of(ecd);
    g.sd->sdnxo = be64_of(GOOD | 12);
    g.sd->crycbd = be32_of(GOOD | SD_CRYCBD_FORMAT2);
    g.sd->itdba = g.sd->riccbd = g.sd->gvrd = be64_of(GOOD);
    g.sd->cbrlo = be64_of(GOOD);
    sd_set_scao(g.sd, GOOD);
    expect(0);
}

static void test_controls_without_effect(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        u32 bit = 1U << i;

        controls(bit & ~SD_ECA_SIGPI, 0, 0);
        controls(0, bit & 0xffffff, 0);
        controls(0, 0, bit);
    }
    controls(~SD_ECA_SIGPI, 0xffffff, ~0U);
}

/* ---- satellites ---- */

static void sca(u64 origin, bool extended, u16 reason)
{
    reset();
    sd_set_scao(g.sd, origin);
    g.sd->ecb2 = extended ? SD_ECB2_ESCA : 0;
    expect(reason);
}

static void test_sca_0011_0034_0038_003b(void **state)
{
    (void)state;
    sca(0, false, 0);
    for (unsigned extended = 0; extended < 2; extended++) {
        sca(GOOD, extended, 0);
        sca(LOW, extended, VALIDITY_SCA_LOW);
        sca(HOST_PREFIX + 0x1000, extended, VALIDITY_SCA_HOST_PREFIX);
        sca(BAD, extended, VALIDITY_SCA_ADDR);
        sca(1ULL << 40, extended, VALIDITY_SCA_ADDR);
    }
    sca(GOOD + 0xfc0, false, 0);
    sca(GOOD + 0xfd0, false, VALIDITY_SCA_CROSSES);
    sca(GOOD + 0xf00, true, 0);
    sca(GOOD + 0xf40, true, VALIDITY_SCA_CROSSES);
}

static void crycb(u32 eca, u8 ecb3, u32 designation, u16 reason)
{
    reset();
    g.sd->eca = be32_of(eca);
    g.sd->ecb3 = ecb3;
    g.sd->crycbd = be32_of(designation);
    expect(reason);
}

static void test_crycb_0022_0035_0039_003c(void **state)
{
    static const struct {
        u32 eca;
        u8 ecb3;
    } on[] = {{SD_ECA_APIE, 0}, {0, SD_ECB3_AES}, {0, SD_ECB3_DEA}};

    (void)state;
    crycb(0, 0, BAD, 0);
    crycb(0, 0, 2, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(on); i++) {
        crycb(on[i].eca, on[i].ecb3, GOOD | SD_CRYCBD_FORMAT1, 0);
        crycb(on[i].eca, on[i].ecb3, GOOD | SD_CRYCBD_FORMAT2, 0);
        crycb(on[i].eca, on[i].ecb3, GOOD | 2, VALIDITY_CRYCB_FORMAT);
        crycb(on[i].eca, on[i].ecb3, SD_CRYCBD_FORMAT1, VALIDITY_CRYCB_ZERO);
        crycb(on[i].eca, on[i].ecb3, BAD | SD_CRYCBD_FORMAT1, VALIDITY_CRYCB_ADDR);
        crycb(on[i].eca, on[i].ecb3, (GOOD + 0xf80) | SD_CRYCBD_FORMAT1, 0);
        crycb(on[i].eca, on[i].ecb3, (GOOD + 0xf88) | SD_CRYCBD_FORMAT1, VALIDITY_CRYCB_CROSSES);
        crycb(on[i].eca, on[i].ecb3, (GOOD + 0xf08) | SD_CRYCBD_FORMAT2, VALIDITY_CRYCB_CROSSES);
    }
}

static void test_riccb_0043(void **state)
{
    (void)state;
    reset();
    g.sd->riccbd = be64_of(BAD);
    expect(0);
    g.sd->ecb3 = SD_ECB3_RI;
    expect(VALIDITY_RICCB_ADDR);
    g.sd->riccbd = be64_of(LOW);
    expect(VALIDITY_RICCB_ADDR);
    g.sd->riccbd = be64_of(GOOD);
    expect(0);
    g.sd->riccbd = be64_of(0);
    expect(0);
}

static void test_itdb_0080(void **state)
{
    (void)state;
    reset();
    g.sd->itdba = be64_of(BAD);
    expect(0);
    g.sd->ecb |= SD_ECB_TE;
    expect(VALIDITY_ITDB_ADDR);
    g.sd->itdba = be64_of(LOW);
    expect(VALIDITY_ITDB_ADDR);
    g.sd->itdba = be64_of(GOOD);
    expect(0);
    g.sd->itdba = be64_of(0);
    expect(0);
}

static void sdnx(u8 ecb, u32 ecd, u64 designation, u16 reason)
{
    reset();
    g.sd->ecb |= ecb;
    g.sd->ecd = be32_of(ecd);
    g.sd->sdnxo = be64_of(designation);
    expect(reason);
}

static void test_sdnx_10b0_10b1_10b2(void **state)
{
    (void)state;
    sdnx(0, 0, BAD | 6, 0);
    sdnx(SD_ECB_GS, SD_ECD_HOSTREGMGMT, BAD | 6, 0);
    for (unsigned i = 0; i < 2; i++) {
        u8 ecb = i ? SD_ECB_GS : 0;
        u32 ecd = i ? 0 : SD_ECD_ETOKENF;

        sdnx(ecb, ecd, 0, VALIDITY_SDNX_ADDR);
        sdnx(ecb, ecd, LOW | 6, VALIDITY_SDNX_ADDR);
        sdnx(ecb, ecd, BAD | 6, VALIDITY_SDNX_ADDR);
        sdnx(ecb, ecd, GOOD | 5, VALIDITY_SDNX_SIZE);
        sdnx(ecb, ecd, GOOD | 13, VALIDITY_SDNX_SIZE);
        sdnx(ecb, ecd, (GOOD + 0x20) | 6, VALIDITY_SDNX_ALIGN);
        sdnx(ecb, ecd, (GOOD + 0x800) | 12, VALIDITY_SDNX_ALIGN);
        sdnx(ecb, ecd, (GOOD + 0x40) | 6, 0);
        sdnx(ecb, ecd, GOOD | 12, 0);
    }
}

static void test_vector_save_area_1310(void **state)
{
    (void)state;
    reset();
    g.sd->gvrd = be64_of(BAD);
    expect(0);
    g.sd->eca = be32_of(SD_ECA_VX);
    expect(VALIDITY_GVRD_ADDR);
    g.sd->gvrd = be64_of(LOW);
    expect(VALIDITY_GVRD_ADDR);
    g.sd->ecd = be32_of(SD_ECD_HOSTREGMGMT);
    expect(0);
    g.sd->ecd = be32_of(0);
    g.sd->gvrd = be64_of(GOOD);
    expect(0);
}

/* A designation is looked at again when it, a control or the host has changed, and only then. */
static void test_satellites_are_looked_at_when_changed(void **state)
{
    (void)state;
    sca(GOOD, false, 0);
    assert_ptr_equal(g.cpu.sat.sca, host_bytes + (GOOD - HOST_FROM));
    sd_set_scao(g.sd, GOOD + 0x1000);
    expect(0);
    assert_ptr_equal(g.cpu.sat.sca, host_bytes + (GOOD + 0x1000 - HOST_FROM));
    g.cpu.sat.sca = NULL; /* not asked again */
    expect(0);
    assert_null(g.cpu.sat.sca);
    host.generation++;
    expect(0);
    assert_non_null(g.cpu.sat.sca);
}

/* ---- facility list ---- */

static const u16 stfle[] = {0xb2b0, 0x1100};

static void run_stfle(u32 designation, u8 room)
{
    reset();
    g.sd->fac = be32_of(designation);
    g.cpu.gr[0] = 0xabcd00 | room;
    for (u64 a = DATA + 0x100; a < DATA + 0x180; a += 8)
        put64(&g, a, ~0ULL);
    put_code(&g, stfle);
    (void)run_at(&g, CODE);
}

static void expect_list(unsigned dwords, unsigned stored)
{
    assert_int_equal(g.sd->icptcode, ICPT_WAIT);
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    assert_int_equal(g.cpu.gr[0], 0xabcd00 | (dwords - 1));
    assert_int_equal(g.cpu.gr[11] >> 28, stored < dwords ? 3 : 0);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(get64(&g, DATA + 0x100 + i * 8UL),
                         i < stored ? 0x0101010101010101ULL * (i + 1) : ~0ULL);
}

static void fill_list(u64 at, unsigned dwords)
{
    for (unsigned i = 0; i < dwords * 8; i++)
        host_bytes[at - HOST_FROM + i] = (u8)(i / 8 + 1);
}

static void test_facility_list_format_0(void **state)
{
    (void)state;
    fill_list(GOOD, 8);
    run_stfle(GOOD, 7);
    expect_list(3, 3); /* as many as the host's STFLE has */
    run_stfle(GOOD, 1);
    expect_list(3, 2);
    fill_list(GOOD + 0xff8, 8); /* in two pages */
    run_stfle(GOOD + 0xff8, 7);
    expect_list(3, 3);
}

static void test_facility_list_format_2(void **state)
{
    (void)state;
    host_bytes[GOOD - HOST_FROM + 7] = 3;
    fill_list(GOOD + 8, 8);
    run_stfle(GOOD | SD_FAC_FORMAT2, 7);
    expect_list(4, 4);
    run_stfle(GOOD | SD_FAC_FORMAT2, 0);
    expect_list(4, 1);
}

static void test_facility_list_none(void **state)
{
    (void)state;
    run_stfle(0, 7);
    assert_int_equal(g.sd->icptcode, ICPT_INST);
    assert_int_equal(be16_get(g.sd->ipa), stfle[0]);
    assert_int_equal(psw_addr(&g), CODE + 4);
    assert_int_equal(get64(&g, DATA + 0x100), ~0ULL);
}

/* Found when STFLE wants it: "when" says instruction. */
static void test_facility_list_1090(void **state)
{
    static const u64 where[] = {BAD, BAD | SD_FAC_FORMAT2, HOST_FROM + HOST_SIZE - 8,
                                (HOST_FROM + HOST_SIZE - 8) | SD_FAC_FORMAT2};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(where); i++) {
        run_stfle((u32)where[i], 7);
        assert_int_equal(g.sd->icptcode, ICPT_VALIDITY);
        assert_int_equal(be16_get(g.sd->ipa), VALIDITY_WHO_CPU | VALIDITY_WHEN_INST);
        assert_int_equal(be32_get(g.sd->ipb), (u32)VALIDITY_FAC_ADDR << 16);
        assert_int_equal(psw_addr(&g), CODE);
        assert_int_equal(g.cpu.gr[0], 0xabcd07);
    }
}

static void test_facility_list_1330(void **state)
{
    (void)state;
    for (u32 format = 1; format <= 3; format += 2) {
        reset();
        g.sd->fac = be32_of(GOOD | format);
        expect(VALIDITY_FAC_FORMAT);
    }
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_modes_0001_to_0007),
        T(test_flags_without_effect),
        T(test_prefix_0010),
        T(test_ibc_is_always_valid),
        T(test_prefix_protected_0037),
        T(test_storage_limits_003d_0041_0051),
        T(test_controls_without_effect),
        T(test_sca_0011_0034_0038_003b),
        T(test_crycb_0022_0035_0039_003c),
        T(test_riccb_0043),
        T(test_itdb_0080),
        T(test_sdnx_10b0_10b1_10b2),
        T(test_vector_save_area_1310),
        T(test_satellites_are_looked_at_when_changed),
        T(test_facility_list_format_0),
        T(test_facility_list_format_2),
        T(test_facility_list_none),
        T(test_facility_list_1090),
        T(test_facility_list_1330),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
