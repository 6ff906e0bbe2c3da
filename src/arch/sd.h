/* SPDX-License-Identifier: Apache-2.0
 *
 * The SIE state description (format 2): the 512-byte block from which interpretive execution runs
 * a guest CPU, in its architected big-endian layout, with every control bit, interception code
 * and validity reason.  No behaviour: SIE raises interceptions in src/sie, the hypervisor handles
 * them in src/hypervisor.  Fields carry the names of KVM's handlers where those differ from CP's.
 * cpuflags is the only field that other CPUs change while the guest runs (atomically).
 *
 * References: IBM CP control blocks SIEBK; SA22-7095 "System/370 XA Interpretive Execution";
 * Osisek et al., "ESA/390 interpretive-execution architecture", IBM Systems Journal 30(1), 1991.
 */
#ifndef SIE390_ARCH_SD_H
#define SIE390_ARCH_SD_H

#include <string.h>

#include "arch/guarded.h"
#include "arch/psw.h"
#include "base/types.h"

struct sd {
    be32 cpuflags;           /* 000: state and intervention bits, SD_CPUFLAG_* */
    be32 prefix_ibc;         /* 004: SD_PREFIX, SD_IBC */
    u8 reserved008[4];       /* 008 */
    be32 prog0c;             /* 00C: software word, SD_PROG0C_* */
    be64 pv_handle_cpu;      /* 010: secure-CPU handle (format 4) */
    be64 pv_handle_config;   /* 018: secure-configuration handle (format 4) */
    be32 prog20;             /* 020: software word, SD_PROG20_* */
    u8 reserved024[4];       /* 024 */
    be64 cputm;              /* 028: guest CPU timer */
    be64 ckc;                /* 030: guest clock comparator */
    be64 epoch;              /* 038: epoch difference: guest TOD - host TOD */
    be32 svcc;               /* 040: SVC interception controls, SD_SVCC_* */
    be16 lctl;               /* 044: LCTL(G) of control register n intercepted, bit n */
    be16 icpua;              /* 046: guest CPU address */
    be32 ictl;               /* 048: interception controls, SD_ICTL_* */
    be32 eca;                /* 04C: execution controls A, SD_ECA_* */
    u8 icptcode;             /* 050: interception code, enum icpt */
    u8 icptstatus;           /* 051: interception status, SD_ICPTSTATUS_* */
    be16 ihcpu;              /* 052: host CPU of the last run; FFFF forces a guest-TLB purge */
    u8 reserved054;          /* 054 */
    u8 iictl;                /* 055: interruption-injection control (format 4), SD_IICTL_* */
    be16 ipa;                /* 056: first halfword of the intercepted instruction */
    be32 ipb;                /* 058: rest of it, left aligned; validity reason in the high half */
    be32 scaoh;              /* 05C: system-control-area origin, high word */
    u8 fpf;                  /* 060: facility flags, SD_FPF_* */
    u8 ecb;                  /* 061: execution controls B, byte 0, SD_ECB_* */
    u8 ecb2;                 /* 062: execution controls B, byte 1, SD_ECB2_* */
    u8 ecb3;                 /* 063: execution controls B, byte 2, SD_ECB3_* */
    be32 scaol;              /* 064: system-control-area origin, low word */
    u8 sdf;                  /* 068: state-description format selector, SD_SDF_* */
    u8 epdx;                 /* 069: epoch index (multiple-epoch facility) */
    u8 cpnc;                 /* 06A: control-program-name code, from DIAG 318 */
    u8 reserved06b;          /* 06B */
    be32 todpr;              /* 06C: TOD programmable register */
    be32 gd;                 /* 070: GISA designation, SD_GD_* */
    u8 reserved074[12];      /* 074 */
    be64 mso;                /* 080: main-storage origin */
    be64 msl;                /* 088: main-storage limit: the last addressable megabyte */
    struct psw_be gpsw;      /* 090: guest PSW */
    be64 gg14;               /* 0A0: guest general register 14 */
    be64 gg15;               /* 0A8: guest general register 15 */
    u8 reserved0b0[8];       /* 0B0 */
    u8 hpid;                 /* 0B8: host-program identifier, SD_HPID_* */
    u8 reserved0b9[7];       /* 0B9 */
    union {                  /* 0C0: interruption parameters */
        struct {             /* of an external or a program interruption (mirrors lowcore 080) */
            be32 eiparams;   /* 0C0: external-interruption parameter */
            be16 extcpuaddr; /* 0C4: external: CPU address */
            be16 eic;        /* 0C6: external-interruption code */
            u8 reserved0c8[4];
            be16 pgmilc;  /* 0CC: program: instruction-length code, 2 4 or 6 */
            be16 iprcc;   /* 0CE: program-interruption code */
            be32 dxc;     /* 0D0: data-exception or vector-exception code, byte 3 */
            be16 mcn;     /* 0D4: monitor-class number */
            u8 perc;      /* 0D6: PER code */
            u8 peratmid;  /* 0D7: addressing-and-translation-mode identification */
            be64 peraddr; /* 0D8: PER address */
            u8 eai;       /* 0E0: exception access identification */
            u8 peraid;    /* 0E1: PER access identification */
            u8 oai;       /* 0E2: operand access identification */
            u8 armid;     /* 0E3: architectural-mode identification */
            u8 reserved0e4[4];
            be64 tecmc; /* 0E8: translation-exception identification, or monitor code */
        };
        struct {       /* MVPG partial execution, SD_PEI_* */
            be64 dest; /* 0C0: destination */
            be64 src;  /* 0C8: source */
        } pei;
        struct {       /* machine-check injection (format 4) */
            be64 mcic; /* 0C0: machine-check-interruption code */
            u8 reserved0c8[4];
            be32 edc;   /* 0CC: external-damage code */
            be64 faddr; /* 0D0: failing-storage address */
        } mck;
        struct { /* I/O injection (format 4) */
            u8 reserved0c0[0x28];
            be16 subchannel_id; /* 0E8 */
            be16 subchannel_nr; /* 0EA */
            be32 io_int_parm;   /* 0EC: I/O-interruption parameter */
            be32 io_int_word;   /* 0F0: I/O-interruption-identification word */
        } io;
        u8 ip[52];
    };
    u8 reserved0f8[4];  /* 0F8 */
    be32 crycbd;        /* 0FC: CRYCB designation, SD_CRYCBD_* */
    be64 gcr[16];       /* 100: guest control registers */
    be64 gbea;          /* 180: guest breaking-event address (format 4: SIDA designation) */
    u8 reserved188[8];  /* 188 */
    be64 sdnxo;         /* 190: state-description-annex origin, SD_SDNXO_* */
    u8 reserved198[8];  /* 198 */
    be32 fac;           /* 1A0: facility-list designation, SD_FAC_* */
    u8 reserved1a4[20]; /* 1A4 */
    be64 cbrlo;         /* 1B8: CMMA block-release-list origin, SD_CBRLO_* */
    u8 reserved1c0[8];  /* 1C0 */
    be32 ecd;           /* 1C8: execution controls D, SD_ECD_* */
    u8 reserved1cc[18]; /* 1CC */
    u8 pp[8];           /* 1DE: program parameter (LPP); misaligned: sd_pp(), sd_set_pp() */
    u8 reserved1e6[2];  /* 1E6 */
    be64 itdba;         /* 1E8: interception-TDB address */
    be64 riccbd;        /* 1F0: runtime-instrumentation control-block designation */
    be64 gvrd;          /* 1F8: guest vector-register save-area designation */
};
#define SD_ASSERT(field, off) _Static_assert(offsetof(struct sd, field) == (off), #field)
SD_ASSERT(prefix_ibc, 0x004);
SD_ASSERT(prog0c, 0x00c);
SD_ASSERT(pv_handle_cpu, 0x010);
SD_ASSERT(prog20, 0x020);
SD_ASSERT(cputm, 0x028);
SD_ASSERT(epoch, 0x038);
SD_ASSERT(svcc, 0x040);
SD_ASSERT(lctl, 0x044);
SD_ASSERT(ictl, 0x048);
SD_ASSERT(eca, 0x04c);
SD_ASSERT(icptcode, 0x050);
SD_ASSERT(ihcpu, 0x052);
SD_ASSERT(iictl, 0x055);
SD_ASSERT(ipa, 0x056);
SD_ASSERT(ipb, 0x058);
SD_ASSERT(scaoh, 0x05c);
SD_ASSERT(fpf, 0x060);
SD_ASSERT(scaol, 0x064);
SD_ASSERT(sdf, 0x068);
SD_ASSERT(todpr, 0x06c);
SD_ASSERT(gd, 0x070);
SD_ASSERT(mso, 0x080);
SD_ASSERT(gpsw, 0x090);
SD_ASSERT(gg14, 0x0a0);
SD_ASSERT(hpid, 0x0b8);
SD_ASSERT(ip, 0x0c0);
SD_ASSERT(eic, 0x0c6);
SD_ASSERT(pgmilc, 0x0cc);
SD_ASSERT(iprcc, 0x0ce);
SD_ASSERT(dxc, 0x0d0);
SD_ASSERT(perc, 0x0d6);
SD_ASSERT(peraddr, 0x0d8);
SD_ASSERT(eai, 0x0e0);
SD_ASSERT(tecmc, 0x0e8);
SD_ASSERT(mck.edc, 0x0cc);
SD_ASSERT(io.subchannel_id, 0x0e8);
SD_ASSERT(io.io_int_word, 0x0f0);
SD_ASSERT(crycbd, 0x0fc);
SD_ASSERT(gcr, 0x100);
SD_ASSERT(gbea, 0x180);
SD_ASSERT(sdnxo, 0x190);
SD_ASSERT(fac, 0x1a0);
SD_ASSERT(cbrlo, 0x1b8);
SD_ASSERT(ecd, 0x1c8);
SD_ASSERT(pp, 0x1de);
SD_ASSERT(itdba, 0x1e8);
SD_ASSERT(riccbd, 0x1f0);
SD_ASSERT(gvrd, 0x1f8);
#undef SD_ASSERT
_Static_assert(sizeof(struct sd) == 0x200, "state description");

/* State-description annex, as far as it is always there (it has 64 bytes at least). */
struct sdnx {
    u8 reserved00[16];
    struct gs_cb gscb; /* 10: guarded-storage registers, unless SD_ECD_HOSTREGMGMT */
    be64 etoken;       /* 30 */
    be64 etoken_ext;   /* 38 */
};
_Static_assert(sizeof(struct sdnx) == 64, "state-description annex");

#define SD_SIZE 0x200
#define SD_ALIGN 0x200 /* SIE recognizes specification otherwise */

/* cpuflags */
#define SD_CPUFLAG_STOPPED 0x80000000U    /* software: guest CPU is in the stopped state */
#define SD_CPUFLAG_WAIT 0x10000000U       /* software: guest CPU idles (SIGP interpretation) */
#define SD_CPUFLAG_ECALL_PEND 0x08000000U /* external call pending, source in the SCA entry */
#define SD_CPUFLAG_STOP_INT 0x04000000U   /* stop intervention request */
#define SD_CPUFLAG_IO_INT 0x02000000U     /* I/O intervention request */
#define SD_CPUFLAG_EXT_INT 0x01000000U    /* external intervention request */
#define SD_CPUFLAG_RUNNING 0x00800000U    /* guest CPU is backed by a host CPU */
#define SD_CPUFLAG_RETAINED 0x00400000U   /* SIE state retained */
#define SD_CPUFLAG_TIMING_SUB 0x00020000U /* expedite-timer subset */
#define SD_CPUFLAG_SIE_SUB 0x00010000U    /* expedite-run subset */
#define SD_CPUFLAG_RRF 0x00008000U        /* region relocation */
#define SD_CPUFLAG_SLSV 0x00004000U       /* storage-limit suppression, virtual SIE */
#define SD_CPUFLAG_SLSR 0x00002000U       /* storage-limit suppression, real */
#define SD_CPUFLAG_ZARCH 0x00000800U      /* z/Architecture guest */
#define SD_CPUFLAG_KSS 0x00000200U        /* keyless subset: first key instruction intercepts */
#define SD_CPUFLAG_MCDS 0x00000100U       /* multiple-controlled-data-space mode */
#define SD_CPUFLAG_SM 0x00000080U         /* guest-storage-limit suppression: MSO is ignored */
#define SD_CPUFLAG_IBS 0x00000040U        /* interlock-and-broadcast suppression */
#define SD_CPUFLAG_GED2 0x00000010U       /* guest has EDAT-2 (GED must be zero) */
#define SD_CPUFLAG_G 0x00000008U          /* preferred (V=R) guest */
#define SD_CPUFLAG_GED 0x00000004U        /* guest has EDAT-1 */
#define SD_CPUFLAG_J 0x00000002U
#define SD_CPUFLAG_P 0x00000001U /* guest-PER enhancement */
#define SD_CPUFLAG_INTERVENTION (SD_CPUFLAG_STOP_INT | SD_CPUFLAG_IO_INT | SD_CPUFLAG_EXT_INT)

/* prefix_ibc */
#define SD_PREFIX 0x7ffff000U   /* bits 1-19: the prefix, as an address */
#define SD_PREFIX_Z 0x7fffe000U /* the part of it that counts in z/Architecture mode */
#define SD_IBC 0x00000fffU      /* bits 20-31: instruction-blocking control */
#define SD_IBC_LEVELS 4         /* the rightmost bits of it: the level within a generation */

/* prog0c, prog20: software only */
#define SD_PROG0C_IN_SIE 0x00000001U
#define SD_PROG20_BLOCK_SIE 0x00000001U
#define SD_PROG20_REQUEST 0x00000002U

/* svcc */
#define SD_SVCC_ALL 0x80000000U /* every SVC */
#define SD_SVCC_1 0x40000000U   /* the SVC number in byte 1 */
#define SD_SVCC_2 0x20000000U   /* the SVC number in byte 2 */
#define SD_SVCC_3 0x10000000U   /* the SVC number in byte 3 */

/* lctl: bit of control register n */
#define SD_LCTL(n) (0x8000U >> (n))

/* ictl: what is intercepted in addition to the mandatory interceptions */
#define SD_ICTL_OPEREXC 0x80000000U /* operation exceptions, as ICPT_OPEREXC */
#define SD_ICTL_PRIVOP 0x40000000U  /* privileged-operation exceptions */
#define SD_ICTL_PINT 0x20000000U    /* all program interruptions */
#define SD_ICTL_FACIND 0x10000000U  /* facility indication: STFL(E), PQAP TAPQ with T */
#define SD_ICTL_IPTECSP 0x01000000U /* IPTE, IDTE, CSP, CSPG */
#define SD_ICTL_LPSW 0x00400000U    /* LPSW, LPSWE, LPSWEY */
#define SD_ICTL_PTLB 0x00200000U    /* PTLB, PALB */
#define SD_ICTL_SSM 0x00100000U
#define SD_ICTL_BSA 0x00080000U
#define SD_ICTL_STCTL 0x00040000U /* STCTL, STCTG */
#define SD_ICTL_STNSM 0x00020000U
#define SD_ICTL_STOSM 0x00010000U
#define SD_ICTL_STCK 0x00008000U
#define SD_ICTL_ISKE 0x00004000U /* ISKE, IRBM */
#define SD_ICTL_SSKE 0x00002000U
#define SD_ICTL_RRBE 0x00001000U /* RRBE, RRBM */
#define SD_ICTL_PC 0x00000800U
#define SD_ICTL_PT 0x00000400U
#define SD_ICTL_TPROT 0x00000200U
#define SD_ICTL_LASP 0x00000100U
#define SD_ICTL_SPT 0x00000040U  /* SPT, STPT */
#define SD_ICTL_SCKC 0x00000020U /* SCKC, STCKC */
#define SD_ICTL_PR 0x00000008U
#define SD_ICTL_BAKR 0x00000004U
#define SD_ICTL_PG 0x00000002U /* PGIN, PGOUT */

/* eca: execution controls A */
#define SD_ECA_CEI 0x80000000U /* conditional external interception */
#define SD_ECA_IB 0x40000000U  /* intervention bypass */
#define SD_ECA_WAIT_ASSIST 0x20000000U
#define SD_ECA_SIGPI 0x10000000U /* SIGP interpretation through the SCA */
#define SD_ECA_ALERT 0x08000000U /* alert monitoring */
#define SD_ECA_IO_ASSIST 0x04000000U
#define SD_ECA_MVPGI 0x01000000U    /* MVPG interpretation */
#define SD_ECA_AIV 0x00200000U      /* adapter-interruption virtualization through the GISA */
#define SD_ECA_VX 0x00020000U       /* guest may use the vector facility */
#define SD_ECA_PROTEXCI 0x00002000U /* protection-exception interpretation */
#define SD_ECA_APIE 0x00000008U     /* AP interpretation through the CRYCB */
#define SD_ECA_SIGA 0x00000004U     /* SIGA assist */
#define SD_ECA_SII 0x00000001U      /* shared IPTE interlock in the SCA */

/* ecb: execution controls B, byte 0 */
#define SD_ECB_QEBSM 0x80
#define SD_ECB_GS 0x40          /* guarded storage */
#define SD_ECB_TE 0x10          /* transactional execution */
#define SD_ECB_SPECI 0x08       /* specification-exception interpretation */
#define SD_ECB_SRSI 0x04        /* sense-running-status interpretation */
#define SD_ECB_HOSTPROTINT 0x02 /* host protection raises a host interruption */
#define SD_ECB_PTF 0x01         /* PTF interpretation */
/* byte 1 */
#define SD_ECB2_CMMA 0x80     /* ESSA interpretation, CBRL in use */
#define SD_ECB2_IEP 0x20      /* instruction-execution protection */
#define SD_ECB2_PFMFI 0x08    /* PFMF interpretation */
#define SD_ECB2_ESCA 0x04     /* the SCA has the extended format */
#define SD_ECB2_ZPCI_LSI 0x02 /* PCI load/store interpretation */
/* byte 2 */
#define SD_ECB3_AISI 0x20  /* adapter-interruption-suppression interpretation */
#define SD_ECB3_AISII 0x10 /* adapter-interruption-source-id interpretation */
#define SD_ECB3_DEA 0x08   /* DEA protected-key functions */
#define SD_ECB3_AES 0x04   /* AES protected-key functions */
#define SD_ECB3_RI 0x01    /* runtime instrumentation */

/* ecd: execution controls D */
#define SD_ECD_HOSTREGMGMT 0x20000000U /* guest VRs and GS registers are the host's */
#define SD_ECD_MEF 0x08000000U         /* multiple-epoch facility: epdx counts */
#define SD_ECD_ETOKENF 0x02000000U     /* etoken in the SDNX */
#define SD_ECD_ECC 0x00200000U         /* PCKMO ECC functions */
#define SD_ECD_HMAC 0x00004000U        /* PCKMO HMAC functions */

/* fpf */
#define SD_FPF_BPBC 0x20 /* branch-prediction blocking, changed by PPA 12 and 13 */

/* Designations: origins, and what their low bits mean. */
#define SD_SCAO_BASIC 0xfffffffffffffff0ULL
#define SD_SCAO_EXTENDED 0xffffffffffffffc0ULL
#define SD_GD_ORIGIN 0x7fffffe0U
#define SD_GD_FORMAT1 0x00000001U
#define SD_MSO_MASK 0xfffffffffff00000ULL
#define SD_CRYCBD_ORIGIN 0x7ffffff8U
#define SD_CRYCBD_FORMAT 0x00000003U
#define SD_CRYCBD_FORMAT0 0
#define SD_CRYCBD_FORMAT1 1
#define SD_CRYCBD_FORMAT2 3
#define SD_SDNXO_ORIGIN 0xfffffffffffffff0ULL
#define SD_SDNXO_SIZE 0x000000000000000fULL /* log2 of the size, 6-12 */
#define SD_FAC_ORIGIN 0x7ffffff8U
#define SD_FAC_FORMAT 0x00000003U /* 0 or 2; 1 and 3 are invalid */
#define SD_FAC_FORMAT2 2
#define SD_CBRLO_ORIGIN 0xfffffffffffff000ULL
#define SD_CBRLO_NEXT 0x0000000000000fffULL
#define SD_CBRL_ENTRIES 511
#define SD_ITDBA_ALIGN 0x100
#define SD_RICCBD_ALIGN 0x40
#define SD_GVRD_ALIGN 0x200
#define SD_IHCPU_PURGE 0xffff

/* sdf, hpid */
#define SD_SDF_FORMAT2 0
#define SD_SDF_FORMAT4 2 /* protected guest */
#define SD_HPID_KVM 4
#define SD_HPID_VSIE 5

/* pei.dest, pei.src: address of the host page-table entry, and flags */
#define SD_PEI_ADDR 0xfffffffffffffff8ULL
#define SD_PEI_NOT_PTE 4ULL  /* a failing address, not that of a page-table entry */
#define SD_PEI_DAT_PROT 2ULL /* DAT protection */
#define SD_PEI_REAL 1ULL

/* iictl */
#define SD_IICTL_NONE 0x00
#define SD_IICTL_MCHK 0x01
#define SD_IICTL_EXT 0x02
#define SD_IICTL_IO 0x03
#define SD_IICTL_RESTART 0x04
#define SD_IICTL_SPECIFICATION 0x10
#define SD_IICTL_OPERAND 0x11

/* icptcode */
enum icpt {
    ICPT_NONE = 0x00,      /* a host interruption ended SIE; just enter again */
    ICPT_INST = 0x04,      /* instruction; PSW points past it */
    ICPT_PROGI = 0x08,     /* program interruption for the host to present */
    ICPT_INSTPROGI = 0x0c, /* both */
    ICPT_EXTREQ = 0x10,    /* external intervention request, guest enabled */
    ICPT_EXTINT = 0x14,    /* external interruption recognized by SIE */
    ICPT_IOREQ = 0x18,     /* I/O intervention request, guest enabled */
    ICPT_WAIT = 0x1c,      /* guest entered the wait state */
    ICPT_VALIDITY = 0x20,  /* state description or a satellite invalid, enum validity */
    ICPT_SOFT = 0x24,      /* software interception (hosts that emulate SIE) */
    ICPT_STOP = 0x28,      /* stop intervention request honoured */
    ICPT_OPEREXC = 0x2c,   /* operation exception, with SD_ICTL_OPEREXC */
    ICPT_ALERT = 0x30,
    ICPT_PARTEXEC = 0x38,   /* partial execution: MVPG, SIGP external call */
    ICPT_IOINT = 0x3c,      /* I/O interruption (I/O assist) */
    ICPT_IOINST = 0x40,     /* I/O instruction (I/O assist) */
    ICPT_EXPRUN = 0x44,     /* expedited run */
    ICPT_EXPTIMER = 0x48,   /* expedited timer */
    ICPT_KSS = 0x5c,        /* first storage-key instruction; not executed, PSW points at it */
    ICPT_MCHKREQ = 0x60,    /* format 4: machine checks became enabled */
    ICPT_INT_ENABLE = 0x64, /* format 4: CR0, CR6 or CR14 changed */
    ICPT_PV_INSTR = 0x68,   /* format 4: instruction to be completed by the host */
    ICPT_PV_NOTIFY = 0x6c,  /* format 4: instruction already completed */
    ICPT_PV_PREF = 0x70,    /* format 4: prefix pages not secure */
};

/* icptstatus */
#define SD_ICPTSTATUS_FORMAT2 0x80  /* interception format 2 */
#define SD_ICPTSTATUS_EXEC_LEN 0x60 /* length of the execute-type instruction, times 16 */
#define SD_ICPTSTATUS_PER 0x02      /* instruction-fetch PER event not reported yet */
#define SD_ICPTSTATUS_EXEC 0x01     /* target of an execute-type instruction */

/* ipa of a validity interception: who and when */
#define VALIDITY_WHO_LEVEL 0xf000 /* nesting level */
#define VALIDITY_WHO_CPU 0x0100
#define VALIDITY_WHO_VSIE 0x0800
#define VALIDITY_WHEN_ENTRY 0x0010
#define VALIDITY_WHEN_INST 0x0020
#define VALIDITY_WHEN_INT 0x0030
#define VALIDITY_WHEN_EXIT 0x0040

/* High halfword of ipb of a validity interception: the reason. */
enum validity {
    VALIDITY_GUEST_MODE = 0x0001,      /* invalid guest mode or combination of modes */
    VALIDITY_ARCH_MODE = 0x0002,       /* invalid architecture mode */
    VALIDITY_S370 = 0x0003,            /* System/370 mode not installed */
    VALIDITY_MCDS_MODE = 0x0004,       /* combination with MCDS mode */
    VALIDITY_MCDS_MODE2 = 0x0005,      /* combination with MCDS mode */
    VALIDITY_RRF = 0x0006,             /* region relocation not installed */
    VALIDITY_INTERPRETED_SIE = 0x0007, /* interpreted SIE not installed */
    VALIDITY_PREFIX = 0x0010,          /* guest prefix outside guest storage */
    VALIDITY_SCA_HOST_PREFIX = 0x0011, /* SCA in the host's prefix area */
    VALIDITY_CRYCB_FORMAT = 0x0022,    /* combination of CRYCB formats */
    VALIDITY_SD_OVERLAP = 0x0030,      /* state description overlaps guest storage */
    VALIDITY_SCA_OVERLAP = 0x0031,     /* SCA overlaps guest storage */
    VALIDITY_APCB_OVERLAP = 0x0032,    /* APCB overlaps guest storage */
    VALIDITY_SCA_ADDR = 0x0034,        /* SCA at an invalid host address */
    VALIDITY_CRYCB_ADDR = 0x0035,      /* CRYCB or APCB at an invalid host address */
    VALIDITY_PREFIX_ACCESS = 0x0037,   /* access exception on the guest's prefix area */
    VALIDITY_SCA_LOW = 0x0038,         /* SCA origin nonzero but below 8 KiB */
    VALIDITY_CRYCB_ZERO = 0x0039,      /* CRYCB needed but its origin is zero */
    VALIDITY_PGSTE_ADDR = 0x003a,      /* page status table at an invalid host address */
    VALIDITY_SCA_CROSSES = 0x003b,     /* SCA header crosses a 4 KiB boundary */
    VALIDITY_CRYCB_CROSSES = 0x003c,   /* CRYCB crosses a 4 KiB boundary */
    VALIDITY_MSL_MAX = 0x003d,         /* MSL beyond the highest host address */
    VALIDITY_MSO_MSL = 0x0041,         /* MSO above MSL */
    VALIDITY_MSO_MSL2 = 0x0042,        /* MSO above MSL */
    VALIDITY_RICCB_ADDR = 0x0043,      /* runtime-instrumentation control block address */
    VALIDITY_RICCB = 0x0044,           /* runtime-instrumentation controls invalid */
    VALIDITY_REGION_PREFIX = 0x0046,   /* region guest includes the host prefix */
    VALIDITY_PREF_PREFIX = 0x0050,     /* preferred guest includes the host prefix */
    VALIDITY_PREF_MSO = 0x0051,        /* preferred guest with nonzero MSO */
    VALIDITY_CRYPTO_DOMAIN = 0x0070,   /* crypto domain index not installed */
    VALIDITY_ITDB_ADDR = 0x0080,       /* interception-TDB address */
    VALIDITY_DRF = 0x1001,             /* dynamic region facility not installed */
    VALIDITY_PREF_ALERT = 0x1002,      /* alerting for a preferred guest */
    VALIDITY_ZONE = 0x1005,            /* zone */
    VALIDITY_ZONE2 = 0x1006,           /* zone */
    VALIDITY_FAC_ADDR = 0x1090,        /* facility list not accessible */
    VALIDITY_SDNX_ADDR = 0x10b0,       /* SDNX missing or at a bad address */
    VALIDITY_SDNX_SIZE = 0x10b1,       /* SDNX size code not 6-12 */
    VALIDITY_SDNX_ALIGN = 0x10b2,      /* SDNX not aligned to its size */
    VALIDITY_GVRD_ADDR = 0x1310,       /* vector-register save area */
    VALIDITY_FAC_FORMAT = 0x1330,      /* facility-list format 1 or 3 */
};

/* cpuflags belongs to everybody: it is read and changed atomically only. */
static inline u32 sd_flags(const struct sd *sd)
{
    return be32_get((be32){__atomic_load_n(&sd->cpuflags.raw, __ATOMIC_ACQUIRE)});
}

static inline u64 sd_pp(const struct sd *sd)
{
    be64 v;

    memcpy(&v, sd->pp, sizeof(v));
    return be64_get(v);
}

static inline void sd_set_pp(struct sd *sd, u64 v)
{
    be64 word = be64_of(v);

    memcpy(sd->pp, &word, sizeof(word));
}

static inline u64 sd_scao(const struct sd *sd)
{
    return (u64)be32_get(sd->scaoh) << 32 | be32_get(sd->scaol);
}

static inline void sd_set_scao(struct sd *sd, u64 v)
{
    sd->scaoh = be32_of((u32)(v >> 32));
    sd->scaol = be32_of((u32)v);
}

static inline u32 sd_prefix(const struct sd *sd)
{
    return be32_get(sd->prefix_ibc) & SD_PREFIX;
}

static inline void sd_set_prefix(struct sd *sd, u32 prefix)
{
    sd->prefix_ibc = be32_of((be32_get(sd->prefix_ibc) & ~SD_PREFIX) | (prefix & SD_PREFIX));
}

static inline u32 sd_ibc(const struct sd *sd)
{
    return be32_get(sd->prefix_ibc) & SD_IBC;
}

#endif
