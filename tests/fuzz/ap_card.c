/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: requests to crypto cards.  Every reply must be one that Linux's driver accepts: a type
 * it knows for the card, lengths and offsets that agree, no more than there is room for.
 *
 * Input: which card (low two bits), then the message.  If the highest bit is set, a length and a
 * fill byte come before the message, and it is filled up to that length: so short inputs reach long
 * messages.  Exponents of big accelerator variants are cut down, they cost the most time.
 */
#include <stdlib.h>

#include "ap/card_message.h"
#include "fuzz.h"

#define FILL 0x80
#define EXPONENT_BYTES 32U /* of moduli of more than 1024 bits */
#define APQN 0x2a05

static const struct {
    const struct ap_card_type *card;
    u8 good, bad; /* types of replies */
} cards[] = {
    {&card_accel, AP_TYPE_ACCELERATOR_REPLY, AP_TYPE_ERROR_ACCELERATOR},
    {&card_cca, AP_TYPE_COPROCESSOR_REPLY, AP_TYPE_ERROR_CCA},
    {&card_ep11, AP_TYPE_COPROCESSOR_REPLY, AP_TYPE_ERROR_EP11},
};

/* Exactly as long as the message, so that an access outside is noticed. */
static u8 *take_message(struct input *in, bool fill, u32 *length)
{
    u8 with = 0, *p;

    *length = (u32)in->left;
    if (fill) {
        *length = take16(in);
        with = take8(in);
    }
    if (*length > AP_MESSAGE_MAX)
        *length = AP_MESSAGE_MAX;
    p = malloc(*length ? *length : 1);
    ASSERT(p);
    memset(p, with, *length);
    if (in->left > *length)
        in->left = *length;
    take_rest(in, p, *length);
    return p;
}

static void cut_exponent(u8 *message, u32 length)
{
    static const u32 sizes[] = {0, 128, 256, 512};
    u32 size, type;

    if (length < sizeof(struct ap_type50) || message[8] || message[1] != AP_TYPE_ACCELERATOR)
        return;
    type = message[9];
    size = type < ARRAY_SIZE(sizes) ? sizes[type] : 0;
    if (size > 128 && length >= 16 + size)
        memset(message + 16, 0, size - EXPONENT_BYTES);
}

/* What from_card says of a part. */
static u32 room(const u8 *message, u32 part)
{
    struct ap_type6 head;

    memcpy(&head, message, sizeof(head));
    return be32_get(head.from_card[part]);
}

static void check_coprocessor(const u8 *message, const u8 *reply, u32 length, u8 version)
{
    struct ap_type86 head;
    u32 cprb, data;

    ASSERT(length >= CARD_CPRB_OFFSET + 32);
    memcpy(&head, reply, sizeof(head));
    cprb = be32_get(head.part[0].count);
    data = be32_get(head.part[1].count);
    ASSERT(head.format == AP_FORMAT_86 && !head.code);
    ASSERT(be32_get(head.part[0].offset) == CARD_CPRB_OFFSET);
    ASSERT(be32_get(head.part[1].offset) == CARD_CPRB_OFFSET + cprb);
    ASSERT(length == CARD_CPRB_OFFSET + cprb + data);
    ASSERT(cprb <= room(message, 0) && data <= room(message, 1));
    ASSERT(reply[CARD_CPRB_OFFSET + 2] == version);
}

static void check_reply(unsigned n, const u8 *message, const u8 *reply, u32 length)
{
    ASSERT(length >= CARD_ERROR_LENGTH && length <= AP_MESSAGE_MAX);
    ASSERT(reply[1] == cards[n].good || reply[1] == cards[n].bad);
    if (reply[1] == cards[n].bad) {
        ASSERT(length == CARD_ERROR_LENGTH && reply[4]);
    } else if (reply[1] == AP_TYPE_ACCELERATOR_REPLY) {
        ASSERT(length == (u32)(reply[2] << 8 | reply[3]) && length <= 528);
    } else {
        check_coprocessor(message, reply, length, n == 1 ? CCA_CPRB_VERSION : EP11_CPRB_VERSION);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    u8 first = take8(&in);
    unsigned n = (first & 3) % ARRAY_SIZE(cards);
    struct ap_request request = {.apqn = APQN};
    u8 *message = take_message(&in, first & FILL, &request.length);
    u8 *reply = malloc(AP_MESSAGE_MAX);

    ASSERT(reply);
    cut_exponent(message, request.length);
    request.data = message;
    check_reply(n, message, reply, cards[n].card->answer(&request, reply));
    free(reply);
    free(message);
    return 0;
}
