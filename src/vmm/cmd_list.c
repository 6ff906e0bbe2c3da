/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 list facilities|cpus|instructions
 */
#include <stdio.h>
#include <string.h>

#include "hypervisor/model.h"
#include "isa_table.h"
#include "vmm/cmd.h"

static const char *offered(const struct facility_info *f)
{
    if (!f->complete)
        return "no";
    return cpu_model_only_named(f->number) ? "named" : "yes";
}

static void list_facilities(void)
{
    printf("bit  offered  name       facility\n");
    for (unsigned i = 0; i < isa_nfacilities; i++) {
        const struct facility_info *f = &isa_facilities[i];
        const char *name = cpu_model_feature(f->number);

        printf("%3u  %-7s  %-9s  %s\n", f->number, offered(f), name ? name : "", f->title);
    }
    printf("\nOffered: yes with --cpu max, named only where --cpu says so. A name, or facN with "
           "the number, is a FEATURE of --cpu.\n");
}

static void list_cpus(void)
{
    const char *name, *title;

    for (unsigned n = 0; (name = cpu_model_name(n, &title)) != NULL; n++)
        printf("%-8s  %s\n", name, title);
}

static void list_instructions(void)
{
    for (unsigned i = 0; i < isa_ninsns; i++) {
        const struct insn_info *n = &isa_insns[i];
        const struct format_info *f = &isa_formats[n->format];
        char fac[16] = "";

        if (n->fac[0] && n->fac[1])
            snprintf(fac, sizeof(fac), "%u,%u", n->fac[0], n->fac[1]);
        else if (n->fac[0])
            snprintf(fac, sizeof(fac), "%u", n->fac[0]);
        printf("%-8s  %0*llx  %-5s  %-6s  %s\n", n->mnemonic, 2 * f->length,
               (unsigned long long)(n->opcode >> (64 - 8 * f->length)), f->name, fac, n->title);
    }
}

static const struct {
    const char *name;
    void (*list)(void);
    const char *help;
} lists[] = {
    {"facilities", list_facilities, "facility bits of STFLE, and whether a guest is offered them"},
    {"cpus", list_cpus, "CPU models for --cpu"},
    {"instructions", list_instructions, "mnemonic, opcode, format, facility, name"},
};

static void help(void)
{
    printf("usage: sie390 list WHAT\n\n");
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        printf("  %-13s %s\n", lists[i].name, lists[i].help);
}

enum status cmd_list(int argc, char **argv)
{
    if (cmd_wants_help(argc, argv)) {
        help();
        return STATUS_OK;
    }
    if (argc != 2)
        return cmd_usage_error("list", "say what: facilities, cpus or instructions");
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        if (strcmp(lists[i].name, argv[1]) == 0) {
            lists[i].list();
            return STATUS_OK;
        }
    return cmd_usage_error("list", "no list '%s': facilities, cpus, instructions", argv[1]);
}
