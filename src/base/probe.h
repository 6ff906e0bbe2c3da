/* SPDX-License-Identifier: Apache-2.0
 *
 * Static probes (USDT) of provider "sie390": a nop in the program and a note in its ELF file, for
 * bpftrace, perf and SystemTap.  docs/watching.md lists them.  Without <sys/sdt.h> at build time
 * there are none; arguments are evaluated in both cases, so they must be cheap and do nothing.
 *
 * Not a trace point: those print lines and are in every build (trace.h).
 */
#ifndef SIE390_BASE_PROBE_H
#define SIE390_BASE_PROBE_H

#if SIE390_PROBES
#include <sys/sdt.h>

#define PROBE2(name, a, b) DTRACE_PROBE2(sie390, name, a, b)
#define PROBE3(name, a, b, c) DTRACE_PROBE3(sie390, name, a, b, c)
#define PROBE4(name, a, b, c, d) DTRACE_PROBE4(sie390, name, a, b, c, d)
#define PROBE5(name, a, b, c, d, e) DTRACE_PROBE5(sie390, name, a, b, c, d, e)
#else
#define PROBE2(name, a, b) ((void)(a), (void)(b))
#define PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#define PROBE4(name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#define PROBE5(name, a, b, c, d, e) ((void)(a), (void)(b), (void)(c), (void)(d), (void)(e))
#endif

#endif
