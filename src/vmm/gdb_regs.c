/* SPDX-License-Identifier: Apache-2.0
 *
 * A CPU's registers as the debugger sees them: one table of groups, from which come the target
 * description, the order of g and G, and the numbers of p and P.  All of them big-endian.
 *
 * The features core, acr and fpr are those that gdb demands of an s390x; cr and virt are what other
 * virtual machines for s390x call these registers.
 *
 * References: GDB manual, "S/390 and System z Features".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/ops_bfp.h"
#include "vmm/gdb_session.h"

/* ---- access ---- */

static u64 get_psw(struct vcpu *v, unsigned n)
{
    return n ? hv_psw_addr(v) : hv_psw_mask(v);
}

static void set_psw(struct vcpu *v, unsigned n, u64 x)
{
    hv_set_psw(v, n ? hv_psw_mask(v) : x, n ? x : hv_psw_addr(v));
}

static u64 get_gr(struct vcpu *v, unsigned n)
{
    return *hv_gr(v, n);
}

static void set_gr(struct vcpu *v, unsigned n, u64 x)
{
    *hv_gr(v, n) = x;
}

static u64 get_ar(struct vcpu *v, unsigned n)
{
    return v->cpu.ar[n];
}

static void set_ar(struct vcpu *v, unsigned n, u64 x)
{
    v->cpu.ar[n] = (u32)x;
}

static u64 get_fpc(struct vcpu *v, unsigned n)
{
    (void)n;
    return v->cpu.fpc;
}

/* What SET FPC would not take is not set. */
static void set_fpc(struct vcpu *v, unsigned n, u64 x)
{
    (void)n;
    if (op_fpc_valid(&v->cpu, (u32)x))
        v->cpu.fpc = (u32)x;
}

static u64 get_fpr(struct vcpu *v, unsigned n)
{
    return cpu_fpr(&v->cpu, n);
}

static void set_fpr(struct vcpu *v, unsigned n, u64 x)
{
    cpu_set_fpr(&v->cpu, n, x);
}

static u64 get_cr(struct vcpu *v, unsigned n)
{
    return hv_cr(v, n);
}

enum { VIRT_CKC, VIRT_CPUTM, VIRT_LAST_BREAK, VIRT_PREFIX };

static u64 get_virt(struct vcpu *v, unsigned n)
{
    switch (n) {
    case VIRT_CKC:
        return be64_get(v->sd->ckc);
    case VIRT_CPUTM:
        return be64_get(v->sd->cputm);
    case VIRT_LAST_BREAK:
        return be64_get(v->sd->gbea);
    default:
        return hv_prefix(v);
    }
}

/* A prefix area must be in storage: an entry would not be valid. */
static void set_virt(struct vcpu *v, unsigned n, u64 x)
{
    switch (n) {
    case VIRT_CKC:
        v->sd->ckc = be64_of(x);
        return;
    case VIRT_CPUTM:
        v->sd->cputm = be64_of(x);
        return;
    case VIRT_LAST_BREAK:
        v->sd->gbea = be64_of(x);
        return;
    default:
        if (!(x & ~(u64)SD_PREFIX_Z) && mem_has(&v->vm->mem, x, 2 * FRAME_SIZE))
            hv_set_prefix(v, (u32)x);
    }
}

/* ---- the table ---- */

static const char *const psw_names[] = {"pswm", "pswa"};
static const char *const fpc_names[] = {"fpc"};
static const char *const virt_names[] = {"ckc", "cputm", "last_break", "prefix"};

static const struct group {
    const char *feature; /* NULL: as the one before */
    const char *prefix;  /* of numbered names */
    const char *const *names;
    unsigned count, size;
    const char *type, *gdb_group; /* gdb_group NULL: not said */
    u64 (*get)(struct vcpu *v, unsigned n);
    void (*set)(struct vcpu *v, unsigned n, u64 x);
} groups[] = {
    {"core", NULL, psw_names, 2, 8, "uint64", "psw", get_psw, set_psw},
    {NULL, "r", NULL, 16, 8, "uint64", "general", get_gr, set_gr},
    {"acr", "acr", NULL, 16, 4, "uint32", "access", get_ar, set_ar},
    {"fpr", NULL, fpc_names, 1, 4, "uint32", "float", get_fpc, set_fpc},
    {NULL, "f", NULL, 16, 8, "ieee_double", "float", get_fpr, set_fpr},
    {"cr", "cr", NULL, 16, 8, "uint64", "control", get_cr, hv_set_cr},
    {"virt", NULL, virt_names, 4, 8, "uint64", "system", get_virt, set_virt},
};

static const struct group *find(u64 number, unsigned *n)
{
    for (unsigned i = 0; i < ARRAY_SIZE(groups); i++) {
        if (number < groups[i].count) {
            *n = (unsigned)number;
            return &groups[i];
        }
        number -= groups[i].count;
    }
    return NULL;
}

/* ---- one register ---- */

/* Returns the number of digits. */
static size_t put(struct vcpu *v, const struct group *r, unsigned n, char *to)
{
    be64 x = be64_of(r->get(v, n));

    gdb_to_hex((u8 *)&x + 8 - r->size, r->size, to);
    return 2 * (size_t)r->size;
}

static bool take(struct vcpu *v, const struct group *r, unsigned n, const char *hex)
{
    be64 x = {0};

    if (!gdb_from_hex(hex, (u8 *)&x + 8 - r->size, r->size))
        return false;
    r->set(v, n, be64_get(x));
    return true;
}

void gdb_read_register(struct gdb *g)
{
    const char *p = g->packet.data + 1;
    const struct group *r;
    unsigned n;
    u64 number;

    if (!gdb_parse(&p, &number) || *p || !(r = find(number, &n))) {
        gdb_send(g, "E22");
        return;
    }
    (void)put(gdb_vcpu(g), r, n, g->reply);
    gdb_send(g, g->reply);
}

void gdb_write_register(struct gdb *g)
{
    const char *p = g->packet.data + 1;
    const struct group *r = NULL;
    unsigned n = 0;
    u64 number;
    bool ok = gdb_parse(&p, &number) && *p++ == '=' && (r = find(number, &n)) &&
              strlen(p) == 2 * (size_t)r->size && take(gdb_vcpu(g), r, n, p);

    gdb_send(g, ok ? "OK" : "E22");
}

/* ---- all of them ---- */

void gdb_read_registers(struct gdb *g)
{
    char *to = g->reply;

    for (unsigned i = 0; i < ARRAY_SIZE(groups); i++)
        for (unsigned n = 0; n < groups[i].count; n++)
            to += put(gdb_vcpu(g), &groups[i], n, to);
    gdb_send(g, g->reply);
}

static size_t all_digits(void)
{
    size_t sum = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(groups); i++)
        sum += 2 * (size_t)groups[i].count * groups[i].size;
    return sum;
}

void gdb_write_registers(struct gdb *g)
{
    const char *p = g->packet.data + 1;

    if (strlen(p) != all_digits() || strspn(p, "0123456789abcdefABCDEF") != all_digits()) {
        gdb_send(g, "E22");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(groups); i++)
        for (unsigned n = 0; n < groups[i].count; n++, p += 2 * groups[i].size)
            (void)!take(gdb_vcpu(g), &groups[i], n, p);
    gdb_send(g, "OK");
}

/* ---- the description ---- */

static void describe_group(FILE *f, const struct group *r)
{
    for (unsigned n = 0; n < r->count; n++) {
        fprintf(f, "<reg name=\"");
        if (r->names)
            fprintf(f, "%s", r->names[n]);
        else
            fprintf(f, "%s%u", r->prefix, n);
        fprintf(f, "\" bitsize=\"%u\" type=\"%s\" group=\"%s\"/>\n", 8 * r->size, r->type,
                r->gdb_group);
    }
}

static char *describe(void)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        return NULL;
    fprintf(f, "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
               "<target version=\"1.0\">\n<architecture>s390:64-bit</architecture>\n");
    for (unsigned i = 0; i < ARRAY_SIZE(groups); i++) {
        if (groups[i].feature)
            fprintf(f, "%s<feature name=\"org.gnu.gdb.s390.%s\">\n", i ? "</feature>\n" : "",
                    groups[i].feature);
        describe_group(f, &groups[i]);
    }
    fprintf(f, "</feature>\n</target>\n");
    fclose(f);
    return text;
}

void gdb_features(struct gdb *g, const char *args)
{
    static const char annex[] = "target.xml:";
    const char *p = args + strlen(annex);
    u64 offset, len;
    char *text;
    size_t size;

    if (strncmp(args, annex, strlen(annex)) != 0 || !gdb_parse(&p, &offset) || *p++ != ',' ||
        !gdb_parse(&p, &len) || *p) {
        gdb_send(g, "E00");
        return;
    }
    text = describe();
    size = text ? strlen(text) : 0;
    offset = min64(offset, size);
    len = min64(min64(len, size - offset), GDB_PACKET / 2);
    g->reply[0] = offset + len < size ? 'm' : 'l';
    memcpy(g->reply + 1, text ? text + offset : "", len);
    gdb_send_bytes(g, g->reply, len + 1);
    free(text);
}
