/* SPDX-License-Identifier: Apache-2.0
 *
 * Delivery of a machine check: the CPU's registers go to the save areas, the validity bits of the
 * interruption code say which of them are there.
 *
 * References: [PoP 11 Machine-Check Handling], [PoP 3 Assigned Storage Locations].
 */
#include "arch/external.h"
#include "arch/lowcore.h"
#include "hypervisor/hv.h"

#define LC(field) ((unsigned)offsetof(struct lowcore, field))

/* Vector and guarded-storage registers go to an area of the guest's choice; takes the validity bits
 * away when they cannot. */
static int store_extended(struct vcpu *v, u64 *mcic)
{
    be64 raw;
    u64 designation, size, addr;
    unsigned lc;
    int r = hv_read_lowcore(v, LC(mcesad), &raw, sizeof(raw));

    if (r)
        return r;
    designation = be64_get(raw);
    lc = designation & MCESAD_LC ? designation & MCESAD_LC : 10;
    size = 1ULL << lc;
    addr = designation & ~(size - 1);
    if (lc < 10 || lc > 12 || !addr)
        addr = 0;
    if (!addr || !hv_facility(v, 129))
        *mcic &= ~MCIC_VR;
    if (!addr || !hv_facility(v, 133) || lc == 10)
        *mcic &= ~MCIC_GS;
    if (!(*mcic & (MCIC_VR | MCIC_GS)))
        return 0;
    if (hv_store_additional_status(v, addr, lc))
        *mcic &= ~(MCIC_VR | MCIC_GS);
    return 0;
}

static int store_code(struct vcpu *v, const struct mchk_info *m, u64 mcic)
{
    be64 code = be64_of(mcic), failing = be64_of(m->failing_address);
    be32 damage = be32_of(m->ext_damage);
    u8 mode = LC_ARCH_MODE_Z;
    int r = hv_write_lowcore(v, LC(arch_mode), &mode, 1);

    if (!r)
        r = hv_write_lowcore(v, LC(mcic), &code, sizeof(code));
    if (!r)
        r = hv_write_lowcore(v, LC(ext_damage_code), &damage, sizeof(damage));
    if (!r)
        r = hv_write_lowcore(v, LC(fsa), &failing, sizeof(failing));
    return r ? r : hv_write_lowcore(v, LC(psw_save), m->fixed_logout, sizeof(m->fixed_logout));
}

int hv_deliver_mchk(struct vcpu *v, const struct mchk_info *m)
{
    u64 mcic = m->mcic;
    int r;

    hv_count(v, CNT_DELIVER_MCHK);
    r = hv_save_registers(v, hv_prefix(v) + LC_SAVE_AREA);
    if (!r)
        r = store_extended(v, &mcic);
    if (!r)
        r = store_code(v, m, mcic);
    return r ? r : hv_swap_psw(v, LC(mck_old_psw), LC(mck_new_psw));
}
