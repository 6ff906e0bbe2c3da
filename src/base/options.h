/* SPDX-License-Identifier: Apache-2.0
 *
 * Sub-options of a command-line argument: "FILE,readonly,format=raw".  A comma inside a value is
 * written twice.  Errors are logged with the option's name and text.
 */
#ifndef SIE390_BASE_OPTIONS_H
#define SIE390_BASE_OPTIONS_H

#include "base/bits.h"

struct suboption {
    char *key;   /* "format"; the first, bare word of an argument that starts with one has "" */
    char *value; /* "raw", or NULL when there was no '=' */
};

struct suboptions {
    const char *what; /* "--disk": for messages */
    const char *text; /* the whole argument */
    char *buffer;
    struct suboption *list;
    unsigned n;
    unsigned used; /* bit i: list[i] was asked for; at most 32 */
};

/* Cuts `text` into *o.  bare_first: the first word is a value without a key ("FILE,...").
 * 0, -EINVAL (more than 32, empty key: logged) or -ENOMEM. */
int suboptions_parse(struct suboptions *o, const char *what, const char *text,
                     bool bare_first) MUST_CHECK;
void suboptions_free(struct suboptions *o);

/* The value of `key`: NULL when it is not given; "" for "key" without '='. The first one wins;
 * ask again with a *cursor (start at 0) for an option that may be repeated. */
const char *suboptions_get(struct suboptions *o, const char *key);
const char *suboptions_next(struct suboptions *o, const char *key, unsigned *cursor);
/* "key", "key=on", "key=off".  0 or -EINVAL (logged). */
int suboptions_bool(struct suboptions *o, const char *key, bool *out) MUST_CHECK;
/* Decimal or 0x number up to max.  0 or -EINVAL (logged). */
int suboptions_number(struct suboptions *o, const char *key, u64 max, u64 *out) MUST_CHECK;
/* After all were asked for: -EINVAL (logged) when one is left that nobody knows. */
int suboptions_end(const struct suboptions *o) MUST_CHECK;

/* "512M", "16g", "0x10000": bytes, suffixes K M G T.  0 or -EINVAL (not logged). */
int parse_size(const char *text, u64 *out) MUST_CHECK;
/* A whole unsigned number.  0 or -EINVAL (not logged). */
int parse_u64(const char *text, u64 *out) MUST_CHECK;

#endif
