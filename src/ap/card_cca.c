/* SPDX-License-Identifier: Apache-2.0
 *
 * The CCA coprocessor: requests of type 6 with a CPRB for CCA, replies of type 86.  It has RSA
 * with clear keys (PK, PD), random numbers (RL) and the facility query (FQ).  It has no master key,
 * so no secure keys: what would need them is answered with the return code that says so, and all
 * other functions with the one for requests that are not valid.
 *
 * Messages that hold no CPRB for it, or one for another domain, get an error reply of type 82.
 *
 * References: ap-cards "Message type 6 and CPRBX", "Reply type 86 with CPRB", "Other CCA functions
 * the driver builds".
 */
#include "ap/card_cca.h"

#include <string.h>

static struct cca_status no_master_key(struct cca_call *c)
{
    (void)c;
    return (struct cca_status){CCA_NO_MASTER_KEY};
}

static const struct {
    char name[3];
    struct cca_status (*function)(struct cca_call *c);
} functions[] = {
    {"AU", no_master_key},                        /* key to protected key */
    {"CM", no_master_key},                        /* key import, clear */
    {"FQ", cca_fq},        {"GK", no_master_key}, /* key generation */
    {"IP", no_master_key},                        /* key-part import */
    {"KG", no_master_key},                        /* key generation */
    {"PD", cca_pd},        {"PK", cca_pk},
    {"RL", cca_rl},        {"US", no_master_key}, /* key to protected key */
};

/* ---- for the functions ---- */

bool cca_only_rule(const struct cca_call *c, const char *rule)
{
    return c->rules.left == CCA_RULE_LENGTH && !memcmp(c->rules.p, rule, CCA_RULE_LENGTH);
}

u8 *cca_reply_block(struct cca_call *c, u32 n)
{
    writer_u16(&c->reply, (u16)(n + 2));
    return writer_take(&c->reply, n);
}

u8 *cca_reply_data(struct cca_call *c, u32 n)
{
    c->data = writer_of(c->reply.start + c->reply.used, c->data_room);
    return writer_take(&c->data, n);
}

/* ---- calls ---- */

static struct cca_status call(struct cca_call *c, const struct cca_cprb *cprb, const u8 *name)
{
    bool usage = !memcmp(cprb->function, "T2", 2);

    if (c->rules.bad)
        return (struct cca_status){CCA_BAD_REQUEST};
    for (unsigned i = 0; usage && i < ARRAY_SIZE(functions); i++) {
        if (!memcmp(functions[i].name, name, 2))
            return functions[i].function(c);
    }
    return (struct cca_status){CCA_BAD_REQUEST};
}

/* Also what a function wrote without room makes it fail. */
static struct cca_status call_or_empty(struct cca_call *c, const struct cca_cprb *cprb,
                                       const u8 *name)
{
    struct writer empty = c->reply;
    struct cca_status status = call(c, cprb, name);

    if (!status.rtcode && (c->reply.full || c->data.full))
        status = (struct cca_status){CCA_BAD_SIZE};
    if (status.rtcode) {
        c->reply = empty;
        c->data = (struct writer){.room = 0};
        for (unsigned i = 0; i < 3; i++)
            (void)cca_reply_block(c, 0);
    }
    return status;
}

/* ---- requests ---- */

static bool known_cprb(const struct cca_cprb *cprb)
{
    return be16_get(cprb->length) == CCA_CPRB_LENGTH && cprb->version == CCA_CPRB_VERSION &&
           cprb->function[0] == 'T' && cprb->function[1] && strchr("23567", cprb->function[1]);
}

/* Administrative requests may be for any control domain; the bus has checked what it can. */
static bool right_domain(const struct cca_cprb *cprb, u16 apqn)
{
    return cprb->function[1] != '2' || be16_get(cprb->domain) == apqn_domain(apqn);
}

static enum ap_reply_code parse(const struct ap_request *request, struct coprocessor_request *q,
                                struct cca_cprb *cprb, struct reader *params)
{
    enum ap_reply_code code = card_coprocessor_parse(request, "CA", q);

    if (code != AP_REPLY_OK)
        return code;
    reader_copy(&q->cprb, cprb, sizeof(*cprb));
    if (q->cprb.bad)
        return AP_REPLY_TRUNCATED;
    if (!known_cprb(cprb))
        return AP_REPLY_MALFORMED;
    if (!right_domain(cprb, request->apqn))
        return AP_REPLY_DOMAIN;
    *params = reader_part(&q->cprb, be32_get(cprb->request_params));
    return params->bad || params->left < 2 ? AP_REPLY_TRUNCATED : AP_REPLY_OK;
}

#define REPLY_PARAMS (CARD_CPRB_OFFSET + (u32)sizeof(struct cca_cprb))
#define LEAST_PARAMS 8U /* subfunction and three empty blocks */

static u32 reply_to(u16 apqn, const struct coprocessor_request *q, struct cca_cprb *cprb,
                    struct reader params, u8 *reply)
{
    struct cca_call c = {.apqn = apqn, .params = params, .data_room = q->data_room};
    const u8 *name = reader_take(&c.params, 2);
    struct cca_status status;

    c.rules = reader_block(&c.params);
    c.asked_data = be32_get(cprb->reply_data_room);
    memcpy(reply + REPLY_PARAMS, name, 2);
    c.reply = writer_of(reply + REPLY_PARAMS + 2, q->cprb_room - (u32)sizeof(*cprb) - 2);
    status = call_or_empty(&c, cprb, name);
    if (c.failed)
        return card_error(reply, AP_TYPE_ERROR_CCA, AP_REPLY_MACHINE_FAILURE);
    cprb->rtcode = be16_of(status.rtcode);
    cprb->rscode = be16_of(status.rscode);
    cprb->reply_params = be32_of(2 + c.reply.used);
    cprb->reply_data = be32_of(c.data.used);
    memcpy(reply + CARD_CPRB_OFFSET, cprb, sizeof(*cprb));
    return card_coprocessor_reply(reply, (u32)sizeof(*cprb) + 2 + c.reply.used, c.data.used);
}

static u32 cca_answer(const struct ap_request *request, u8 *reply)
{
    struct coprocessor_request q;
    struct reader params;
    struct cca_cprb cprb;
    enum ap_reply_code code = parse(request, &q, &cprb, &params);

    if (code == AP_REPLY_OK && q.cprb_room < sizeof(cprb) + LEAST_PARAMS)
        code = AP_REPLY_LENGTH;
    if (code != AP_REPLY_OK)
        return card_error(reply, AP_TYPE_ERROR_CCA, code);
    return reply_to(request->apqn, &q, &cprb, params, reply);
}

const struct ap_card_type card_cca = {
    .name = "cca",
    .functions = AP_FUNC_APSC | AP_FUNC_CCA | AP_FUNC_APXA,
    .describe = "CCA coprocessor: RSA with clear keys, random numbers, queries; no master keys",
    .answer = cca_answer,
};
