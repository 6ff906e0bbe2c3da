/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel programs: fetching channel-command words, and moving the data of a command through data
 * chaining, indirect-data-address words and modified ones, with the subchannel key.
 *
 * Nothing here knows of subchannels' status: a condition is left in program->cstat, and the program
 * does nothing more then.  References: [PoP 15 Basic I/O Functions: Channel-Command Word].
 */
#ifndef SIE390_CHANNEL_CCW_H
#define SIE390_CHANNEL_CCW_H

#include "arch/css.h"
#include "cpu/mem.h"

/* Where a command's data come from or go to next. */
struct ccw_cursor {
    u32 addr; /* of the CCW in use */
    u8 flags;
    u16 count; /* as in the CCW */
    u16 left;  /* bytes not moved yet */
    u32 data;  /* data address field */
    u32 next;  /* the CCW after it */
    u64 list;  /* indirect: next word of the list */
    u64 block; /* indirect: current piece */
    u32 block_left;
    bool block_skip, last_midaw, first_idaw;
};

struct ccw_program {
    struct mem *mem;
    /* from the ORB */
    u8 key; /* bits 0-3 */
    bool format1, idaw64, idaw2k, midaw;
    bool length_mode; /* incorrect-length-suppression mode (format 1) */
    u64 low, end;     /* data addresses allowed: address-limit checking */

    struct ccw_cursor at, begin; /* now; where the command's data began */
    u8 cmd;
    u8 cstat;      /* CSTAT_* of a check; then nothing moves any more */
    bool pci;      /* a CCW with the PCI flag was fetched */
    bool moved;    /* the device asked for data: not an immediate operation */
    bool longer;   /* the device had more data than the count allowed */
    bool accepted; /* the device got the command */
    bool fresh;    /* no CCW was fetched yet */
};

/* Prepares the program of an ORB.  A bad address is left as program check. */
void ccw_start(struct ccw_program *p, struct mem *mem, const struct orb *orb);
void ccw_set_limit(struct ccw_program *p, u64 low, u64 end);

/* Fetches the next command (following one TRANSFER IN CHANNEL).  False: p->cstat says why. */
bool ccw_next_command(struct ccw_program *p) MUST_CHECK;

/* Move data of the command.  Fewer bytes: the CCWs have no more, or p->cstat. */
size_t ccw_fetch(struct ccw_program *p, void *to, size_t len);
size_t ccw_store(struct ccw_program *p, const void *from, size_t len);
/* Begins again with the first byte (commands that read their data and write them back). */
void ccw_rewind(struct ccw_program *p);
/* The device has more to give than it could: incorrect length, if not suppressed. */
static inline void ccw_has_more(struct ccw_program *p)
{
    p->longer = true;
}

/* After the command: is incorrect length to be indicated? */
bool ccw_incorrect_length(const struct ccw_program *p);

#endif
