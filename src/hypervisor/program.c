/* SPDX-License-Identifier: Apache-2.0
 *
 * Program interruptions: interceptions 08 and 2C, the guards against endless loops, and delivery.
 * What a code stores is told by cpu/program.h.
 *
 * References: [PoP 6 Program Interruption], [PoP 3 Assigned Storage Locations].
 */
#include <errno.h>
#include <string.h>

#include "arch/lowcore.h"
#include "base/mutate.h"
#include "cpu/program.h"
#include "hypervisor/hv.h"

#define IPA_STHYI 0xb256
#define LC(field) ((unsigned)offsetof(struct lowcore, field))

/* ---- delivery ---- */

static bool put(void *vcpu, unsigned offset, u64 value, unsigned len)
{
    be64 bytes = be64_of(value << (64 - 8 * len));

    return hv_write_lowcore(vcpu, offset, &bytes, len) == 0;
}

int hv_deliver_program(struct vcpu *v, const struct fault *f)
{
    int r;

    hv_count(v, CNT_DELIVER_PROGRAM);
    if (!program_store(f, put, v))
        return -EFAULT;
    r = hv_write_lowcore(v, LC(bea), &v->sd->gbea, sizeof(v->sd->gbea));
    return r ? r : hv_swap_psw(v, LC(pgm_old_psw), LC(pgm_new_psw));
}

/* ---- loops ---- */

static int new_psw(struct vcpu *v, u64 *mask, u64 *addr)
{
    struct psw_be psw;
    int r = hv_read_lowcore(v, LC(pgm_new_psw), &psw, sizeof(psw));

    *mask = be64_get(psw.mask);
    *addr = be64_get(psw.addr);
    return r;
}

/* The instruction that failed is the one that the program-new PSW designates, or follows it
 * closely, and was executed as that PSW says: it would fail for ever.  The PSW is past it (an
 * instruction just before the one designated is none of these). */
static bool at_new_psw(const struct vcpu *v, u64 mask, u64 addr)
{
    u64 old = hv_psw_mask(v), distance = hv_psw_addr(v) - addr;

    return distance && distance <= 6 && !(mask & PSW_MASK_WAIT) && !(old & PSW_MASK_PSTATE) &&
           !((old ^ mask) & (PSW_MASK_DAT | PSW_MASK_AS));
}

/* ---- interception 08 ---- */

static void fault_of_sd(const struct sd *sd, struct fault *f)
{
    u16 code = be16_get(sd->iprcc);

    *f = (struct fault){
        .code = code & (u16)~PGM_PER,
        .ilc = be16_get(sd->pgmilc) & 6,
        .dxc = (u8)be32_get(sd->dxc),
        .eaid = sd->eai,
        .oaid = sd->oai,
        .mon_class = be16_get(sd->mcn),
    };
    if (program_stores(code) & PROGRAM_MON)
        f->mon_code = be64_get(sd->tecmc);
    else
        f->teid = be64_get(sd->tecmc);
    if (code & PGM_PER) {
        f->per_code = sd->perc;
        f->per_atmid = sd->peratmid;
        f->per_aid = sd->peraid;
        f->per_addr = be64_get(sd->peraddr);
    }
}

/* I33: what an aborted transaction left in the interception TDB becomes the guest's
 * program-interruption TDB. */
static int forward_tdb(struct vcpu *v)
{
    u64 addr = be64_get(v->sd->itdba) & -(u64)SD_ITDBA_ALIGN;
    struct tdb *itdb;
    int r;

    if (!(v->sd->ecb & SD_ECB_TE) || !addr)
        return 0;
    itdb = host_resolve(v->cpu.host, addr, sizeof(*itdb));
    if (!itdb || itdb->format != TDB_FORMAT_VALID || mutated("I33"))
        return 0;
    r = hv_write_lowcore(v, LC(pgm_tdb), itdb, sizeof(*itdb));
    memset(itdb, 0, sizeof(*itdb));
    return r;
}

enum hv_outcome hv_handle_program(struct vcpu *v)
{
    struct fault f;
    u64 mask, addr;

    fault_of_sd(v->sd, &f);
    if (!mutated("I31") && hv_debugged(v) && !hv_debug_program(v, &f))
        return HV_RESUME;
    if (new_psw(v, &mask, &addr))
        return hv_broken(v, -EFAULT);
    if (f.code == PGM_SPECIFICATION && !hv_psw_valid(v, mask, addr) && !mutated("I32"))
        return hv_exit(v, EXIT_PROGRAM_LOOP);
    if (f.code == PGM_ADDRESSING && at_new_psw(v, mask, addr))
        return hv_exit(v, EXIT_PROGRAM_LOOP);
    if (forward_tdb(v))
        return hv_broken(v, -EFAULT);
    return hv_inject_fault(v, &f);
}

/* ---- interception 2C ---- */

enum hv_outcome hv_handle_operation(struct vcpu *v)
{
    u64 mask, addr;

    if (v->vm->options.user_operexec || (v->vm->options.user_instr0 && hv_ipa(v) == 0))
        return hv_exit(v, EXIT_INTERCEPT);
    if (hv_ipa(v) == IPA_STHYI && hv_facility(v, 74))
        return hv_sthyi(v);
    if (new_psw(v, &mask, &addr))
        return hv_broken(v, -EFAULT);
    if (at_new_psw(v, mask, addr) && !mutated("I36"))
        return hv_exit(v, EXIT_PROGRAM_LOOP);
    return hv_inject(v, PGM_OPERATION);
}
