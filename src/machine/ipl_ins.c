/* SPDX-License-Identifier: Apache-2.0
 *
 * .ins files, as installation media carry them: a text with a file and its load address a line,
 * "*" before a comment.  Names are relative to the .ins file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "machine/ipl.h"

#define INS_MAX 0x10000 /* bytes; real ones have a few hundred */

static int line_error(const char *path, unsigned number, const char *why)
{
    log_error("%s:%u: %s", path, number, why);
    return -EINVAL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* "FILE ADDRESS" in place. */
static int one_line(struct ipl *ipl, const char *ins, unsigned number, char *line)
{
    char *name = line, *address, *end;
    const char *slash = strrchr(ins, '/');
    char path[4096];
    u64 value;

    while (is_blank(*name))
        name++;
    if (!*name || *name == '*')
        return 0;
    end = name + strlen(name);
    while (end > name && is_blank(end[-1]))
        *--end = 0;
    address = end;
    while (address > name && !is_blank(address[-1]))
        address--;
    if (address == name || parse_u64(address, &value))
        return line_error(ins, number, "not of the form FILE ADDRESS (0x01000000)");
    for (end = address; end > name && is_blank(end[-1]);)
        *--end = 0;
    if (snprintf(path, sizeof(path), "%.*s%s", slash && *name != '/' ? (int)(slash + 1 - ins) : 0,
                 ins, name) >= (int)sizeof(path))
        return line_error(ins, number, "file name too long");
    return ipl_add_image(ipl, path, value);
}

static int parse(struct ipl *ipl, const char *path, char *text)
{
    unsigned number = 0;
    int r = 0;

    for (char *line = text, *next; !r && line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        r = one_line(ipl, path, ++number, line);
    }
    if (!r && !ipl->nimages) {
        log_error("%s: names no file to load", path);
        r = -EINVAL;
    }
    return r;
}

int ipl_open_ins(struct ipl *ipl, const char *path)
{
    struct ipl_file f;
    char *text;
    int r = ipl_file_open(&f, path);

    if (r)
        return r;
    text = f.size <= INS_MAX ? calloc(1, f.size + 1) : NULL;
    if (!text) {
        log_error("%s: too large for a .ins file", path);
        r = -EINVAL;
    }
    if (!r)
        r = ipl_file_read(&f, 0, text, f.size);
    if (!r && memchr(text, 0, f.size)) {
        log_error("%s: not a text, so no .ins file", path);
        r = -EINVAL;
    }
    if (!r)
        r = parse(ipl, path, text);
    free(text);
    ipl_file_close(&f);
    ipl->ins = true;
    return r;
}
