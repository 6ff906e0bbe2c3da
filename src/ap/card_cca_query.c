/* SPDX-License-Identifier: Apache-2.0
 *
 * CCA coprocessor: random numbers (RL) and the facility query (FQ) for its state.
 *
 * The state is that of a card without master keys.  Its serial number is "S390C" and the number of
 * the adapter, three decimal digits.
 *
 * References: ap-cards "RL random numbers", "FQ facility queries (CCA)".
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "ap/card_cca.h"

/* ---- random numbers ---- */

#define RANDOM_MAX 4096U /* more would overrun the page of a Linux guest's driver */
#define RANDOM_UNIT 4U

struct cca_status cca_rl(struct cca_call *c)
{
    u32 n = c->asked_data < c->data_room ? c->asked_data : c->data_room;
    u8 *out;

    n = (n < RANDOM_MAX ? n : RANDOM_MAX) / RANDOM_UNIT * RANDOM_UNIT;
    if (!cca_only_rule(c, "RANDOM  "))
        return (struct cca_status){CCA_BAD_REQUEST};
    if (!n)
        return (struct cca_status){CCA_BAD_SIZE};
    for (unsigned i = 0; i < 3; i++)
        (void)cca_reply_block(c, 0);
    out = cca_reply_data(c, n);
    if (out && RAND_bytes(out, (int)n) != 1) {
        ERR_clear_error();
        c->failed = true;
    }
    return (struct cca_status){CCA_OK};
}

/* ---- facility query ---- */

#define STATE_EMPTY '1' /* of the register of a new key; of current and old ones: invalid */

/* The first element is the serial number, the others are states of master-key registers; data are
 * the verification patterns of these keys: there are none, so they are zeros. */
static const struct {
    const char *rule;
    u16 elements, data;
} queries[] = {
    {"STATICSA", 10, 204}, {"STATICSB", 13, 240}, /* also of APKA keys */
};

static void write_serial(u8 *out, u8 adapter)
{
    char text[CCA_RULE_LENGTH + 1];

    snprintf(text, sizeof(text), "S390C%03u", adapter);
    memcpy(out, text, CCA_RULE_LENGTH);
}

static void write_state(struct cca_call *c, u32 elements, u32 data)
{
    u32 n = elements * CCA_RULE_LENGTH;
    u8 *out = cca_reply_block(c, n);

    if (out) {
        memset(out, ' ', n);
        write_serial(out, apqn_adapter(c->apqn));
        for (u32 i = 1; i < elements; i++)
            out[i * CCA_RULE_LENGTH] = STATE_EMPTY;
    }
    (void)cca_reply_block(c, data);
    (void)cca_reply_block(c, 0);
}

struct cca_status cca_fq(struct cca_call *c)
{
    for (unsigned i = 0; i < ARRAY_SIZE(queries); i++) {
        if (!cca_only_rule(c, queries[i].rule))
            continue;
        write_state(c, queries[i].elements, queries[i].data);
        return (struct cca_status){CCA_OK};
    }
    return (struct cca_status){CCA_BAD_REQUEST};
}
