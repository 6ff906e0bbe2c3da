/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading requests and writing replies, within their bounds: a request is read piece by piece, and
 * what is not there reads as zeros and is remembered; a reply is written piece by piece, and what
 * has no room is left out and remembered.  So a parser checks once, at its end.  Also the replies
 * that all cards share: errors, and the frame of type 86.
 *
 * Knows no function of a card.
 *
 * References: ap-cards "Error replies", "Message type 6 and CPRBX", "Reply type 86 with CPRB".
 */
#ifndef SIE390_AP_CARD_MESSAGE_H
#define SIE390_AP_CARD_MESSAGE_H

#include "ap/card.h"
#include "arch/ap_message.h"

/* ---- reading ---- */

struct reader {
    const u8 *p;
    u32 left;
    bool bad; /* something was asked for that is not there; nothing is left then */
};

static inline struct reader reader_of(const u8 *p, u32 n)
{
    return (struct reader){.p = p, .left = n};
}
/* The next n bytes; NULL: they are not there. */
const u8 *reader_take(struct reader *r, u32 n);
/* The same as a reader of its own. */
struct reader reader_part(struct reader *r, u32 n);
/* A copy; zeros if it is not there. */
void reader_copy(struct reader *r, void *to, u32 n);
u8 reader_u8(struct reader *r);
u16 reader_u16(struct reader *r);
u32 reader_u32(struct reader *r);
/* A block that begins with its length, 16 bits that count themselves; what follows them. */
struct reader reader_block(struct reader *r);

/* ---- writing ---- */

struct writer {
    u8 *start;
    u32 used;
    u32 room;
    bool full; /* something was left out */
};

static inline struct writer writer_of(u8 *p, u32 room)
{
    return (struct writer){.start = p, .room = room};
}
/* The next n bytes, zeros; NULL: no room. */
u8 *writer_take(struct writer *w, u32 n);
void writer_copy(struct writer *w, const void *p, u32 n);
void writer_u16(struct writer *w, u16 v);
void writer_u32(struct writer *w, u32 v);

/* ---- replies ---- */

#define CARD_ERROR_LENGTH 8U
/* Type 82, 87 or 88, or type 86 without a CPRB. */
u32 card_error(u8 *reply, enum ap_message_type type, enum ap_reply_code code);

/* ---- coprocessors: type 6 ---- */

struct coprocessor_request {
    struct ap_type6 head;
    struct reader cprb; /* with parameters; `to_card[0]` bytes */
    struct reader data; /* `to_card[1]` bytes */
    u32 cprb_room;      /* bytes of the reply's CPRB with parameters, at most */
    u32 data_room;      /* and of its data, so that both fit into a message */
};
/* AP_REPLY_OK, or what is wrong with the message. */
enum ap_reply_code card_coprocessor_parse(const struct ap_request *request, const char *agent,
                                          struct coprocessor_request *out);

#define CARD_CPRB_OFFSET 48U /* in replies: Linux looks for it there */
/* The frame of a reply of which CPRB and parameters, then data, are written already.  Gives the
 * length of the whole. */
u32 card_coprocessor_reply(u8 *reply, u32 cprb_length, u32 data_length);

#endif
