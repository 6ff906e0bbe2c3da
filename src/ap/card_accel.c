/* SPDX-License-Identifier: Apache-2.0
 *
 * The accelerator: requests of type 50, modular exponentiation with a modulus or with its primes,
 * replies of type 80.  A number lies right-aligned in a field of the size of the variant.
 *
 * An even modulus, or an even prime, is refused: there is a reply code for it.  Errors are replies
 * of type 88.
 *
 * References: ap-cards "Message type 50 (accelerator) and reply type 80", "Error replies".
 */
#include <string.h>

#include "ap/card.h"
#include "ap/card_message.h"
#include "ap/card_rsa.h"

static const struct variant {
    u16 key_type;
    u16 size; /* of the modulus, bytes */
    bool crt;
} variants[] = {
    {AP_KEY_ME_1024, 128, false}, {AP_KEY_ME_2048, 256, false}, {AP_KEY_ME_4096, 512, false},
    {AP_KEY_CRT_1024, 128, true}, {AP_KEY_CRT_2048, 256, true}, {AP_KEY_CRT_4096, 512, true},
};

static const struct variant *variant_of(u16 key_type)
{
    for (unsigned i = 0; i < ARRAY_SIZE(variants); i++) {
        if (variants[i].key_type == key_type)
            return &variants[i];
    }
    return NULL;
}

static struct card_number field(struct reader *r, u32 n)
{
    return (struct card_number){reader_take(r, n), n};
}

static enum ap_reply_code code_of(enum card_rsa_result result)
{
    switch (result) {
    case CARD_RSA_DONE:
        return AP_REPLY_OK;
    case CARD_RSA_INVALID:
        return AP_REPLY_OPERAND_INVALID;
    case CARD_RSA_SIZE:
        return AP_REPLY_OPERAND_SIZE;
    case CARD_RSA_FAILED:
        break;
    }
    return AP_REPLY_MACHINE_FAILURE;
}

static bool even_modulus(struct card_number a)
{
    return card_number_even(a) && !card_number_zero(a);
}

/* ---- the two operations; the fields are there ---- */

static enum ap_reply_code do_power(struct reader *r, u32 size, u8 *out)
{
    struct card_rsa_power k;

    k.exponent = field(r, size);
    k.modulus = field(r, size);
    k.message = field(r, size);
    if (even_modulus(k.modulus))
        return AP_REPLY_EVEN_MODULUS;
    return code_of(card_rsa_power(&k, out, size));
}

static enum ap_reply_code do_crt(struct reader *r, u32 size, u8 *out)
{
    struct card_rsa_crt k;

    for (unsigned i = 0; i < CARD_RSA_NUMBERS; i++)
        k.key[i] = field(r, size / 2);
    k.message = field(r, size);
    if (even_modulus(k.key[CARD_RSA_P]) || even_modulus(k.key[CARD_RSA_Q]))
        return AP_REPLY_EVEN_MODULUS;
    return code_of(card_rsa_crt(&k, out, size));
}

/* ---- requests ---- */

static bool reserved_fields_zero(const struct ap_type50 *head)
{
    static const u8 zeros[sizeof(head->reserved0a)];

    return !head->reserved00 && !head->reserved04 && !be16_get(head->reserved06) &&
           !memcmp(head->reserved0a, zeros, sizeof(zeros));
}

static enum ap_reply_code parse(struct reader *r, const struct variant **variant)
{
    u32 length = r->left, fields;
    struct ap_type50 head;

    reader_copy(r, &head, sizeof(head));
    if (length >= 2 && !r->bad && head.type != AP_TYPE_ACCELERATOR)
        return AP_REPLY_MESSAGE_TYPE;
    if (r->bad || be16_get(head.length) != length)
        return AP_REPLY_LENGTH;
    if (!reserved_fields_zero(&head))
        return AP_REPLY_RESERVED_FIELD;
    *variant = variant_of(be16_get(head.key_type));
    if (!*variant)
        return AP_REPLY_KEY_TYPE;
    fields = (*variant)->crt ? CARD_RSA_NUMBERS * ((*variant)->size / 2U) + (*variant)->size
                             : 3U * (*variant)->size;
    return r->left == fields ? AP_REPLY_OK : AP_REPLY_LENGTH;
}

static u32 accel_answer(const struct ap_request *request, u8 *reply)
{
    struct reader r = reader_of(request->data, request->length);
    struct ap_type80 head = {.type = AP_TYPE_ACCELERATOR_REPLY};
    const struct variant *v = NULL;
    enum ap_reply_code code = parse(&r, &v);

    if (code == AP_REPLY_OK)
        code = (v->crt ? do_crt : do_power)(&r, v->size, reply + sizeof(head));
    if (code != AP_REPLY_OK)
        return card_error(reply, AP_TYPE_ERROR_ACCELERATOR, code);
    head.length = be16_of((u16)(sizeof(head) + v->size));
    memcpy(reply, &head, sizeof(head));
    return be16_get(head.length);
}

const struct ap_card_type card_accel = {
    .name = "accel",
    .functions = AP_FUNC_ME4K | AP_FUNC_CRT4K | AP_FUNC_ACCEL | AP_FUNC_APXA,
    .describe = "accelerator: RSA with clear keys of up to 4096 bits",
    .answer = accel_answer,
};
