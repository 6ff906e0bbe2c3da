/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of what was counted, see table.h.
 *
 * Columns: total, per second within the last interval, and the name.  Times (names that end in
 * "us") have a share of the interval in which they were measured instead of a rate: more than 100 %
 * with several CPUs.
 */
#include "vmm/table.h"

#include <stdlib.h>
#include <string.h>

/* These first, then the others as they came. */
static const char *const first[] = {"time", "intercept", "instruction", "exit"};

void table_begin(struct table *t, u64 at)
{
    t->before = t->at;
    t->at = at;
    for (unsigned i = 0; i < t->n; i++)
        t->row[i].before = t->row[i].now;
}

static struct table_row *find(struct table *t, const char *group, const char *name)
{
    for (unsigned i = 0; i < t->n; i++)
        if (strcmp(t->row[i].group, group) == 0 && strcmp(t->row[i].name, name) == 0)
            return &t->row[i];
    return NULL;
}

static struct table_row *add_row(struct table *t, const char *group, const char *name)
{
    struct table_row *r;

    if (t->n == t->room) {
        unsigned room = t->room ? 2 * t->room : 64;
        struct table_row *bigger = realloc(t->row, room * sizeof(*bigger));

        if (!bigger)
            return NULL;
        t->row = bigger;
        t->room = room;
    }
    r = &t->row[t->n];
    *r = (struct table_row){.group = strdup(group), .name = strdup(name), .order = t->n};
    if (!r->group || !r->name) {
        free(r->group);
        free(r->name);
        return NULL;
    }
    t->n++;
    return r;
}

void table_add(void *arg, const char *group, const char *name, u64 value)
{
    struct table_row *r = find(arg, group, name);

    if (!r)
        r = add_row(arg, group, name);
    if (r)
        r->now = value;
}

void table_free(struct table *t)
{
    for (unsigned i = 0; i < t->n; i++) {
        free(t->row[i].group);
        free(t->row[i].name);
    }
    free(t->row);
    *t = (struct table){0};
}

/* ---- order ---- */

static unsigned rank(const char *group)
{
    unsigned i = 0;

    while (i < ARRAY_SIZE(first) && strcmp(first[i], group) != 0)
        i++;
    return i;
}

/* What a row grew by; counters of a guest that was reset may be smaller than before. */
static u64 growth(const struct table_row *r)
{
    return r->now > r->before ? r->now - r->before : 0;
}

static bool keeps_order(const struct table_row *r)
{
    return strcmp(r->group, "time") == 0;
}

static int compare(const void *a, const void *b)
{
    const struct table_row *x = a, *y = b;
    unsigned rx = rank(x->group), ry = rank(y->group);
    int by_group = strcmp(x->group, y->group);

    if (rx != ry)
        return rx < ry ? -1 : 1;
    if (by_group)
        return by_group;
    if (growth(x) != growth(y) && !keeps_order(x))
        return growth(x) > growth(y) ? -1 : 1;
    if (x->now != y->now && !keeps_order(x))
        return x->now > y->now ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* ---- printing ---- */

#define MEASURED "measured us" /* how long the times are measured: the interval that they share */

static bool is_time(const struct table_row *r)
{
    size_t n = strlen(r->name);

    return strcmp(r->group, "time") == 0 && n > 3 && strcmp(r->name + n - 3, " us") == 0;
}

static void print_row(const struct table *t, const struct table_row *r, u64 measured, FILE *f)
{
    double seconds = (double)(t->at - t->before) / 1e9;
    double grew = (double)growth(r);
    char rate[24] = "";

    if (is_time(r) && measured && strcmp(r->name, MEASURED) != 0)
        snprintf(rate, sizeof(rate), "%.1f %%", 100 * grew / (double)measured);
    else if (seconds > 0 && !keeps_order(r))
        snprintf(rate, sizeof(rate), "%.*f", grew / seconds < 10, grew / seconds);
    fprintf(f, "%14llu %12s  %s: %s\n", (unsigned long long)r->now, rate, r->group, r->name);
}

void table_print(struct table *t, FILE *f, unsigned lines)
{
    const struct table_row *m = find(t, "time", MEASURED);
    u64 measured = m ? growth(m) : 0; /* before rows change places */
    unsigned printed = 1, n = 0;

    if (t->n)
        qsort(t->row, t->n, sizeof(*t->row), compare);
    fprintf(f, "%14s %12s\n", "total", "per second");
    for (; n < t->n; n++) {
        bool gap = n && strcmp(t->row[n].group, t->row[n - 1].group) != 0;

        if (lines && printed + gap + 1 + (n + 1 < t->n) > lines)
            break;
        if (gap)
            fputc('\n', f);
        print_row(t, &t->row[n], measured, f);
        printed += 1 + gap;
    }
    if (n < t->n)
        fprintf(f, "%14s %12s  and %u more\n", "", "", t->n - n);
}
