/* SPDX-License-Identifier: Apache-2.0
 *
 * What the hypervisor counts: each intercept kind, each instruction that it handles, interruptions
 * delivered, exits.  The lists below are the only place where the things are enumerated: counters,
 * their names, the handlers' prototypes and the dispatch tables come from them.
 */
#ifndef SIE390_HYPERVISOR_COUNTERS_H
#define SIE390_HYPERVISOR_COUNTERS_H

#include "base/counters.h"

struct vcpu;
struct vm;

/* X(second byte of the opcode, mnemonic, handler's last word) */
#define HV_INSNS_01(X)                                                                             \
    X(0x01, PR, pr)                                                                                \
    X(0x04, PTFF, ptff)                                                                            \
    X(0x07, SCKPF, sckpf)

#define HV_INSNS_B2(X)                                                                             \
    X(0x02, STIDP, stidp)                                                                          \
    X(0x04, SCK, sck)                                                                              \
    X(0x06, SCKC, sckc)                                                                            \
    X(0x07, STCKC, stckc)                                                                          \
    X(0x08, SPT, spt)                                                                              \
    X(0x09, STPT, stpt)                                                                            \
    X(0x0d, PTLB, ptlb)                                                                            \
    X(0x10, SPX, spx)                                                                              \
    X(0x11, STPX, stpx)                                                                            \
    X(0x12, STAP, stap)                                                                            \
    X(0x14, SIE, sie)                                                                              \
    X(0x18, PC, pc)                                                                                \
    X(0x20, SERVC, servc)                                                                          \
    X(0x21, IPTE, ipte)                                                                            \
    X(0x28, PT, pt)                                                                                \
    X(0x29, ISKE, iske)                                                                            \
    X(0x2a, RRBE, rrbe)                                                                            \
    X(0x2b, SSKE, sske)                                                                            \
    X(0x2c, TB, tb)                                                                                \
    X(0x30, CSCH, csch)                                                                            \
    X(0x31, HSCH, hsch)                                                                            \
    X(0x32, MSCH, msch)                                                                            \
    X(0x33, SSCH, ssch)                                                                            \
    X(0x34, STSCH, stsch)                                                                          \
    X(0x35, TSCH, tsch)                                                                            \
    X(0x36, TPI, tpi)                                                                              \
    X(0x37, SAL, sal)                                                                              \
    X(0x38, RSCH, rsch)                                                                            \
    X(0x39, STCRW, stcrw)                                                                          \
    X(0x3a, STCPS, stcps)                                                                          \
    X(0x3b, RCHP, rchp)                                                                            \
    X(0x3c, SCHM, schm)                                                                            \
    X(0x40, BAKR, bakr)                                                                            \
    X(0x48, PALB, palb)                                                                            \
    X(0x50, CSP, csp)                                                                              \
    X(0x54, MVPG, mvpg)                                                                            \
    X(0x5a, BSA, bsa)                                                                              \
    X(0x5f, CHSC, chsc)                                                                            \
    X(0x74, SIGA, siga)                                                                            \
    X(0x76, XSCH, xsch)                                                                            \
    X(0x7d, STSI, stsi)                                                                            \
    X(0xad, NQAP, nqap)                                                                            \
    X(0xae, DQAP, dqap)                                                                            \
    X(0xaf, PQAP, pqap)                                                                            \
    X(0xb1, STFL, stfl)                                                                            \
    X(0xb2, LPSWE, lpswe)

#define HV_INSNS_B9(X)                                                                             \
    X(0x8a, CSPG, cspg)                                                                            \
    X(0x8d, EPSW, epsw)                                                                            \
    X(0x8e, IDTE, idte)                                                                            \
    X(0x8f, CRDTE, crdte)                                                                          \
    X(0x9c, EQBS, eqbs)                                                                            \
    X(0x9e, PTI, pti)                                                                              \
    X(0xa0, CLP, clp)                                                                              \
    X(0xa2, PTF, ptf)                                                                              \
    X(0xa4, UVC, uvc)                                                                              \
    X(0xab, ESSA, essa)                                                                            \
    X(0xac, IRBM, irbm)                                                                            \
    X(0xae, RRBM, rrbm)                                                                            \
    X(0xaf, PFMF, pfmf)                                                                            \
    X(0xd0, PCISTG, pcistg)                                                                        \
    X(0xd2, PCILG, pcilg)                                                                          \
    X(0xd3, RPCIT, rpcit)

#define HV_INSNS_E3(X)                                                                             \
    X(0x49, STGSC, stgsc)                                                                          \
    X(0x4d, LGSC, lgsc)                                                                            \
    X(0xd0, MPCIFC, mpcifc)                                                                        \
    X(0xd4, STPCIFC, stpcifc)

#define HV_INSNS_E5(X)                                                                             \
    X(0x00, LASP, lasp)                                                                            \
    X(0x01, TPROT, tprot)

#define HV_INSNS_EB(X)                                                                             \
    X(0x25, STCTG, stctg)                                                                          \
    X(0x2f, LCTLG, lctlg)                                                                          \
    X(0x60, RIC60, ri)                                                                             \
    X(0x61, RIC61, ri)                                                                             \
    X(0x62, RIC62, ri)                                                                             \
    X(0x71, LPSWEY, lpswey)                                                                        \
    X(0x8a, SQBS, sqbs)                                                                            \
    X(0xd0, PCISTB, pcistb)                                                                        \
    X(0xd1, SIC, sic)

/* One-byte opcodes. */
#define HV_INSNS_1(X)                                                                              \
    X(0x80, SSM, ssm)                                                                              \
    X(0x82, LPSW, lpsw)                                                                            \
    X(0x83, DIAG, diag)                                                                            \
    X(0xaa, RI, ri)                                                                                \
    X(0xac, STNSM, stnsm)                                                                          \
    X(0xad, STOSM, stosm)                                                                          \
    X(0xae, SIGP, sigp)                                                                            \
    X(0xb6, STCTL, stctl)                                                                          \
    X(0xb7, LCTL, lctl)

#define HV_INSNS(X)                                                                                \
    HV_INSNS_1(X)                                                                                  \
    HV_INSNS_01(X)                                                                                 \
    HV_INSNS_B2(X)                                                                                 \
    HV_INSNS_B9(X)                                                                                 \
    HV_INSNS_E3(X)                                                                                 \
    HV_INSNS_E5(X)                                                                                 \
    HV_INSNS_EB(X)

/* X(name of the enumerator, group, name) */
#define HV_EVENTS(X)                                                                               \
    X(ICPT_NONE, "intercept", "host interruption")                                                 \
    X(ICPT_HOST_FAULT, "intercept", "host fault")                                                  \
    X(PFAULT, "storage", "page faults that the guest was told of")                                 \
    X(CMMA_UNUSED, "storage", "unused frames given back")                                          \
    X(ICPT_INST, "intercept", "instruction")                                                       \
    X(ICPT_PROGI, "intercept", "program")                                                          \
    X(ICPT_INSTPROGI, "intercept", "instruction and program")                                      \
    X(ICPT_EXTREQ, "intercept", "external request")                                                \
    X(ICPT_EXTINT, "intercept", "external")                                                        \
    X(ICPT_IOREQ, "intercept", "I/O request")                                                      \
    X(ICPT_WAIT, "intercept", "wait")                                                              \
    X(ICPT_VALIDITY, "intercept", "validity")                                                      \
    X(ICPT_STOP, "intercept", "stop request")                                                      \
    X(ICPT_OPEREXC, "intercept", "operation exception")                                            \
    X(ICPT_PARTEXEC, "intercept", "partial execution")                                             \
    X(ICPT_KSS, "intercept", "keyless subset")                                                     \
    X(ICPT_MCHKREQ, "intercept", "machine-check request")                                          \
    X(ICPT_INT_ENABLE, "intercept", "interruption enable")                                         \
    X(ICPT_OTHER, "intercept", "unknown")                                                          \
    X(EXIT, "exit", "to the VMM")                                                                  \
    X(INJECT_PROGRAM, "interruption", "program injected")                                          \
    X(DELIVER_PROGRAM, "interruption", "program")                                                  \
    X(DELIVER_MCHK, "interruption", "machine check")                                               \
    X(DELIVER_EMERGENCY, "interruption", "emergency signal")                                       \
    X(DELIVER_EXTERNAL_CALL, "interruption", "external call")                                      \
    X(DELIVER_CLOCK_COMPARATOR, "interruption", "clock comparator")                                \
    X(DELIVER_CPU_TIMER, "interruption", "CPU timer")                                              \
    X(DELIVER_SERVICE, "interruption", "service signal")                                           \
    X(DELIVER_PFAULT_INIT, "interruption", "page fault")                                           \
    X(DELIVER_PFAULT_DONE, "interruption", "page is there")                                        \
    X(DELIVER_EXTERNAL, "interruption", "other external")                                          \
    X(DELIVER_IO, "interruption", "I/O")                                                           \
    X(DELIVER_ADAPTER, "interruption", "adapter, by software")                                     \
    X(DELIVER_RESTART, "interruption", "restart")                                                  \
    X(DELIVER_SET_PREFIX, "interruption", "set prefix")                                            \
    X(IDLE, "wait", "slept")                                                                       \
    X(IDLE_WAKE, "wait", "woken by an interruption")                                               \
    X(PER, "interruption", "PER event of an intercepted instruction")                              \
    X(DIAG_10, "diagnose", "10 release pages")                                                     \
    X(DIAG_44, "diagnose", "44 yield")                                                             \
    X(DIAG_9C, "diagnose", "9C yield to")                                                          \
    X(DIAG_9C_IGNORED, "diagnose", "9C yield to, nothing to do")                                   \
    X(DIAG_258, "diagnose", "258 page reference")                                                  \
    X(DIAG_288, "diagnose", "288 watchdog")                                                        \
    X(DIAG_308, "diagnose", "308 IPL")                                                             \
    X(DIAG_318, "diagnose", "318 control-program codes")                                           \
    X(DIAG_500, "diagnose", "500 hypercall")                                                       \
    X(DIAG_OTHER, "diagnose", "other")                                                             \
    X(STHYI, "operation exception", "STHYI")                                                       \
    X(SIGP_SENSE, "sigp", "sense")                                                                 \
    X(SIGP_EXTERNAL_CALL, "sigp", "external call")                                                 \
    X(SIGP_EMERGENCY, "sigp", "emergency signal")                                                  \
    X(SIGP_COND_EMERGENCY, "sigp", "conditional emergency signal")                                 \
    X(SIGP_START, "sigp", "start")                                                                 \
    X(SIGP_STOP, "sigp", "stop")                                                                   \
    X(SIGP_STOP_STORE_STATUS, "sigp", "stop and store status")                                     \
    X(SIGP_RESTART, "sigp", "restart")                                                             \
    X(SIGP_INITIAL_RESET, "sigp", "initial CPU reset")                                             \
    X(SIGP_RESET, "sigp", "CPU reset")                                                             \
    X(SIGP_SET_PREFIX, "sigp", "set prefix")                                                       \
    X(SIGP_STORE_STATUS, "sigp", "store status")                                                   \
    X(SIGP_SET_ARCHITECTURE, "sigp", "set architecture")                                           \
    X(SIGP_SENSE_RUNNING, "sigp", "sense running")                                                 \
    X(SIGP_STORE_ADDTL_STATUS, "sigp", "store additional status")                                  \
    X(SIGP_OTHER, "sigp", "other")

enum hv_counter {
#define X(id, group, name) CNT_##id,
    HV_EVENTS(X)
#undef X
#define X(op, mnemonic, handler) CNT_##mnemonic,
        HV_INSNS(X)
#undef X
            CNT_COUNT
};

extern const struct counter_desc hv_counters[CNT_COUNT];

/* Sum over the CPUs of a VM.  Any thread. */
u64 hv_counter_sum(struct vm *vm, enum hv_counter n);

#endif
