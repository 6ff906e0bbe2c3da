/* SPDX-License-Identifier: Apache-2.0
 *
 * Option -c of `sie390 run`: how many CPUs, how many more may come, and how they are put
 * together.
 */
#include "base/options.h"
#include "vmm/run_options.h"

#define usage_error(...) cmd_usage_error("run", __VA_ARGS__)

/* Numbers of one argument. */
struct cpus {
    u64 configured, standby, max, drawers, books, sockets, cores;
};

/* A number from 1 on; 0 when it is not given. */
static int number(struct suboptions *sub, const char *key, u64 *out)
{
    *out = 0;
    if (suboptions_number(sub, key, VM_MAX_CPUS, out))
        return -1;
    if (*out || !suboptions_get(sub, key))
        return 0;
    (void)usage_error("-c %s: %s is at least 1", sub->text, key);
    return -1;
}

static enum status read_numbers(struct suboptions *sub, struct cpus *c)
{
    const char *first = suboptions_get(sub, "");

    if (!first || parse_u64(first, &c->configured) || c->configured < 1 ||
        c->configured > VM_MAX_CPUS)
        return usage_error("-c %s: a guest has 1 to %d CPUs", sub->text, VM_MAX_CPUS);
    if (number(sub, "standby", &c->standby) || number(sub, "max", &c->max) ||
        number(sub, "drawers", &c->drawers) || number(sub, "books", &c->books) ||
        number(sub, "sockets", &c->sockets) || number(sub, "cores", &c->cores) ||
        suboptions_end(sub))
        return STATUS_USAGE;
    if (!c->max)
        c->max = c->configured + c->standby;
    if (c->max < c->configured + c->standby || c->max > VM_MAX_CPUS)
        return usage_error("-c %s: %llu CPUs and %llu in standby are more than %llu", sub->text,
                           (unsigned long long)c->configured, (unsigned long long)c->standby,
                           (unsigned long long)min64(c->max, VM_MAX_CPUS));
    return STATUS_OK;
}

static enum status set(struct machine_config *m, const char *text, const struct cpus *c)
{
    struct topology *t = &m->topology;

    *t = (struct topology){(unsigned)c->drawers, (unsigned)c->books, (unsigned)c->sockets,
                           (unsigned)c->cores};
    m->cpus = (unsigned)c->configured;
    m->standby_cpus = (unsigned)c->standby;
    m->max_cpus = (unsigned)c->max;
    if (topology_complete(t, m->max_cpus))
        return STATUS_OK;
    if (!c->cores)
        return usage_error("-c %s: %u CPUs cannot be spread evenly over %u drawers of %u books of "
                           "%u sockets",
                           text, m->max_cpus, t->drawers, t->books, t->sockets);
    return usage_error("-c %s: %u drawers of %u books of %u sockets of %u cores have %llu CPUs, "
                       "not %u",
                       text, t->drawers, t->books, t->sockets, t->cores,
                       (unsigned long long)t->drawers * t->books * t->sockets * t->cores,
                       m->max_cpus);
}

enum status run_cpus_parse(struct machine_config *m, const char *text)
{
    struct suboptions sub;
    struct cpus c = {0};
    enum status s;

    if (suboptions_parse(&sub, "-c", text, true))
        return STATUS_USAGE;
    s = read_numbers(&sub, &c);
    if (s == STATUS_OK)
        s = set(m, text, &c);
    suboptions_free(&sub);
    return s;
}
