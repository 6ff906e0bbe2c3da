/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel instructions that concern the subsystem as a whole, and how channel instructions
 * reach their operands.
 *
 * References: [PoP 14 I/O Instructions].  CHSC and SIGA are described in no public manual.
 */
#include "arch/psw.h"
#include "base/log.h"
#include "channel/insn.h"

/* ---- operands ---- */

bool insn_operand(const struct insn *i, unsigned align, u64 *addr, u8 *ar)
{
    *addr = hv_addr_s(i->v, i->ipb, ar);
    return *addr & (align - 1) ? insn_program(i, PGM_SPECIFICATION) : true;
}

static bool accessed(enum gaccess g)
{
    switch (g) {
    case GACCESS_OK:
        return true;
    case GACCESS_INJECTED:
        return false;
    case GACCESS_ERROR:
        break;
    }
    log_error("channel instruction: operand storage cannot be reached");
    return false;
}

bool insn_fetch(const struct insn *i, u64 addr, u8 ar, void *to, u64 len)
{
    return accessed(hv_read_guest(i->v, addr, ar, to, len));
}

bool insn_store(const struct insn *i, u64 addr, u8 ar, const void *from, u64 len)
{
    return accessed(hv_write_guest(i->v, addr, ar, from, len));
}

/* ---- the subsystem ---- */

void css_stcrw(const struct insn *i)
{
    struct crw crw;
    u64 addr;
    bool found;
    u8 ar;

    if (!insn_operand(i, 4, &addr, &ar))
        return;
    pthread_mutex_lock(&i->css->lock);
    found = css_take_report(i->css, &crw);
    pthread_mutex_unlock(&i->css->lock);
    if (insn_store(i, addr, ar, &crw, sizeof(crw))) {
        insn_cc(i, found ? 0 : 1);
    } else if (found) {
        pthread_mutex_lock(&i->css->lock);
        css_return_report(i->css, &crw);
        pthread_mutex_unlock(&i->css->lock);
    }
}

/* The one path has nothing to reset; the report says it was done. */
void css_rchp(const struct insn *i)
{
    u32 gr1 = (u32)*hv_gr(i->v, 1);

    if (gr1 & 0xffffff00U) {
        (void)insn_program(i, PGM_OPERAND);
    } else if (gr1 != CSS_CHPID) {
        insn_cc(i, 3);
    } else {
        pthread_mutex_lock(&i->css->lock);
        css_report(i->css, CRW_S | CRW_RSC_CHPATH | CRW_ERC_INIT, CSS_CHPID);
        insn_unlock(i, 0);
    }
}

void css_sal(const struct insn *i)
{
    u32 gr1 = (u32)*hv_gr(i->v, 1);

    if (gr1 & 0x8000ffffU) {
        (void)insn_program(i, PGM_OPERAND);
        return;
    }
    pthread_mutex_lock(&i->css->lock);
    i->css->limit = gr1;
    pthread_mutex_unlock(&i->css->lock);
}

/* Accepted; measurement blocks are never updated (docs/quirks). */
void css_schm(const struct insn *i)
{
    u32 gr1 = (u32)*hv_gr(i->v, 1);
    u64 gr2 = *hv_gr(i->v, 2);
    bool update = gr1 & 2;

    if (gr1 & 0x0ffffffcU || (update && gr2 & 0x1f)) {
        (void)insn_program(i, PGM_OPERAND);
        return;
    }
    pthread_mutex_lock(&i->css->lock);
    i->css->measurement_block = update ? gr2 : 0;
    pthread_mutex_unlock(&i->css->lock);
}

void css_stcps(const struct insn *i)
{
    static const u8 no_path_active[32];
    u64 addr;
    u8 ar;

    if (insn_operand(i, 32, &addr, &ar))
        (void)insn_store(i, addr, ar, no_path_active, sizeof(no_path_active));
}

/* An address in a register, in the addressing mode of the PSW. */
static u64 wrapped(const struct insn *i, u64 addr)
{
    u64 mask = hv_psw_mask(i->v);

    if (mask & PSW_MASK_EA)
        return addr;
    return addr & (mask & PSW_MASK_BA ? PSW_ADDR_31 : 0xffffff);
}

void css_insn_chsc(const struct insn *i)
{
    unsigned r1 = hv_r1_rre(i->ipb);
    u64 addr = wrapped(i, *hv_gr(i->v, r1));
    u8 block[CHSC_PAGE];
    u16 len, answer;

    if (addr & (CHSC_PAGE - 1)) {
        (void)insn_program(i, PGM_SPECIFICATION);
        return;
    }
    if (!insn_fetch(i, addr, (u8)r1, block, sizeof(block)))
        return;
    len = be16_get(((struct chsc_header *)block)->len);
    if (len < 16 || len > CHSC_PAGE - 8 || len & 7) {
        (void)insn_program(i, PGM_OPERAND);
        return;
    }
    css_chsc(i->css, block);
    answer = be16_get(((struct chsc_header *)(block + len))->len);
    if (insn_store(i, addr + len, (u8)r1, block + len, answer))
        insn_cc(i, 0);
    else
        css_chsc_not_stored(i->css, block);
}

/* No QDIO subchannels. */
void css_siga(const struct insn *i)
{
    insn_cc(i, 3);
}
