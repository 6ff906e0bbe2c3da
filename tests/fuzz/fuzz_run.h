/* SPDX-License-Identifier: Apache-2.0
 *
 * For targets of src/vmm: a run whose loop and CPUs have no threads; the target turns the loop.
 */
#ifndef SIE390_TESTS_FUZZ_RUN_H
#define SIE390_TESTS_FUZZ_RUN_H

#include "fuzz.h"
#include "vmm/run.h"

void fuzz_run_create(struct run *r);
void fuzz_run_destroy(struct run *r);
void fuzz_run_settle(struct run *r);

#endif
