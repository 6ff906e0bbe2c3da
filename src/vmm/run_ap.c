/* SPDX-License-Identifier: Apache-2.0
 *
 * Option --ap of `sie390 run`: crypto adapters of the guest.
 */
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "vmm/run_options.h"

#define usage_error(...) cmd_usage_error("run", __VA_ARGS__)

static const struct ap_card_type *const types[] = {&card_accel, &card_cca, &card_ep11};

const struct ap_card_type *run_ap_type(const char *name)
{
    for (unsigned i = 0; name && i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

void run_ap_describe(void)
{
    printf("\ncrypto adapters (--ap type=)\n");
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
        printf("  %-6s %s\n", types[i]->name, types[i]->describe);
}

/* The lowest adapter without a card, AP_MAX if there is none. */
static unsigned first_free(const struct machine_ap_config *c)
{
    unsigned n = 0;

    while (n < AP_MAX && c->card[n])
        n++;
    return n;
}

/* "0+1+5".  False: it is not of that form. */
static bool add_domains(struct machine_ap_config *c, const char *text)
{
    const char *p = text;

    for (;;) {
        char digits[8] = {0};
        size_t n = strcspn(p, "+");
        u64 domain;

        if (!n || n >= sizeof(digits))
            return false;
        memcpy(digits, p, n);
        if (parse_u64(digits, &domain) || domain >= AP_MAX)
            return false;
        ap_mask_set(c->domains, (unsigned)domain, true);
        if (!p[n])
            return true;
        p += n + 1;
    }
}

static enum status add_card(struct machine_ap_config *c, struct suboptions *sub)
{
    const char *type = suboptions_get(sub, "type"), *domains = suboptions_get(sub, "domains");
    const struct ap_card_type *t = type ? run_ap_type(type) : &card_accel;
    u64 adapter = first_free(c);

    if (suboptions_number(sub, "adapter", AP_MAX - 1, &adapter) || suboptions_end(sub))
        return STATUS_USAGE;
    if (!t)
        return usage_error("--ap %s: type=%s: accel, cca or ep11", sub->text, type);
    if (adapter == AP_MAX || c->card[adapter])
        return usage_error("--ap %s: there is an adapter %llu already; give another number "
                           "(adapter=0 to 255), or none for the next free one",
                           sub->text, (unsigned long long)(adapter == AP_MAX ? 0 : adapter));
    if (domains && !add_domains(c, domains))
        return usage_error("--ap %s: domains=%s: not numbers from 0 to 255 of the form 0+1+5",
                           sub->text, domains);
    c->card[adapter] = t;
    return STATUS_OK;
}

enum status run_ap_parse(struct machine_ap_config *c, const char *text)
{
    struct suboptions sub;
    enum status s;

    c->on = true;
    if (strcmp(text, "none") == 0)
        return STATUS_OK;
    if (suboptions_parse(&sub, "--ap", text, false))
        return STATUS_USAGE;
    s = add_card(c, &sub);
    suboptions_free(&sub);
    return s;
}

enum status run_ap_finish(struct run_options *o)
{
    struct machine_ap_config *c = &o->machine.ap;
    bool any = false;

    if (!c->on)
        return STATUS_OK;
    if (strstr(o->cpu, ",ap=off"))
        return usage_error("--ap and --cpu %s: the guest cannot have adapters without the feature "
                           "ap; leave one of the two out",
                           o->cpu);
    if (!o->model.ap)
        cpu_model_add_ap(&o->model);
    for (unsigned i = 0; i < sizeof(c->domains); i++)
        any = any || c->domains[i];
    if (!any)
        ap_mask_set(c->domains, 0, true);
    return STATUS_OK;
}
