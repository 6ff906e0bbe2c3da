/* SPDX-License-Identifier: Apache-2.0
 *
 * For targets that run guest code: a guest may loop, so it has a limit of time, as a user's
 * time limit would set it.
 */
#ifndef SIE390_TESTS_FUZZ_LIMIT_H
#define SIE390_TESTS_FUZZ_LIMIT_H

#include "hypervisor/vm.h"

/* Until fuzz_limit_end(), CPU v is asked again and again to leave the guest, for the first time
 * after two milliseconds. */
void fuzz_limit_begin(struct vcpu *v);
void fuzz_limit_end(void);

#endif
