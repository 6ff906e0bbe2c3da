/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of messages.  See message_list.h.
 *
 * Invariant: *tail is the NULL behind the last message.
 */
#include "ap/message_list.h"

#include <stdlib.h>

void ap_messages_init(struct ap_message_list *l)
{
    *l = (struct ap_message_list){.tail = &l->head};
}

void ap_messages_put_last(struct ap_message_list *l, struct ap_message *m)
{
    m->next = NULL;
    *l->tail = m;
    l->tail = &m->next;
    l->n++;
}

void ap_messages_put_first(struct ap_message_list *l, struct ap_message *m)
{
    m->next = l->head;
    l->head = m;
    if (!m->next)
        l->tail = &m->next;
    l->n++;
}

struct ap_message **ap_messages_find(struct ap_message_list *l, u64 id)
{
    struct ap_message **at = &l->head;

    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

struct ap_message *ap_messages_take(struct ap_message_list *l, struct ap_message **at)
{
    struct ap_message *m = *at;

    if (!m)
        return NULL;
    *at = m->next;
    if (!*at)
        l->tail = at;
    l->n--;
    return m;
}

unsigned ap_messages_free(struct ap_message_list *l)
{
    unsigned n = l->n;
    struct ap_message *m;

    while ((m = ap_messages_take_first(l)))
        free(m);
    return n;
}
