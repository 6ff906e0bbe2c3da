/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic of RSA for the cards, by libcrypto's big numbers: modular exponentiation, and the
 * private operation with the Chinese remainder theorem.  Any numbers are calculated with: even
 * moduli, primes that are none, p below q, an u that is not the inverse; what a card refuses it
 * looks at itself.  No padding, no formats of keys.
 *
 * Time depends on private exponents only through their sizes; an exponent of at most 64 bits is
 * taken for a public one, and an even modulus belongs to no key.
 */
#ifndef SIE390_AP_CARD_RSA_H
#define SIE390_AP_CARD_RSA_H

#include "base/bits.h"

struct card_number { /* big-endian, without sign, of any length */
    const u8 *p;
    u32 n;
};

bool card_number_zero(struct card_number a);
bool card_number_even(struct card_number a);

enum card_rsa_result {
    CARD_RSA_DONE,
    CARD_RSA_INVALID, /* a modulus or a prime is zero, or the message is not below the modulus */
    CARD_RSA_SIZE,    /* the modulus does not fit into the result */
    CARD_RSA_FAILED,  /* the host has no memory */
};

struct card_rsa_power {
    struct card_number message, exponent, modulus;
};

enum { CARD_RSA_P, CARD_RSA_Q, CARD_RSA_DP, CARD_RSA_DQ, CARD_RSA_U, CARD_RSA_NUMBERS };
struct card_rsa_crt {
    struct card_number message;
    struct card_number key[CARD_RSA_NUMBERS]; /* u: inverse of q modulo p */
};

/* The result is right-aligned in the n bytes at `out`, which are written only with
 * CARD_RSA_DONE. */
enum card_rsa_result card_rsa_power(const struct card_rsa_power *k, u8 *out, u32 n) MUST_CHECK;
enum card_rsa_result card_rsa_crt(const struct card_rsa_crt *k, u8 *out, u32 n) MUST_CHECK;

#endif
