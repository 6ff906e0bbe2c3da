/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket's commands about CPUs: "cpus" lists them, "cpu" configures one or says what
 * the guest's vertical polarization is told about it.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "vmm/control_io.h"
#include "vmm/run.h"

static const char *const entitlement_name[] = {
    [ENTITLEMENT_LOW] = "low",
    [ENTITLEMENT_MEDIUM] = "medium",
    [ENTITLEMENT_HIGH] = "high",
};

static const char *state_of(const struct vcpu *v)
{
    static const char *const name[] = {"stopped", "operating", "load", "check-stop"};

    if (atomic_load(&v->configured))
        return name[vcpu_get_state(v)];
    return atomic_load(&v->standby) ? "standby" : "reserved";
}

static json_t *describe(const struct vcpu *v)
{
    const struct topology *t = &v->vm->topology;
    unsigned socket = v->id / t->cores, book = socket / t->sockets;

    return json_pack("{s:i, s:s, s:i, s:i, s:i, s:s, s:b}", "cpu", (int)v->id, "state", state_of(v),
                     "drawer", (int)(book / t->books), "book", (int)(book % t->books), "socket",
                     (int)(socket % t->sockets), "entitlement",
                     entitlement_name[atomic_load(&v->entitlement)], "dedicated",
                     (int)atomic_load(&v->dedicated));
}

json_t *control_cpus(struct run *r, struct control_client *c, const json_t *request)
{
    struct vm *vm = &r->m.vm;
    json_t *list = json_array(), *a = control_success(r);

    (void)c;
    (void)request;
    for (unsigned n = 0; n < vm->max_cpus; n++)
        json_array_append_new(list, describe(vm_cpu(vm, n)));
    json_object_set_new(a, "polarization",
                        json_string(atomic_load(&vm->vertical) ? "vertical" : "horizontal"));
    json_object_set_new(a, "cpus", list);
    return a;
}

/* ---- changes: NULL, or what is wrong ---- */

static const char *configure(struct run *r, const struct vcpu *v, const json_t *state)
{
    static const char *const name[] = {
        [CPU_RESERVED] = "reserved",
        [CPU_STANDBY] = "standby",
        [CPU_CONFIGURED] = "configured",
    };
    const char *text = json_string_value(state);
    unsigned i = 0;

    if (!state)
        return NULL;
    while (i < ARRAY_SIZE(name) && (!text || strcmp(text, name[i]) != 0))
        i++;
    if (i == ARRAY_SIZE(name))
        return "state is configured, standby or reserved";
    switch (machine_configure_cpu(&r->m, v->id, (enum cpu_configuration)i)) {
    case 0:
        return NULL;
    case -EBUSY:
        return "the CPU is not stopped: the guest has to take it offline first";
    default:
        return "the host cannot give the CPU a thread";
    }
}

static int entitlement_of(const char *text)
{
    for (int i = ENTITLEMENT_LOW; text && i <= ENTITLEMENT_HIGH; i++)
        if (strcmp(entitlement_name[i], text) == 0)
            return i;
    return -1;
}

static const char *entitle(struct vcpu *v, const json_t *entitlement, const json_t *dedicated)
{
    bool alone = dedicated ? json_is_true(dedicated) : atomic_load(&v->dedicated);
    int e = atomic_load(&v->entitlement);

    if (dedicated && !json_is_boolean(dedicated))
        return "dedicated is true or false";
    if (entitlement)
        e = entitlement_of(json_string_value(entitlement));
    else if (alone)
        e = ENTITLEMENT_HIGH;
    if (e < 0)
        return "entitlement is low, medium or high";
    if (vcpu_set_entitlement(v, (enum entitlement)e, alone))
        return "a dedicated CPU has high entitlement";
    return NULL;
}

json_t *control_cpu(struct run *r, struct control_client *c, const json_t *request)
{
    const json_t *number = json_object_get(request, "cpu");
    json_int_t n = json_is_integer(number) ? json_integer_value(number) : -1;
    struct vcpu *v = n >= 0 ? vm_cpu(&r->m.vm, (u64)n) : NULL;
    const char *wrong;
    json_t *a;

    (void)c;
    if (!v)
        return control_failure("cpu is the address of a CPU ('cpus' lists them)");
    wrong =
        entitle(v, json_object_get(request, "entitlement"), json_object_get(request, "dedicated"));
    if (!wrong)
        wrong = configure(r, v, json_object_get(request, "state"));
    if (wrong)
        return control_failure(wrong);
    a = control_success(r);
    json_object_set_new(a, "cpu", describe(v));
    return a;
}
