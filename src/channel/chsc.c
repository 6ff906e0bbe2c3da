/* SPDX-License-Identifier: Apache-2.0
 *
 * CHANNEL SUBSYSTEM CALL: the requests an operating system sends at boot.  The request lies at the
 * start of a 4 KiB block, the response follows it.
 *
 * References: no public manual; the blocks are those of arch/css.h.  What is answered is what Linux
 * asks for [OBSERVED tests/linux boot].
 */
#include <string.h>

#include "channel/subchannel.h"

/* The response after the request at `block`. */
static u8 *response(u8 *block)
{
    return block + be16_get(((struct chsc_header *)block)->len);
}

static void respond(u8 *block, u16 len, u16 code)
{
    struct chsc_header h = {be16_of(len), be16_of(code)};

    memcpy(response(block), &h, sizeof(h));
}

static void refuse(u8 *block, u16 code)
{
    respond(block, 8, code);
}

static size_t describe_path(u8 *to, unsigned format)
{
    struct chsc_chpd0 d0 = {.flags = CHSC_CHPD_VALID, .desc = CHP_TYPE_VIRTUAL, .chpid = CSS_CHPID};
    struct chsc_chpd1 d1 = {.flags = CHSC_CHPD_VALID, .desc = CHP_TYPE_VIRTUAL, .chpid = CSS_CHPID};

    if (format) {
        memcpy(to, &d1, sizeof(d1));
        return sizeof(d1);
    }
    memcpy(to, &d0, sizeof(d0));
    return sizeof(d0);
}

static void store_path_description(u8 *block)
{
    struct chsc_scpd_req req;
    u32 p1, p2, first, last, format, path = CSS_CHPID;
    size_t len = 8;

    memcpy(&req, block, sizeof(req));
    p1 = be32_get(req.parm1);
    p2 = be32_get(req.parm2);
    first = p1 & CHSC_SCPD_FIRST;
    last = p2 & 0xff;
    format = (p1 & CHSC_SCPD_RFMT) >> CHSC_SCPD_RFMT_SHIFT;
    if (be16_get(req.h.len) != sizeof(req) || p1 & CHSC_SCPD_RES1 || p2 & CHSC_SCPD_RES2 ||
        be32_get(req.zeros) || first > last) {
        refuse(block, CHSC_RSP_INVALID_REQ);
        return;
    }
    if (p1 & CHSC_SCPD_FMT || format > 1) {
        refuse(block, CHSC_RSP_INVALID_FORMAT);
        return;
    }
    if (first <= path && path <= last && !(p1 & CHSC_SCPD_CSSID))
        len += describe_path(response(block) + 8, format);
    respond(block, (u16)len, CHSC_RSP_OK);
}

static void store_characteristics(u8 *block)
{
    struct chsc_scsc_rsp rsp = {.h = {be16_of(sizeof(rsp)), be16_of(CHSC_RSP_OK)}};

    if (be16_get(((struct chsc_header *)block)->len) != CHSC_SCSC_REQ_LEN) {
        refuse(block, CHSC_RSP_INVALID_REQ);
        return;
    }
    bitmap_set(rsp.general, CHSC_GEN_AIF);
    memcpy(response(block), &rsp, sizeof(rsp));
}

static void set_domain_attributes(struct css *css, u8 *block)
{
    struct chsc_sda_req req;

    memcpy(&req, block, sizeof(req));
    if (be16_get(req.h.len) != sizeof(req)) {
        refuse(block, CHSC_RSP_INVALID_REQ);
    } else if (req.fmt & CHSC_SDA_FMT) {
        refuse(block, CHSC_RSP_INVALID_FORMAT);
    } else if (be16_get(req.op) == CHSC_SDA_OP_MSS) {
        pthread_mutex_lock(&css->lock);
        css->sets_enabled = true;
        pthread_mutex_unlock(&css->lock);
        respond(block, CHSC_SDA_RSP_LEN, CHSC_RSP_OK);
    } else {
        refuse(block, CHSC_RSP_SDA_UNAVAILABLE);
    }
}

/* Notification type 0 is what there is, with a selection mask that names it or with none (the older
 * form of the request).  Nothing but a changed AP configuration is ever reported. */
static void store_event_information(struct css *css, u8 *block)
{
    struct chsc_sei_req req;
    struct chsc_sei_rsp rsp = {.rs = CHSC_SEI_RS_AP, .cc = CHSC_SEI_CC_AP_CONFIG};
    bool wanted, changed;

    memcpy(&req, block, sizeof(req));
    if (be16_get(req.h.len) != sizeof(req)) {
        refuse(block, CHSC_RSP_INVALID_REQ);
        return;
    }
    wanted = !be64_get(req.ntsm) || be64_get(req.ntsm) & CHSC_SEI_NT(0);
    pthread_mutex_lock(&css->lock);
    changed = css->ap_changed;
    css->ap_changed = changed && !wanted;
    pthread_mutex_unlock(&css->lock);
    if (!changed || !wanted) {
        refuse(block, CHSC_RSP_NO_EVENT);
        return;
    }
    rsp.h =
        (struct chsc_header){be16_of(offsetof(struct chsc_sei_rsp, ccdf)), be16_of(CHSC_RSP_OK)};
    memcpy(response(block), &rsp, offsetof(struct chsc_sei_rsp, ccdf));
}

void css_chsc_not_stored(struct css *css, u8 *block)
{
    const struct chsc_header *request = (struct chsc_header *)block;
    const struct chsc_header *answer = (struct chsc_header *)response(block);

    if (be16_get(request->code) != CHSC_SEI || be16_get(answer->code) != CHSC_RSP_OK)
        return;
    pthread_mutex_lock(&css->lock);
    css->ap_changed = true;
    pthread_mutex_unlock(&css->lock);
}

void css_chsc(struct css *css, u8 *block)
{
    memset(response(block), 0, (size_t)(block + CHSC_PAGE - response(block)));
    switch (be16_get(((struct chsc_header *)block)->code)) {
    case CHSC_SCPD:
        store_path_description(block);
        break;
    case CHSC_SCSC:
        store_characteristics(block);
        break;
    case CHSC_SDA:
        set_domain_attributes(css, block);
        break;
    case CHSC_SEI:
        store_event_information(css, block);
        break;
    default:
        refuse(block, CHSC_RSP_UNSUPPORTED);
        break;
    }
}
