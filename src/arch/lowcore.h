/* SPDX-License-Identifier: Apache-2.0
 *
 * The assigned storage locations of a z/Architecture CPU: real addresses 0-1FFF, which prefixing
 * moves to the prefix area.  Interruption parameters, old and new PSWs, store-status areas, the
 * program-interruption transaction diagnostic block; also the extended save areas that machine
 * checks and SIGP store-additional-status fill.
 *
 * References: [PoP 3 Storage: Assigned Storage Locations], [PoP 4 Control: Store Status],
 * [PoP 5 Program Execution: Transaction Diagnostic Block], [PoP 11 Machine-Check Handling].
 */
#ifndef SIE390_ARCH_LOWCORE_H
#define SIE390_ARCH_LOWCORE_H

#include "arch/guarded.h"
#include "arch/psw.h"
#include "base/types.h"

/* Transaction diagnostic block: at lowcore 1800, at a transaction's own TDB, at the SD's ITDBA. */
struct tdb {
    u8 format;         /* 00: 1 = the block is filled */
    u8 flags;          /* 01: TDB_FLAG_* */
    u8 reserved02[4];  /* 02 */
    be16 tnd;          /* 06: transaction nesting depth */
    be64 tac;          /* 08: transaction abort code */
    be64 token;        /* 10: conflict token */
    be64 atia;         /* 18: aborted-transaction instruction address */
    u8 eaid;           /* 20: exception access identification */
    u8 dxc;            /* 21: data-exception (or vector-exception) code */
    u8 reserved22[2];  /* 22 */
    be32 piid;         /* 24: program-interruption identification */
    be64 teid;         /* 28: translation-exception identification */
    be64 bea;          /* 30: breaking-event address */
    u8 reserved38[72]; /* 38 */
    be64 gr[16];       /* 80: general registers at the abort */
};
#define TDB_FORMAT_VALID 1
#define TDB_FLAG_CTV 0x80 /* conflict token valid */
#define TDB_FLAG_CTI 0x40 /* constrained-transaction indication */
_Static_assert(sizeof(struct tdb) == 0x100, "TDB");
_Static_assert(offsetof(struct tdb, tnd) == 0x06, "TDB");
_Static_assert(offsetof(struct tdb, piid) == 0x24, "TDB");
_Static_assert(offsetof(struct tdb, gr) == 0x80, "TDB");

struct lowcore {
    struct psw_short_be ipl_psw;   /* 000: initial-program-loading PSW */
    be64 ipl_ccw1;                 /* 008 */
    be32 ipl_ccw2_word0;           /* 010: IPL CCW2 is 8 bytes; Linux keeps a pointer in its half */
    be32 ipib_addr;                /* 014: address of the IPL parameter block (convention) */
    u8 reserved018[0x80 - 0x18];   /* 018 */
    be32 ext_params;               /* 080: external-interruption parameter */
    be16 ext_cpu_addr;             /* 084: CPU address, or subcode of a CP service */
    be16 ext_int_code;             /* 086: external-interruption code */
    be16 svc_ilc;                  /* 088: instruction-length code, 2 4 or 6 */
    be16 svc_code;                 /* 08A: SVC-interruption code */
    be16 pgm_ilc;                  /* 08C: instruction-length code, 2 4 or 6 */
    be16 pgm_code;                 /* 08E: program-interruption code */
    be32 dxc;                      /* 090: data-exception or vector-exception code, byte 3 */
    be16 mon_class;                /* 094: monitor-class number */
    u8 per_code;                   /* 096: PER code */
    u8 per_atmid;                  /* 097: addressing-and-translation-mode identification */
    be64 per_address;              /* 098: PER address */
    u8 eaid;                       /* 0A0: exception access identification */
    u8 paid;                       /* 0A1: PER access identification */
    u8 oaid;                       /* 0A2: operand access identification */
    u8 arch_mode;                  /* 0A3: architectural-mode identification, 1 = z/Architecture */
    u8 reserved0a4[4];             /* 0A4 */
    be64 teid;                     /* 0A8: translation-exception identification */
    be64 mon_code;                 /* 0B0: monitor code */
    be32 ssid;                     /* 0B8: subsystem-identification word */
    be32 io_int_parm;              /* 0BC: I/O-interruption parameter */
    be32 io_int_word;              /* 0C0: I/O-interruption-identification word */
    u8 reserved0c4[4];             /* 0C4 */
    be32 stfl_fac_list;            /* 0C8: facility list stored by STFL */
    u8 reserved0cc[0xe8 - 0xcc];   /* 0CC */
    be64 mcic;                     /* 0E8: machine-check-interruption code */
    u8 reserved0f0[4];             /* 0F0 */
    be32 ext_damage_code;          /* 0F4: external-damage code */
    be64 fsa;                      /* 0F8: failing-storage address */
    be64 emcao;                    /* 100: enhanced-monitor counter-array origin */
    be32 emcas;                    /* 108: enhanced-monitor counter-array size */
    be32 emec;                     /* 10C: enhanced-monitor exception count */
    be64 bea;                      /* 110: breaking-event address */
    u8 reserved118[8];             /* 118 */
    struct psw_be restart_old_psw; /* 120 */
    struct psw_be ext_old_psw;     /* 130: external */
    struct psw_be svc_old_psw;     /* 140: supervisor call */
    struct psw_be pgm_old_psw;     /* 150: program */
    struct psw_be mck_old_psw;     /* 160: machine check */
    struct psw_be io_old_psw;      /* 170: input/output */
    u8 reserved180[0x20];          /* 180 */
    struct psw_be restart_new_psw; /* 1A0 */
    struct psw_be ext_new_psw;     /* 1B0 */
    struct psw_be svc_new_psw;     /* 1C0 */
    struct psw_be pgm_new_psw;     /* 1D0 */
    struct psw_be mck_new_psw;     /* 1E0 */
    struct psw_be io_new_psw;      /* 1F0 */
    u8 program200[0x11b0 - 0x200]; /* 200: free for programs (200-FFF), reserved (1000-11AF) */
    be64 mcesad;                   /* 11B0: machine-check-extended-save-area designation */
    be64 ext_params2;              /* 11B8: 64-bit external-interruption parameter (CP services) */
    u8 reserved11c0[0x40];         /* 11C0 */
    be64 fpr_save[16];             /* 1200: floating-point registers */
    be64 gr_save[16];              /* 1280: general registers */
    struct psw_be psw_save;        /* 1300: PSW (store status), fixed logout (machine check) */
    u8 reserved1310[8];            /* 1310 */
    be32 prefix_save;              /* 1318: prefix */
    be32 fpc_save;                 /* 131C: floating-point-control register */
    u8 reserved1320[4];            /* 1320 */
    be32 todpr_save;               /* 1324: TOD programmable register */
    be64 cputm_save;               /* 1328: CPU timer */
    be64 ckc_save;                 /* 1330: clock comparator, shifted right by 8 */
    be64 bear_save;                /* 1338: breaking-event-address register (facility 193) */
    be32 ar_save[16];              /* 1340: access registers */
    be64 cr_save[16];              /* 1380: control registers */
    u8 reserved1400[0x400];        /* 1400 */
    struct tdb pgm_tdb;            /* 1800: program-interruption TDB */
    u8 reserved1900[0x700];        /* 1900 */
};
#define LC_ASSERT(field, off) _Static_assert(offsetof(struct lowcore, field) == (off), #field)
LC_ASSERT(ipib_addr, 0x014);
LC_ASSERT(ext_params, 0x080);
LC_ASSERT(ext_int_code, 0x086);
LC_ASSERT(svc_ilc, 0x088);
LC_ASSERT(pgm_ilc, 0x08c);
LC_ASSERT(pgm_code, 0x08e);
LC_ASSERT(dxc, 0x090);
LC_ASSERT(mon_class, 0x094);
LC_ASSERT(per_code, 0x096);
LC_ASSERT(per_address, 0x098);
LC_ASSERT(eaid, 0x0a0);
LC_ASSERT(oaid, 0x0a2);
LC_ASSERT(teid, 0x0a8);
LC_ASSERT(mon_code, 0x0b0);
LC_ASSERT(ssid, 0x0b8);
LC_ASSERT(io_int_word, 0x0c0);
LC_ASSERT(stfl_fac_list, 0x0c8);
LC_ASSERT(mcic, 0x0e8);
LC_ASSERT(ext_damage_code, 0x0f4);
LC_ASSERT(fsa, 0x0f8);
LC_ASSERT(emcao, 0x100);
LC_ASSERT(bea, 0x110);
LC_ASSERT(restart_old_psw, 0x120);
LC_ASSERT(pgm_old_psw, 0x150);
LC_ASSERT(io_old_psw, 0x170);
LC_ASSERT(restart_new_psw, 0x1a0);
LC_ASSERT(io_new_psw, 0x1f0);
LC_ASSERT(mcesad, 0x11b0);
LC_ASSERT(ext_params2, 0x11b8);
LC_ASSERT(fpr_save, 0x1200);
LC_ASSERT(psw_save, 0x1300);
LC_ASSERT(prefix_save, 0x1318);
LC_ASSERT(todpr_save, 0x1324);
LC_ASSERT(cputm_save, 0x1328);
LC_ASSERT(bear_save, 0x1338);
LC_ASSERT(ar_save, 0x1340);
LC_ASSERT(cr_save, 0x1380);
LC_ASSERT(pgm_tdb, 0x1800);
#undef LC_ASSERT
_Static_assert(sizeof(struct lowcore) == 0x2000, "lowcore");

#define LC_PREFIX_MASK 0x7fffe000U /* bits of a prefix that are kept in z/Architecture mode */
#define LC_SAVE_AREA 0x1200        /* first byte of the store-status save area */
#define LC_SAVE_AREA_LEN 0x200
#define LC_ARCH_MODE_ESA 0
#define LC_ARCH_MODE_Z 1

/* Machine-check-extended-save-area designation, also the parameter of SIGP 17. */
#define MCESAD_ORIGIN 0xfffffffffffffc00ULL /* without guarded storage: 1 KiB aligned */
#define MCESAD_LC 0x000000000000000fULL     /* log2 of the length: 0 or 10, 11, 12 */

/* What a machine check or SIGP store-additional-status puts at the extended save area. */
struct ext_save_area {
    u8 vr[32][16];         /* 000: vector registers */
    u8 reserved200[0x200]; /* 200 */
    struct gs_cb gscb;     /* 400: only when the area is longer than 1 KiB */
};
_Static_assert(offsetof(struct ext_save_area, gscb) == 0x400, "extended save area");

#endif
