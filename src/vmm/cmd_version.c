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
    if (argc > 1 && argv[1][0] != '-')
        return cmd_usage_error("version", "takes no argument");
    printf("sie390 %s\n%u instructions\n", SIE390_VERSION, isa_ninsns);
    return STATUS_OK;
}
