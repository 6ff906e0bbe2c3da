/* SPDX-License-Identifier: Apache-2.0
 *
 * Exit statuses of the command: the one list that code, --help and man page follow.
 */
#ifndef SIE390_VMM_STATUS_H
#define SIE390_VMM_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 1,
    STATUS_FILE = 2,
    STATUS_HOST = 3,
    STATUS_INTERNAL = 4,
    STATUS_GUEST_WAIT = 10,
    STATUS_GUEST_LOOP = 11,
    STATUS_TIMEOUT = 12,
    STATUS_ENDED = 13,
};

struct status_desc {
    enum status status;
    const char *text;
};
/* Ends with text NULL. */
extern const struct status_desc status_list[];

/* For a negative errno: STATUS_HOST when the host lacks or refuses something, else `other`. */
enum status status_of_error(int error, enum status other);

/* "exit status: ..." for --help. */
void status_print(void);

#endif
