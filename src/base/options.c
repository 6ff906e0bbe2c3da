/* SPDX-License-Identifier: Apache-2.0
 *
 * Sub-options of command-line arguments.  See options.h.
 */
#include "base/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define MAX_SUBOPTIONS 32

int parse_u64(const char *text, u64 *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    *out = strtoull(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
    return errno || *end ? -EINVAL : 0;
}

int parse_size(const char *text, u64 *out)
{
    static const char suffixes[] = "kmgt";
    size_t len = strlen(text);
    const char *s = len ? strchr(suffixes, text[len - 1] | 0x20) : NULL;
    unsigned shift = s && *s ? 10 * (unsigned)(s - suffixes + 1) : 0;
    char number[32];
    u64 v;

    if (!len || len >= sizeof(number))
        return -EINVAL;
    memcpy(number, text, len + 1);
    if (shift)
        number[len - 1] = 0;
    if (parse_u64(number, &v) || v << shift >> shift != v)
        return -EINVAL;
    *out = v << shift;
    return 0;
}

/* Ends the word at p, a doubled comma standing for one; returns the start of the next, or NULL. */
static char *end_word(char *p)
{
    char *to = p;

    for (; *p; p++) {
        if (*p == ',' && p[1] != ',') {
            *to = 0;
            return p + 1;
        }
        if (*p == ',')
            p++;
        *to++ = *p;
    }
    *to = 0;
    return NULL;
}

int suboptions_parse(struct suboptions *o, const char *what, const char *text, bool bare_first)
{
    char *p;

    *o = (struct suboptions){.what = what, .text = text};
    o->buffer = strdup(text);
    o->list = calloc(MAX_SUBOPTIONS, sizeof(*o->list));
    if (!o->buffer || !o->list) {
        suboptions_free(o);
        return -ENOMEM;
    }
    for (p = o->buffer; p;) {
        struct suboption *s = &o->list[o->n];
        char *word = p, *equals;

        p = end_word(p);
        if (o->n == MAX_SUBOPTIONS || (!*word && !(bare_first && !o->n))) {
            log_error("%s %s: %s", what, text, *word ? "too many options" : "an empty option");
            suboptions_free(o);
            return -EINVAL;
        }
        o->n++;
        if (bare_first && o->n == 1) {
            *s = (struct suboption){.key = o->buffer + strlen(o->buffer), .value = word};
            continue;
        }
        equals = strchr(word, '=');
        if (equals)
            *equals = 0;
        *s = (struct suboption){.key = word, .value = equals ? equals + 1 : NULL};
    }
    return 0;
}

void suboptions_free(struct suboptions *o)
{
    free(o->buffer);
    free(o->list);
    *o = (struct suboptions){0};
}

const char *suboptions_next(struct suboptions *o, const char *key, unsigned *cursor)
{
    for (unsigned i = *cursor; i < o->n; i++) {
        if (strcmp(o->list[i].key, key))
            continue;
        o->used |= 1U << i;
        *cursor = i + 1;
        return o->list[i].value ? o->list[i].value : "";
    }
    *cursor = o->n;
    return NULL;
}

const char *suboptions_get(struct suboptions *o, const char *key)
{
    unsigned cursor = 0;

    return suboptions_next(o, key, &cursor);
}

int suboptions_bool(struct suboptions *o, const char *key, bool *out)
{
    const char *v = suboptions_get(o, key);

    if (!v)
        return 0;
    if (!*v || !strcmp(v, "on")) {
        *out = true;
    } else if (!strcmp(v, "off")) {
        *out = false;
    } else {
        log_error("%s %s: %s=%s: on or off expected", o->what, o->text, key, v);
        return -EINVAL;
    }
    return 0;
}

int suboptions_number(struct suboptions *o, const char *key, u64 max, u64 *out)
{
    const char *v = suboptions_get(o, key);
    u64 n;

    if (!v)
        return 0;
    if (parse_u64(v, &n) || n > max) {
        log_error("%s %s: %s=%s: a number up to %llu expected", o->what, o->text, key, v,
                  (unsigned long long)max);
        return -EINVAL;
    }
    *out = n;
    return 0;
}

int suboptions_end(const struct suboptions *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        if (o->used & 1U << i)
            continue;
        log_error("%s %s: unknown or repeated option '%s'", o->what, o->text,
                  *o->list[i].key ? o->list[i].key : o->list[i].value);
        return -EINVAL;
    }
    return 0;
}
