/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of a queue, and the lists that they wait in.  A message is on one list at most, and is
 * one piece of memory from its first part until its reply is fetched: the reply takes the place of
 * the request.
 *
 * Not which list a message goes to, and when (queue.c), nor locks: a list belongs to its queue and
 * is used with the queue's lock.
 */
#ifndef SIE390_AP_MESSAGE_LIST_H
#define SIE390_AP_MESSAGE_LIST_H

#include "ap/card.h"

struct ap_queue;

struct ap_message {
    struct ap_message *next;
    struct ap_queue *queue; /* held, while a CPU copies the reply */
    u32 generation;         /* of the queue when that began */
    u64 id;
    u32 length, fetched;
    bool special;
    u8 data[AP_MESSAGE_MAX];
};

struct ap_message_list {
    struct ap_message *head, **tail;
    unsigned n;
};

void ap_messages_init(struct ap_message_list *l);
void ap_messages_put_last(struct ap_message_list *l, struct ap_message *m);
void ap_messages_put_first(struct ap_message_list *l, struct ap_message *m);
/* Where the pointer to the first message with this id stands; *(the result) is NULL: none. */
struct ap_message **ap_messages_find(struct ap_message_list *l, u64 id);
/* Takes out the message that *at points to; NULL if that is NULL. */
struct ap_message *ap_messages_take(struct ap_message_list *l, struct ap_message **at);
static inline struct ap_message *ap_messages_take_first(struct ap_message_list *l)
{
    return ap_messages_take(l, &l->head);
}
/* How many there were. */
unsigned ap_messages_free(struct ap_message_list *l);

#endif
