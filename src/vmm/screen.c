/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing the table of counters, see screen.h.  Only the cursor is moved and lines are cut to the
 * width: no mode of the terminal is changed, so there is none to restore.
 */
#include "vmm/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"
#define SECONDS_MIN 0.1
#define SECONDS_MAX 3600

static struct winsize size_of(FILE *f)
{
    struct winsize w = {0};

    if (ioctl(fileno(f), TIOCGWINSZ, &w) || w.ws_row < 4 || w.ws_col < 20)
        w = (struct winsize){.ws_row = 24, .ws_col = 80};
    return w;
}

static void put_cut(const char *text, unsigned width, FILE *f)
{
    fputs(HOME, f);
    while (*text) {
        size_t n = strcspn(text, "\n");

        fprintf(f, "%.*s" CLEAR_LINE "\n", (int)(n < width ? n : width), text);
        text += n + (text[n] == '\n');
    }
    fputs(CLEAR_BELOW, f);
}

static void draw_over(struct table *t, FILE *f)
{
    struct winsize w = size_of(f);
    char *text = NULL;
    size_t n;
    FILE *m = open_memstream(&text, &n);

    if (!m)
        return;
    table_print(t, m, w.ws_row - 1U);
    if (fclose(m) == 0)
        put_cut(text, w.ws_col, f);
    free(text);
}

bool screen_draw(struct table *t, FILE *f)
{
    if (isatty(fileno(f))) {
        draw_over(t, f);
    } else {
        table_print(t, f, 0);
        fputc('\n', f);
    }
    return fflush(f) == 0 && !ferror(f);
}

bool screen_interval(const char *text, double *seconds)
{
    char *end;

    *seconds = strtod(text, &end);
    return end != text && !*end && *seconds >= SECONDS_MIN && *seconds <= SECONDS_MAX;
}
