/* SPDX-License-Identifier: Apache-2.0
 *
 * AP pass-through: gives one virtual machine queues of the host's AP bus.  The matrix is all
 * adapters and domains that are plugged; SIE interprets the guest's instructions for them, and what
 * it does not interpret comes here: PQAP AQIC, by which a guest asks for interruptions of a queue.
 *
 * While a queue interrupts, the frame of its notification-indicator byte is pinned and the guest's
 * interruption subclass is registered.  However that ends (AQIC, RAPQ and ZAPQ, which leave no
 * intercept, resets of the machine, unplugging, deconfiguring, the end), both are taken back at
 * once: the bus says so by struct ap_irq.
 *
 * Threads: everything from any thread, create and destroy while no CPU runs.  Locks: that of a
 * queue (bus.h), inside it those of interruptions (interrupt.h).
 *
 * References: Linux Documentation/arch/s390/vfio-ap.rst; docs/intercepts.md rules P07 and P08.
 */
#ifndef SIE390_DEVICES_AP_MATRIX_H
#define SIE390_DEVICES_AP_MATRIX_H

#include "ap/bus.h"
#include "hypervisor/vm.h"

struct ap_matrix;

/* The bus stays the caller's.  0 or -errno (logged). */
int ap_matrix_create(struct ap_matrix **out, struct vm *vm, struct ap_bus *bus) MUST_CHECK;
/* After ap_bus_destroy(): nothing may be pinned or registered any more. */
void ap_matrix_destroy(struct ap_matrix *x);

/* The configuration of the bus has changed: so does what the guest may use. */
void ap_matrix_update(struct ap_matrix *x);

struct ap_matrix_counters {
    u64 pins, registered;               /* now: frames, interruption subclasses */
    u64 aqic;                           /* PQAP AQIC */
    u64 by_gisa, by_alert, by_floating; /* interruptions, by how they went */
};
void ap_matrix_counters(struct ap_matrix *x, struct ap_matrix_counters *out);

#endif
