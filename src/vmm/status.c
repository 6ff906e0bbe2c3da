/* SPDX-License-Identifier: Apache-2.0
 *
 * Exit statuses, see status.h.
 */
#include "vmm/status.h"

#include <errno.h>
#include <stdio.h>

const struct status_desc status_list[] = {
    {STATUS_OK, "the guest powered off"},
    {STATUS_USAGE, "bad option or argument"},
    {STATUS_FILE, "a file cannot be read (at a reboot, too) or is not what it should be"},
    {STATUS_HOST, "the host lacks or refuses something (memory, port, socket)"},
    {STATUS_INTERNAL, "the guest cannot be run on (a fault of sie390, or the host's)"},
    {STATUS_GUEST_WAIT, "the guest ended in a disabled wait: panic or fatal error"},
    {STATUS_GUEST_LOOP, "the guest ended in an endless loop of interruptions"},
    {STATUS_TIMEOUT, "--timeout"},
    {STATUS_ENDED,
     "ended from outside: Ctrl-A X, SIGQUIT, a second SIGTERM, 'ctl quit', a disk's cut="},
    {0, NULL},
};

enum status status_of_error(int error, enum status other)
{
    switch (-error) {
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case ENOSPC:
    case EBUSY:
        return STATUS_HOST;
    default:
        return other;
    }
}

void status_print(void)
{
    printf("exit status\n");
    for (const struct status_desc *s = status_list; s->text; s++)
        printf("  %-3d %s\n", (int)s->status, s->text);
}
