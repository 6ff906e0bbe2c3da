/* SPDX-License-Identifier: Apache-2.0
 *
 * The EP11 coprocessor: requests of type 6 with a CPRB for EP11, whose payload is ASN.1: a sequence
 * of function, domain and what the function takes.  It answers the queries for information on the
 * module and on a domain; it has no wrapping keys, and every other function is answered as not
 * supported.  Replies have the same head, then a return value.
 *
 * Its serial number is "S390P", the number of the adapter in three decimal digits, and eight zeros.
 * Errors of the message are replies of type 87.
 *
 * References: ap-cards "EP11"; return values: PKCS #11.
 */
#include <stdio.h>
#include <string.h>

#include "ap/card_message.h"

#define API_ORDINAL 1U
#define FIRMWARE_MAJOR 1U

/* ---- ASN.1 ---- */

#define ASN1_SEQUENCE 0x30
#define ASN1_OCTETS 0x04
#define ASN1_LENGTH_8 0x81  /* one byte of length follows */
#define ASN1_LENGTH_16 0x82 /* two */

static struct reader asn1_element(struct reader *r, u8 tag)
{
    bool right = reader_u8(r) == tag;
    u32 n = reader_u8(r);

    if (n == ASN1_LENGTH_8) {
        n = reader_u8(r);
    } else if (n == ASN1_LENGTH_16) {
        n = reader_u16(r);
    } else if (n >= 0x80) {
        right = false;
    }
    if (!right) {
        r->bad = true;
        r->left = 0;
    }
    return reader_part(r, n);
}

static u32 asn1_u32(struct reader *r)
{
    struct reader e = asn1_element(r, ASN1_OCTETS);

    if (e.left != sizeof(u32)) {
        r->bad = true;
        r->left = 0;
    }
    return reader_u32(&e);
}

static void write_u32(struct writer *w, u32 v)
{
    u8 head[] = {ASN1_OCTETS, sizeof(v)};

    writer_copy(w, head, sizeof(head));
    writer_u32(w, v);
}

/* Always with the long form of lengths: Linux looks for what follows at fixed places. */
static void write_head(struct writer *w, u8 tag, u32 n)
{
    u8 head[] = {tag, ASN1_LENGTH_16};

    writer_copy(w, head, sizeof(head));
    writer_u16(w, (u16)n);
}

/* ---- functions ---- */

struct ep11_call {
    u16 apqn;
    u32 function, domain;
    struct reader rest; /* of the payload */
};

struct ep11_result { /* data if the return value is EP11_OK */
    u32 value;
    u32 length;
    u8 data[sizeof(struct ep11_module_info)];
};

static void query_module(u16 apqn, struct ep11_result *out)
{
    struct ep11_module_info info = {
        .api = be32_of(API_ORDINAL),
        .firmware = {FIRMWARE_MAJOR},
        .domains = be32_of(AP_MAX),
        .max_payload =
            be32_of(AP_MESSAGE_MAX - (u32)sizeof(struct ap_type6) - (u32)sizeof(struct ep11_cprb)),
    };
    char serial[sizeof(info.serial) + 1];

    snprintf(serial, sizeof(serial), "S390P%03u00000000", apqn_adapter(apqn));
    memcpy(info.serial, serial, sizeof(info.serial));
    memset(info.time, '0', sizeof(info.time)); /* no clock */
    memcpy(out->data, &info, sizeof(info));
    out->length = sizeof(info);
}

static void query_domain(u16 apqn, struct ep11_result *out)
{
    struct ep11_domain_info info = {.domain = be32_of(apqn_domain(apqn))};

    memcpy(out->data, &info, sizeof(info));
    out->length = sizeof(info);
}

static void query(struct ep11_call *c, struct ep11_result *out)
{
    u32 type = asn1_u32(&c->rest);

    (void)asn1_u32(&c->rest); /* part of the information; there is one */
    if (!c->rest.bad && type == EP11_QUERY_MODULE) {
        query_module(c->apqn, out);
    } else if (!c->rest.bad && type == EP11_QUERY_DOMAIN) {
        query_domain(c->apqn, out);
    } else {
        out->value = EP11_ARGUMENTS_BAD;
    }
}

static void call(struct ep11_call *c, struct ep11_result *out)
{
    if (c->function == (API_ORDINAL << 16 | EP11_FUNCTION_QUERY)) {
        query(c, out);
    } else {
        out->value = EP11_FUNCTION_NOT_SUPPORTED;
    }
}

/* ---- messages ---- */

static bool known_cprb(const struct ep11_cprb *cprb)
{
    return be16_get(cprb->length) == EP11_CPRB_LENGTH && cprb->version == EP11_CPRB_VERSION &&
           !memcmp(cprb->function, "T4", 2);
}

static bool right_domain(const struct ep11_cprb *cprb, u16 apqn)
{
    return cprb->flags & EP11_FLAG_ADMIN || be32_get(cprb->target) == apqn_domain(apqn);
}

static enum ap_reply_code parse(const struct ap_request *request, struct coprocessor_request *q,
                                struct ep11_cprb *cprb, struct ep11_call *c)
{
    enum ap_reply_code code = card_coprocessor_parse(request, "XC", q);
    struct reader payload;

    if (code != AP_REPLY_OK)
        return code;
    reader_copy(&q->cprb, cprb, sizeof(*cprb));
    payload = reader_part(&q->cprb, be32_get(cprb->payload));
    if (q->cprb.bad)
        return AP_REPLY_TRUNCATED;
    if (!known_cprb(cprb))
        return AP_REPLY_MALFORMED;
    if (!right_domain(cprb, request->apqn))
        return AP_REPLY_DOMAIN;
    c->rest = asn1_element(&payload, ASN1_SEQUENCE);
    c->function = asn1_u32(&c->rest);
    c->domain = asn1_u32(&c->rest);
    return c->rest.bad ? AP_REPLY_MALFORMED : AP_REPLY_OK;
}

#define ELEMENT_U32 6U
#define LONG_HEAD 4U

static void write_payload(struct writer *w, const struct ep11_call *c,
                          const struct ep11_result *result)
{
    bool data = result->value == EP11_OK;

    write_head(w, ASN1_SEQUENCE, 3 * ELEMENT_U32 + (data ? LONG_HEAD + result->length : 0));
    write_u32(w, c->function);
    write_u32(w, c->domain);
    write_u32(w, result->value);
    if (data) {
        write_head(w, ASN1_OCTETS, result->length);
        writer_copy(w, result->data, result->length);
    }
}

static u32 ep11_answer(const struct ap_request *request, u8 *reply)
{
    struct ep11_call c = {.apqn = request->apqn};
    struct ep11_result result = {.value = EP11_OK};
    struct coprocessor_request q;
    struct ep11_cprb cprb;
    struct writer w;
    enum ap_reply_code code = parse(request, &q, &cprb, &c);

    if (code != AP_REPLY_OK)
        return card_error(reply, AP_TYPE_ERROR_EP11, code);
    call(&c, &result);
    w = writer_of(reply + CARD_CPRB_OFFSET, q.cprb_room);
    (void)writer_take(&w, sizeof(cprb));
    write_payload(&w, &c, &result);
    if (w.full)
        return card_error(reply, AP_TYPE_ERROR_EP11, AP_REPLY_LENGTH);
    cprb.rtcode = be32_of(0);
    cprb.payload = be32_of(w.used - (u32)sizeof(cprb));
    memcpy(reply + CARD_CPRB_OFFSET, &cprb, sizeof(cprb));
    return card_coprocessor_reply(reply, w.used, 0);
}

const struct ap_card_type card_ep11 = {
    .name = "ep11",
    .functions = AP_FUNC_EP11 | AP_FUNC_APXA,
    .describe = "EP11 coprocessor: queries; no wrapping keys",
    .answer = ep11_answer,
};
