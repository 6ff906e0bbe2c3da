/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the crypto cards: requests as Linux's zcrypt driver makes them, and RSA keys with
 * what libcrypto's RSA says of them.  Offsets are written out here, not taken from the structures
 * that the cards use, so that both are checked against each other.
 */
#ifndef SIE390_AP_FAKE_DRIVER_H
#define SIE390_AP_FAKE_DRIVER_H

#include "ap/card.h"

#define FAKE_APQN 0x2a05 /* adapter 42, domain 5 */

struct fake_message {
    u8 data[AP_MESSAGE_MAX];
    u32 length;
};

/* Has the card answer a copy that is exactly as long as the request, into a buffer that is exactly
 * as long as a reply may be. */
void fake_answer(const struct ap_card_type *card, const struct fake_message *request,
                 struct fake_message *reply);

u16 fake_get16(const u8 *p);
u32 fake_get32(const u8 *p);
void fake_put16(u8 *p, u32 v);
void fake_put32(u8 *p, u32 v);

/* ---- keys ---- */

struct fake_key {
    u32 n; /* bytes of the modulus; of the others, right-aligned: */
    u8 modulus[512], e[512], d[512];
    u8 p[264], q[264], dp[264], dq[264], u[264];
    void *evp;
};

void fake_key_create(struct fake_key *k, unsigned bits);
void fake_key_destroy(struct fake_key *k);
/* With p and q, and what belongs to them, exchanged: p is below q. */
void fake_key_exchange(struct fake_key *k);
/* A number of n bytes below the modulus. */
void fake_key_message(const struct fake_key *k, u8 *out);
/* By libcrypto's RSA, without padding; n bytes each. */
void fake_key_public(const struct fake_key *k, const u8 *in, u8 *out);
void fake_key_private(const struct fake_key *k, const u8 *in, u8 *out);

/* ---- accelerator ---- */

/* The exponent is e or, private, d; `size`: 128, 256 or 512. */
void fake_me(struct fake_message *m, const struct fake_key *k, u32 size, bool private,
             const u8 *text);
void fake_crt(struct fake_message *m, const struct fake_key *k, u32 size, const u8 *text);

/* ---- CCA ---- */

void fake_pk(struct fake_message *m, const struct fake_key *k, bool private, const u8 *text);
void fake_pd(struct fake_message *m, const struct fake_key *k, const u8 *text);
void fake_rl(struct fake_message *m);
void fake_fq(struct fake_message *m, const char *rule);
/* A subfunction with empty blocks. */
void fake_cca(struct fake_message *m, const char *function);

/* ---- EP11 ---- */

void fake_ep11(struct fake_message *m, u32 function, u32 type);

#endif
