/* SPDX-License-Identifier: Apache-2.0
 *
 * Program interruptions: interceptions 08 and 2C, the guards against endless loops, and delivery.
 * What a code stores besides ILC, code, old PSW and breaking-event address is one table.
 *
 * References: [PoP 6 Program Interruption], [PoP 3 Assigned Storage Locations].
 */
#include <errno.h>
#include <string.h>

#include "arch/lowcore.h"
#include "base/mutate.h"
#include "hypervisor/hv.h"

#define IPA_STHYI 0xb256
#define LC(field) ((unsigned)offsetof(struct lowcore, field))

/* ---- code -> payload (I34) ---- */

enum {
    PAY_TEID = 1, /* translation-exception identification */
    PAY_EAID = 2, /* exception access identification */
    PAY_OAID = 4, /* operand access identification */
    PAY_DXC = 8,  /* data-exception or vector-exception code */
    PAY_MON = 16, /* monitor class and code */
    PAY_DAT = PAY_TEID | PAY_EAID | PAY_OAID,
};

static const u8 payload[0x80] = {
    [PGM_PROTECTION] = PAY_TEID | PAY_EAID,
    [PGM_DATA] = PAY_DXC,
    [PGM_SEGMENT_TRANSLATION] = PAY_DAT,
    [PGM_PAGE_TRANSLATION] = PAY_DAT,
    [PGM_VECTOR_PROCESSING] = PAY_DXC,
    [PGM_SPACE_SWITCH] = PAY_TEID,
    [PGM_AFX_TRANSLATION] = PAY_TEID,
    [PGM_ASX_TRANSLATION] = PAY_TEID,
    [PGM_LX_TRANSLATION] = PAY_TEID,
    [PGM_EX_TRANSLATION] = PAY_TEID,
    [PGM_PRIMARY_AUTHORITY] = PAY_TEID,
    [PGM_SECONDARY_AUTHORITY] = PAY_TEID,
    [PGM_LFX_TRANSLATION] = PAY_TEID,
    [PGM_LSX_TRANSLATION] = PAY_TEID,
    [PGM_ALET_SPECIFICATION] = PAY_EAID,
    [PGM_ALEN_TRANSLATION] = PAY_EAID,
    [PGM_ALE_SEQUENCE] = PAY_EAID,
    [PGM_ASTE_VALIDITY] = PAY_EAID,
    [PGM_ASTE_SEQUENCE] = PAY_EAID,
    [PGM_EXTENDED_AUTHORITY] = PAY_EAID,
    [PGM_LSTE_SEQUENCE] = PAY_TEID,
    [PGM_ASTE_INSTANCE] = PAY_EAID,
    [PGM_ASCE_TYPE] = PAY_DAT,
    [PGM_REGION_FIRST_TRANSLATION] = PAY_DAT,
    [PGM_REGION_SECOND_TRANSLATION] = PAY_DAT,
    [PGM_REGION_THIRD_TRANSLATION] = PAY_DAT,
    [PGM_SECURE_STORAGE_ACCESS] = PAY_TEID,
    [PGM_NON_SECURE_STORAGE_ACCESS] = PAY_TEID,
    [PGM_SECURE_STORAGE_VIOLATION] = PAY_TEID,
    [PGM_MONITOR_EVENT] = PAY_MON,
};

static unsigned payload_of(u16 code)
{
    code &= PGM_CODE_MASK & ~PGM_PER;
    if (mutated("I34"))
        return 0;
    return code < ARRAY_SIZE(payload) ? payload[code] : 0;
}

/* ---- delivery ---- */

static int store_payload(struct vcpu *v, const struct fault *f)
{
    unsigned pay = payload_of(f->code);
    be32 dxc = be32_of(f->dxc);
    be16 class = be16_of(f->mon_class);
    be64 mon = be64_of(f->mon_code), teid = be64_of(f->teid);
    int r = 0;

    if (pay & PAY_DXC)
        r = hv_write_lowcore(v, LC(dxc), &dxc, sizeof(dxc));
    if (pay & PAY_MON && !r)
        r = hv_write_lowcore(v, LC(mon_class), &class, sizeof(class));
    if (pay & PAY_MON && !r)
        r = hv_write_lowcore(v, LC(mon_code), &mon, sizeof(mon));
    if (pay & PAY_TEID && !r)
        r = hv_write_lowcore(v, LC(teid), &teid, sizeof(teid));
    if (pay & PAY_EAID && !r)
        r = hv_write_lowcore(v, LC(eaid), &f->eaid, 1);
    if (pay & PAY_OAID && !r)
        r = hv_write_lowcore(v, LC(oaid), &f->oaid, 1);
    return r;
}

static int store_per(struct vcpu *v, const struct fault *f)
{
    u8 id[2] = {f->per_code, f->per_atmid};
    be64 addr = be64_of(f->per_addr);
    int r;

    if (!f->per_code)
        return 0;
    r = hv_write_lowcore(v, LC(per_code), id, sizeof(id));
    if (!r)
        r = hv_write_lowcore(v, LC(per_address), &addr, sizeof(addr));
    return r ? r : hv_write_lowcore(v, LC(paid), &f->per_aid, 1);
}

int hv_deliver_program(struct vcpu *v, const struct fault *f)
{
    struct {
        be16 ilc, code;
    } id = {be16_of(f->ilc), be16_of(f->code | (f->per_code ? PGM_PER : 0))};
    int r;

    hv_count(v, CNT_DELIVER_PROGRAM);
    r = hv_write_lowcore(v, LC(pgm_ilc), &id, sizeof(id));
    if (!r)
        r = store_payload(v, f);
    if (!r)
        r = store_per(v, f);
    if (!r)
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
    if (payload_of(code) & PAY_MON)
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
