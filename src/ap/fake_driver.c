/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the crypto cards: requests as Linux's zcrypt driver makes them, and RSA keys.
 *
 * References: ap-cards.
 */
#include "ap/fake_driver.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#define CPRB 88U    /* offset in requests */
#define PARAMS 308U /* of CCA */
#define DOMAIN (FAKE_APQN & 0xff)

void fake_answer(const struct ap_card_type *card, const struct fake_message *request,
                 struct fake_message *reply)
{
    u8 *in = malloc(request->length ? request->length : 1), *out = malloc(AP_MESSAGE_MAX);
    struct ap_request r = {.data = in, .length = request->length, .apqn = FAKE_APQN};

    ASSERT(in && out);
    memcpy(in, request->data, request->length);
    memset(out, 0xa5, AP_MESSAGE_MAX);
    reply->length = card->answer(&r, out);
    ASSERT(reply->length <= AP_MESSAGE_MAX);
    memcpy(reply->data, out, AP_MESSAGE_MAX);
    free(in);
    free(out);
}

u16 fake_get16(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

u32 fake_get32(const u8 *p)
{
    return (u32)fake_get16(p) << 16 | fake_get16(p + 2);
}

void fake_put16(u8 *p, u32 v)
{
    p[0] = (u8)(v >> 8);
    p[1] = (u8)v;
}

void fake_put32(u8 *p, u32 v)
{
    fake_put16(p, v >> 16);
    fake_put16(p + 2, v);
}

/* ---- keys ---- */

static void get_number(const struct fake_key *k, const char *name, u8 *out, u32 n)
{
    BIGNUM *b = NULL;

    ASSERT(EVP_PKEY_get_bn_param(k->evp, name, &b) && BN_bn2binpad(b, out, (int)n) == (int)n);
    BN_free(b);
}

void fake_key_create(struct fake_key *k, unsigned bits)
{
    k->evp = EVP_RSA_gen(bits);
    ASSERT(k->evp);
    k->n = (bits + 7) / 8;
    get_number(k, OSSL_PKEY_PARAM_RSA_N, k->modulus, k->n);
    get_number(k, OSSL_PKEY_PARAM_RSA_E, k->e, k->n);
    get_number(k, OSSL_PKEY_PARAM_RSA_D, k->d, k->n);
    get_number(k, OSSL_PKEY_PARAM_RSA_FACTOR1, k->p, sizeof(k->p));
    get_number(k, OSSL_PKEY_PARAM_RSA_FACTOR2, k->q, sizeof(k->q));
    get_number(k, OSSL_PKEY_PARAM_RSA_EXPONENT1, k->dp, sizeof(k->dp));
    get_number(k, OSSL_PKEY_PARAM_RSA_EXPONENT2, k->dq, sizeof(k->dq));
    get_number(k, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, k->u, sizeof(k->u));
}

void fake_key_destroy(struct fake_key *k)
{
    EVP_PKEY_free(k->evp);
    k->evp = NULL;
}

static void exchange(u8 *a, u8 *b)
{
    u8 t[264];

    memcpy(t, a, sizeof(t));
    memcpy(a, b, sizeof(t));
    memcpy(b, t, sizeof(t));
}

void fake_key_exchange(struct fake_key *k)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p = NULL, *q = NULL, *u;

    exchange(k->p, k->q);
    exchange(k->dp, k->dq);
    p = BN_bin2bn(k->p, sizeof(k->p), NULL);
    q = BN_bin2bn(k->q, sizeof(k->q), NULL);
    u = BN_mod_inverse(NULL, q, p, ctx);
    ASSERT(u && BN_bn2binpad(u, k->u, sizeof(k->u)) > 0);
    BN_free(p);
    BN_free(q);
    BN_free(u);
    BN_CTX_free(ctx);
}

void fake_key_message(const struct fake_key *k, u8 *out)
{
    ASSERT(RAND_bytes(out, (int)k->n) == 1);
    out[0] = k->modulus[0] - 1; /* below the modulus, of its length */
}

static void raw(const struct fake_key *k, const u8 *in, u8 *out, bool private)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->evp, NULL);
    size_t n = k->n;

    ASSERT(ctx && (private ? EVP_PKEY_decrypt_init : EVP_PKEY_encrypt_init)(ctx) == 1);
    ASSERT(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1);
    ASSERT((private ? EVP_PKEY_decrypt : EVP_PKEY_encrypt)(ctx, out, &n, in, k->n) == 1);
    ASSERT(n == k->n);
    EVP_PKEY_CTX_free(ctx);
}

void fake_key_public(const struct fake_key *k, const u8 *in, u8 *out)
{
    raw(k, in, out, false);
}

void fake_key_private(const struct fake_key *k, const u8 *in, u8 *out)
{
    raw(k, in, out, true);
}

/* ---- accelerator ---- */

static void begin_type50(struct fake_message *m, u32 key_type, u32 length)
{
    memset(m, 0, sizeof(*m));
    m->length = length;
    m->data[1] = 0x50;
    m->data[5] = 0xee; /* ignored */
    fake_put16(m->data + 2, length);
    fake_put16(m->data + 8, key_type);
}

static u32 variant(u32 size)
{
    return size == 128 ? 1 : size == 256 ? 2 : 3;
}

/* The low n bytes of a number of `from` bytes, right-aligned in a field. */
static void put_field(u8 *at, u32 size, const u8 *number, u32 from)
{
    u32 n = from < size ? from : size;

    memcpy(at + size - n, number + from - n, n);
}

void fake_me(struct fake_message *m, const struct fake_key *k, u32 size, bool private,
             const u8 *text)
{
    begin_type50(m, variant(size), 16 + 3 * size);
    put_field(m->data + 16, size, private ? k->d : k->e, k->n);
    put_field(m->data + 16 + size, size, k->modulus, k->n);
    put_field(m->data + 16 + 2 * size, size, text, k->n);
}

void fake_crt(struct fake_message *m, const struct fake_key *k, u32 size, const u8 *text)
{
    const u8 *numbers[] = {k->p, k->q, k->dp, k->dq, k->u};

    begin_type50(m, 0x10 | variant(size), 16 + 5 * size / 2 + size);
    for (u32 i = 0; i < 5; i++)
        put_field(m->data + 16 + i * size / 2, size / 2, numbers[i], sizeof(k->p));
    put_field(m->data + 16 + 5 * size / 2, size, text, k->n);
}

/* ---- CCA ---- */

static void begin_type6(struct fake_message *m, const char *agent, const char *function)
{
    memset(m, 0, sizeof(*m));
    m->data[1] = 0x06;
    fake_put32(m->data + 16, CPRB);
    memcpy(m->data + 32, agent, 2);
    memcpy(m->data + 52, function, 2);
}

static void begin_cca(struct fake_message *m, const char *function)
{
    u8 *cprb = m->data + CPRB;

    begin_type6(m, "CA", function);
    fake_put16(cprb, 220);
    cprb[2] = 2;
    memcpy(cprb + 6, "T2", 2);
    fake_put16(cprb + 170, DOMAIN);
    memcpy(m->data + PARAMS, function, 2);
}

static void end_cca(struct fake_message *m, u32 length, u32 cprb_room, u32 data_room)
{
    m->length = length;
    fake_put32(m->data + 56, length - CPRB);
    fake_put32(m->data + 72, cprb_room);
    fake_put32(m->data + 76, data_room);
    fake_put32(m->data + CPRB + 12, length - PARAMS);
    fake_put32(m->data + CPRB + 20, cprb_room);
    fake_put32(m->data + CPRB + 28, data_room);
}

static void put_rule(struct fake_message *m, const char *rule)
{
    fake_put16(m->data + 310, 10);
    memcpy(m->data + 312, rule, 8);
}

static u8 *begin_rsa(struct fake_message *m, const char *function, const char *rule,
                     const struct fake_key *k, const u8 *text, u32 token)
{
    u8 *block = m->data + 322 + k->n;

    begin_cca(m, function);
    put_rule(m, rule);
    fake_put16(m->data + 320, k->n + 2);
    memcpy(m->data + 322, text, k->n);
    fake_put16(block, token + 6);
    fake_put16(block + 2, token + 4);
    block[6] = 0x1e;
    fake_put16(block + 8, token);
    end_cca(m, 322 + k->n + 6 + token, 1828, 0);
    return block + 6;
}

void fake_pk(struct fake_message *m, const struct fake_key *k, bool private, const u8 *text)
{
    const u8 *exponent = private ? k->d : k->e;
    u32 e = k->n;
    u8 *token;

    while (e > 1 && !exponent[k->n - e])
        e--;
    token = begin_rsa(m, "PK", "MRP     ", k, text, 20 + e + k->n);
    token[8] = 0x04;
    fake_put16(token + 10, 12 + e + k->n);
    fake_put16(token + 14, e);
    fake_put16(token + 16, 8 * k->n);
    fake_put16(token + 18, k->n);
    memcpy(token + 20, exponent + k->n - e, e);
    memcpy(token + 20 + e, k->modulus, k->n);
}

void fake_pd(struct fake_message *m, const struct fake_key *k, const u8 *text)
{
    const u8 *numbers[] = {k->p, k->q, k->dp, k->dq, k->u};
    u32 s = (k->n + 1) / 2, sizes[] = {s + 8, s, s + 8, s, s + 8};
    u32 pad = -(3 * (s + 8) + 2 * s) & 7, all = 3 * (s + 8) + 2 * s + pad + k->n;
    u8 *token = begin_rsa(m, "PD", "ZERO-PAD", k, text, 155 + all), *private = token + 8;
    u8 *number = private + 132, *public = private + 132 + all;

    private[0] = 0x08;
    fake_put16(private + 2, 132 + all);
    private[28] = 0x40;
    private[50] = 0x80;
    for (u32 i = 0; i < 5; number += sizes[i], i++) {
        fake_put16(private + 54 + 2 * i, sizes[i]);
        put_field(number, sizes[i], numbers[i], sizeof(k->p));
    }
    fake_put16(private + 64, k->n);
    fake_put16(private + 70, pad);
    memset(number + pad, 0xff, k->n);
    public[0] = 0x04;
    fake_put16(public + 2, 15);
    fake_put16(public + 6, 3);
    fake_put16(public + 8, 8 * k->n);
    public[12] = public[14] = 1;
}

void fake_rl(struct fake_message *m)
{
    begin_cca(m, "RL");
    put_rule(m, "RANDOM  ");
    fake_put16(m->data + 320, 2);
    fake_put16(m->data + 322, 2);
    end_cca(m, 324, 236, 4096);
}

void fake_fq(struct fake_message *m, const char *rule)
{
    begin_cca(m, "FQ");
    put_rule(m, rule);
    fake_put16(m->data + 320, 4098);
    fake_put16(m->data + 322 + 4096, 2);
    end_cca(m, 4420, 4332, 0);
}

void fake_cca(struct fake_message *m, const char *function)
{
    begin_cca(m, function);
    for (u32 at = 310; at < 316; at += 2)
        fake_put16(m->data + at, 2);
    end_cca(m, 316, 732, 0);
}

/* ---- EP11 ---- */

static u8 *put_element(u8 *at, u32 v)
{
    at[0] = at[1] = 4;
    fake_put32(at + 2, v);
    return at + 6;
}

void fake_ep11(struct fake_message *m, u32 function, u32 type)
{
    u8 *cprb = m->data + CPRB, *payload = cprb + 32;

    begin_type6(m, "XC", "\0");
    fake_put16(m->data + 48, 1);
    fake_put32(m->data + 56, 60);
    fake_put32(m->data + 72, AP_MESSAGE_MAX - 48);
    fake_put16(cprb, 32);
    cprb[2] = 4;
    memcpy(cprb + 6, "T4", 2);
    fake_put32(cprb + 12, DOMAIN);
    fake_put32(cprb + 16, 0xffffffff);
    fake_put32(cprb + 28, 28);
    payload[0] = 0x30;
    payload[1] = 0x82;
    fake_put16(payload + 2, 24);
    payload = put_element(payload + 4, 1 << 16 | function);
    payload = put_element(payload, DOMAIN);
    payload = put_element(payload, type);
    (void)put_element(payload, 0);
    m->length = 148;
}
