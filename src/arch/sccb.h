/* SPDX-License-Identifier: Apache-2.0
 *
 * Service-call logical processor: command words and response codes of SERVICE CALL, the
 * service-call control blocks of each command, and the event buffers that carry the console, the
 * quiesce signal and state changes.  One block per structure; lists of entries follow at the
 * offset that the block names.
 *
 * References: no public manual describes SCLP; the layouts are the interface that operating
 * systems for s390x use.
 */
#ifndef SIE390_ARCH_SCCB_H
#define SIE390_ARCH_SCCB_H

#include "base/types.h"

#define SCCB_MAX 4096 /* without the extended-length facility */
#define SCCB_ADDR_MASK 0x7ffffff8U

/* Command words.  Bits 16-23 do not count in a comparison: they carry the operand, if any. */
#define SCLP_CMD_MASK 0xffff00ffU
#define SCLP_CMD_OPERAND(cmd) ((cmd) >> 8 & 0xff)
#define SCLP_READ_SCP_INFO 0x00020001U
#define SCLP_READ_SCP_INFO_FORCED 0x00120001U
#define SCLP_READ_CPU_INFO 0x00010001U
#define SCLP_CONFIGURE_CPU 0x00110001U          /* CPU address in bits 16-23 */
#define SCLP_DECONFIGURE_CPU 0x00100001U        /* CPU address in bits 16-23 */
#define SCLP_READ_STORAGE_ELEMENT 0x00040001U   /* element id in bits 16-23 */
#define SCLP_ATTACH_STORAGE_ELEMENT 0x00080001U /* element id in bits 16-23 */
#define SCLP_ASSIGN_STORAGE 0x000d0001U
#define SCLP_UNASSIGN_STORAGE 0x000c0001U
#define SCLP_CONFIGURE_ADAPTER 0x001a0001U
#define SCLP_DECONFIGURE_ADAPTER 0x001b0001U
#define SCLP_CONFIGURE_AP 0x001f0001U   /* adapter in bits 16-23 */
#define SCLP_DECONFIGURE_AP 0x001e0001U /* adapter in bits 16-23 */
#define SCLP_READ_EVENT_DATA 0x00770005U
#define SCLP_WRITE_EVENT_DATA 0x00760005U
#define SCLP_WRITE_EVENT_MASK 0x00780005U

/* Condition codes of SERVICE CALL. */
#define SCLP_CC_STARTED 0
#define SCLP_CC_BUSY 2
#define SCLP_CC_NOT_OPERATIONAL 3

enum sclp_rc {
    SCLP_RC_NORMAL_READ = 0x0010,
    SCLP_RC_NORMAL = 0x0020,
    SCLP_RC_BOUNDARY = 0x0100,  /* SCCB boundary violation */
    SCLP_RC_NO_ACTION = 0x0120, /* no action required */
    SCLP_RC_INVALID_COMMAND = 0x01f0,
    SCLP_RC_MORE_EVENTS = 0x0220,     /* normal, more event buffers pending */
    SCLP_RC_SHORT_SCCB = 0x0300,      /* insufficient SCCB length */
    SCLP_RC_EQUIPMENT_CHECK = 0x0340, /* contained equipment check */
    SCLP_RC_STANDBY_READ = 0x0410,
    SCLP_RC_ADAPTER_RESERVED = 0x05f0,
    SCLP_RC_ADAPTER_TYPE = 0x06f0,
    SCLP_RC_RESOURCE_ID = 0x09f0, /* no such CPU or adapter */
    SCLP_RC_INVALID_FUNCTION = 0x40f0,
    SCLP_RC_NO_EVENTS = 0x60f0, /* no event buffers stored */
    SCLP_RC_EVENTS_SUPPRESSED = 0x62f0,
    SCLP_RC_INVALID_SELECTION = 0x70f0, /* invalid selection mask */
    SCLP_RC_INCONSISTENT_LEN = 0x72f0,
    SCLP_RC_EVENT_SYNTAX = 0x73f0, /* event-buffer syntax error */
    SCLP_RC_INVALID_MASK_LEN = 0x74f0,
    SCLP_RC_BUFFER_EXCEEDED = 0x75f0,
};

struct sccb_header {
    be16 len;      /* 0: length of the block, this included */
    u8 function;   /* 2: function code, SCCB_FUNCTION_* */
    u8 control[3]; /* 3: control mask; control[2] SCCB_CONTROL_VARIABLE */
    be16 rc;       /* 6: response code, enum sclp_rc */
};
#define SCCB_FUNCTION_NORMAL 0x00
#define SCCB_FUNCTION_DUMP 0x80      /* read SCP info: dump indicator */
#define SCCB_FUNCTION_SELECTIVE 0x01 /* read event data: selective */
#define SCCB_CONTROL_VARIABLE 0x80   /* control[2]: variable-length response allowed */
_Static_assert(sizeof(struct sccb_header) == 8, "SCCB header");
_Static_assert(offsetof(struct sccb_header, rc) == 6, "SCCB header");

/* Read SCP information.  CPU entries follow at cpu_offset (128, or 144 when byte 134 is used). */
struct sccb_read_info {
    struct sccb_header h; /* 0 */
    be16 rnmax;           /* 8: number of storage increments, 0 = rnmax2 */
    u8 rnsize;            /* 10: increment size in MiB, 0 = rnsize2 */
    u8 reserved11[4];
    u8 stsi_parm;    /* 15 */
    be16 cpu_count;  /* 16: number of CPU entries */
    be16 cpu_offset; /* 18: offset of CPU entries */
    u8 reserved20[4];
    u8 loadparm[8]; /* 24: EBCDIC */
    u8 reserved32[10];
    u8 mt_id;         /* 42: multithreading: 80 = valid, highest thread id */
    u8 mt_id_general; /* 43 */
    u8 reserved44[4];
    be64 facilities; /* 48: SCLP_FAC_* */
    u8 reserved56[10];
    u8 mt_id_max; /* 66 */
    u8 reserved67[9];
    be32 ibc;         /* 76: lowest IBC << 16 | unblocked IBC */
    u8 conf_char[19]; /* 80: configuration characteristics, SCLP_BYTE80_* ... */
    u8 hamaxpow;      /* 99: highest host address is 2^n - 1 */
    be32 rnsize2;     /* 100: increment size in MiB */
    be64 rnmax2;      /* 104: number of increments */
    u8 reserved112[4];
    u8 conf_char_ext[4]; /* 116: their extension, SCLP_BYTE116_* ... */
    be16 hcpua;          /* 120: highest CPU address */
    u8 reserved122[2];
    be32 hmfai; /* 124: hypervisor-managed-facilities mask */
    /* 128: CPU entries, or: */
    u8 reserved128[6];
    u8 fac134; /* 134: SCLP_FAC134_* */
    u8 reserved135[9];
    /* 144: CPU entries */
};
_Static_assert(offsetof(struct sccb_read_info, cpu_count) == 16, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, loadparm) == 24, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, mt_id) == 42, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, facilities) == 48, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, mt_id_max) == 66, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, ibc) == 76, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, conf_char) == 80, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, hamaxpow) == 99, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, rnsize2) == 100, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, rnmax2) == 104, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, conf_char_ext) == 116, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, hcpua) == 120, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, hmfai) == 124, "read SCP info");
_Static_assert(offsetof(struct sccb_read_info, fac134) == 134, "read SCP info");
_Static_assert(sizeof(struct sccb_read_info) == 144, "read SCP info");
#define SCLP_CPU_OFFSET 128
#define SCLP_CPU_OFFSET_EXT 144

/* facilities */
#define SCLP_FAC_CHP_INFO 0x8000000000000000ULL     /* channel-path information */
#define SCLP_FAC_CHP_RECONFIG 0x2000000000000000ULL /* channel-path reconfiguration */
#define SCLP_FAC_CPU_INFO 0x0800000000000000ULL
#define SCLP_FAC_CPU_RECONFIG 0x0400000000000000ULL
#define SCLP_FAC_STORAGE 0x0000e00000000000ULL /* assign, attach, read storage element */
#define SCLP_FAC_AP_RECONFIG 0x0000000100000000ULL
#define SCLP_FAC_PCI_RECONFIG 0x0000000040000000ULL

/* Bits of conf_char and conf_char_ext, named by the byte of the block. */
#define SCLP_BYTE80_SOP 0x20 /* suppression on protection */
#define SCLP_BYTE84_SPRP 0x02
#define SCLP_BYTE84_CORE_TYPE 0x01
#define SCLP_BYTE85_GSLS 0x80     /* guest-storage-limit suppression */
#define SCLP_BYTE85_ESOP 0x02     /* enhanced suppression on protection */
#define SCLP_BYTE91_HPMA2 0x40    /* host-page-management assist 2 */
#define SCLP_BYTE91_DUMP 0x02     /* dump indicator */
#define SCLP_BYTE98_KSS 0x01      /* keyless subset */
#define SCLP_BYTE116_64BSCAO 0x80 /* 64-bit SCA origin */
#define SCLP_BYTE116_CMMA 0x40
#define SCLP_BYTE116_ESCA 0x08  /* extended SCA */
#define SCLP_BYTE117_PFMFI 0x40 /* PFMF interpretation */
#define SCLP_BYTE117_IBS 0x20   /* interlock-and-broadcast suppression */
#define SCLP_BYTE118_AISII 0x40
#define SCLP_BYTE118_AENI 0x20
#define SCLP_BYTE118_AISI 0x10
#define SCLP_BYTE118_GISAF 0x08 /* GISA format 1 */
#define SCLP_BYTE118_ZPCI_LSI 0x01
#define SCLP_BYTE119_HVS 0x80
#define SCLP_FAC134_DIAG318 0x80

/* CPU entry. */
struct sclp_cpu_entry {
    u8 addr; /* 0: CPU (core) address */
    u8 reserved1;
    u8 features[6]; /* 2: SCLP_CPU*; index is byte of the entry minus 2 */
    u8 reserved8[6];
    u8 type; /* 14: SCLP_CPU_TYPE_* */
    u8 reserved15;
};
#define SCLP_CPU_TYPE_CP 0
#define SCLP_CPU_TYPE_IFL 3
#define SCLP_CPU2_SIEF2 0x08  /* byte 2: format-2 SIE */
#define SCLP_CPU2_SKEY 0x04   /* byte 2: storage-key assist */
#define SCLP_CPU3_GPERE 0x20  /* byte 3: guest-PER enhancement */
#define SCLP_CPU3_SIIF 0x10   /* byte 3: shared-IPTE-interlock facility */
#define SCLP_CPU3_SIGPIF 0x08 /* byte 3: SIGP interpretation */
#define SCLP_CPU7_IB 0x20     /* byte 7: intervention bypass */
#define SCLP_CPU7_CEI 0x10    /* byte 7: conditional external interception */
_Static_assert(sizeof(struct sclp_cpu_entry) == 16, "CPU entry");
_Static_assert(offsetof(struct sclp_cpu_entry, type) == 14, "CPU entry");

/* Read CPU information. */
struct sccb_cpu_info {
    struct sccb_header h;   /* 00 */
    be16 configured;        /* 08 */
    be16 configured_offset; /* 0A */
    be16 standby;           /* 0C */
    be16 standby_offset;    /* 0E */
    u8 reserved10[8];
    /* 18: entries */
};
_Static_assert(sizeof(struct sccb_cpu_info) == 0x18, "read CPU info");

/* Storage elements and increments. */
struct sccb_storage_element {
    struct sccb_header h; /* 00 */
    be16 max_id;          /* 08 */
    be16 assigned;        /* 0A */
    be16 standby;         /* 0C */
    u8 reserved0e[2];
    be32 entries[]; /* 10: increment number << 16 + 1 */
};
_Static_assert(offsetof(struct sccb_storage_element, entries) == 0x10, "storage element");
struct sccb_assign_storage {
    struct sccb_header h; /* 00 */
    be16 rn;              /* 08: increment number */
};
struct sccb_adapter {
    struct sccb_header h; /* 00 */
    u8 atype;             /* 08: adapter type, SCLP_ADAPTER_PCI */
    u8 reserved09[3];
    be32 aid; /* 0C: adapter id */
};
#define SCLP_ADAPTER_PCI 2
_Static_assert(offsetof(struct sccb_adapter, aid) == 0x0c, "adapter");

/* Write event mask: four masks of mask_len bytes follow. */
struct sccb_event_mask {
    struct sccb_header h; /* 00 */
    u8 reserved08[2];
    be16 mask_len; /* 0A */
    be32 masks[];  /* 0C: with mask_len 4: SCLP_MASK_* */
};
_Static_assert(offsetof(struct sccb_event_mask, masks) == 0x0c, "event mask");
#define SCLP_MASK_CP_RECEIVE 0   /* what the operating system will receive */
#define SCLP_MASK_CP_SEND 1      /* what the operating system will send */
#define SCLP_MASK_SCLP_RECEIVE 2 /* returned: what the SCLP will receive */
#define SCLP_MASK_SCLP_SEND 3    /* returned: what the SCLP will send */
#define SCLP_MASK_LEN 4
#define SCLP_MASK_LEN_MAX 1021

/* Read event data, selective: the mask after the header. */
struct sccb_read_event_sel {
    struct sccb_header h; /* 00 */
    u8 reserved08[4];
    be16 mask_len; /* 0C */
    u8 mask[];     /* 0E */
};
_Static_assert(offsetof(struct sccb_read_event_sel, mask) == 0x0e, "read event data");

/* Event types.  The mask of type t is 80000000 >> (t - 1). */
enum sclp_evtype {
    SCLP_EV_OPERATOR_COMMAND = 0x01, /* line-mode input */
    SCLP_EV_MESSAGE = 0x02,          /* line-mode output */
    SCLP_EV_CONFIG_MGMT = 0x04,      /* configuration-management data */
    SCLP_EV_STATE_CHANGE = 0x08,
    SCLP_EV_PRIORITY_MESSAGE = 0x09,
    SCLP_EV_CPI = 0x0b, /* control-program identification */
    SCLP_EV_ERROR_NOTIFY = 0x18,
    SCLP_EV_ASCII_CONSOLE = 0x1a, /* VT220 console */
    SCLP_EV_SDIAS = 0x1c,
    SCLP_EV_QUIESCE = 0x1d,
    SCLP_EV_OCF = 0x1e,
    SCLP_EV_CPOC = 0x20, /* control-program operator command */
};
#define SCLP_EVMASK(type) (0x80000000U >> ((type)-1))

struct sclp_evbuf {
    be16 len;      /* 0: length, this header included */
    u8 type;       /* 2: enum sclp_evtype */
    u8 flags;      /* 3: SCLP_EV_ACCEPTED */
    be16 reserved; /* 4 */
};
#define SCLP_EV_ACCEPTED 0x80
_Static_assert(sizeof(struct sclp_evbuf) == 6, "event buffer");

/* State change: masks that follow are valid as the flags say. */
struct sclp_ev_state_change {
    struct sclp_evbuf h; /* 00 */
    be16 validity;       /* 06: SCLP_SC_* */
    be16 mask_len;       /* 08 */
    u8 facilities[8];    /* 0A: active facilities, as in read SCP information */
    u8 masks[];          /* 12: what the SCLP will receive, what it will send */
};
#define SCLP_SC_FACILITIES 0x8000
#define SCLP_SC_RECEIVE 0x4000
#define SCLP_SC_SEND 0x2000
_Static_assert(offsetof(struct sclp_ev_state_change, masks) == 0x12, "state change");

/* Quiesce. */
struct sclp_ev_quiesce {
    struct sclp_evbuf h; /* 0 */
    be16 timeout;        /* 6 */
    u8 unit;             /* 8: unit of timeout; both zero: no time limit */
};
#define SCLP_QUIESCE_LEN 9 /* length of the buffer, without the padding of the structure */

/* ASCII console input: a type byte, then the characters.  Output: characters only. */
struct sclp_ev_ascii_in {
    struct sclp_evbuf h; /* 0 */
    u8 kind;             /* 6: SCLP_ASCII_DATA */
    u8 data[];           /* 7 */
};
#define SCLP_ASCII_DATA 0x00
_Static_assert(offsetof(struct sclp_ev_ascii_in, data) == 7, "ASCII console");

/* Configuration-management data. */
struct sclp_ev_config {
    struct sclp_evbuf h; /* 0 */
    u8 reserved6;
    u8 qualifier; /* 7: SCLP_CONFIG_* */
};
#define SCLP_CONFIG_CPU 0x01
#define SCLP_CONFIG_MEMORY 0x03

/* Line-mode message: message-data block, then objects {length, type, ...}. */
struct sclp_obj {
    be16 len;  /* 0: of the object, this included */
    be16 type; /* 2: SCLP_OBJ_* */
};
#define SCLP_OBJ_MDB 0x0001 /* of the block itself */
#define SCLP_OBJ_GO 0x0001  /* within the block: general object */
#define SCLP_OBJ_MTO 0x0004 /* within the block: message-text object */
struct sclp_mdb {
    struct sclp_obj o; /* 0 */
    be32 tag;          /* 4: SCLP_MDB_TAG */
    be32 revision;     /* 8: 1 */
};
#define SCLP_MDB_TAG 0xd4c4c240U /* "MDB " in EBCDIC */
#define SCLP_MDB_REVISION 1
_Static_assert(sizeof(struct sclp_mdb) == 12, "MDB");
struct sclp_go {
    struct sclp_obj o; /* 00 */
    be32 domain_id;    /* 04 */
    u8 hhmmss_time[8]; /* 08 */
    u8 th_time[3];     /* 10 */
    u8 reserved13;
    u8 dddyyyy_date[7]; /* 14 */
    u8 reserved1b;
    be16 general_flags; /* 1C */
    u8 reserved1e[10];
    u8 system_name[8]; /* 28: originating system */
    u8 job_name[8];    /* 30: job or guest */
};
_Static_assert(sizeof(struct sclp_go) == 56, "general object");
_Static_assert(offsetof(struct sclp_go, system_name) == 0x28, "general object");
struct sclp_mto {
    struct sclp_obj o; /* 0 */
    be16 line_flags;   /* 4: SCLP_LINE_* */
    u8 alarm;          /* 6 */
    u8 reserved7[3];
    u8 text[]; /* A: EBCDIC */
};
#define SCLP_LINE_CONTROL 0x8000
#define SCLP_LINE_LABEL 0x4000
#define SCLP_LINE_DATA 0x2000
#define SCLP_LINE_END 0x1000
#define SCLP_LINE_PROMPT 0x0800
_Static_assert(offsetof(struct sclp_mto, text) == 10, "message-text object");

/* Operator command: GDS vectors {length, id}, innermost subvectors {length, key}. */
struct sclp_gds {
    be16 len; /* 0: this included */
    be16 id;  /* 2: SCLP_GDS_* */
};
#define SCLP_GDS_MDS_MU 0x1310   /* contains CP_MSU */
#define SCLP_GDS_CP_MSU 0x1212   /* contains TEXT_CMD */
#define SCLP_GDS_TEXT_CMD 0x1320 /* contains subvectors */
struct sclp_gds_sub {
    u8 len; /* 0: this included */
    u8 key; /* 1: SCLP_GDS_KEY_* */
};
#define SCLP_GDS_KEY_SELF_DEF_TEXT 0x31 /* contains TEXT */
#define SCLP_GDS_KEY_TEXT 0x30          /* EBCDIC */

/* Control-program identification. */
struct sclp_ev_cpi {
    struct sclp_evbuf h; /* 00 */
    u8 id_format;        /* 06 */
    u8 reserved07;
    u8 system_type[8]; /* 08: EBCDIC */
    u8 reserved10[8];
    u8 system_name[8]; /* 18: EBCDIC */
    u8 reserved20[8];
    be64 system_level; /* 28 */
    u8 reserved30[8];
    u8 sysplex_name[8]; /* 38: EBCDIC */
    u8 reserved40[16];
};
_Static_assert(offsetof(struct sclp_ev_cpi, system_level) == 0x28, "CPI");
_Static_assert(sizeof(struct sclp_ev_cpi) == 0x50, "CPI");

#endif
