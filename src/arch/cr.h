/* SPDX-License-Identifier: Apache-2.0
 *
 * Bits and fields of the sixteen control registers, as 64-bit masks in PoP numbering (bit 0
 * leftmost; an ESA/390 bit n is bit n + 32 here).  The ASCEs in CR1, CR7 and CR13 have one format,
 * ASCE_*.  PER events of CR9 are in program.h.
 *
 * References: [PoP 4 Control: Control Registers] for the assignment of fields; [PoP 3 Storage:
 * Dynamic Address Translation] for ASCEs; the other chapters named at each group.
 */
#ifndef SIE390_ARCH_CR_H
#define SIE390_ARCH_CR_H

#include "base/bits.h"

/* CR0: system controls [PoP 4 Control: Control Registers]. */
#define CR0_TX BIT64(8)       /* transactional-execution control [PoP 5] */
#define CR0_TX_PIFO BIT64(9)  /* transactional-execution program-interruption-filtering override */
#define CR0_CC_SIGN BIT64(10) /* clock-comparator sign control [PoP 4 Timing] */
#define CR0_CRYPTO_CTR BIT64(13)     /* cryptography-counter control */
#define CR0_PAI_EXT BIT64(14)        /* processor-activity-instrumentation-extension control */
#define CR0_CPUMF_EXTR BIT64(15)     /* measurement-counter-extraction authority */
#define CR0_WARNING_TRACK BIT64(30)  /* warning-track subclass mask */
#define CR0_TRACE_TOD BIT64(32)      /* TRACE TOD-clock control [PoP 4 Tracing] */
#define CR0_SSM_SUPPRESS BIT64(33)   /* SSM-suppression control [PoP 10 SET SYSTEM MASK] */
#define CR0_TOD_SYNC BIT64(34)       /* TOD-clock-sync control [PoP 4 Timing] */
#define CR0_LOW_ADDR_PROT BIT64(35)  /* low-address-protection control [PoP 3 Protection] */
#define CR0_EXTRACT_AUTH BIT64(36)   /* extraction-authority control [PoP 5] */
#define CR0_SECONDARY BIT64(37)      /* secondary-space control [PoP 5] */
#define CR0_FETCH_PROT_OVR BIT64(38) /* fetch-protection-override control [PoP 3 Protection] */
#define CR0_STORE_PROT_OVR BIT64(39) /* storage-protection-override control [PoP 3 Protection] */
#define CR0_EDAT BIT64(40)           /* enhanced-DAT-enablement control [PoP 3 DAT] */
#define CR0_IEP BIT64(43)            /* instruction-execution-protection enablement [PoP 3 DAT] */
#define CR0_ALX_REUSE BIT64(44)      /* ASN-and-LX-reuse control [PoP 5] */
#define CR0_AFP BIT64(45)            /* AFP-register control [PoP 9] */
#define CR0_VECTOR BIT64(46)         /* vector-enablement control [PoP 21] */
/* CR0: external-interruption subclass masks [PoP 6 External Interruption]. */
#define CR0_MALF_ALERT BIT64(48)          /* malfunction alert */
#define CR0_EMERGENCY BIT64(49)           /* emergency signal */
#define CR0_EXT_CALL BIT64(50)            /* external call */
#define CR0_CLOCK_COMP BIT64(52)          /* clock comparator */
#define CR0_CPU_TIMER BIT64(53)           /* CPU timer */
#define CR0_SERVICE BIT64(54)             /* service signal */
#define CR0_UNUSED_56 BIT64(56)           /* no function; one after initial CPU reset */
#define CR0_INT_KEY BIT64(57)             /* interrupt key */
#define CR0_MEAS_ALERT BIT64(58)          /* measurement alert */
#define CR0_TIMING_ALERT BIT64(59)        /* timing alert */
#define CR0_CRYPTO BIT64(61)              /* crypto control (ESA/390 facility; no function) */
#define CR0_IUCV BIT64(62)                /* z/VM IUCV (no function outside z/VM) */
#define CR0_INITIAL 0x00000000000000e0ULL /* after initial CPU reset */

/* CR1, CR7, CR13: primary, secondary and home address-space-control element [PoP 3 DAT]. */
#define ASCE_ORIGIN 0xfffffffffffff000ULL /* bits 0-51: table origin, or real-space token */
#define ASCE_SUBSPACE BIT64(54)           /* G: subspace-group control */
#define ASCE_PRIVATE BIT64(55)            /* P: private-space control */
#define ASCE_ALT_EVENT BIT64(56)          /* S: storage-alteration-event control */
#define ASCE_SPACE_SWITCH BIT64(57)       /* X: space-switch-event control (CR1 and CR13) */
#define ASCE_REAL_SPACE BIT64(58)         /* R: real-space control */
#define ASCE_DT 0x000000000000000cULL     /* bits 60-61: designation type */
#define ASCE_DT_REGION1 0x0cULL
#define ASCE_DT_REGION2 0x08ULL
#define ASCE_DT_REGION3 0x04ULL
#define ASCE_DT_SEGMENT 0x00ULL
#define ASCE_DT_SHIFT 2
#define ASCE_TL 0x0000000000000003ULL /* bits 62-63: table length, in units of 512 entries */

/* CR2: dispatchable-unit control [PoP 5], guarded storage, transactions. */
#define CR2_DUCTO 0x000000007fffffc0ULL /* bits 33-57: dispatchable-unit-control-table origin */
#define CR2_GS BIT64(59)                /* guarded-storage-facility control */
#define CR2_TX_SCOPE BIT64(61)          /* TDS: transaction diagnostic scope */
#define CR2_TX_DIAG 3ULL                /* TDC: transaction diagnostic control */

/* CR3 and CR4: ASN and authorization [PoP 3 ASN Translation], [PoP 5]. */
#define CR3_SASTEIN 0xffffffff00000000ULL /* secondary ASTE instance number */
#define CR3_PKM 0x00000000ffff0000ULL     /* bits 32-47: PSW-key mask */
#define CR3_PKM_SHIFT 16
#define CR3_SASN 0x000000000000ffffULL    /* secondary ASN */
#define CR4_PASTEIN 0xffffffff00000000ULL /* primary ASTE instance number */
#define CR4_AX 0x00000000ffff0000ULL      /* bits 32-47: authorization index */
#define CR4_AX_SHIFT 16
#define CR4_PASN 0x000000000000ffffULL /* primary ASN */
#define CR34_ASTEIN_SHIFT 32

/* CR5 [PoP 5]. */
#define CR5_PASTEO 0x000000007fffffc0ULL /* bits 33-57: primary ASTE origin */

/* CR6 [PoP 6 I/O Interruption]: bit 32 + n enables I/O-interruption subclass n. */
#define CR6_ISC 0x00000000ff000000ULL
#define CR6_ISC_SHIFT 24
#define CR6_ISC_BIT(isc) (0x80000000ULL >> (isc))

/* CR8 [PoP 5], [PoP 7 MONITOR CALL]: bit 48 + n (16 + n) enables monitor class n. */
#define CR8_EMM 0x0000ffff00000000ULL /* bits 16-31: enhanced-monitor masks */
#define CR8_EMM_SHIFT 32
#define CR8_EAX 0x00000000ffff0000ULL /* bits 32-47: extended authorization index */
#define CR8_EAX_SHIFT 16
#define CR8_MONITOR 0x000000000000ffffULL /* bits 48-63: monitor masks */
#define CR8_MONITOR_BIT(cls) (0x8000ULL >> (cls))
#define CR8_EMM_BIT(cls) (0x800000000000ULL >> (cls))

/* CR9: PER events and controls are PER_EVENT_* and PER_CONTROL_* of program.h, in bits 32-63.
 * CR10 and CR11: PER starting and ending address. */

/* CR12 [PoP 4 Tracing]. */
#define CR12_BRANCH BIT64(0)            /* branch-trace control */
#define CR12_MODE BIT64(1)              /* mode-trace control */
#define CR12_ADDR 0x3ffffffffffffffcULL /* bits 2-61: trace-entry address */
#define CR12_ASN BIT64(62)              /* ASN-trace control */
#define CR12_EXPLICIT BIT64(63)         /* explicit-trace control */

/* CR14 [PoP 11 Machine-Check Handling], [PoP 3 ASN Translation]. */
#define CR14_UNUSED_32 BIT64(32)
#define CR14_UNUSED_33 BIT64(33)
#define CR14_CHANNEL_REPORT BIT64(35)   /* channel-report-pending subclass mask */
#define CR14_RECOVERY BIT64(36)         /* recovery subclass mask */
#define CR14_DEGRADATION BIT64(37)      /* degradation subclass mask */
#define CR14_EXTERNAL_DAMAGE BIT64(38)  /* external-damage subclass mask */
#define CR14_WARNING BIT64(39)          /* warning subclass mask */
#define CR14_TOD_OVERRIDE BIT64(42)     /* TOD-clock-control-override control */
#define CR14_ASN_TRANSLATION BIT64(44)  /* ASN-translation control */
#define CR14_AFTO 0x000000000007ffffULL /* bits 45-63: ASN-first-table origin, in pages */
#define CR14_AFTO_SHIFT 12
#define CR14_INITIAL 0x00000000c2000000ULL /* after initial CPU reset */

/* CR15 [PoP 5 Linkage-Stack Operations]. */
#define CR15_LSEA 0xfffffffffffffff8ULL /* linkage-stack-entry address */

#endif
