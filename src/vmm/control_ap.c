/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket's command "ap": lists the crypto adapters and domains of the guest, plugs and
 * unplugs them, takes an adapter out of the configuration, breaks one.  The guest is told of each
 * change.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "vmm/control_io.h"
#include "vmm/run.h"

static const char *const state_name[] = {
    [AP_CARD_OPERATING] = "operating",
    [AP_CARD_DECONFIGURED] = "deconfigured",
    [AP_CARD_CHECKSTOPPED] = "checkstopped",
};

static json_t *list_adapters(struct ap_bus *bus)
{
    json_t *list = json_array();

    for (unsigned n = 0; n < AP_MAX; n++) {
        const struct ap_card_type *type;
        enum ap_card_state state;

        if (ap_bus_card(bus, (u8)n, &type, &state))
            json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "adapter", (int)n, "type",
                                                  type->name, "state", state_name[state]));
    }
    return list;
}

static json_t *list_domains(struct ap_bus *bus)
{
    json_t *list = json_array();
    struct ap_config c;

    ap_bus_config(bus, &c);
    for (unsigned n = 0; n < AP_MAX; n++)
        if (ap_mask_test(c.aqm, n))
            json_array_append_new(list, json_integer((json_int_t)n));
    return list;
}

/* ---- actions: NULL, or what is wrong ---- */

struct action {
    struct machine *m;
    const json_t *request;
    u8 number; /* adapter or domain */
};

static const char no_such_adapter[] = "there is no such adapter ('ap list' tells)";

static const char *plug(const struct action *a)
{
    const json_t *type = json_object_get(a->request, "type");
    const struct ap_card_type *t = type ? run_ap_type(json_string_value(type)) : &card_accel;

    if (!t)
        return "type is accel, cca or ep11";
    switch (machine_ap_plug(a->m, a->number, t)) {
    case 0:
        return NULL;
    case -EEXIST:
        return "there is such an adapter already: unplug it, or give another number";
    default:
        return "the host has no memory or thread for it";
    }
}

static const char *unplug(const struct action *a)
{
    return machine_ap_unplug(a->m, a->number) ? no_such_adapter : NULL;
}

static const char *domain_add(const struct action *a)
{
    switch (machine_ap_domain(a->m, a->number, true)) {
    case 0:
        return NULL;
    case -EEXIST:
        return "the domain is there already";
    default:
        return "the host has no memory for it";
    }
}

static const char *domain_remove(const struct action *a)
{
    if (machine_ap_domain(a->m, a->number, false))
        return "there is no such domain ('ap list' tells)";
    return NULL;
}

static const char *set_state(const struct action *a, enum ap_card_state state)
{
    return machine_ap_set_state(a->m, a->number, state) == -ENOENT ? no_such_adapter : NULL;
}

/* What is wanted, and what is now. */
static const char *look(const struct action *a, bool *on, enum ap_card_state *now)
{
    const char *text = json_string_value(json_object_get(a->request, "state"));
    const struct ap_card_type *type;

    if (!text || (strcmp(text, "on") != 0 && strcmp(text, "off") != 0))
        return "state is on or off";
    *on = strcmp(text, "on") == 0;
    return ap_bus_card(a->m->ap.bus, a->number, &type, now) ? NULL : no_such_adapter;
}

/* What is broken is configured, and stays broken. */
static const char *config(const struct action *a)
{
    enum ap_card_state now;
    bool on;
    const char *wrong = look(a, &on, &now);

    if (wrong)
        return wrong;
    if (on && now == AP_CARD_CHECKSTOPPED)
        return NULL;
    return set_state(a, on ? AP_CARD_OPERATING : AP_CARD_DECONFIGURED);
}

/* Only what is configured is in use, and breaks; a repair does not configure. */
static const char *checkstop(const struct action *a)
{
    enum ap_card_state now;
    bool on;
    const char *wrong = look(a, &on, &now);

    if (wrong)
        return wrong;
    if (now == AP_CARD_DECONFIGURED)
        return on ? "the adapter is not configured: config it on first" : NULL;
    return set_state(a, on ? AP_CARD_CHECKSTOPPED : AP_CARD_OPERATING);
}

static const struct {
    const char *name, *of; /* the member that has the number; NULL: none */
    const char *(*run)(const struct action *a);
} actions[] = {
    {"list", NULL, NULL},
    {"plug", "adapter", plug},
    {"unplug", "adapter", unplug},
    {"domain-add", "domain", domain_add},
    {"domain-remove", "domain", domain_remove},
    {"config", "adapter", config},
    {"checkstop", "adapter", checkstop},
};

/* ---- the command ---- */

static const char *perform(struct action *a, unsigned which)
{
    const char *of = actions[which].of;
    const json_t *number = of ? json_object_get(a->request, of) : NULL;
    json_int_t n = json_is_integer(number) ? json_integer_value(number) : -1;

    if (!of)
        return NULL;
    if (n < 0 || n >= AP_MAX)
        return strcmp(of, "adapter") == 0 ? "adapter is a number from 0 to 255"
                                          : "domain is a number from 0 to 255";
    a->number = (u8)n;
    return actions[which].run(a);
}

json_t *control_ap(struct run *r, struct control_client *c, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "action"));
    struct action a = {.m = &r->m, .request = request};
    const char *wrong;
    unsigned i = 0;
    json_t *answer;

    (void)c;
    if (!r->m.ap.bus)
        return control_failure("the guest has no adjunct processors: 'sie390 run --ap ...' gives "
                               "it some, --ap none only the bus");
    while (i < ARRAY_SIZE(actions) && (!name || strcmp(actions[i].name, name) != 0))
        i++;
    if (i == ARRAY_SIZE(actions))
        return control_failure(
            "action is list, plug, unplug, domain-add, domain-remove, config or checkstop");
    wrong = perform(&a, i);
    if (wrong)
        return control_failure(wrong);
    answer = control_success(r);
    json_object_set_new(answer, "adapters", list_adapters(r->m.ap.bus));
    json_object_set_new(answer, "domains", list_domains(r->m.ap.bus));
    return answer;
}
