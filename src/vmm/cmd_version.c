/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 version
 */
#include <stdio.h>

#include "isa_table.h"
#include "vmm/cmd.h"

#ifndef SIE390_VERSION
#define SIE390_VERSION "unknown"
#endif

enum status cmd_version(int argc, char **argv)
{
    if (cmd_wants_help(argc, argv)) {
        printf("usage: sie390 version\n\nPrints the version, and how many instructions it knows, "
               "and whether it has\n"
               "static probes.\n");
        return STATUS_OK;
    }
    if (argc > 1)
        return cmd_usage_error("version", "%s: takes no argument", argv[1]);
    printf("sie390 %s\n%u instructions\nstatic probes: %s\n", SIE390_VERSION, isa_ninsns,
           SIE390_PROBES ? "yes" : "no");
    return STATUS_OK;
}
