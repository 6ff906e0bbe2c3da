/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the system control area.  See sca.h.
 */
#include "cpu/sca.h"

#include "arch/sca.h"

static bool extended(const struct sd *sd)
{
    return sd->ecb2 & SD_ECB2_ESCA;
}

static struct bsca *basic_area(const struct sd *sd)
{
    return (struct bsca *)(uintptr_t)(sd_scao(sd) & SD_SCAO_BASIC);
}

static struct esca *extended_area(const struct sd *sd)
{
    return (struct esca *)(uintptr_t)(sd_scao(sd) & SD_SCAO_EXTENDED);
}

bool sca_has_room(const struct sd *sd, unsigned n)
{
    return n < (extended(sd) ? ESCA_CPUS : BSCA_CPUS);
}

struct sd *sca_cpu(const struct sd *sd, unsigned n)
{
    const struct esca *e = extended_area(sd);
    const struct bsca *b = basic_area(sd);
    u64 mask, sda;

    if (!b || !sca_has_room(sd, n))
        return NULL;
    mask = be64_get(extended(sd) ? e->mcn[n / 64] : b->mcn);
    sda = be64_get(extended(sd) ? e->cpu[n].sda : b->cpu[n].sda);
    return mask & BIT64(n % 64) ? (struct sd *)(uintptr_t)sda : NULL;
}

bool sca_set_external_call(const struct sd *sd, unsigned n, struct sd *target, unsigned source)
{
    bool set;

    if (extended(sd)) {
        u16 *ctl = &extended_area(sd)->cpu[n].sigp_ctl.raw;
        u16 old = __atomic_load_n(ctl, __ATOMIC_RELAXED) & (u16)~be16_of(ESCA_SIGP_C).raw;

        set = __atomic_compare_exchange_n(ctl, &old, be16_of((u16)(ESCA_SIGP_C | source)).raw,
                                          false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    } else {
        u8 *ctl = &basic_area(sd)->cpu[n].sigp_ctl;
        u8 old = __atomic_load_n(ctl, __ATOMIC_RELAXED) & (u8)~BSCA_SIGP_C;

        set = __atomic_compare_exchange_n(ctl, &old, (u8)(BSCA_SIGP_C | source), false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    }
    if (set)
        __atomic_fetch_or(&target->cpuflags.raw, be32_of(SD_CPUFLAG_ECALL_PEND).raw,
                          __ATOMIC_SEQ_CST);
    return set;
}

static u16 take_control(struct sd *sd, unsigned n)
{
    __atomic_fetch_and(&sd->cpuflags.raw, ~be32_of(SD_CPUFLAG_ECALL_PEND).raw, __ATOMIC_SEQ_CST);
    if (extended(sd))
        return be16_get((be16){
            __atomic_exchange_n(&extended_area(sd)->cpu[n].sigp_ctl.raw, 0, __ATOMIC_SEQ_CST)});
    return (u16)(__atomic_exchange_n(&basic_area(sd)->cpu[n].sigp_ctl, 0, __ATOMIC_SEQ_CST) << 8);
}

/* Both formats alike: C leftmost in the halfword. */
static u16 source_of(const struct sd *sd, u16 ctl)
{
    return extended(sd) ? ctl & ESCA_SIGP_SCN : ctl >> 8 & BSCA_SIGP_SCN;
}

static bool pending(const struct sd *sd, unsigned n)
{
    return sd_flags(sd) & SD_CPUFLAG_ECALL_PEND && sca_cpu(sd, n);
}

bool sca_take_external_call(struct sd *sd, unsigned n, u16 *source)
{
    u16 ctl;

    if (!pending(sd, n))
        return false;
    ctl = take_control(sd, n);
    *source = source_of(sd, ctl);
    return ctl & ESCA_SIGP_C;
}

bool sca_see_external_call(const struct sd *sd, unsigned n, u16 *source)
{
    u16 ctl;

    if (!pending(sd, n))
        return false;
    if (extended(sd))
        ctl = be16_get(
            (be16){__atomic_load_n(&extended_area(sd)->cpu[n].sigp_ctl.raw, __ATOMIC_SEQ_CST)});
    else
        ctl = (u16)(__atomic_load_n(&basic_area(sd)->cpu[n].sigp_ctl, __ATOMIC_SEQ_CST) << 8);
    *source = source_of(sd, ctl);
    return ctl & ESCA_SIGP_C;
}

void sca_clear_external_call(struct sd *sd, unsigned n)
{
    if (sd_scao(sd))
        (void)take_control(sd, n);
}
