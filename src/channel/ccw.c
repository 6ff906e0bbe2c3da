/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel-command words and the data of commands.  See ccw.h.
 *
 * Everything is bounded: a TIC is followed once, each step of a data chain or of an indirect list
 * moves at least one byte, and a device moves at most as many as its command has.
 *
 * References: [PoP 15 Basic I/O Functions]: Channel-Command Word, Chaining, Skipping, Indirect-Data
 * Addressing, Modified-CCW-Indirect-Data Addressing.
 */
#include "channel/ccw.h"

#define ADDR24_END 0x1000000ULL
#define ADDR31_END 0x80000000ULL

void ccw_start(struct ccw_program *p, struct mem *mem, const struct orb *orb)
{
    u16 c0 = be16_get(orb->ctrl0);
    u32 cpa = be32_get(orb->cpa);

    *p = (struct ccw_program){
        .mem = mem,
        .key = (u8)((c0 & ORB0_KEY) >> 8),
        .format1 = c0 & ORB0_F,
        .idaw64 = c0 & ORB0_H,
        .idaw2k = c0 & ORB0_T,
        .midaw = orb->ctrl1 & ORB1_D,
        .length_mode = !(c0 & ORB0_F) || orb->ctrl1 & ORB1_L,
        .end = ~0ULL,
        .fresh = true,
    };
    p->at.next = cpa;
    if (cpa & 7 || (!p->format1 && cpa > ORB_CPA_FMT0))
        p->cstat = CSTAT_PROGRAM_CHECK;
}

void ccw_set_limit(struct ccw_program *p, u64 low, u64 end)
{
    p->low = low;
    p->end = end;
}

static bool check(struct ccw_program *p, u8 cstat)
{
    p->cstat |= cstat;
    return false;
}

static bool result(struct ccw_program *p, enum mem_result r)
{
    switch (r) {
    case MEM_OK:
        return true;
    case MEM_KEY:
        return check(p, CSTAT_PROT_CHECK);
    case MEM_OUTSIDE:
        break;
    }
    return check(p, CSTAT_PROGRAM_CHECK);
}

/* A CCW, IDAW or MIDAW. */
static bool fetch_word(struct ccw_program *p, u64 addr, void *to, unsigned len)
{
    return result(p, mem_read_key(p->mem, abs_addr(addr), to, len, p->key));
}

/* ---- channel-command words ---- */

struct word {
    u8 cmd, flags;
    u16 count;
    u32 data;
    bool tic_reserved; /* format 1: bits a TIC must not have */
};

static bool fetch_ccw(struct ccw_program *p, u32 addr, struct word *w)
{
    union {
        struct ccw0 f0;
        struct ccw1 f1;
    } c;

    if (addr & 7 || addr >= (p->format1 ? ADDR31_END : ADDR24_END))
        return check(p, CSTAT_PROGRAM_CHECK);
    if (!fetch_word(p, addr, &c, sizeof(c)))
        return false;
    if (p->format1) {
        *w = (struct word){c.f1.cmd, c.f1.flags, be16_get(c.f1.count), be32_get(c.f1.addr), false};
        w->tic_reserved = w->cmd != CCW_CMD_TIC || w->flags || w->count;
    } else {
        *w = (struct word){c.f0.cmd, c.f0.flags, be16_get(c.f0.count), ccw0_addr(&c.f0), false};
    }
    return true;
}

static bool is_tic(const struct word *w)
{
    return (w->cmd & CCW_CMD_TIC_MASK) == CCW_CMD_TIC;
}

/* Fetches the CCW at p->at.next, or where a TIC there leads.  The first one is no TIC. */
static bool fetch_through_tic(struct ccw_program *p, struct word *w)
{
    u32 addr = p->at.next;

    bool first = p->fresh;

    p->fresh = false;
    p->at.addr = addr;
    if (!fetch_ccw(p, addr, w))
        return false;
    if (is_tic(w)) {
        if (first || w->tic_reserved || w->data & 7)
            return check(p, CSTAT_PROGRAM_CHECK);
        addr = p->at.addr = w->data;
        if (!fetch_ccw(p, addr, w))
            return false;
        if (is_tic(w))
            return check(p, CSTAT_PROGRAM_CHECK);
    }
    p->at.next = addr + sizeof(struct ccw1);
    return true;
}

static bool valid_flags(const struct ccw_program *p, const struct word *w)
{
    if (w->flags & CCW_FLAG_MIDA && (!p->midaw || w->flags & (CCW_FLAG_IDA | CCW_FLAG_SKIP)))
        return false;
    return !(p->format1 && w->data & CCW1_ADDR_INVALID);
}

/* data_chained: the CCW continues the one before it. */
static bool use_ccw(struct ccw_program *p, const struct word *w, bool data_chained)
{
    bool zero_ok = p->format1 && !data_chained && !(w->flags & CCW_FLAG_CD);

    p->at.flags = w->flags;
    p->at.count = p->at.left = w->count;
    p->at.data = w->data;
    p->at.list = w->data;
    p->at.block_left = 0;
    p->at.block_skip = p->at.last_midaw = false;
    p->at.first_idaw = true;
    if (w->flags & CCW_FLAG_PCI)
        p->pci = true;
    if ((!w->count && !zero_ok) || !valid_flags(p, w))
        return check(p, CSTAT_PROGRAM_CHECK);
    return true;
}

bool ccw_next_command(struct ccw_program *p)
{
    struct word w;

    if (p->cstat || !fetch_through_tic(p, &w))
        return false;
    p->cmd = w.cmd;
    p->moved = p->longer = p->accepted = false;
    if (!use_ccw(p, &w, false))
        return false;
    if (!(w.cmd & 0x0f))
        return check(p, CSTAT_PROGRAM_CHECK);
    p->begin = p->at;
    return true;
}

static bool chain_data(struct ccw_program *p)
{
    struct word w;

    return fetch_through_tic(p, &w) && use_ccw(p, &w, true);
}

void ccw_rewind(struct ccw_program *p)
{
    p->at = p->begin;
}

bool ccw_incorrect_length(const struct ccw_program *p)
{
    bool chain = p->at.flags & CCW_FLAG_CD;

    if (!p->moved) /* immediate operation */
        return !p->length_mode && p->at.count && !(p->at.flags & CCW_FLAG_SLI);
    if (!p->at.left && !chain && !p->longer)
        return false;
    return chain || !(p->at.flags & CCW_FLAG_SLI);
}

/* ---- data ---- */

static bool next_idaw(struct ccw_program *p)
{
    u64 size = p->idaw64 && !p->idaw2k ? 4096 : 2048;
    unsigned len = p->idaw64 ? 8 : 4;
    u64 addr;

    if (p->at.list & (len - 1))
        return check(p, CSTAT_PROGRAM_CHECK);
    if (p->idaw64) {
        be64 w;

        if (!fetch_word(p, p->at.list, &w, len))
            return false;
        addr = be64_get(w);
    } else {
        be32 w;

        if (!fetch_word(p, p->at.list, &w, len))
            return false;
        addr = be32_get(w);
        if (addr >= ADDR31_END)
            return check(p, CSTAT_PROGRAM_CHECK);
    }
    if (!p->at.first_idaw && addr & (size - 1))
        return check(p, CSTAT_PROGRAM_CHECK);
    p->at.first_idaw = false;
    p->at.list += len;
    p->at.block = addr;
    p->at.block_left = (u32)(size - (addr & (size - 1)));
    return true;
}

static bool next_midaw(struct ccw_program *p)
{
    struct midaw w;
    u16 count;
    u64 addr;
    bool starts_page = !(p->at.list & (FRAME_SIZE - 1));

    if (p->at.list & (sizeof(w) - 1) || p->at.last_midaw || (starts_page && !p->at.first_idaw))
        return check(p, CSTAT_PROGRAM_CHECK); /* list ended or crosses a page */
    if (!fetch_word(p, p->at.list, &w, sizeof(w)))
        return false;
    count = be16_get(w.count);
    addr = be64_get(w.addr);
    for (unsigned i = 0; i < sizeof(w.reserved); i++)
        if (w.reserved[i])
            return check(p, CSTAT_PROGRAM_CHECK);
    p->at.last_midaw = w.flags & MIDAW_FLAG_LAST;
    if (!count || count > p->at.left || (count == p->at.left) != p->at.last_midaw ||
        (addr & FRAME_MASK) + count > FRAME_SIZE ||
        w.flags & (u8) ~(MIDAW_FLAG_LAST | MIDAW_FLAG_SKIP | MIDAW_FLAG_INT))
        return check(p, CSTAT_PROGRAM_CHECK);
    if (w.flags & MIDAW_FLAG_INT)
        p->pci = true;
    p->at.first_idaw = false;
    p->at.list += sizeof(w);
    p->at.block = addr;
    p->at.block_left = count;
    p->at.block_skip = w.flags & MIDAW_FLAG_SKIP;
    return true;
}

/* The next piece of storage that is in one place: *addr, at most *len bytes.  Skipping is a matter
 * of input operations only: *skip is true for them when it is called. */
static bool piece(struct ccw_program *p, u64 *addr, u64 *len, bool *skip)
{
    bool input = *skip;

    *len = min64(*len, p->at.left);
    *skip = input && p->at.flags & CCW_FLAG_SKIP;
    if (*skip) {
        *addr = 0;
    } else if (p->at.flags & (CCW_FLAG_IDA | CCW_FLAG_MIDA)) {
        bool midaw = p->at.flags & CCW_FLAG_MIDA;

        if (!p->at.block_left && !(midaw ? next_midaw(p) : next_idaw(p)))
            return false;
        *addr = p->at.block;
        *len = min64(*len, p->at.block_left);
        *skip = input && p->at.block_skip;
    } else {
        *addr = (u64)p->at.data + p->at.count - p->at.left;
        if (*addr + *len > (p->format1 ? ADDR31_END : ADDR24_END))
            return check(p, CSTAT_PROGRAM_CHECK);
    }
    if (!*skip && (*addr < p->low || *len > p->end || *addr > p->end - *len))
        return check(p, CSTAT_PROGRAM_CHECK);
    return true;
}

static size_t move(struct ccw_program *p, u8 *to, const u8 *from, size_t len)
{
    size_t done = 0;

    p->moved = true;
    while (done < len && !p->cstat) {
        u64 addr, n = len - done;
        bool skip = from != NULL;

        if (!p->at.left) {
            if (!(p->at.flags & CCW_FLAG_CD) || !chain_data(p))
                break;
            continue;
        }
        if (!piece(p, &addr, &n, &skip))
            break;
        if (to && !result(p, mem_read_key(p->mem, abs_addr(addr), to + done, n, p->key)))
            break;
        if (from && !skip &&
            !result(p, mem_write_key(p->mem, abs_addr(addr), from + done, n, p->key)))
            break;
        done += n;
        p->at.left = (u16)(p->at.left - n);
        if (p->at.block_left) {
            p->at.block += n;
            p->at.block_left -= (u32)n;
        }
    }
    return done;
}

size_t ccw_fetch(struct ccw_program *p, void *to, size_t len)
{
    return move(p, to, NULL, len);
}

size_t ccw_store(struct ccw_program *p, const void *from, size_t len)
{
    return move(p, NULL, from, len);
}
