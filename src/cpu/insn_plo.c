/* SPDX-License-Identifier: Apache-2.0
 *
 * PERFORM LOCKED OPERATION, function codes 0 to 23 and the test of a code.
 *
 * The function code is a kind (compare and load, compare and swap, double compare and swap,
 * compare and swap and single, double, triple store) and a size (32 bits in registers, 64 bits in
 * the parameter list, 64 bits in registers, 128 bits in the parameter list).
 *
 * One lock for the whole configuration stands for all program lock tokens: the architecture lets
 * any two tokens share a lock, and a lock is held for some dozen host instructions.
 *
 * Invariants
 *  - While the lock is held only host pointers are used that were made before: nothing that could
 *    fault, make a TLB entry or wait for another CPU.
 *  - The second operand is stored last, the others in ascending order [PoP 7 PERFORM LOCKED
 *    OPERATION]; each aligned operand in one access.  Compare-and-swap proper is a host
 *    compare-and-swap up to 64 bits, so it also works against CS and CSG of other CPUs.
 *  - The parameter list is read before and written after the lock: it is not guarded by it.
 *
 * References: [PoP 7 PERFORM LOCKED OPERATION].
 */
#include "cpu/span.h"

enum plo_kind { PLO_CL, PLO_CS, PLO_DCS, PLO_CSST, PLO_CSDST, PLO_CSTST };
#define PLO_CODES 24

/* Offsets in the parameter list: slots of 16 bytes, values at the right end of their slot. */
#define SLOT_COMPARE 0    /* first-operand comparison value */
#define SLOT_REPLACE 1    /* first-operand replacement value */
#define SLOT_THIRD 2      /* third operand (CL), third-operand comparison value (DCS) */
#define SLOT_STORE 3      /* third-operand value to be stored (DCS: replacement value) */
#define SLOT_STORE_STEP 2 /* operands 5 and 7 follow at a distance of two slots */
#define PL_ALET 68        /* operand 4; 6 and 8 follow at a distance of 32 bytes */
#define PL_ADDRESS 72
#define PL_STEP 32

/* A value of any size in host order: v[1] is the right half. */
struct value {
    u64 v[2];
};

struct plo {
    enum plo_kind kind;
    unsigned size; /* 4, 8 or 16 bytes */
    bool listed;   /* values are in the parameter list */
    unsigned r1, r3, b4;
    u64 a4; /* fourth operand or parameter list */
    u8 *operand2;
    u8 *store[3]; /* operands 4, 6, 8; for CL the first is only fetched */
    unsigned stores;
    struct value compare, replace, third, stored[3];
};

static bool same(const struct value *a, const struct value *b)
{
    return a->v[0] == b->v[0] && a->v[1] == b->v[1];
}

/* ---- values in registers and in the parameter list ---- */

static bool fetch_value(struct cpu *c, const struct plo *p, unsigned slot, struct value *out)
{
    u64 a = cpu_wrap(c, p->a4 + 16 * slot + (16 - p->size));
    u8 b[16] = {0};

    if (!cpu_fetch_bytes(c, a, p->b4, b + 16 - p->size, p->size))
        return false;
    out->v[0] = __builtin_bswap64(*(const piece_u64 *)b);
    out->v[1] = __builtin_bswap64(*(const piece_u64 *)(b + 8));
    return true;
}

static bool store_value(struct cpu *c, const struct plo *p, unsigned slot, const struct value *v)
{
    u64 b[2] = {__builtin_bswap64(v->v[0]), __builtin_bswap64(v->v[1])};

    return cpu_store_bytes(c, cpu_wrap(c, p->a4 + 16 * slot + (16 - p->size)), p->b4,
                           (const u8 *)b + 16 - p->size, p->size);
}

static struct value register_value(const struct cpu *c, const struct plo *p, unsigned r)
{
    return (struct value){{0, p->size == 4 ? (u32)c->gr[r] : c->gr[r]}};
}

static bool get_value(struct cpu *c, const struct plo *p, unsigned r, unsigned slot,
                      struct value *out)
{
    if (p->listed)
        return fetch_value(c, p, slot, out);
    *out = register_value(c, p, r);
    return true;
}

static bool put_value(struct cpu *c, const struct plo *p, unsigned r, unsigned slot,
                      const struct value *v)
{
    if (p->listed)
        return store_value(c, p, slot, v);
    if (p->size == 4)
        cpu_set_gr32(c, r, (u32)v->v[1]);
    else
        c->gr[r] = v->v[1];
    return true;
}

/* ---- operands in storage, by host pointer ---- */

typedef u64 __attribute__((vector_size(16), may_alias)) quad;

/* An aligned 16-byte vector move is one access on every host with AVX. */
static NO_TSAN struct value load(const u8 *at, unsigned size)
{
    quad q;

    switch (size) {
    case 4:
        return (struct value){{0, host_ld32(at)}};
    case 8:
        return (struct value){{0, host_ld64(at)}};
    default:
        q = *(const volatile quad *)at;
        return (struct value){{__builtin_bswap64(q[0]), __builtin_bswap64(q[1])}};
    }
}

static NO_TSAN void store(u8 *at, unsigned size, const struct value *v)
{
    switch (size) {
    case 4:
        host_st32(at, (u32)v->v[1]);
        break;
    case 8:
        host_st64(at, v->v[1]);
        break;
    default:
        *(volatile quad *)at = (quad){__builtin_bswap64(v->v[0]), __builtin_bswap64(v->v[1])};
        break;
    }
}

/* Compare and swap: *compare becomes the value found; true if swapped. */
static NO_TSAN bool swap(u8 *at, unsigned size, struct value *compare, const struct value *replace)
{
    struct value found = {{0, 0}};
    bool equal;

    switch (size) {
    case 4:
        found.v[1] = __builtin_bswap32(
            __sync_val_compare_and_swap((mem_u32 *)at, __builtin_bswap32((u32)compare->v[1]),
                                        __builtin_bswap32((u32)replace->v[1])));
        break;
    case 8:
        found.v[1] = __builtin_bswap64(__sync_val_compare_and_swap(
            (mem_u64 *)at, __builtin_bswap64(compare->v[1]), __builtin_bswap64(replace->v[1])));
        break;
    default:
        found = load(at, size);
        if (same(&found, compare))
            store(at, size, replace);
        break;
    }
    equal = same(&found, compare);
    *compare = found;
    return equal;
}

/* ---- preparation: everything that can fault ---- */

/* Address of operand 4, 6 or 8 (n = 0, 1, 2) from the parameter list.  In access-register mode its
 * ALET goes to access register R3, which then designates the space. */
static bool listed_pointer(struct cpu *c, struct plo *p, unsigned n, enum access acc,
                           enum outcome *o)
{
    u64 a = cpu_wrap(c, p->a4 + PL_ADDRESS + PL_STEP * n);
    u64 address;
    u32 word;

    *o = OUT_FAULT;
    if (cpu_data_space(c) == SPACE_AR) {
        if (!p->r3) {
            *o = OUT_SPEC;
            return false;
        }
        if (!cpu_ld32(c, cpu_wrap(c, p->a4 + PL_ALET + PL_STEP * n), p->b4, &word))
            return false;
        cpu_set_ar(c, p->r3, word);
    }
    if (mode_64(c)) {
        if (!cpu_ld64(c, a, p->b4, &address))
            return false;
    } else {
        if (!cpu_ld32(c, cpu_wrap(c, a + 4), p->b4, &word))
            return false;
        address = cpu_wrap(c, word);
    }
    if (address & (p->size - 1)) {
        *o = OUT_SPEC;
        return false;
    }
    p->store[n] = cpu_ptr(c, address, p->r3, p->size, acc);
    return p->store[n];
}

static bool prepare_stores(struct cpu *c, struct plo *p, enum outcome *o)
{
    enum access acc = p->kind == PLO_CL ? ACC_FETCH : ACC_STORE;
    bool by_list = p->listed || p->kind >= PLO_CSDST;

    for (unsigned n = 0; n < p->stores; n++) {
        if (p->kind >= PLO_CSST) {
            unsigned slot = SLOT_STORE + SLOT_STORE_STEP * n;

            if (!(by_list ? fetch_value(c, p, slot, &p->stored[n])
                          : get_value(c, p, p->r3, slot, &p->stored[n]))) {
                *o = OUT_FAULT;
                return false;
            }
        }
        if (by_list) {
            if (!listed_pointer(c, p, n, acc, o))
                return false;
        } else {
            *o = OUT_FAULT;
            p->store[n] = cpu_ptr(c, p->a4, p->b4, p->size, acc);
            if (!p->store[n])
                return false;
        }
    }
    return true;
}

static bool prepare(struct cpu *c, struct plo *p, u64 a2, unsigned b2, enum outcome *o)
{
    static const u8 stores[] = {1, 0, 1, 1, 2, 3};

    *o = OUT_FAULT;
    p->stores = stores[p->kind];
    if (!get_value(c, p, p->r1, SLOT_COMPARE, &p->compare))
        return false;
    if (p->kind != PLO_CL && !get_value(c, p, p->r1 + 1, SLOT_REPLACE, &p->replace))
        return false;
    if (p->kind == PLO_DCS && (!get_value(c, p, p->r3, SLOT_THIRD, &p->third) ||
                               !get_value(c, p, p->r3 + 1, SLOT_STORE, &p->stored[0])))
        return false;
    p->operand2 = cpu_ptr(c, a2, b2, p->size, p->kind == PLO_CL ? ACC_FETCH : ACC_STORE);
    if (!p->operand2)
        return false;
    return prepare_stores(c, p, o);
}

/* ---- the operation, under the lock ---- */

static NO_TSAN u32 operate(struct plo *p)
{
    struct value found;

    if (p->kind == PLO_CS)
        return !swap(p->operand2, p->size, &p->compare, &p->replace);
    found = load(p->operand2, p->size);
    if (!same(&found, &p->compare)) {
        p->compare = found;
        return 1;
    }
    if (p->kind == PLO_CL) {
        p->third = load(p->store[0], p->size);
        return 0;
    }
    if (p->kind == PLO_DCS) {
        found = load(p->store[0], p->size);
        if (!same(&found, &p->third)) {
            p->third = found;
            return 2;
        }
    }
    for (unsigned n = 0; n < p->stores; n++)
        store(p->store[n], p->size, &p->stored[n]);
    store(p->operand2, p->size, &p->replace);
    return 0;
}

/* Results to registers or the parameter list; a fault here finds no operand changed. */
static bool write_back(struct cpu *c, const struct plo *p, u32 cc)
{
    if (cc == 1)
        return put_value(c, p, p->r1, SLOT_COMPARE, &p->compare);
    if (cc == 2 || p->kind == PLO_CL)
        return put_value(c, p, p->r3, SLOT_THIRD, &p->third);
    return true;
}

static bool specification(const struct plo *p, u64 a2)
{
    bool list = p->listed || p->kind >= PLO_CSDST;

    if (a2 & (p->size - 1))
        return true;
    if (list ? p->a4 & 7 : p->stores && p->a4 & (p->size - 1))
        return true;
    if (p->listed)
        return false;
    return (p->kind != PLO_CL && p->r1 & 1) || (p->kind == PLO_DCS && p->r3 & 1);
}

INSN_WORK plo(struct cpu *c, const struct dinsn *d)
{
    static const u8 sizes[] = {4, 8, 8, 16};
    unsigned code = (u8)c->gr[0];
    u64 a2 = ea_SS_e_2(c, d);
    struct plo p = {.kind = code / 4,
                    .size = sizes[code % 4],
                    .listed = code % 2,
                    .r1 = f_SS_e_r1(d),
                    .r3 = f_SS_e_r3(d),
                    .a4 = ea_SS_e_4(c, d),
                    .b4 = ar_SS_e_4(d)};
    u32 alet = c->ar[p.r3];
    enum outcome o;
    bool settled = false;
    u32 cc;

    if ((u32)c->gr[0] & 0xfffffe00)
        return OUT_SPEC;
    if (c->gr[0] & 0x100) {
        c->cc = code < PLO_CODES ? 0 : 3;
        return OUT_NEXT;
    }
    p.stores = p.kind != PLO_CS;
    if (code >= PLO_CODES || specification(&p, a2))
        return OUT_SPEC;
    if (!prepare(c, &p, a2, ar_SS_e_2(d), &o)) {
        cpu_set_ar(c, p.r3, alet);
        return o;
    }
    pthread_mutex_lock(&c->mem->plo_lock);
    cc = operate(&p);
    pthread_mutex_unlock(&c->mem->plo_lock);
    if (c->code_changed) { /* room for the parameter list's frames */
        cpu_settle_code(c);
        settled = true;
    }
    if (!write_back(c, &p, cc)) {
        cpu_set_ar(c, p.r3, alet);
        return OUT_FAULT;
    }
    c->cc = cc;
    return settled ? OUT_SETTLED : OUT_NEXT;
}

const struct dinsn *insn_plo(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, plo(c, d));
}
