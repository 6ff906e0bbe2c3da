/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket, see control.h: its commands.  Connections are control_io.c.
 */
#include <jansson.h>
#include <string.h>

#include "machine/report.h"
#include "vmm/control_io.h"
#include "vmm/run.h"

json_t *control_failure(const char *text)
{
    return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

json_t *control_success(struct run *r)
{
    return json_pack("{s:b, s:s}", "ok", 1, "state", machine_state_name(machine_get_state(&r->m)));
}

/* ---- commands ---- */

static json_t *do_status(struct run *r, struct control_client *c, const json_t *request)
{
    struct sclp_identity id;
    json_t *a = control_success(r);

    (void)c;
    (void)request;
    json_object_set_new(a, "name", json_string(r->m.config.name));
    json_object_set_new(a, "cpus", json_integer((json_int_t)atomic_load(&r->m.vm.nconfigured)));
    json_object_set_new(a, "memory", json_integer((json_int_t)r->m.config.memory));
    json_object_set_new(a, "cpu_model", json_string(r->o.model.name));
    json_object_set_new(a, "reboots", json_integer(atomic_load(&r->m.reboots)));
    if (sclp_get_identity(&r->m.sclp, &id)) {
        json_object_set_new(a, "system_type", json_string(id.system_type));
        json_object_set_new(a, "system_name", json_string(id.system_name));
        json_object_set_new(a, "system_level",
                            json_sprintf("%016llx", (unsigned long long)id.system_level));
    }
    return a;
}

static json_t *do_stop(struct run *r, struct control_client *c, const json_t *request)
{
    (void)request;
    machine_pause(&r->m);
    if (machine_get_state(&r->m) != MACHINE_STOPPING)
        return control_success(r);
    control_client_wait(c);
    return NULL;
}

static json_t *do_continue(struct run *r, struct control_client *c, const json_t *request)
{
    (void)c;
    (void)request;
    if (gdb_holds(r->gdb))
        return control_failure(
            "the guest is stopped for the debugger, which decides when it goes on");
    machine_continue(&r->m);
    return control_success(r);
}

static json_t *do_quiesce(struct run *r, struct control_client *c, const json_t *request)
{
    bool listens = machine_quiesce(&r->m);
    json_t *a = control_success(r);

    (void)c;
    (void)request;
    json_object_set_new(a, "guest_listens", json_boolean(listens));
    return a;
}

static json_t *do_quit(struct run *r, struct control_client *c, const json_t *request)
{
    (void)c;
    (void)request;
    run_end(r, RUN_CONTROL);
    return control_success(r);
}

static void add_number(void *arg, const char *group, const char *name, u64 value)
{
    json_t *all = arg, *g = json_object_get(all, group);

    if (!g) {
        g = json_object();
        json_object_set_new(all, group, g);
    }
    json_object_set_new(g, name, json_integer((json_int_t)value));
}

static json_t *do_statistics(struct run *r, struct control_client *c, const json_t *request)
{
    json_t *a = control_success(r), *numbers = json_object();

    (void)c;
    if (json_is_true(json_object_get(request, "times")))
        hv_times_start(&r->m.vm);
    machine_statistics(&r->m, add_number, numbers);
    json_object_set_new(a, "statistics", numbers);
    return a;
}

static json_t *do_events(struct run *r, struct control_client *c, const json_t *request)
{
    (void)request;
    control_client_listen(c);
    return control_success(r);
}

static const struct {
    const char *name;
    /* NULL: answered later */
    json_t *(*run)(struct run *r, struct control_client *c, const json_t *request);
} commands[] = {
    {"status", do_status},     {"stop", do_stop},
    {"continue", do_continue}, {"quiesce", do_quiesce},
    {"quit", do_quit},         {"cpu", control_cpu},
    {"cpus", control_cpus},    {"statistics", do_statistics},
    {"events", do_events},     {"ap", control_ap},
};

/* ---- requests ---- */

static json_t *perform(struct run *r, struct control_client *c, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "command"));

    if (!json_is_object(request) || !name)
        return control_failure("not of the form {\"command\": NAME}");
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(r, c, request);
    return control_failure(
        "unknown command: status, stop, continue, quiesce, quit, cpu, cpus, ap, statistics, "
        "events");
}

json_t *control_request(struct run *r, struct control_client *c, const char *line, size_t len)
{
    json_error_t error;
    json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    json_t *answer, *id;

    if (!request)
        return control_failure("not a JSON object on one line");
    id = json_object_get(request, "id");
    answer = perform(r, c, request);
    if (answer && id)
        json_object_set(answer, "id", id);
    else if (!answer)
        control_client_remember(c, id);
    json_decref(request);
    return answer;
}

json_t *control_stopped(struct run *r)
{
    return control_success(r);
}

/* ---- events ---- */

static const char *panic_reason(enum machine_end end)
{
    switch (end) {
    case END_DISABLED_WAIT:
        return "disabled-wait";
    case END_PROGRAM_LOOP:
        return "program-interruption-loop";
    case END_EXTERNAL_LOOP:
        return "external-interruption-loop";
    default:
        return NULL;
    }
}

void control_ended(struct control *control, struct run *r, enum status s)
{
    const char *reason = panic_reason(r->m.end);
    int n = r->m.end_cpu < 0 ? 0 : r->m.end_cpu;
    const struct vcpu *v = r->m.cpu[n].v;

    if (reason)
        control_tell(control,
                     json_pack("{s:s, s:s, s:i, s:o}", "event", "guest-panicked", "reason", reason,
                               "cpu", n, "psw",
                               json_sprintf("%016llx %016llx", (unsigned long long)hv_psw_mask(v),
                                            (unsigned long long)hv_psw_addr(v))));
    control_tell(control, json_pack("{s:s, s:i}", "event", "ended", "status", (int)s));
}
