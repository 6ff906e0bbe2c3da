/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the control socket.
 */
#ifndef SIE390_VMM_CONTROL_IO_H
#define SIE390_VMM_CONTROL_IO_H

#include <jansson.h>

#include "base/bits.h"

struct control;
struct run;
struct control_client;

/* control.c: performs a request; the answer (a new reference), or NULL when it comes later. */
json_t *control_request(struct run *r, struct control_client *c, const char *line, size_t len);
/* control.c: the answer to "stop" when the machine's state has changed. */
json_t *control_stopped(struct run *r);

/* control.c: the beginnings of an answer. */
json_t *control_failure(const char *text);
json_t *control_success(struct run *r);
/* control_ap.c, control_cpu.c: commands. */
json_t *control_ap(struct run *r, struct control_client *c, const json_t *request);
json_t *control_cpu(struct run *r, struct control_client *c, const json_t *request);
json_t *control_cpus(struct run *r, struct control_client *c, const json_t *request);

/* control_io.c: c's answer comes with the next change of state; requests behind it wait. */
void control_client_wait(struct control_client *c);
/* c wants events from now on. */
void control_client_listen(struct control_client *c);
/* Takes the reference: an event for all who want some. */
void control_tell(struct control *control, json_t *event);
/* What to put into that answer as "id"; NULL: nothing. */
void control_client_remember(struct control_client *c, json_t *id);

#endif
