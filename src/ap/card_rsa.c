/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic of RSA by libcrypto's big numbers.
 *
 * A context and the Montgomery forms of moduli live for one operation: that costs about a hundredth
 * of a private one of 2048 bits, and workers need no state.
 */
#include "ap/card_rsa.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#define PUBLIC_EXPONENT_BITS 64

bool card_number_zero(struct card_number a)
{
    for (u32 i = 0; i < a.n; i++) {
        if (a.p[i])
            return false;
    }
    return true;
}

bool card_number_even(struct card_number a)
{
    return !a.n || !(a.p[a.n - 1] & 1);
}

/* ---- numbers of one operation ---- */

struct numbers {
    BN_CTX *ctx;
    bool failed; /* some number is NULL */
};

static bool begin(struct numbers *n)
{
    *n = (struct numbers){.ctx = BN_CTX_new()};
    if (n->ctx)
        BN_CTX_start(n->ctx);
    return n->ctx;
}

/* Freeing wipes them. */
static void end(struct numbers *n)
{
    BN_CTX_end(n->ctx);
    BN_CTX_free(n->ctx);
}

static BIGNUM *fresh(struct numbers *n)
{
    BIGNUM *b = BN_CTX_get(n->ctx);

    if (!b)
        n->failed = true;
    return b;
}

static BIGNUM *load(struct numbers *n, struct card_number a)
{
    BIGNUM *b = fresh(n);

    if (b && !BN_bin2bn(a.p, (int)a.n, b))
        n->failed = true;
    return b;
}

static enum card_rsa_result failed(void)
{
    ERR_clear_error(); /* of this thread, which others use */
    return CARD_RSA_FAILED;
}

static enum card_rsa_result store(const BIGNUM *result, u8 *out, u32 n)
{
    return BN_bn2binpad(result, out, (int)n) < 0 ? failed() : CARD_RSA_DONE;
}

static enum card_rsa_result check(const BIGNUM *message, const BIGNUM *modulus, u32 n)
{
    if (BN_is_zero(modulus) || BN_cmp(message, modulus) >= 0)
        return CARD_RSA_INVALID;
    return (u32)BN_num_bytes(modulus) > n ? CARD_RSA_SIZE : CARD_RSA_DONE;
}

/* base is below modulus */
static bool power(BIGNUM *r, const BIGNUM *base, const BIGNUM *exponent, const BIGNUM *modulus,
                  BN_CTX *ctx)
{
    if (!BN_is_odd(modulus))
        return BN_mod_exp(r, base, exponent, modulus, ctx);
    if (BN_num_bits(exponent) <= PUBLIC_EXPONENT_BITS)
        return BN_mod_exp_mont(r, base, exponent, modulus, ctx, NULL);
    return BN_mod_exp_mont_consttime(r, base, exponent, modulus, ctx, NULL);
}

/* ---- with the modulus ---- */

static enum card_rsa_result do_power(struct numbers *s, const struct card_rsa_power *k, u8 *out,
                                     u32 n)
{
    BIGNUM *message = load(s, k->message), *exponent = load(s, k->exponent);
    BIGNUM *modulus = load(s, k->modulus), *r = fresh(s);
    enum card_rsa_result result;

    if (s->failed)
        return failed();
    result = check(message, modulus, n);
    if (result != CARD_RSA_DONE)
        return result;
    return power(r, message, exponent, modulus, s->ctx) ? store(r, out, n) : failed();
}

enum card_rsa_result card_rsa_power(const struct card_rsa_power *k, u8 *out, u32 n)
{
    struct numbers s;
    enum card_rsa_result result;

    if (!begin(&s))
        return failed();
    result = do_power(&s, k, out, n);
    end(&s);
    return result;
}

/* ---- with its primes ---- */

struct crt {
    BIGNUM *key[CARD_RSA_NUMBERS];
    BIGNUM *message;
    BIGNUM *m1, *m2; /* the message, then its power, modulo p and modulo q */
};

/* Both together where they have the same size: some CPUs calculate two at a time. */
static bool both_powers(struct crt *c, BN_CTX *ctx)
{
    const BIGNUM *p = c->key[CARD_RSA_P], *q = c->key[CARD_RSA_Q];
    const BIGNUM *dp = c->key[CARD_RSA_DP], *dq = c->key[CARD_RSA_DQ];

    if (!BN_nnmod(c->m1, c->message, p, ctx) || !BN_nnmod(c->m2, c->message, q, ctx))
        return false;
    if (BN_is_odd(p) && BN_is_odd(q) && BN_num_bits(p) == BN_num_bits(q))
        return BN_mod_exp_mont_consttime_x2(c->m1, c->m1, dp, p, NULL, c->m2, c->m2, dq, q, NULL,
                                            ctx);
    return power(c->m1, c->m1, dp, p, ctx) && power(c->m2, c->m2, dq, q, ctx);
}

/* m1 becomes m2 + q * (u * (m1 - m2) mod p) */
static bool combine(struct crt *c, BN_CTX *ctx)
{
    const BIGNUM *p = c->key[CARD_RSA_P];

    return BN_sub(c->m1, c->m1, c->m2) && BN_nnmod(c->m1, c->m1, p, ctx) &&
           BN_mod_mul(c->m1, c->m1, c->key[CARD_RSA_U], p, ctx) &&
           BN_mul(c->m1, c->m1, c->key[CARD_RSA_Q], ctx) && BN_add(c->m1, c->m1, c->m2);
}

static enum card_rsa_result do_crt(struct numbers *s, const struct card_rsa_crt *k, u8 *out, u32 n)
{
    struct crt c = {.message = load(s, k->message), .m1 = fresh(s), .m2 = fresh(s)};
    BIGNUM *modulus = fresh(s);
    enum card_rsa_result result;

    for (unsigned i = 0; i < CARD_RSA_NUMBERS; i++)
        c.key[i] = load(s, k->key[i]);
    if (s->failed || !BN_mul(modulus, c.key[CARD_RSA_P], c.key[CARD_RSA_Q], s->ctx))
        return failed();
    result = check(c.message, modulus, n);
    if (result != CARD_RSA_DONE)
        return result;
    if (!both_powers(&c, s->ctx) || !combine(&c, s->ctx))
        return failed();
    return store(c.m1, out, n);
}

enum card_rsa_result card_rsa_crt(const struct card_rsa_crt *k, u8 *out, u32 n)
{
    struct numbers s;
    enum card_rsa_result result;

    if (!begin(&s))
        return failed();
    result = do_crt(&s, k, out, n);
    end(&s);
    return result;
}
