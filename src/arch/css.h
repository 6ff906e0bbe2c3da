/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel subsystem: the subchannel-identification word, subchannel-information block (PMCW and
 * SCSW), operation-request and interruption-response blocks, channel-command and indirect-address
 * words, channel-report words, sense data, and the blocks of the CHANNEL SUBSYSTEM CALL requests
 * that an operating system sends at boot.  Channel addresses are absolute.
 *
 * References: [PoP 13 I/O Overview] to [PoP 17 I/O Support Functions]; SA22-7204 "Common I/O-Device
 * Commands and Self Description".  CHSC is described in no public manual.
 */
#ifndef SIE390_ARCH_CSS_H
#define SIE390_ARCH_CSS_H

#include "base/bits.h"

/* Subsystem-identification word (GR1 of the I/O instructions). */
#define SCHID_CSSID 0xff000000U /* channel-subsystem image, when M is one */
#define SCHID_CSSID_SHIFT 24
#define SCHID_M 0x00080000U
#define SCHID_SSID 0x00060000U /* subchannel set */
#define SCHID_SSID_SHIFT 17
#define SCHID_ONE 0x00010000U      /* must be one, else operand exception */
#define SCHID_NR 0x0000ffffU       /* subchannel number */
#define SCHID_RESERVED 0x00f00000U /* must be zero */

/* Subchannel-status word. */
struct scsw {
    be16 flags; /* 0: SCSW_* */
    be16 ctrl;  /* 2: SCSW_FC_*, SCSW_AC_*, SCSW_SC_* */
    be32 ccw;   /* 4: CCW address */
    u8 dstat;   /* 8: device status, DSTAT_* */
    u8 cstat;   /* 9: subchannel status, CSTAT_* */
    be16 count; /* A: residual count */
};
_Static_assert(sizeof(struct scsw) == 12, "SCSW");
_Static_assert(offsetof(struct scsw, dstat) == 8, "SCSW");
#define SCSW_KEY 0xf000 /* subchannel key */
#define SCSW_S 0x0800   /* suspend control */
#define SCSW_L 0x0400   /* extended-status-word format */
#define SCSW_CC 0x0300  /* deferred condition code */
#define SCSW_CC_SHIFT 8
#define SCSW_F 0x0080  /* CCW format */
#define SCSW_P 0x0040  /* prefetch */
#define SCSW_I 0x0020  /* initial-status interruption */
#define SCSW_A 0x0010  /* address-limit checking */
#define SCSW_U 0x0008  /* suppress suspended interruption */
#define SCSW_Z 0x0004  /* zero condition code */
#define SCSW_E 0x0002  /* extended control */
#define SCSW_N 0x0001  /* path not operational */
#define SCSW_FC 0x7000 /* function control */
#define SCSW_FC_START 0x4000
#define SCSW_FC_HALT 0x2000
#define SCSW_FC_CLEAR 0x1000
#define SCSW_AC 0x0fe0 /* activity control */
#define SCSW_AC_RESUME_PEND 0x0800
#define SCSW_AC_START_PEND 0x0400
#define SCSW_AC_HALT_PEND 0x0200
#define SCSW_AC_CLEAR_PEND 0x0100
#define SCSW_AC_SCH_ACTIVE 0x0080
#define SCSW_AC_DEV_ACTIVE 0x0040
#define SCSW_AC_SUSPENDED 0x0020
#define SCSW_SC 0x001f /* status control */
#define SCSW_SC_ALERT 0x0010
#define SCSW_SC_INTERMEDIATE 0x0008
#define SCSW_SC_PRIMARY 0x0004
#define SCSW_SC_SECONDARY 0x0002
#define SCSW_SC_PENDING 0x0001

#define DSTAT_ATTENTION 0x80
#define DSTAT_STATUS_MOD 0x40 /* status modifier */
#define DSTAT_CU_END 0x20     /* control-unit end */
#define DSTAT_BUSY 0x10
#define DSTAT_CHANNEL_END 0x08
#define DSTAT_DEVICE_END 0x04
#define DSTAT_UNIT_CHECK 0x02
#define DSTAT_UNIT_EXCEPTION 0x01

#define CSTAT_PCI 0x80        /* program-controlled interruption */
#define CSTAT_INCORR_LEN 0x40 /* incorrect length */
#define CSTAT_PROGRAM_CHECK 0x20
#define CSTAT_PROT_CHECK 0x10    /* protection check */
#define CSTAT_DATA_CHECK 0x08    /* channel-data check */
#define CSTAT_CONTROL_CHECK 0x04 /* channel-control check */
#define CSTAT_INTF_CHECK 0x02    /* interface-control check */
#define CSTAT_CHAIN_CHECK 0x01   /* chaining check */

/* Path-management-control word. */
struct pmcw {
    be32 intparm; /* 00: interruption parameter */
    be16 flags;   /* 04: PMCW_* */
    be16 devno;   /* 06: device number, when V */
    u8 lpm;       /* 08: logical-path mask */
    u8 pnom;      /* 09: path-not-operational mask */
    u8 lpum;      /* 0A: last-path-used mask */
    u8 pim;       /* 0B: path-installed mask */
    be16 mbi;     /* 0C: measurement-block index */
    u8 pom;       /* 0E: path-operational mask */
    u8 pam;       /* 0F: path-available mask */
    u8 chpid[8];  /* 10: channel-path identifiers */
    be32 chars;   /* 18: PMCW_CHARS_* */
};
_Static_assert(sizeof(struct pmcw) == 28, "PMCW");
_Static_assert(offsetof(struct pmcw, chpid) == 0x10, "PMCW");
#define PMCW_QF 0x8000 /* QDIO facility */
#define PMCW_W 0x4000
#define PMCW_ISC 0x3800 /* interruption subclass */
#define PMCW_ISC_SHIFT 11
#define PMCW_E 0x0080             /* enabled */
#define PMCW_LM 0x0060            /* limit mode */
#define PMCW_MM 0x0018            /* measurement-mode enable */
#define PMCW_MM_BLOCK 0x0010      /* measurement-block update */
#define PMCW_MM_DCT 0x0008        /* device-connect-time measurement */
#define PMCW_D 0x0004             /* multipath mode */
#define PMCW_T 0x0002             /* timing facility */
#define PMCW_V 0x0001             /* device number valid */
#define PMCW_FLAGS_MSCH 0x38fc    /* what MODIFY SUBCHANNEL may change: ISC, E, LM, MM, D */
#define PMCW_CHARS_ST 0x00e00000U /* subchannel type: 0 = I/O */
#define PMCW_CHARS_ST_SHIFT 21
#define PMCW_CHARS_MBFC 0x00000004U   /* measurement-block-format control */
#define PMCW_CHARS_XMWME 0x00000002U  /* extended-measurement-word-mode enable */
#define PMCW_CHARS_CSENSE 0x00000001U /* concurrent sense */

/* Subchannel-information block. */
struct schib {
    struct pmcw pmcw; /* 00 */
    struct scsw scsw; /* 1C */
    u8 mba[8];        /* 28: measurement-block address, with MBFC */
    u8 mda[4];        /* 30: model-dependent area */
};
_Static_assert(sizeof(struct schib) == 52, "SCHIB");
_Static_assert(offsetof(struct schib, scsw) == 0x1c, "SCHIB");

/* Operation-request block. */
struct orb {
    be32 intparm; /* 00: interruption parameter */
    be16 ctrl0;   /* 04: ORB0_* */
    u8 lpm;       /* 06: logical-path mask */
    u8 ctrl1;     /* 07: ORB1_* */
    be32 cpa;     /* 08: channel-program address */
    u8 css_prio;  /* 0C: channel-subsystem priority */
    u8 reserved0d;
    u8 cu_prio; /* 0E: control-unit priority */
    u8 reserved0f;
    u8 reserved10[16];
};
#define ORB_LEN 12 /* what START SUBCHANNEL needs here */
_Static_assert(sizeof(struct orb) == 32, "ORB");
_Static_assert(offsetof(struct orb, cpa) == 8, "ORB");
#define ORB0_KEY 0xf000 /* subchannel key */
#define ORB0_KEY_SHIFT 12
#define ORB0_S 0x0800 /* suspend control */
#define ORB0_C 0x0400 /* streaming-mode control */
#define ORB0_M 0x0200 /* modification control */
#define ORB0_Y 0x0100 /* synchronization control */
#define ORB0_F 0x0080 /* CCW format */
#define ORB0_P 0x0040 /* prefetch control */
#define ORB0_I 0x0020 /* initial-status-interruption control */
#define ORB0_A 0x0010 /* address-limit-checking control */
#define ORB0_U 0x0008 /* suppress-suspended-interruption control */
#define ORB0_B 0x0004 /* channel-program type: 1 = transport mode */
#define ORB0_H 0x0002 /* format-2 (64-bit) IDAWs */
#define ORB0_T 0x0001 /* 2 KiB blocks with format-2 IDAWs */
#define ORB1_L 0x80   /* incorrect-length-suppression mode */
#define ORB1_D 0x40   /* modified-CCW-indirect-data-addressing control */
#define ORB1_X 0x01   /* ORB extension */
#define ORB1_INVALID 0x3e
#define ORB_CPA_FMT0 0x00ffffffU

/* Interruption-response block. */
struct irb {
    struct scsw scsw; /* 00 */
    be32 esw[5];      /* 0C: extended-status word; esw[1] is the ERW of format 0 */
    u8 ecw[32];       /* 20: extended-control word: concurrent sense data */
    u8 emw[32];       /* 40: extended-measurement word, stored only with the facility */
};
#define IRB_LEN 64                /* what TEST SUBCHANNEL stores without extended measurement */
#define ESW1_ERW_S 0x01000000U    /* concurrent sense data in the ECW */
#define ESW1_ERW_SCNT 0x003f0000U /* their count */
#define ESW1_ERW_SCNT_SHIFT 16
_Static_assert(sizeof(struct irb) == 96, "IRB");
_Static_assert(offsetof(struct irb, ecw) == 0x20, "IRB");

/* Channel-command words. */
struct ccw0 {
    u8 cmd;     /* 0: command code */
    u8 addr[3]; /* 1: 24-bit data address */
    u8 flags;   /* 4: CCW_FLAG_* */
    u8 reserved5;
    be16 count; /* 6 */
};
struct ccw1 {
    u8 cmd;     /* 0: command code */
    u8 flags;   /* 1: CCW_FLAG_* */
    be16 count; /* 2 */
    be32 addr;  /* 4: 31-bit data address */
};
_Static_assert(sizeof(struct ccw0) == 8, "CCW");
_Static_assert(sizeof(struct ccw1) == 8, "CCW");
#define CCW_FLAG_CD 0x80  /* chain data */
#define CCW_FLAG_CC 0x40  /* chain command */
#define CCW_FLAG_SLI 0x20 /* suppress length indication */
#define CCW_FLAG_SKIP 0x10
#define CCW_FLAG_PCI 0x08  /* program-controlled interruption */
#define CCW_FLAG_IDA 0x04  /* indirect data addressing */
#define CCW_FLAG_S 0x02    /* suspend */
#define CCW_FLAG_MIDA 0x01 /* modified indirect data addressing */
#define CCW1_ADDR_INVALID 0x80000000U

static inline u32 ccw0_addr(const struct ccw0 *c)
{
    return (u32)c->addr[0] << 16 | (u32)c->addr[1] << 8 | c->addr[2];
}

#define CCW_CMD_IPL_READ 0x02
#define CCW_CMD_NOP 0x03
#define CCW_CMD_SENSE 0x04    /* basic sense */
#define CCW_CMD_TIC 0x08      /* transfer in channel */
#define CCW_CMD_TIC_MASK 0x0f /* only these bits count in a format-0 CCW */
#define CCW_CMD_SENSE_ID 0xe4

/* Modified indirect-data-address word. */
struct midaw {
    u8 reserved[5];
    u8 flags;   /* 5: MIDAW_FLAG_* */
    be16 count; /* 6 */
    be64 addr;  /* 8 */
};
#define MIDAW_FLAG_LAST 0x80
#define MIDAW_FLAG_SKIP 0x40
#define MIDAW_FLAG_INT 0x20 /* data-transfer-interruption control */
_Static_assert(sizeof(struct midaw) == 16, "MIDAW");

/* Sense data and SENSE ID. */
#define SENSE_BYTES 32
#define SENSE0_CMD_REJECT 0x80
#define SENSE0_INTERVENTION 0x40
#define SENSE0_BUS_OUT 0x20
#define SENSE0_EQUIPMENT 0x10
#define SENSE0_DATA_CHECK 0x08
#define SENSE0_OVERRUN 0x04

struct sense_id {
    u8 ff;          /* 0: FF */
    u8 cu_type[2];  /* 1: control-unit type */
    u8 cu_model;    /* 3 */
    u8 dev_type[2]; /* 4: device type, zero if none */
    u8 dev_model;   /* 6 */
    u8 reserved7;
    u8 ciw[8][4]; /* 8: command-information words: type, command, count */
};
#define SENSE_ID_BASIC_LEN 7
_Static_assert(sizeof(struct sense_id) == 40, "SENSE ID");
_Static_assert(offsetof(struct sense_id, dev_type) == 4, "SENSE ID");

/* Channel-report word. */
struct crw {
    be16 flags; /* 0: CRW_* */
    be16 rsid;  /* 2: reporting-source id */
};
_Static_assert(sizeof(struct crw) == 4, "CRW");
#define CRW_S 0x4000   /* solicited */
#define CRW_R 0x2000   /* overflow: reports were lost */
#define CRW_C 0x1000   /* chained: another word belongs to this report */
#define CRW_RSC 0x0f00 /* reporting-source code */
#define CRW_RSC_SUBCHANNEL 0x0300
#define CRW_RSC_CHPATH 0x0400
#define CRW_RSC_CSS 0x0b00
#define CRW_A 0x0080        /* ancillary report */
#define CRW_ERC 0x003f      /* error-recovery code */
#define CRW_ERC_EVENT 0x00  /* event information pending */
#define CRW_ERC_AVAIL 0x01  /* available */
#define CRW_ERC_INIT 0x02   /* initialized */
#define CRW_ERC_TERROR 0x03 /* temporary error */
#define CRW_ERC_IPARM 0x04  /* installed parameters initialized */
#define CRW_ERC_TERM 0x05   /* terminal */
#define CRW_ERC_PERRN 0x06  /* permanent error, facility not initialized */
#define CRW_ERC_PERRI 0x07  /* permanent error, facility initialized */
#define CRW_ERC_PMOD 0x08   /* installed parameters modified */

/* What TEST PENDING INTERRUPTION stores at its operand (all three words at lowcore 0B8). */
struct io_int_code {
    be32 ssid;    /* 0: subsystem-identification word */
    be32 intparm; /* 4: I/O-interruption parameter */
    be32 word;    /* 8: I/O-interruption-identification word */
};
_Static_assert(sizeof(struct io_int_code) == 12, "I/O-interruption code");

/* CHSC: request and response headers. */
struct chsc_header {
    be16 len;  /* 0: length of the block, this included */
    be16 code; /* 2: request or response code */
};
_Static_assert(sizeof(struct chsc_header) == 4, "CHSC");

enum chsc_request {
    CHSC_SCPD = 0x0002, /* store channel-path description */
    CHSC_SSD = 0x0004,  /* store subchannel description */
    CHSC_SEI = 0x000e,  /* store event information */
    CHSC_SCSC = 0x0010, /* store channel-subsystem characteristics */
    CHSC_SADC = 0x0021, /* set adapter-device controls */
    CHSC_SDA = 0x0031,  /* set domain attributes */
};
enum chsc_response {
    CHSC_RSP_OK = 0x0001,
    CHSC_RSP_INVALID_CMD = 0x0002,
    CHSC_RSP_INVALID_REQ = 0x0003, /* bad request length or reserved bits */
    CHSC_RSP_UNSUPPORTED = 0x0004,
    CHSC_RSP_NO_EVENT = 0x0005, /* SEI: nothing pending */
    CHSC_RSP_INVALID_FORMAT = 0x0007,
    CHSC_RSP_SDA_UNAVAILABLE = 0x0101, /* SDA: the setting is not available */
};
#define CHSC_PAGE 4096

/* 0002: channel-path description of a range of paths. */
struct chsc_scpd_req {
    struct chsc_header h; /* 00: length 0010 */
    be32 parm1;           /* 04: CHSC_SCPD_* */
    be32 parm2;           /* 08: last CHPID in the low byte */
    be32 zeros;           /* 0C */
};
#define CHSC_SCPD_M 0x20000000U /* CSSID is given */
#define CHSC_SCPD_C 0x10000000U
#define CHSC_SCPD_FMT 0x0f000000U /* request format, 0 */
#define CHSC_SCPD_CSSID 0x00ff0000U
#define CHSC_SCPD_CSSID_SHIFT 16
#define CHSC_SCPD_RFMT 0x00000f00U /* response format: 0 or 1 */
#define CHSC_SCPD_RFMT_SHIFT 8
#define CHSC_SCPD_FIRST 0x000000ffU /* first CHPID */
#define CHSC_SCPD_RES1 0xc000f000U  /* must be zero */
#define CHSC_SCPD_RES2 0xffffff00U  /* must be zero in parm2 */
_Static_assert(sizeof(struct chsc_scpd_req) == 0x10, "SCPD");
/* Response: header, a word of zeros, then descriptions. */
struct chsc_chpd0 {
    u8 flags; /* 0: CHSC_CHPD_VALID */
    u8 lsn;   /* 1: logical-switch number */
    u8 desc;  /* 2: channel-path type, CHP_TYPE_* */
    u8 chpid; /* 3 */
    u8 swla;  /* 4: switch link address */
    u8 zeros; /* 5 */
    u8 chla;  /* 6: channel link address */
    u8 chpp;  /* 7: channel-path parameters */
};
struct chsc_chpd1 {
    u8 flags; /* 00 */
    u8 lsn;   /* 01 */
    u8 desc;  /* 02 */
    u8 chpid; /* 03 */
    u8 reserved04[3];
    u8 chpp; /* 07 */
    u8 reserved08[8];
    be16 chid; /* 10: channel id */
    u8 reserved12[2];
    be16 mdc;    /* 14: maximum device-connect count */
    be16 rsf;    /* 16: validity bits, low 3 */
    u8 zeros[8]; /* 18 */
};
#define CHSC_CHPD_VALID 0x80
#define CHP_TYPE_VIRTUAL 0x32 /* of virtio-ccw devices */
_Static_assert(sizeof(struct chsc_chpd0) == 8, "channel-path description");
_Static_assert(sizeof(struct chsc_chpd1) == 32, "channel-path description");

/* 0010: characteristics. */
struct chsc_scsc_rsp {
    struct chsc_header h; /* 000: length 0FF0 */
    be32 zeros;           /* 004 */
    u8 general[2040];     /* 008: general characteristics, CHSC_GEN_* are bit numbers */
    u8 chsc[2032];        /* 800: CHSC characteristics */
};
_Static_assert(offsetof(struct chsc_scsc_rsp, chsc) == 0x800, "SCSC");
_Static_assert(sizeof(struct chsc_scsc_rsp) == 0xff0, "SCSC");
#define CHSC_SCSC_REQ_LEN 0x10
#define CHSC_GEN_DYNIO 12  /* dynamic I/O configuration */
#define CHSC_GEN_AIF 41    /* adapter-interruption facility */
#define CHSC_GEN_MCSS 45   /* multiple channel-subsystem images */
#define CHSC_GEN_EXT_MB 48 /* extended measurement block */
#define CHSC_GEN_AIV 61    /* adapter-interruption virtualization */
#define CHSC_GEN_FCX 88    /* transport mode */

/* 0031: set domain attributes. */
struct chsc_sda_req {
    struct chsc_header h; /* 000: length 0400 */
    u8 fmt;               /* 004: low 4 bits */
    u8 reserved005;
    be16 op; /* 006: CHSC_SDA_OP_* */
    u8 reserved008[8];
    u8 data[0x400 - 0x10];
};
#define CHSC_SDA_FMT 0x0f
#define CHSC_SDA_OP_MCSSE 0x0000 /* enable multiple channel-subsystem images */
#define CHSC_SDA_OP_MSS 0x0002   /* enable multiple subchannel sets */
_Static_assert(sizeof(struct chsc_sda_req) == 0x400, "SDA");
#define CHSC_SDA_RSP_LEN 8

/* 000E: event information. */
struct chsc_sei_req {
    struct chsc_header h; /* 00: length 0010 */
    be32 reserved;        /* 04 */
    be64 ntsm;            /* 08: notification-type selection mask, CHSC_SEI_NT(n) */
};
#define CHSC_SEI_NT(n) BIT64(n)
_Static_assert(sizeof(struct chsc_sei_req) == 0x10, "SEI");
struct chsc_sei_rsp {
    struct chsc_header h; /* 00 */
    u8 reserved04[3];
    u8 nt;     /* 07: notification type */
    u8 flags;  /* 08: CHSC_SEI_MORE */
    u8 vf;     /* 09: validity of the next fields, CHSC_SEI_VF_* */
    u8 rs;     /* 0A: reporting source */
    u8 cc;     /* 0B: content code, CHSC_SEI_CC_* */
    be16 fla;  /* 0C: full link address */
    be16 rsid; /* 0E: reporting-source id */
    u8 reserved10[8];
    u8 ccdf[CHSC_PAGE - 24 - 16]; /* 18: content-code-dependent field */
};
#define CHSC_SEI_MORE 0x80 /* more event information is pending */
#define CHSC_SEI_VF_LINK 0x80
#define CHSC_SEI_VF_FULL_LINK 0x40
#define CHSC_SEI_RS_AP 5 /* adjunct processors */
#define CHSC_SEI_CC_LINK_INCIDENT 1
#define CHSC_SEI_CC_RES_ACCESS 2 /* resource accessibility */
#define CHSC_SEI_CC_AP_CONFIG 3  /* adapters or domains came or went */
#define CHSC_SEI_CC_CHP_AVAIL 7  /* channel-path availability */
#define CHSC_SEI_CC_CHP_CONFIG 8 /* channel-path configuration */
_Static_assert(offsetof(struct chsc_sei_rsp, nt) == 7, "SEI");
_Static_assert(offsetof(struct chsc_sei_rsp, ccdf) == 0x18, "SEI");

#endif
