/* SPDX-License-Identifier: Apache-2.0
 *
 * The subcommands: each a function in a file of its own, called with its own argc/argv (argv[0] is
 * the subcommand's name); the result is the exit status.
 */
#ifndef SIE390_VMM_CMD_H
#define SIE390_VMM_CMD_H

#include "base/bits.h"
#include "vmm/status.h"

enum status cmd_run(int argc, char **argv);
enum status cmd_disasm(int argc, char **argv);
enum status cmd_explain(int argc, char **argv);
enum status cmd_list(int argc, char **argv);
enum status cmd_version(int argc, char **argv);
enum status cmd_ctl(int argc, char **argv);
enum status cmd_stat(int argc, char **argv);

/* An option of a subcommand: getopt's view of it, and what --help says. */
struct cmd_option {
    int key; /* what getopt_long() returns; a printable character is the short option */
    const char *name;
    const char *argument; /* NULL: none; "[=...]": may be given, behind = */
    const char *help;     /* lines after \n are indented; NULL name: a heading */
};
#define CMD_KEY(n) (256 + (n)) /* options without a short form */
#define CMD_MAX_OPTIONS 64

/* getopt_long() over a list that ends with name and help NULL.  Unknown options and missing
 * arguments are logged and returned as '?'. */
int cmd_getopt(int argc, char **argv, const struct cmd_option *options);
void cmd_print_options(const struct cmd_option *options);

/* Is --help or -h all that a subcommand without options was given? */
bool cmd_wants_help(int argc, char **argv);

/* Logs "… (sie390 COMMAND --help tells more)". */
enum status cmd_usage_error(const char *command, const char *fmt, ...) PRINTF(2, 3);

#endif
