/* SPDX-License-Identifier: Apache-2.0
 *
 * Control registers and PSWs, when SIE was told to intercept them: pending interruptions mark the
 * control registers whose change may enable them, and LPSW for machine checks.  Delivery before the
 * next entry looks at the new values; TLB banks are keyed by them, so there is nothing to flush.
 *
 * References: [PoP 10 LOAD CONTROL, STORE CONTROL, LOAD PSW, LOAD PSW EXTENDED, EXTRACT PSW].
 */
#include <string.h>

#include "hypervisor/priv.h"

/* ---- LCTL, LCTLG, STCTL, STCTG ---- */

static unsigned count_of(u16 ipa)
{
    return ((hv_r3(ipa) - hv_r1(ipa)) & 15) + 1;
}

static enum hv_outcome load(struct vcpu *v, u64 addr, u8 ar, unsigned size)
{
    unsigned first = hv_r1(hv_ipa(v)), n = count_of(hv_ipa(v));
    enum gaccess g;
    u8 text[16 * 8];

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (addr & (size - 1))
        return hv_inject(v, PGM_SPECIFICATION);
    g = hv_read_guest(v, addr, ar, text, n * size);
    if (g != GACCESS_OK)
        return hv_access_failed(v, g);
    for (unsigned i = 0; i < n; i++) {
        unsigned cr = (first + i) & 15;
        be32 word;
        be64 dword;

        if (size == 4) {
            memcpy(&word, text + i * 4, 4);
            hv_set_cr(v, cr, (hv_cr(v, cr) & ~0xffffffffULL) | be32_get(word));
        } else {
            memcpy(&dword, text + i * 8, 8);
            hv_set_cr(v, cr, be64_get(dword));
        }
    }
    return HV_RESUME;
}

static enum hv_outcome store(struct vcpu *v, u64 addr, u8 ar, unsigned size)
{
    unsigned first = hv_r1(hv_ipa(v)), n = count_of(hv_ipa(v));
    enum gaccess g;
    u8 text[16 * 8];

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (addr & (size - 1))
        return hv_inject(v, PGM_SPECIFICATION);
    for (unsigned i = 0; i < n; i++) {
        be64 dword = v->sd->gcr[(first + i) & 15];
        be32 word = be32_of((u32)be64_get(dword));

        if (size == 4)
            memcpy(text + i * 4, &word, 4);
        else
            memcpy(text + i * 8, &dword, 8);
    }
    g = hv_write_guest(v, addr, ar, text, n * size);
    return g == GACCESS_OK ? HV_RESUME : hv_access_failed(v, g);
}

enum hv_outcome priv_lctl(struct vcpu *v)
{
    u8 ar;
    u64 addr = hv_addr_s(v, hv_ipb(v), &ar);

    return load(v, addr, ar, 4);
}

enum hv_outcome priv_lctlg(struct vcpu *v)
{
    u8 ar;
    u64 addr = hv_addr_rsy(v, hv_ipb(v), &ar);

    return load(v, addr, ar, 8);
}

enum hv_outcome priv_stctl(struct vcpu *v)
{
    u8 ar;
    u64 addr = hv_addr_s(v, hv_ipb(v), &ar);

    return store(v, addr, ar, 4);
}

enum hv_outcome priv_stctg(struct vcpu *v)
{
    u8 ar;
    u64 addr = hv_addr_rsy(v, hv_ipb(v), &ar);

    return store(v, addr, ar, 8);
}

/* ---- PSWs ---- */

/* The breaking event is the instruction that loads the PSW.  An invalid PSW is loaded, too: the
 * early specification exception stores it as the old one. */
static enum hv_outcome load_psw(struct vcpu *v, u64 mask, u64 addr)
{
    struct fault f = {.code = PGM_SPECIFICATION, .ilc = (u8)hv_ilen(v)};

    if (mask & PSW_MASK_KEY && hv_facility(v, 169))
        return hv_inject(v, PGM_SPECIAL_OPERATION);
    hv_rewind_psw(v, f.ilc);
    v->sd->gbea = v->sd->gpsw.addr;
    hv_set_psw(v, mask, addr);
    return hv_psw_valid(v, mask, addr) ? HV_RESUME : hv_inject_fault(v, &f);
}

static enum hv_outcome load_long_psw(struct vcpu *v, u64 addr, u8 ar)
{
    struct psw_be psw;
    enum gaccess g;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (addr & 7)
        return hv_inject(v, PGM_SPECIFICATION);
    g = hv_read_guest(v, addr, ar, &psw, sizeof(psw));
    if (g != GACCESS_OK)
        return hv_access_failed(v, g);
    return load_psw(v, be64_get(psw.mask), be64_get(psw.addr));
}

enum hv_outcome priv_lpsw(struct vcpu *v)
{
    struct psw_short_be psw;
    enum gaccess g;
    u64 mask, addr;
    u8 ar;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    addr = hv_addr_s(v, hv_ipb(v), &ar);
    if (addr & 7)
        return hv_inject(v, PGM_SPECIFICATION);
    g = hv_read_guest(v, addr, ar, &psw, sizeof(psw));
    if (g != GACCESS_OK)
        return hv_access_failed(v, g);
    if (!(be32_get(psw.mask) & PSW_SHORT_MASK_12))
        return hv_inject(v, PGM_SPECIFICATION);
    mask = (u64)(be32_get(psw.mask) & ~PSW_SHORT_MASK_12) << 32;
    mask |= be32_get(psw.addr) & PSW_SHORT_ADDR_BA;
    return load_psw(v, mask, be32_get(psw.addr) & ~PSW_SHORT_ADDR_BA);
}

enum hv_outcome priv_lpswe(struct vcpu *v)
{
    u8 ar;
    u64 addr = hv_addr_s(v, hv_ipb(v), &ar);

    return load_long_psw(v, addr, ar);
}

enum hv_outcome priv_lpswey(struct vcpu *v)
{
    u8 ar;
    u64 addr = hv_addr_rsy(v, hv_ipb(v), &ar);

    if (!hv_facility(v, 193))
        return hv_inject(v, PGM_OPERATION);
    return load_long_psw(v, addr, ar);
}

static void set_low_word(u64 *gr, u32 word)
{
    *gr = (*gr & ~0xffffffffULL) | word;
}

/* Not privileged. */
enum hv_outcome priv_epsw(struct vcpu *v)
{
    u64 mask = hv_psw_mask(v);
    unsigned r2 = hv_r2_rre(hv_ipb(v));

    set_low_word(hv_gr(v, hv_r1_rre(hv_ipb(v))), (u32)(mask >> 32));
    if (r2)
        set_low_word(hv_gr(v, r2), (u32)mask);
    return HV_RESUME;
}
