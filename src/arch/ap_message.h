/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of crypto cards: requests of types 50 (accelerator) and 6 (coprocessors), replies of
 * types 80 and 86, error replies, and what lies in them: CPRBs, RSA key tokens, answers to queries.
 * A message lies at any address: these are copied from and to, not pointed at.
 *
 * No behaviour.  How the cards use them: src/ap/.
 *
 * References: ap-cards "Message type 50", "Message type 6 and CPRBX", "RSA on a CCA card", "Reply
 * type 86 with CPRB", "EP11"; no public manual describes them, Linux's zcrypt driver uses them.
 */
#ifndef SIE390_ARCH_AP_MESSAGE_H
#define SIE390_ARCH_AP_MESSAGE_H

#include "base/types.h"

enum ap_message_type {
    AP_TYPE_COPROCESSOR = 0x06,
    AP_TYPE_ACCELERATOR = 0x50,
    AP_TYPE_ACCELERATOR_REPLY = 0x80,
    AP_TYPE_ERROR_CCA = 0x82,
    AP_TYPE_COPROCESSOR_REPLY = 0x86,
    AP_TYPE_ERROR_EP11 = 0x87,
    AP_TYPE_ERROR_ACCELERATOR = 0x88,
};

/* ---- error replies ---- */

struct ap_error_reply {
    u8 reserved0;
    u8 type;   /* 1: AP_TYPE_ERROR_*, or 86 */
    u8 format; /* 2: of type 86: nothing follows */
    u8 reserved3;
    u8 code; /* 4: enum ap_reply_code */
    u8 reserved5[3];
};
_Static_assert(sizeof(struct ap_error_reply) == 8, "error reply");
#define AP_ERROR_FORMAT_86 0x01

enum ap_reply_code {
    AP_REPLY_OK = 0x00,
    AP_REPLY_MACHINE_FAILURE = 0x10,
    AP_REPLY_MESSAGE_TYPE = 0x20,
    AP_REPLY_LENGTH = 0x23, /* does not fit what the message is */
    AP_REPLY_RESERVED_FIELD = 0x24,
    AP_REPLY_KEY_TYPE = 0x34,
    AP_REPLY_MALFORMED = 0x40,
    AP_REPLY_OPERAND_INVALID = 0x82,
    AP_REPLY_OPERAND_SIZE = 0x84,
    AP_REPLY_EVEN_MODULUS = 0x85,
    AP_REPLY_DOMAIN = 0x8a,
    AP_REPLY_TRUNCATED = 0xa0, /* parts reach beyond the message */
};

/* ---- accelerator ---- */

struct ap_type50 {
    u8 reserved00;
    u8 type;          /* 01 */
    be16 length;      /* 02: of the message */
    u8 reserved04;    /* zero */
    u8 ignored05;     /* anything */
    be16 reserved06;  /* zero */
    be16 key_type;    /* 08: AP_KEY_* */
    u8 reserved0a[6]; /* zero */
};
_Static_assert(offsetof(struct ap_type50, key_type) == 8, "type 50");
_Static_assert(sizeof(struct ap_type50) == 16, "type 50");

#define AP_KEY_ME_1024 0x0001 /* exponent, modulus, message: each of the size of the modulus */
#define AP_KEY_ME_2048 0x0002
#define AP_KEY_ME_4096 0x0003
#define AP_KEY_CRT_1024 0x0011 /* p, q, dp, dq, u: half of it each; message */
#define AP_KEY_CRT_2048 0x0012
#define AP_KEY_CRT_4096 0x0013

struct ap_type80 { /* the number follows */
    u8 reserved00;
    u8 type;     /* 01 */
    be16 length; /* 02: of the message */
    u8 code;     /* 04 */
    u8 reserved05[11];
};
_Static_assert(sizeof(struct ap_type80) == 16, "type 80");

/* ---- coprocessors ---- */

struct ap_type6 {
    u8 reserved00;
    u8 type; /* 01 */
    u8 reserved02[14];
    be32 offset[4]; /* 10: of CPRB, of data */
    u8 agent[16];   /* 20: "CA" or "XC" */
    be16 request_id;
    u8 reserved32[2];
    u8 function[2]; /* 34: CCA: the subfunction */
    u8 reserved36[2];
    be32 to_card[4];   /* 38: lengths of CPRB with parameters, of data */
    be32 from_card[4]; /* 48: what the reply's may be at most */
};
_Static_assert(offsetof(struct ap_type6, agent) == 0x20, "type 6");
_Static_assert(offsetof(struct ap_type6, to_card) == 0x38, "type 6");
_Static_assert(sizeof(struct ap_type6) == 88, "type 6");

struct ap_type86 {
    u8 reserved00;
    u8 type;   /* 01 */
    u8 format; /* 02: AP_FORMAT_86 */
    u8 reserved03;
    u8 code; /* 04 */
    u8 reserved05[7];
    be32 apfs; /* 0C: final status */
    struct {
        be32 count, offset;
    } part[4]; /* 10: CPRB with parameters; data */
};
_Static_assert(offsetof(struct ap_type86, part) == 16, "type 86");
_Static_assert(sizeof(struct ap_type86) == 48, "type 86");
#define AP_FORMAT_86 0x02

struct cca_cprb {
    be16 length; /* 00: CCA_CPRB_LENGTH */
    u8 version;  /* 02: CCA_CPRB_VERSION */
    u8 reserved03[3];
    u8 function[2];       /* 06: "T2": usage; T3, T5, T6, T7: administration */
    be32 flags;           /* 08 */
    be32 request_params;  /* 0C: lengths */
    be32 request_data;    /* 10 */
    be32 reply_room;      /* 14: for CPRB and parameters */
    be32 reply_params;    /* 18 */
    be32 reply_data_room; /* 1C */
    be32 reply_data;      /* 20 */
    u8 reserved24[108];   /* extensions, addresses of the program */
    be16 rtcode;          /* 90: return code */
    be16 rscode;          /* 92: reason code */
    u8 reserved94[22];    /* of user authentication */
    be16 domain;          /* AA */
    u8 reservedac[48];
};
_Static_assert(offsetof(struct cca_cprb, rtcode) == 144, "CPRBX");
_Static_assert(offsetof(struct cca_cprb, domain) == 170, "CPRBX");
_Static_assert(sizeof(struct cca_cprb) == 220, "CPRBX");
#define CCA_CPRB_LENGTH 220
#define CCA_CPRB_VERSION 0x02

/* Pairs of return code and reason code. */
#define CCA_OK 0, 0
#define CCA_BAD_OPERAND 8, 66     /* a number that the key cannot process */
#define CCA_BAD_SIZE 8, 72        /* of a number or of an answer */
#define CCA_BAD_TOKEN 8, 770      /* a field of the key token is invalid */
#define CCA_NO_MASTER_KEY 12, 764 /* so there are no secure keys */
#define CCA_BAD_REQUEST 12, 769   /* parameters, or what they ask for, are invalid */

/* ---- RSA key tokens ---- */

struct cca_token {
    u8 id; /* 0: external */
    u8 version;
    be16 length; /* 2: of the whole */
    u8 reserved4[4];
};
_Static_assert(sizeof(struct cca_token) == 8, "key token");
#define CCA_TOKEN_EXTERNAL 0x1e

struct cca_rsa_public { /* exponent and modulus follow */
    u8 id;
    u8 version;
    be16 length; /* 2: of the section */
    be16 reserved4;
    be16 exponent; /* 6: length */
    be16 bits;     /* 8: of the modulus */
    be16 modulus;  /* A: length */
};
_Static_assert(sizeof(struct cca_rsa_public) == 12, "RSA public section");
#define CCA_SECTION_RSA_PUBLIC 0x04

struct cca_rsa_crt { /* p, q, dp, dq, u, padding and modulus follow */
    u8 id;
    u8 version;
    be16 length; /* 02: of the section */
    u8 hash[20]; /* 04: not looked at */
    u8 reserved18[4];
    u8 format; /* 1C */
    u8 reserved1d;
    u8 name_hash[20];
    u8 usage[4];
    be16 number[5]; /* 36: lengths of p, q, dp, dq, u */
    be16 modulus;   /* 40: length */
    u8 reserved42[4];
    be16 padding; /* 46: length */
    u8 reserved48[60];
};
_Static_assert(offsetof(struct cca_rsa_crt, number) == 54, "RSA CRT section");
_Static_assert(offsetof(struct cca_rsa_crt, padding) == 70, "RSA CRT section");
_Static_assert(sizeof(struct cca_rsa_crt) == 132, "RSA CRT section");
#define CCA_SECTION_RSA_CRT 0x08
#define CCA_FORMAT_CLEAR 0x40

/* ---- EP11 ---- */

struct ep11_cprb { /* the payload follows: ASN.1 */
    be16 length;   /* 00: EP11_CPRB_LENGTH */
    u8 version;    /* 02: EP11_CPRB_VERSION */
    u8 reserved03[2];
    u8 flags;       /* 05: EP11_FLAG_* */
    u8 function[2]; /* 06: "T4" */
    be32 source;    /* 08 */
    be32 target;    /* 0C: domain, unless administrative */
    be32 rtcode;    /* 10: return code */
    u8 reserved14[8];
    be32 payload; /* 1C: length */
};
_Static_assert(offsetof(struct ep11_cprb, payload) == 28, "EP11 CPRB");
_Static_assert(sizeof(struct ep11_cprb) == 32, "EP11 CPRB");
#define EP11_CPRB_LENGTH 32
#define EP11_CPRB_VERSION 0x04
#define EP11_FLAG_ADMIN 0x80
#define EP11_FUNCTION_QUERY 38
#define EP11_QUERY_MODULE 1
#define EP11_QUERY_DOMAIN 3

struct ep11_module_info {
    be32 api;              /* 00: ordinal number */
    be32 firmware_id;      /* 04 */
    u8 firmware[2];        /* 08: major, minor */
    u8 csp[2];             /* 0A */
    u8 firmware_hash[32];  /* 0C */
    u8 xcp_hash[32];       /* 2C: of configuration */
    u8 csp_hash[32];       /* 4C */
    u8 serial[16];         /* 6C: text */
    u8 time[16];           /* 7C: text */
    be32 modes[2];         /* 8C: of operation */
    be32 flags;            /* 94: of PKCS #11 */
    be32 extended_flags;   /* 98 */
    be32 domains;          /* 9C */
    be32 state_sizes[6];   /* A0: of sessions, digests, PIN, SPKI, private and symmetric blobs */
    be32 max_payload;      /* B8 */
    be32 cp_profile_bytes; /* BC */
    be32 max_cp;           /* C0: control-point index */
};
_Static_assert(offsetof(struct ep11_module_info, serial) == 108, "module info");
_Static_assert(offsetof(struct ep11_module_info, domains) == 156, "module info");
_Static_assert(sizeof(struct ep11_module_info) == 196, "module info");

struct ep11_domain_info {
    be32 domain;             /* 00 */
    u8 current_wrapping[32]; /* 04: patterns of wrapping keys */
    u8 new_wrapping[32];     /* 24 */
    be32 flags;              /* 44: zero: imprint mode, no keys */
    be32 modes[2];           /* 48 */
};
_Static_assert(sizeof(struct ep11_domain_info) == 80, "domain info");

/* Return values are those of PKCS #11. */
#define EP11_OK 0x00
#define EP11_ARGUMENTS_BAD 0x07
#define EP11_FUNCTION_NOT_SUPPORTED 0x54

#endif
