/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading requests and writing replies, within their bounds.
 *
 * References: ap-cards "Error replies", "Message type 6 and CPRBX", "Reply type 86 with CPRB".
 */
#include "ap/card_message.h"

#include <string.h>

/* ---- reading ---- */

const u8 *reader_take(struct reader *r, u32 n)
{
    const u8 *p = r->p;

    if (n > r->left) {
        r->bad = true;
        r->left = 0;
        return NULL;
    }
    if (n)
        r->p += n;
    r->left -= n;
    return p;
}

struct reader reader_part(struct reader *r, u32 n)
{
    const u8 *p = reader_take(r, n);

    return (struct reader){.p = p, .left = p ? n : 0, .bad = !p};
}

void reader_copy(struct reader *r, void *to, u32 n)
{
    const u8 *p = reader_take(r, n);

    if (p) {
        memcpy(to, p, n);
    } else {
        memset(to, 0, n);
    }
}

u8 reader_u8(struct reader *r)
{
    const u8 *p = reader_take(r, 1);

    return p ? *p : 0;
}

u16 reader_u16(struct reader *r)
{
    be16 v;

    reader_copy(r, &v, sizeof(v));
    return be16_get(v);
}

u32 reader_u32(struct reader *r)
{
    be32 v;

    reader_copy(r, &v, sizeof(v));
    return be32_get(v);
}

struct reader reader_block(struct reader *r)
{
    u16 n = reader_u16(r);

    if (n < 2) { /* it counts itself */
        r->bad = true;
        r->left = 0;
        return (struct reader){.bad = true};
    }
    return reader_part(r, n - 2U);
}

/* ---- writing ---- */

u8 *writer_take(struct writer *w, u32 n)
{
    u8 *p = w->start + w->used;

    if (w->full || n > w->room - w->used) {
        w->full = true;
        return NULL;
    }
    memset(p, 0, n);
    w->used += n;
    return p;
}

void writer_copy(struct writer *w, const void *from, u32 n)
{
    u8 *p = writer_take(w, n);

    if (p)
        memcpy(p, from, n);
}

void writer_u16(struct writer *w, u16 v)
{
    be16 b = be16_of(v);

    writer_copy(w, &b, sizeof(b));
}

void writer_u32(struct writer *w, u32 v)
{
    be32 b = be32_of(v);

    writer_copy(w, &b, sizeof(b));
}

/* ---- replies ---- */

u32 card_error(u8 *reply, enum ap_message_type type, enum ap_reply_code code)
{
    struct ap_error_reply e = {.type = (u8)type, .code = (u8)code};

    if (type == AP_TYPE_COPROCESSOR_REPLY)
        e.format = AP_ERROR_FORMAT_86;
    _Static_assert(sizeof(e) == CARD_ERROR_LENGTH, "error reply");
    memcpy(reply, &e, sizeof(e));
    return sizeof(e);
}

/* ---- coprocessors ---- */

static u32 limited(u32 v, u32 most)
{
    return v < most ? v : most;
}

/* What the reply's parts may take: what is asked for, and never more than a message holds. */
static void find_room(struct coprocessor_request *out)
{
    u32 most = AP_MESSAGE_MAX - CARD_CPRB_OFFSET;

    out->cprb_room = limited(be32_get(out->head.from_card[0]), most);
    out->data_room = limited(be32_get(out->head.from_card[1]), most - out->cprb_room);
}

enum ap_reply_code card_coprocessor_parse(const struct ap_request *request, const char *agent,
                                          struct coprocessor_request *out)
{
    struct reader r = reader_of(request->data, request->length);
    u32 length, data, at;

    memset(out, 0, sizeof(*out));
    if (request->length >= 2 && request->data[1] != AP_TYPE_COPROCESSOR)
        return AP_REPLY_MESSAGE_TYPE;
    reader_copy(&r, &out->head, sizeof(out->head));
    if (r.bad)
        return AP_REPLY_TRUNCATED;
    if (be32_get(out->head.offset[0]) != sizeof(out->head) || memcmp(out->head.agent, agent, 2))
        return AP_REPLY_MALFORMED;
    length = be32_get(out->head.to_card[0]);
    out->cprb = reader_part(&r, length);
    data = be32_get(out->head.to_card[1]);
    at = be32_get(out->head.offset[1]);
    if (data && !r.bad) {
        if (at < sizeof(out->head) + length)
            return AP_REPLY_MALFORMED;
        (void)reader_take(&r, at - (u32)sizeof(out->head) - length);
        out->data = reader_part(&r, data);
    }
    if (r.bad)
        return AP_REPLY_TRUNCATED;
    find_room(out);
    return AP_REPLY_OK;
}

u32 card_coprocessor_reply(u8 *reply, u32 cprb_length, u32 data_length)
{
    struct ap_type86 head = {.type = AP_TYPE_COPROCESSOR_REPLY, .format = AP_FORMAT_86};

    head.part[0].count = be32_of(cprb_length);
    head.part[0].offset = be32_of(CARD_CPRB_OFFSET);
    /* Also without data: Linux 6.1 takes the reply's length from it. */
    head.part[1].count = be32_of(data_length);
    head.part[1].offset = be32_of(CARD_CPRB_OFFSET + cprb_length);
    _Static_assert(sizeof(head) == CARD_CPRB_OFFSET, "type 86");
    memcpy(reply, &head, sizeof(head));
    return CARD_CPRB_OFFSET + cprb_length + data_length;
}
