/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of subcommands: one table serves getopt and --help.
 */
#include "vmm/cmd.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define HELP_COLUMN 28

static int argument_of(const struct cmd_option *o)
{
    if (!o->argument)
        return no_argument;
    return *o->argument == '[' ? optional_argument : required_argument;
}

/* Fills getopt's two lists. */
static void for_getopt(const struct cmd_option *o, struct option *longs, char *shorts)
{
    unsigned n = 0;

    *shorts++ = ':'; /* we print the messages */
    for (; o->name || o->help; o++) {
        if (!o->name)
            continue;
        ASSERT(n < CMD_MAX_OPTIONS - 1);
        longs[n++] = (struct option){o->name, argument_of(o), NULL, o->key};
        if (o->key < 256) {
            *shorts++ = (char)o->key;
            if (o->argument)
                *shorts++ = ':';
        }
    }
    longs[n] = (struct option){0};
    *shorts = 0;
}

int cmd_getopt(int argc, char **argv, const struct cmd_option *options)
{
    struct option longs[CMD_MAX_OPTIONS];
    char shorts[2 * CMD_MAX_OPTIONS + 2];
    int c;

    for_getopt(options, longs, shorts);
    opterr = 0;
    c = getopt_long(argc, argv, shorts, longs, NULL);
    if (c == ':')
        cmd_usage_error(argv[0], "%s needs an argument", argv[optind - 1]);
    else if (c == '?' && strncmp(argv[optind - 1], "--", 2) == 0)
        cmd_usage_error(argv[0], "unknown or ambiguous option %s", argv[optind - 1]);
    else if (c == '?')
        cmd_usage_error(argv[0], "unknown option -%c", optopt);
    return c == ':' ? '?' : c;
}

static void print_option(const struct cmd_option *o)
{
    char left[80];
    int n;

    n = snprintf(left, sizeof(left), "  ");
    if (o->key < 256)
        n += snprintf(left + n, sizeof(left) - (size_t)n, "-%c, ", o->key);
    n += snprintf(left + n, sizeof(left) - (size_t)n, "--%s", o->name);
    if (o->argument)
        snprintf(left + n, sizeof(left) - (size_t)n, "%s%s", *o->argument == '[' ? "" : " ",
                 o->argument);
    if (strlen(left) >= HELP_COLUMN)
        printf("%s\n%*s", left, HELP_COLUMN, "");
    else
        printf("%-*s", HELP_COLUMN, left);
    for (const char *p = o->help; *p; p++) {
        putchar(*p);
        if (*p == '\n')
            printf("%*s", HELP_COLUMN, "");
    }
    putchar('\n');
}

void cmd_print_options(const struct cmd_option *options)
{
    for (const struct cmd_option *o = options; o->name || o->help; o++) {
        if (o->name)
            print_option(o);
        else
            printf("\n%s\n", o->help);
    }
}

bool cmd_wants_help(int argc, char **argv)
{
    return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

enum status cmd_usage_error(const char *command, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    log_error("%s: %s (sie390 %s --help tells more)", command, text, command);
    return STATUS_USAGE;
}
