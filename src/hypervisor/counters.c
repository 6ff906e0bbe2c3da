/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of what the hypervisor counts.  See counters.h.
 */
#include "hypervisor/counters.h"

#include "hypervisor/vm.h"

const struct counter_desc hv_counters[CNT_COUNT] = {
#define X(id, group, name) {group, name},
    HV_EVENTS(X)
#undef X
#define X(op, mnemonic, handler) {"instruction", #mnemonic},
        HV_INSNS(X)
#undef X
};

u64 hv_counter_sum(struct vm *vm, enum hv_counter n)
{
    u64 sum = 0;

    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (v)
            sum += counter_read(v->counters, n);
    }
    return sum;
}
