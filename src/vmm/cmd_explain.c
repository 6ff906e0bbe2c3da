/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 explain MNEMONIC: the trail of an instruction through the house.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "cpu/disasm.h"
#include "isa_table.h"
#include "vmm/cmd.h"

#define MAX_NAME 15
#define MAX_SUGGESTIONS 5

/* Levenshtein distance of two mnemonics, without regard to case. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[MAX_NAME + 1];
    unsigned la = (unsigned)strlen(a), lb = (unsigned)strlen(b);

    if (la > MAX_NAME || lb > MAX_NAME)
        return MAX_NAME;
    for (unsigned j = 0; j <= lb; j++)
        row[j] = j;
    for (unsigned i = 1; i <= la; i++) {
        unsigned corner = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= lb; j++) {
            unsigned up = row[j];
            unsigned best =
                corner + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));

            best = up + 1 < best ? up + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            corner = up;
        }
    }
    return row[lb];
}

/* The nearest mnemonics: "A, B, C"; empty when nothing is near. */
static void suggest(const char *name, char *out, size_t size)
{
    unsigned found = 0;

    out[0] = 0;
    for (unsigned d = 1; d <= 2 && !found; d++) {
        for (unsigned i = 0; i < isa_ninsns && found < MAX_SUGGESTIONS; i++) {
            size_t n = strlen(out);

            if (distance(name, isa_insns[i].mnemonic) == d) {
                snprintf(out + n, size - n, "%s%s", found ? ", " : "", isa_insns[i].mnemonic);
                found++;
            }
        }
    }
}

static void explain_facility(const struct insn_info *n)
{
    if (!n->fac[0])
        printf("  facility     none: part of every machine\n");
    for (unsigned k = 0; k < 2 && n->fac[k]; k++)
        for (unsigned i = 0; i < isa_nfacilities; i++)
            if (isa_facilities[i].number == n->fac[k])
                printf("  facility     %u %s%s\n", n->fac[k], isa_facilities[i].title,
                       isa_facilities[i].complete ? "" : " (not offered: not complete)");
}

static void explain(const struct insn_info *n, const char *asked)
{
    const struct format_info *f = &isa_formats[n->format];

    printf("%s  %s\n", n->mnemonic, n->title);
    if (strcasecmp(n->mnemonic, asked) != 0)
        printf("  written      %s is an extended mnemonic of it\n", asked);
    printf("  opcode       %0*llx\n", 2 * f->length,
           (unsigned long long)(n->opcode >> (64 - 8 * f->length)));
    printf("  format       %s, %u bytes, operands %s\n", f->name, f->length,
           *disasm_syntax(n) ? disasm_syntax(n) : "none");
    explain_facility(n);
    printf("  state        %s\n", n->supervisor ? "supervisor (privileged)" : "problem");
    printf("  SIE          %s\n", *n->sie ? n->sie : "interpreted, never intercepted");
    if (n->body)
        printf("  interpreter  %s() in src/cpu\n", n->body);
    else
        printf("  interpreter  op_%s(), generated from the record in isa/\n", n->mnemonic);
    if (n->handler)
        printf("  hypervisor   %s()\n", n->handler);
    printf("  reference    %s\n", n->ref);
}

static enum status unknown(const char *name)
{
    char near[128];

    suggest(name, near, sizeof(near));
    if (near[0])
        log_error("there is no instruction %s; near it are %s", name, near);
    else
        log_error("there is no instruction %s: 'sie390 list instructions' lists them", name);
    return STATUS_USAGE;
}

enum status cmd_explain(int argc, char **argv)
{
    enum status s = STATUS_OK;

    if (cmd_wants_help(argc, argv)) {
        printf("usage: sie390 explain MNEMONIC...\n\n"
               "Tells what is known about an instruction: opcode, format, facility, who\n"
               "intercepts it, where it is performed, and where the manual describes it.\n"
               "Extended mnemonics (jne, locre) are known, too.\n");
        return STATUS_OK;
    }
    if (argc < 2)
        return cmd_usage_error("explain", "say which instruction");
    for (int i = 1; i < argc; i++) {
        const struct insn_info *n = disasm_find(argv[i]);

        if (i > 1)
            printf("\n");
        if (n)
            explain(n, argv[i]);
        else
            s = unknown(argv[i]);
    }
    return s;
}
