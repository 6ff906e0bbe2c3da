// SPDX-License-Identifier: Apache-2.0
/*
 * Writes operations with their results, computed here by libcrypto, for zcrypt.c:
 *
 *     zcrypt_vectors [me|crt]:BITS[:COUNT]... >VECTORS
 *
 * Each word is a new key and COUNT (4) inputs; "me" alternates between public and private exponent.
 * Big-endian words: number of vectors; for each its kind (0 ME, 1 CRT), the bytes of the modulus,
 * and the numbers.
 */
#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>

static void fail(const char *what)
{
    fprintf(stderr, "zcrypt_vectors: %s\n", what);
    exit(1);
}

static void put32(uint32_t v)
{
    v = htonl(v);
    fwrite(&v, 4, 1, stdout);
}

static void put(const BIGNUM *b, unsigned bytes)
{
    uint8_t out[512];

    if (BN_bn2binpad(b, out, (int)bytes) < 0)
        fail("a number is too long");
    fwrite(out, 1, bytes, stdout);
}

static BIGNUM *number(EVP_PKEY *key, const char *name)
{
    BIGNUM *b = NULL;

    if (!EVP_PKEY_get_bn_param(key, name, &b))
        fail(name);
    return b;
}

static void vector(EVP_PKEY *key, int crt, unsigned bytes, unsigned turn, BN_CTX *ctx)
{
    static const char *const halves[5] = {
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    BIGNUM *n = number(key, OSSL_PKEY_PARAM_RSA_N), *input = BN_new(), *result = BN_new();
    BIGNUM *e = number(key, crt || turn % 2 ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_RSA_E);

    if (!BN_rand_range(input, n) || !BN_mod_exp(result, input, e, n, ctx))
        fail("cannot compute");
    put32((uint32_t)crt);
    put32(bytes);
    put(input, bytes);
    put(result, bytes);
    if (crt) {
        for (unsigned i = 0; i < 5; i++) {
            BIGNUM *half = number(key, halves[i]);

            put(half, bytes / 2);
            BN_free(half);
        }
    } else {
        put(e, bytes);
        put(n, bytes);
    }
    BN_free(n);
    BN_free(e);
    BN_free(input);
    BN_free(result);
}

struct order {
    int crt;
    unsigned bits, count;
};

static struct order parse(const char *word)
{
    struct order o = {.count = 4};
    char kind[4];

    if (sscanf(word, "%3[a-z]:%u:%u", kind, &o.bits, &o.count) < 2 ||
        (strcmp(kind, "me") && strcmp(kind, "crt")) || o.bits < 512 || o.bits > 4096 || o.bits % 16)
        fail("usage: zcrypt_vectors [me|crt]:BITS[:COUNT]...");
    o.crt = kind[0] == 'c';
    return o;
}

int main(int argc, char **argv)
{
    BN_CTX *ctx = BN_CTX_new();
    unsigned total = 0;

    for (int i = 1; i < argc; i++)
        total += parse(argv[i]).count;
    put32(total);
    for (int i = 1; i < argc; i++) {
        struct order o = parse(argv[i]);
        EVP_PKEY *key = EVP_RSA_gen(o.bits);

        if (!key)
            fail("cannot make a key");
        for (unsigned n = 0; n < o.count; n++)
            vector(key, o.crt, o.bits / 8, n, ctx);
        EVP_PKEY_free(key);
    }
    BN_CTX_free(ctx);
    return fflush(stdout) ? 1 : 0;
}
