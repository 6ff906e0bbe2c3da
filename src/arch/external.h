/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of external interruptions, the bits of the machine-check-interruption code, and the
 * I/O-interruption-identification word.  Subclass masks are in cr.h.
 *
 * References: [PoP 6 Interruption: External Interruption], [PoP 11 Machine-Check Handling:
 * Machine-Check-Interruption Code], [PoP 16 I/O Interruptions]; z/VM CP Programming Services,
 * SC24-6272, DIAGNOSE X'258' for the CP-service codes.
 */
#ifndef SIE390_ARCH_EXTERNAL_H
#define SIE390_ARCH_EXTERNAL_H

#include "base/bits.h"

enum ext_code {
    EXT_INTERRUPT_KEY = 0x0040,
    EXT_CLOCK_COMPARATOR = 0x1004,
    EXT_CPU_TIMER = 0x1005,
    EXT_WARNING_TRACK = 0x1007,
    EXT_MALFUNCTION_ALERT = 0x1200, /* CPU address stored */
    EXT_EMERGENCY_SIGNAL = 0x1201,  /* source CPU address stored */
    EXT_EXTERNAL_CALL = 0x1202,     /* source CPU address stored */
    EXT_TIMING_ALERT = 0x1406,
    EXT_MEASUREMENT_ALERT = 0x1407,
    EXT_SERVICE_SIGNAL = 0x2401, /* parameter at lowcore 080 */
    EXT_CP_SERVICE = 0x2603,     /* subcode in the CPU-address field, parameter at 11B8 */
};

/* Subcodes of EXT_CP_SERVICE. */
#define EXT_CP_PFAULT_INIT 0x0600
#define EXT_CP_PFAULT_DONE 0x0680
#define EXT_CP_VIRTIO 0x0d00

/* Parameter of the service signal. */
#define EXT_SERVICE_SCCB 0xfffffff8U  /* finished SCCB, zero if none */
#define EXT_SERVICE_EVENT 0x00000003U /* nonzero: event buffers pending */

/* Machine-check-interruption code: subclasses. */
#define MCIC_SD BIT64(0)  /* system damage */
#define MCIC_PD BIT64(1)  /* instruction-processing damage */
#define MCIC_SR BIT64(2)  /* system recovery */
#define MCIC_CD BIT64(4)  /* timing-facility damage */
#define MCIC_ED BIT64(5)  /* external damage */
#define MCIC_DG BIT64(7)  /* degradation */
#define MCIC_W BIT64(8)   /* warning */
#define MCIC_CP BIT64(9)  /* channel report pending */
#define MCIC_SP BIT64(10) /* service-processor damage */
#define MCIC_CK BIT64(11) /* channel-subsystem damage */
/* modifiers, synchronism, storage errors */
#define MCIC_B BIT64(14)  /* backed up */
#define MCIC_SE BIT64(16) /* storage error uncorrected */
#define MCIC_SC BIT64(17) /* storage error corrected */
#define MCIC_KE BIT64(18) /* storage-key error uncorrected */
#define MCIC_DS BIT64(19) /* storage degradation */
/* validity of what was stored */
#define MCIC_WP BIT64(20) /* PSW EMWP: bits 12-15 */
#define MCIC_MS BIT64(21) /* PSW masks and key */
#define MCIC_PM BIT64(22) /* program mask and condition code */
#define MCIC_IA BIT64(23) /* instruction address */
#define MCIC_FA BIT64(24) /* failing-storage address */
#define MCIC_VR BIT64(25) /* vector registers */
#define MCIC_EC BIT64(26) /* external-damage code */
#define MCIC_FP BIT64(27) /* floating-point registers */
#define MCIC_GR BIT64(28) /* general registers */
#define MCIC_CR BIT64(29) /* control registers */
#define MCIC_ST BIT64(31) /* storage logical */
#define MCIC_IE BIT64(32) /* indirect storage error */
#define MCIC_AR BIT64(33) /* access registers */
#define MCIC_DA BIT64(34) /* delayed-access exception */
#define MCIC_GS BIT64(36) /* guarded-storage registers */
#define MCIC_PR BIT64(42) /* TOD programmable register */
#define MCIC_FC BIT64(43) /* floating-point-control register */
#define MCIC_AP BIT64(44) /* ancillary report */
#define MCIC_CT BIT64(46) /* CPU timer */
#define MCIC_CC BIT64(47) /* clock comparator */
#define MCIC_EXIGENT (MCIC_SD | MCIC_PD)

/* I/O-interruption-identification word. */
#define IO_INT_ADAPTER 0x80000000U /* A: adapter interruption, no subchannel */
#define IO_INT_ISC 0x38000000U     /* interruption subclass */
#define IO_INT_ISC_SHIFT 27

#endif
