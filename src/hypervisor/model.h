/* SPDX-License-Identifier: Apache-2.0
 *
 * CPU models: which machine a guest believes to run on, and which facilities it is offered.  A
 * model is a machine's facility list cut down to what is implemented; features are switched on and
 * off by name or number.
 *
 * References: [PoP 4 Facility Indications], [PoP 10 STORE CPU ID].
 */
#ifndef SIE390_HYPERVISOR_MODEL_H
#define SIE390_HYPERVISOR_MODEL_H

#include "base/bits.h"

/* What the guest's CPUs are. */
struct cpu_model {
    const char *name;
    u64 cpuid;          /* STIDP: version, identification, machine type, format */
    u32 ibc;            /* lowest << 16 | unblocked, as in SCLP read info */
    u16 blocking;       /* instruction-blocking control of its CPUs, 0: nothing is blocked */
    u8 facilities[256]; /* STFLE list */
    bool ap;            /* adjunct processors; 12, 15 and 65 of the list belong to it */
};

/* "NAME[,FEATURE=on|off]…": NAME as listed; FEATURE a name of cpu_model_feature() or "facN".
 * 0 or -EINVAL (one line logged). */
int cpu_model_parse(const char *text, struct cpu_model *out) MUST_CHECK;

/* Adjunct processors with all their facilities, which no model has by itself. */
void cpu_model_add_ap(struct cpu_model *m);

/* Models in the order of `list cpus`; NULL behind the last.  *title is for people. */
const char *cpu_model_name(unsigned n, const char **title);
/* No model has this facility by itself, only one that names it. */
bool cpu_model_only_named(unsigned facility);
/* Short name of a facility for --cpu, or NULL when it has only its number. */
const char *cpu_model_feature(unsigned facility);

/* Machine type, 0x2964 …, from the CPU id. */
static inline u16 cpu_model_type(const struct cpu_model *m)
{
    return (u16)(m->cpuid >> 16);
}

#endif
