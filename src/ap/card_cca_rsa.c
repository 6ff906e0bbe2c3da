/* SPDX-License-Identifier: Apache-2.0
 *
 * CCA coprocessor: RSA with clear keys, without padding: PK raises a number to a power, PD does the
 * private operation with the Chinese remainder theorem.  Keys are external tokens.  Of a private
 * one p, q, dp, dq and u are used; hash and modulus are not what they should be in requests of
 * Linux, so the modulus is p times q.
 *
 * Any modulus that is not zero is calculated with.  Codes are of those that Linux takes for the
 * fault of who asked; at any other one it would give up the card.
 *
 * References: ap-cards "RSA on a CCA card".
 */
#include <string.h>

#include "ap/card_cca.h"
#include "ap/card_rsa.h"

#define MODULUS_MIN 16U
#define MODULUS_MAX 512U
#define PRIME_MAX (MODULUS_MAX / 2 + 8) /* with the zeros that some begin with */

static struct cca_status bad_token(void)
{
    return (struct cca_status){CCA_BAD_TOKEN};
}

static struct cca_status status_of(struct cca_call *c, enum card_rsa_result result)
{
    switch (result) {
    case CARD_RSA_DONE:
        return (struct cca_status){CCA_OK};
    case CARD_RSA_INVALID:
        return (struct cca_status){CCA_BAD_OPERAND};
    case CARD_RSA_SIZE:
        return (struct cca_status){CCA_BAD_SIZE};
    case CARD_RSA_FAILED:
        break;
    }
    c->failed = true;
    return (struct cca_status){CCA_BAD_REQUEST};
}

static struct card_number number(struct reader *r, u32 n)
{
    return (struct card_number){reader_take(r, n), n};
}

/* ---- tokens ---- */

/* The sections of the token in the key block. */
static struct reader open_token(struct cca_call *c)
{
    struct reader block = reader_block(&c->params), key = reader_block(&block), sections;
    struct cca_token head;
    u16 length;

    (void)reader_u16(&key); /* flags */
    reader_copy(&key, &head, sizeof(head));
    length = be16_get(head.length);
    sections = reader_part(&key, length < sizeof(head) ? 0 : length - (u32)sizeof(head));
    if (key.bad || head.id != CCA_TOKEN_EXTERNAL || head.version || length < sizeof(head))
        sections = (struct reader){.bad = true};
    return sections;
}

static bool modulus_length_ok(u32 n)
{
    return n >= MODULUS_MIN && n <= MODULUS_MAX;
}

static bool parse_public(struct reader token, struct card_rsa_power *k)
{
    struct cca_rsa_public s;
    u32 e, n;

    reader_copy(&token, &s, sizeof(s));
    e = be16_get(s.exponent);
    n = be16_get(s.modulus);
    if (token.bad || s.id != CCA_SECTION_RSA_PUBLIC || s.version || !e || e > MODULUS_MAX ||
        !modulus_length_ok(n) || be16_get(s.length) != sizeof(s) + e + n)
        return false;
    k->exponent = number(&token, e);
    k->modulus = number(&token, n);
    return !token.bad && be16_get(s.bits) <= 8 * n;
}

static bool parse_private(struct reader token, struct card_rsa_crt *k, u32 *n)
{
    struct cca_rsa_crt s;
    struct reader section;
    u32 used = sizeof(s);

    reader_copy(&token, &s, sizeof(s));
    *n = be16_get(s.modulus);
    if (token.bad || s.id != CCA_SECTION_RSA_CRT || s.version || s.format != CCA_FORMAT_CLEAR ||
        !modulus_length_ok(*n) || be16_get(s.length) < sizeof(s))
        return false;
    section = reader_part(&token, be16_get(s.length) - (u32)sizeof(s));
    for (unsigned i = 0; i < CARD_RSA_NUMBERS; i++) {
        u32 bytes = be16_get(s.number[i]);

        if (!bytes || bytes > PRIME_MAX)
            return false;
        k->key[i] = number(&section, bytes);
        used += bytes;
    }
    return !section.bad && used + be16_get(s.padding) + *n == be16_get(s.length);
}

/* ---- functions ---- */

/* The reply: the number, no key. */
static u8 *begin_result(struct cca_call *c, u32 n)
{
    (void)cca_reply_block(c, 0);
    return cca_reply_block(c, n);
}

struct cca_status cca_pk(struct cca_call *c)
{
    struct reader text = reader_block(&c->params), token = open_token(c);
    struct card_rsa_power k = {.message = {text.p, text.left}};
    u8 *out;

    if (!cca_only_rule(c, "MRP     ") || text.bad)
        return (struct cca_status){CCA_BAD_REQUEST};
    if (!parse_public(token, &k))
        return bad_token();
    out = begin_result(c, k.modulus.n);
    if (!out || !k.message.n || k.message.n > k.modulus.n)
        return (struct cca_status){CCA_BAD_SIZE};
    (void)cca_reply_block(c, 0);
    return status_of(c, card_rsa_power(&k, out, k.modulus.n));
}

struct cca_status cca_pd(struct cca_call *c)
{
    struct reader text = reader_block(&c->params), token = open_token(c);
    struct card_rsa_crt k = {.message = {text.p, text.left}};
    u32 n;
    u8 *out;

    if (!cca_only_rule(c, "ZERO-PAD") || text.bad)
        return (struct cca_status){CCA_BAD_REQUEST};
    if (!parse_private(token, &k, &n))
        return bad_token();
    out = begin_result(c, n);
    if (!out || !k.message.n || k.message.n > n)
        return (struct cca_status){CCA_BAD_SIZE};
    (void)cca_reply_block(c, 0);
    return status_of(c, card_rsa_crt(&k, out, n));
}
