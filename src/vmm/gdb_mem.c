/* SPDX-License-Identifier: Apache-2.0
 *
 * The debugger's packets about storage: reading and writing through the translation of the selected
 * CPU, breakpoints and watchpoints.
 */
#include <errno.h>
#include <string.h>

#include "cpu/code.h"
#include "vmm/gdb_session.h"

#define NO_STORAGE "E14"
#define BAD_PACKET "E22"
#define TOO_MANY "E28"

/* "ADDR,LENGTH" at *p. */
static bool parse_range(const char **p, u64 *addr, u64 *len)
{
    return gdb_parse(p, addr) && *(*p)++ == ',' && gdb_parse(p, len);
}

/* ---- storage ---- */

void gdb_read_memory(struct gdb *g)
{
    const char *p = g->packet.data + 1;
    u8 bytes[GDB_PACKET / 2];
    u64 addr, len, done;

    if (!parse_range(&p, &addr, &len) || *p) {
        gdb_send(g, BAD_PACKET);
        return;
    }
    len = min64(len, sizeof(bytes));
    done = hv_debug_read(gdb_vcpu(g), addr, bytes, len);
    if (len && !done) {
        gdb_send(g, NO_STORAGE);
        return;
    }
    gdb_to_hex(bytes, done, g->reply);
    gdb_send(g, g->reply);
}

/* M: hexadecimal; X: the bytes themselves. */
void gdb_write_memory(struct gdb *g)
{
    const char *p = g->packet.data + 1;
    u8 bytes[GDB_PACKET];
    bool hex = g->packet.data[0] == 'M';
    u64 addr, len;
    size_t left;

    if (!parse_range(&p, &addr, &len) || *p++ != ':') {
        gdb_send(g, BAD_PACKET);
        return;
    }
    left = g->packet.len - (size_t)(p - g->packet.data);
    if (len > sizeof(bytes) || left != (hex ? 2 * len : len) ||
        (hex && !gdb_from_hex(p, bytes, len))) {
        gdb_send(g, BAD_PACKET);
        return;
    }
    if (!hex)
        memcpy(bytes, p, len);
    gdb_send(g, hv_debug_write(gdb_vcpu(g), addr, bytes, len) == len ? "OK" : NO_STORAGE);
}

/* ---- points ---- */

/* DIAGNOSE takes four bytes: where the instruction has only two it would destroy the next one,
 * which may be branched to.  Such a breakpoint is a hardware one. */
static enum debug_kind soft_kind(struct gdb *g, u64 addr)
{
    u8 first;

    if (hv_debug_read(gdb_vcpu(g), addr, &first, 1) == 1 && insn_length(first) == 2)
        return DEBUG_BREAKPOINT;
    return DEBUG_SOFTWARE;
}

static int insert(struct gdb *g, char type, u64 addr, u64 len)
{
    struct vcpu *v = gdb_vcpu(g);
    enum debug_kind kind = DEBUG_WATCHPOINT;
    int r;

    if (type != '2')
        kind = type == '0' ? soft_kind(g, addr) : DEBUG_BREAKPOINT;
    r = hv_debug_add(v, kind, addr, len);
    if (kind == DEBUG_SOFTWARE && r && r != -EEXIST) /* across pages, too many, not there yet */
        r = hv_debug_add(v, DEBUG_BREAKPOINT, addr, len);
    return r == -EEXIST ? 0 : r;
}

static int take_out(struct gdb *g, char type, u64 addr, u64 len)
{
    struct vm *vm = &g->m->vm;

    if (type == '2')
        return hv_debug_remove(vm, DEBUG_WATCHPOINT, addr, len);
    if (type == '0' && hv_debug_remove(vm, DEBUG_SOFTWARE, addr, len) == 0)
        return 0;
    return hv_debug_remove(vm, DEBUG_BREAKPOINT, addr, len);
}

/* PER knows alterations of storage, no fetches: types 3 (read) and 4 (access) are not offered. */
void gdb_point(struct gdb *g)
{
    const char *p = g->packet.data + 3;
    char type = g->packet.data[1];
    u64 addr, len;
    int r;

    if (!type || !strchr("012", type)) {
        gdb_send(g, "");
        return;
    }
    if (g->packet.data[2] != ',' || !parse_range(&p, &addr, &len) || *p) {
        gdb_send(g, BAD_PACKET);
        return;
    }
    if (g->packet.data[0] == 'Z')
        r = insert(g, type, addr, len);
    else
        r = take_out(g, type, addr, len);
    if (r == 0)
        gdb_send(g, "OK");
    else
        gdb_send(g, r == -ENOSPC ? TOO_MANY : r == -EFAULT ? NO_STORAGE : BAD_PACKET);
}
