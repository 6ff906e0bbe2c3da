/* SPDX-License-Identifier: Apache-2.0
 *
 * Adjunct processors (crypto adapters): operands and results of PQAP, NQAP and DQAP, and the crypto
 * control block through which SIE interprets these for a guest.  A queue is named by its APQN: an
 * adapter (card) and a domain within it.
 *
 * No behaviour.  The formats of messages are those of the cards (src/ap/).
 *
 * References: Linux Documentation/arch/s390/vfio-ap.rst; IBM CP control blocks SIEBK; no public
 * manual describes the instructions.
 */
#ifndef SIE390_ARCH_AP_H
#define SIE390_ARCH_AP_H

#include "base/bits.h"

/* ---- general register 0 of all three instructions ---- */

#define AP_GR0_FC 0xff000000U       /* PQAP: function code */
#define AP_GR0_T 0x00800000U        /* TAPQ: test facilities, too */
#define AP_GR0_F 0x00400000U        /* RAPQ, ZAPQ: set filtering; NQAP: special command */
#define AP_GR0_RESERVED 0x007f0000U /* PQAP AQIC: zero */
#define AP_GR0_LAST 0x40000000U     /* NQAP: last or only part of a message */
#define AP_GR0_DQAP 0x80000000U     /* DQAP */
#define AP_GR0_APQN 0x0000ffffU
#define AP_GR0_APXA_ONLY 0x0000c0f0U /* zero without extended addressing */

#define AP_FC_TAPQ 0x00
#define AP_FC_RAPQ 0x01
#define AP_FC_ZAPQ 0x02
#define AP_FC_AQIC 0x03
#define AP_FC_QCI 0x04
#define AP_FC_QACT 0x05
#define AP_FC_BAPQ 0x07
#define AP_FC_AAPQ 0x08

#define AP_MAX 256 /* adapters; domains of an adapter */
static inline u16 apqn_of(unsigned adapter, unsigned domain)
{
    return (u16)(adapter << 8 | domain);
}
static inline u8 apqn_adapter(u16 apqn)
{
    return (u8)(apqn >> 8);
}
static inline u8 apqn_domain(u16 apqn)
{
    return (u8)apqn;
}

/* ---- status word: bits 32-63 of general register 1 ---- */

#define AP_STATUS_EMPTY 0x80000000U   /* nothing queued, nothing in work, no reply waits */
#define AP_STATUS_REPLIES 0x40000000U /* a reply waits */
#define AP_STATUS_FULL 0x20000000U
#define AP_STATUS_ASYNC 0x02000000U
#define AP_STATUS_IRQ 0x01000000U /* interruptions enabled */
#define AP_STATUS_RC 0x00ff0000U
#define AP_STATUS_RC_SHIFT 16
static inline u32 ap_status_rc(u32 status)
{
    return (status & AP_STATUS_RC) >> AP_STATUS_RC_SHIFT;
}
static inline u32 ap_status_of(u32 rc)
{
    return rc << AP_STATUS_RC_SHIFT;
}

enum ap_rc {
    AP_RC_NORMAL = 0x00,
    AP_RC_NOT_AVAILABLE = 0x01,
    AP_RC_RESET_IN_PROGRESS = 0x02,
    AP_RC_DECONFIGURED = 0x03,
    AP_RC_CHECKSTOPPED = 0x04,
    AP_RC_BUSY = 0x05,
    AP_RC_INVALID_ADDRESS = 0x06, /* AQIC: notification-indicator byte */
    AP_RC_OTHERWISE_CHANGED = 0x07,
    AP_RC_INVALID_GISA = 0x08,
    AP_RC_QUEUE_FULL = 0x10, /* NQAP */
    AP_RC_NO_REPLY = 0x10,   /* DQAP */
    AP_RC_INDEX_TOO_BIG = 0x11,
    AP_RC_NO_FIRST_PART = 0x13,
    AP_RC_MESSAGE_TOO_BIG = 0x15,
    AP_RC_FACILITY_MISSING = 0x16,
    AP_RC_INVALID_DOMAIN = 0x42,
};

/* ---- TAPQ: general register 2 ---- */

#define AP_FUNC_APSC 0x80000000U /* bits 0-31: what the card can do */
#define AP_FUNC_ME4K 0x40000000U
#define AP_FUNC_CRT4K 0x20000000U
#define AP_FUNC_CCA 0x10000000U
#define AP_FUNC_ACCEL 0x08000000U
#define AP_FUNC_EP11 0x04000000U
#define AP_FUNC_APXA 0x02000000U
#define AP_INFO_TYPE_SHIFT 24    /* bits 32-39: hardware type */
#define AP_INFO_DOMAINS_SHIFT 16 /* bits 40-47: number of domains */
#define AP_INFO_SIZE_SHIFT 8     /* bits 52-55: message-size class, in 4 KiB */
#define AP_INFO_DEPTH 0x0fU      /* bits 60-63: queue depth less one */

/* QACT: general registers 1 (wanted) and 2 (compatible); the type is where TAPQ has it */
#define AP_QACT_MODE 0x1c00000000000000ULL /* bits 3-5: AP_FUNC_CCA, _ACCEL, _EP11 */

#define AP_TYPE_CEX4 10
#define AP_TYPE_CEX8 14

/* ---- QCI: what is configured ---- */

struct ap_config {
    u8 flags; /* 00: AP_CONFIG_* */
    u8 reserved01[3];
    u8 max_adapter; /* 04: highest number, with APXA */
    u8 max_domain;  /* 05 */
    u8 reserved06[10];
    u8 apm[32]; /* 10: adapters, bit n from the left */
    u8 aqm[32]; /* 30: usage domains */
    u8 adm[32]; /* 50: control domains */
    u8 reserved70[16];
};
_Static_assert(offsetof(struct ap_config, apm) == 0x10, "QCI");
_Static_assert(sizeof(struct ap_config) == 128, "QCI");
#define AP_CONFIG_APSC 0x80
#define AP_CONFIG_APXA 0x40
#define AP_CONFIG_QACT 0x20
#define AP_CONFIG_RC8A 0x10

/* ---- AQIC: general register 1 ---- */

#define AQIC_GR1_IR 0x0000800000000000ULL   /* bit 16: enable */
#define AQIC_GR1_GISC 0x0000070000000000ULL /* bits 21-23: guest ISC */
#define AQIC_GR1_GISC_SHIFT 40
#define AQIC_GR1_FORMAT 0x0000000300000000ULL /* bits 30-31: GISA format */
#define AQIC_GR1_FORMAT_SHIFT 32
#define AQIC_GR1_GISA 0x000000007ffffff0ULL /* bits 33-59: GISA origin */
#define AQIC_GR1_ISC 0x0000000000000007ULL  /* bits 61-63 */

#define AP_INDICATOR_SET 0x01 /* what a reply stores into the notification-indicator byte */

/* ---- crypto control block of a state description (formats: SD_CRYCBD_FORMAT*) ---- */

struct apcb0 {
    u8 apm[8]; /* 00: adapters 0-63 */
    u8 aqm[2]; /* 08: usage domains 0-15 */
    u8 reserved0a[6];
    u8 adm[2]; /* 10: control domains 0-15 */
    u8 reserved12[14];
};
_Static_assert(sizeof(struct apcb0) == 32, "APCB0");

struct apcb1 {
    u8 apm[32]; /* 00 */
    u8 aqm[32]; /* 20 */
    u8 adm[32]; /* 40 */
    u8 reserved60[32];
};
_Static_assert(sizeof(struct apcb1) == 128, "APCB1");

struct crycb {
    struct apcb0 apcb0; /* 00: formats 0 and 1 */
    u8 reserved20[40];
    u8 dea_wrapping_key_mask[24]; /* 48 */
    u8 aes_wrapping_key_mask[32]; /* 60 */
    struct apcb1 apcb1;           /* 80: format 2 */
};
_Static_assert(offsetof(struct crycb, dea_wrapping_key_mask) == 0x48, "CRYCB");
_Static_assert(offsetof(struct crycb, aes_wrapping_key_mask) == 0x60, "CRYCB");
_Static_assert(offsetof(struct crycb, apcb1) == 0x80, "CRYCB");
_Static_assert(sizeof(struct crycb) == 256, "CRYCB");

/* Bit n, counted from the left, of a mask of any length. */
static inline bool ap_mask_test(const u8 *mask, unsigned n)
{
    return mask[n / 8] >> (7 - n % 8) & 1;
}
static inline void ap_mask_set(u8 *mask, unsigned n, bool on)
{
    u8 bit = (u8)(0x80U >> n % 8);

    mask[n / 8] = on ? mask[n / 8] | bit : mask[n / 8] & (u8)~bit;
}

#endif
