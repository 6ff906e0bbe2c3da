/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage access by guest instructions, off the fast path: making TLB entries, operands that cross
 * a page, protection, faults.  See access.h for the contracts and tlb.h for the invariants.
 *
 * Order of the checks on one page [PoP 6 Multiple Program-Interruption Conditions]: low-address
 * protection, access-register translation, DAT, access-list / DAT / instruction-execution
 * protection, addressing, key-controlled protection.
 */
#include "cpu/access.h"

#include <string.h>

#include "arch/cr.h"
#include "arch/program.h"
#include "base/counters.h"
#include "cpu/code.h"
#include "cpu/exec.h"
#include "cpu/per.h"

/* ---- faults ---- */

bool cpu_fault(struct cpu *c, u16 code)
{
    c->fault = (struct fault){.code = code};
    c->stop = CPU_STOP_FAULT;
    return false;
}

bool cpu_data_exception(struct cpu *c, u8 dxc)
{
    cpu_fault(c, PGM_DATA);
    c->fault.dxc = dxc;
    if (c->cr[0] & CR0_AFP)
        c->fpc = (c->fpc & ~0xff00U) | (u32)dxc << 8;
    return false;
}

static u64 teid_access(enum access acc)
{
    return acc == ACC_STORE ? TEID_FSI_STORE : TEID_FSI_FETCH;
}

static u8 access_id(enum space s, unsigned ar)
{
    return s == SPACE_AR ? ar & EAID_AR : 0;
}

bool cpu_dat_failed(struct cpu *c, const struct dat_fail *f, u64 va, unsigned ar, enum space s,
                    enum access acc)
{
    if (!f->code) {
        c->host_fault = f->host;
        c->stop = CPU_STOP_HOST_FAULT;
        return false;
    }
    cpu_fault(c, f->code);
    if (pgm_is_dat(f->code)) {
        c->fault.teid = (va & TEID_ADDR) | teid_access(acc) | (s == SPACE_REAL ? 0 : s);
        c->fault.eaid = access_id(s, ar);
    } else if (f->code >= PGM_ALET_SPECIFICATION && f->code <= PGM_ASTE_INSTANCE) {
        c->fault.eaid = ar & 15;
    }
    return false;
}

static bool protection(struct cpu *c, u64 va, unsigned ar, enum space s, enum access acc, u64 kind)
{
    cpu_fault(c, PGM_PROTECTION);
    c->fault.teid = (va & TEID_ADDR) | teid_access(acc) | (s == SPACE_REAL ? 0 : s) | kind;
    c->fault.eaid = access_id(s, ar);
    return false;
}

static bool host_trouble(struct cpu *c, u64 abs, enum access acc, enum view_result what)
{
    if (what == VIEW_OUTSIDE && c->view->id == 0)
        return cpu_fault(c, PGM_ADDRESSING);
    c->host_fault = (struct host_fault){
        .abs = abs, .write = acc == ACC_STORE, .fetch = acc == ACC_EXEC, .what = what};
    c->stop = CPU_STOP_HOST_FAULT;
    return false;
}

/* ---- one page ---- */

/* A page being accessed. */
struct request {
    enum space space;
    u64 asce; /* TLB_REAL: no translation */
    u8 key;
    u64 va;
    u64 len;
    unsigned ar;
    enum access acc;
    bool fetch_only; /* access list says so */
    bool real;       /* the instruction names a real address */
};

static inline bool low_address_hit(const struct cpu *c, const struct request *r)
{
    u64 page = r->va & ~FRAME_MASK;

    return page <= FRAME_SIZE && (r->va & FRAME_MASK) < 512 && c->cr[0] & CR0_LOW_ADDR_PROT &&
           (r->asce == TLB_REAL || !(r->asce & ASCE_PRIVATE));
}

static bool key_allows(const struct cpu *c, const struct request *r, u8 skey, bool *whole_page)
{
    *whole_page = true;
    if (!r->key || (skey & KEY_ACC) == r->key)
        return true;
    if (c->cr[0] & CR0_STORE_PROT_OVR && (skey & KEY_ACC) == 0x90)
        return true;
    if (r->acc == ACC_STORE)
        return false;
    if (!(skey & KEY_FP))
        return true;
    if (c->cr[0] & CR0_FETCH_PROT_OVR && r->va + r->len <= 2048 &&
        (r->asce == TLB_REAL || !(r->asce & ASCE_PRIVATE))) {
        *whole_page = false;
        return true;
    }
    return false;
}

/* Would a store with this key be allowed by key-controlled protection. */
static bool key_allows_store(const struct cpu *c, u8 key, u8 skey)
{
    return !key || (skey & KEY_ACC) == key ||
           (c->cr[0] & CR0_STORE_PROT_OVR && (skey & KEY_ACC) == 0x90);
}

static void hold_frame(struct cpu *c, struct frame *f)
{
    u64 bit = 1ULL << (c->number & 63);

    if (!(atomic_load_explicit(&f->holders, memory_order_relaxed) & bit))
        atomic_fetch_or_explicit(&f->holders, bit, memory_order_seq_cst);
}

/* The page is there, but the host keeps it from being changed: a matter between host and guest's
 * page (ecb.HOSTPROTINT), or else a protection exception of the guest. */
static bool host_protection(struct cpu *c, const struct request *r, u64 abs)
{
    if (c->sd->ecb & SD_ECB_HOSTPROTINT)
        return host_trouble(c, abs, r->acc, VIEW_PROTECTED);
    return protection(c, r->va, r->ar, r->space, r->acc, TEID_PROT_KEY);
}

struct resolved {
    struct view_page page;
    struct translation t;
    u64 abs;
    bool whole_page; /* the answer holds for the whole page */
};

static bool resolve(struct cpu *c, const struct request *r, struct resolved *out)
{
    enum view_result v;
    struct dat_fail fail = {0};
    u8 skey;

    if (r->acc == ACC_STORE && low_address_hit(c, r))
        return protection(c, r->va, r->ar, r->space, r->acc, TEID_PROT_LA);
    if (r->asce == TLB_REAL) {
        out->t = (struct translation){.real = r->va};
    } else if (!dat_walk(c, r->asce, r->va, &out->t, &fail)) {
        if (!fail.code)
            fail.host.fetch = r->acc == ACC_EXEC;
        return cpu_dat_failed(c, &fail, r->va, r->ar, r->space, r->acc);
    }
    if (r->acc == ACC_STORE) {
        if (r->fetch_only)
            return protection(c, r->va, r->ar, r->space, r->acc, TEID_PROT_ALC);
        if (out->t.protect)
            return protection(c, r->va, r->ar, r->space, r->acc, TEID_PROT_DAT);
    }
    if (r->acc == ACC_EXEC && out->t.iep && c->cr[0] & CR0_IEP)
        return protection(c, r->va, r->ar, r->space, r->acc, TEID_PROT_IEP);
    out->abs = out->t.large ? out->t.real : cpu_prefixing(c, out->t.real);
    v = view_page(c->view, out->abs & ~FRAME_MASK, r->acc == ACC_STORE, &out->page);
    if (v != VIEW_PRESENT)
        return host_trouble(c, out->abs, r->acc, v);
    if (r->acc == ACC_STORE && !out->page.writable)
        return host_protection(c, r, out->abs);
    /* Join the holders before looking at key and presence: who changes them asks the holders. */
    hold_frame(c, out->page.frame);
    if (unlikely(c->mem->present) && mem_is_absent(c->mem, (u64)(out->page.host - c->mem->base)))
        return host_trouble(c, out->abs, r->acc, VIEW_ABSENT);
    skey = atomic_load_explicit(out->page.key, memory_order_relaxed);
    if (!key_allows(c, r, dat_protecting_key(&out->t, skey), &out->whole_page))
        return protection(c, r->va, r->ar, r->space, r->acc, TEID_PROT_KEY);
    return true;
}

static void set_key_bits(_Atomic u8 *key, u8 bits)
{
    if ((atomic_load_explicit(key, memory_order_relaxed) & bits) != bits)
        atomic_fetch_or_explicit(key, bits, memory_order_relaxed);
}

/* The store tag: plain when nothing has to be looked at. */
static u64 store_tag(struct cpu *c, struct frame *f, u64 page)
{
    u64 bit = 1ULL << (c->number & 63);

    if (page <= FRAME_SIZE || atomic_load_explicit(&f->code, memory_order_seq_cst))
        return page | TLB_STORE_CHECK;
    if (!(atomic_load_explicit(&f->writers, memory_order_relaxed) & bit))
        atomic_fetch_or_explicit(&f->writers, bit, memory_order_seq_cst);
    if (atomic_load_explicit(&f->code, memory_order_seq_cst))
        return page | TLB_STORE_CHECK;
    return page;
}

/* Makes (or completes) the TLB entry for a data access; returns the host address of r->va. */
static u8 *fill(struct cpu *c, struct tlb_bank *b, const struct request *r)
{
    u64 page = r->va & ~FRAME_MASK;
    struct tlb_entry *e = &b->data[page >> FRAME_SHIFT & (TLB_ENTRIES - 1)];
    struct resolved res;
    u8 skey;

    if (!resolve(c, r, &res))
        return NULL;
    counter_add(&c->count_tlb_fill, 0, 1);
    set_key_bits(res.page.key, r->acc == ACC_STORE ? KEY_R | KEY_C : KEY_R);
    skey = atomic_load_explicit(res.page.key, memory_order_relaxed);
    if (e->load != page && (e->store & ~FRAME_MASK) != page)
        e->load = e->store = TLB_EMPTY;
    b->dirty = true;
    e->addend = (uintptr_t)res.page.host - page;
    e->pte = res.t.entry;
    if (res.whole_page)
        e->load = page;
    if (r->acc == ACC_STORE || (skey & KEY_C && !res.t.protect && res.page.writable &&
                                key_allows_store(c, r->key, dat_protecting_key(&res.t, skey))))
        e->store = store_tag(c, res.page.frame, page);
    return (u8 *)(e->addend + r->va);
}

static void note_code(struct cpu *c, u8 *host, u64 len)
{
    struct frame *f = mem_frame(c->mem, (u64)(host - c->mem->base));
    u64 g = code_granules((uintptr_t)host, len);

    if (!(atomic_load_explicit(&f->code, memory_order_seq_cst) & g))
        return;
    c->code_changed = true;
    for (unsigned i = 0; i < c->ninval; i++) {
        if (c->inval[i].frame == f) {
            c->inval[i].granules |= g;
            return;
        }
    }
    ASSERT(c->ninval < ARRAY_SIZE(c->inval)); /* an instruction stores to at most four frames */
    c->inval[c->ninval].frame = f;
    c->inval[c->ninval++].granules = g;
}

void cpu_settle_code(struct cpu *c)
{
    unsigned n = c->ninval;

    c->ninval = 0;
    c->code_changed = false;
    for (unsigned i = 0; i < n; i++)
        code_wrote(c->mem, c, c->inval[i].frame, c->inval[i].granules);
}

/* Under PER.  Real and absolute operands are not watched [PoP 4 PER: Storage Alteration]. */
static __attribute__((noinline)) void watch(struct cpu *c, const struct request *r)
{
    const struct per_access a = {r->space, r->ar, r->asce, r->va, r->len};

    if (!r->real)
        cpu_per_access(c, &a, r->acc == ACC_STORE);
}

/* Host pointer for an access inside one page, if the TLB has it. */
static ALWAYS_INLINE u8 *held_ptr(struct cpu *c, struct tlb_bank *b, const struct request *r)
{
    u64 page = r->va & ~FRAME_MASK;
    struct tlb_entry *e = &b->data[page >> FRAME_SHIFT & (TLB_ENTRIES - 1)];
    u8 *p;

    if (r->acc == ACC_FETCH && e->load == page)
        return (u8 *)(e->addend + r->va);
    if (r->acc == ACC_STORE && !r->fetch_only) {
        if (e->store == page)
            return (u8 *)(e->addend + r->va);
        if (e->store == (page | TLB_STORE_CHECK) && !low_address_hit(c, r)) {
            p = (u8 *)(e->addend + r->va);
            note_code(c, p, r->len);
            return p;
        }
    }
    return NULL;
}

static u8 *fill_ptr(struct cpu *c, struct tlb_bank *b, const struct request *r)
{
    u8 *p = fill(c, b, r);

    if (p && r->acc == ACC_STORE)
        note_code(c, p, r->len);
    return p;
}

/* The same in any case; NULL: it faults. */
static u8 *page_ptr(struct cpu *c, struct tlb_bank *b, const struct request *r)
{
    u8 *p;

    if (unlikely(c->per))
        watch(c, r);
    p = held_ptr(c, b, r);
    return p ? p : fill_ptr(c, b, r);
}

/* ---- spaces ---- */

/* Completes a request for a space and finds its bank. */
static struct tlb_bank *space_bank(struct cpu *c, struct request *r)
{
    struct dat_fail fail = {0};

    if (r->space == SPACE_AR) {
        if (!art_asce(c, r->ar & 15, &r->asce, &r->fetch_only, &fail)) {
            cpu_dat_failed(c, &fail, r->va, r->ar, r->space, r->acc);
            return NULL;
        }
    } else {
        r->asce = cpu_asce(c, r->space);
    }
    return tlb_bank(c, r->asce, r->key);
}

static u8 psw_key_byte(const struct cpu *c)
{
    return (u8)(c->psw_mask >> PSW_KEY_SHIFT << 4 & 0xf0);
}

u8 *cpu_ptr(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc)
{
    struct request r = {.va = va, .len = len, .ar = ar, .acc = acc, .key = psw_key_byte(c)};
    struct tlb_bank *b;

    r.space = cpu_data_space(c);
    if (r.space == SPACE_AR || unlikely(c->per)) {
        b = space_bank(c, &r);
        if (!b)
            return NULL;
    } else {
        b = c->dspace;
        r.asce = b->key.asce;
    }
    return page_ptr(c, b, &r);
}

u8 *cpu_ptr_space(struct cpu *c, enum space s, u8 key, u64 va, unsigned ar, u64 len,
                  enum access acc)
{
    struct request r = {
        .space = s, .va = va, .len = len, .ar = ar, .acc = acc, .key = key & KEY_ACC};
    struct tlb_bank *b = space_bank(c, &r);

    return b ? page_ptr(c, b, &r) : NULL;
}

u8 *cpu_ptr_real(struct cpu *c, u8 key, u64 real_addr, u64 len, enum access acc)
{
    struct request r = {.space = SPACE_REAL,
                        .asce = TLB_REAL,
                        .va = real_addr,
                        .len = len,
                        .acc = acc,
                        .key = key & KEY_ACC,
                        .real = true};

    return page_ptr(c, tlb_bank(c, r.asce, r.key), &r);
}

bool cpu_operand(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc, struct operand *o)
{
    o->n[0] = page_left(va, len);
    o->n[1] = len - o->n[0];
    o->p[1] = NULL;
    o->p[0] = cpu_ptr(c, va, ar, o->n[0], acc);
    if (!o->p[0])
        return false;
    if (o->n[1]) {
        o->p[1] = cpu_ptr(c, cpu_wrap(c, va + o->n[0]), ar, o->n[1], acc);
        if (!o->p[1]) {
            if (c->code_changed)
                cpu_settle_code(c);
            return false;
        }
    }
    return true;
}

bool cpu_probe(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc)
{
    struct operand o;

    return cpu_operand(c, va, ar, len, acc, &o);
}

/* ---- scalars ---- */

NO_TSAN static u64 load_be(const u8 *p, unsigned size)
{
    switch (size) {
    case 1:
        return host_ld8(p);
    case 2:
        return host_ld16(p);
    case 4:
        return host_ld32(p);
    default:
        return host_ld64(p);
    }
}

NO_TSAN static void store_be(u8 *p, unsigned size, u64 v)
{
    switch (size) {
    case 1:
        host_st8(p, (u8)v);
        break;
    case 2:
        host_st16(p, (u16)v);
        break;
    case 4:
        host_st32(p, (u32)v);
        break;
    default:
        host_st64(p, v);
        break;
    }
}

NO_TSAN bool cpu_load_slow(struct cpu *c, u64 va, unsigned ar, unsigned size)
{
    struct operand o;
    u64 v = 0;

    if (!cpu_operand(c, va, ar, size, ACC_FETCH, &o))
        return false;
    if (!o.n[1]) {
        c->slow_value[0] = load_be(o.p[0], size);
        return true;
    }
    for (unsigned part = 0; part < 2; part++)
        for (u64 i = 0; i < o.n[part]; i++)
            v = v << 8 | host_ld8(o.p[part] + i);
    c->slow_value[0] = v;
    return true;
}

NO_TSAN bool cpu_store_slow(struct cpu *c, u64 va, unsigned ar, unsigned size, u64 v)
{
    struct operand o;
    unsigned shift = size * 8;

    if (!cpu_operand(c, va, ar, size, ACC_STORE, &o))
        return false;
    if (!o.n[1]) {
        store_be(o.p[0], size, v);
        return true;
    }
    for (unsigned part = 0; part < 2; part++) {
        for (u64 i = 0; i < o.n[part]; i++) {
            shift -= 8;
            host_st8(o.p[part] + i, (u8)(v >> shift));
        }
    }
    return true;
}

NO_TSAN static void copy_bytes(u8 *to, const u8 *from, u64 n)
{
    memcpy(to, from, n);
}

bool cpu_fetch_bytes(struct cpu *c, u64 va, unsigned ar, void *to, u64 len)
{
    struct operand o;

    if (!cpu_operand(c, va, ar, len, ACC_FETCH, &o))
        return false;
    copy_bytes(to, o.p[0], o.n[0]);
    if (o.n[1])
        copy_bytes((u8 *)to + o.n[0], o.p[1], o.n[1]);
    return true;
}

bool cpu_store_bytes(struct cpu *c, u64 va, unsigned ar, const void *from, u64 len)
{
    struct operand o;

    if (!cpu_operand(c, va, ar, len, ACC_STORE, &o))
        return false;
    copy_bytes(o.p[0], from, o.n[0]);
    if (o.n[1])
        copy_bytes(o.p[1], (const u8 *)from + o.n[0], o.n[1]);
    return true;
}

/* ---- between instructions ---- */

/* What the last instruction left stays as it is. */
static __attribute__((noinline)) u8 *fill_quietly(struct cpu *c, struct tlb_bank *b,
                                                  const struct request *r)
{
    const struct fault fault = c->fault;
    const struct host_fault host_fault = c->host_fault;
    enum cpu_stop stop = c->stop;
    u8 *p = fill_ptr(c, b, r);

    if (p)
        return p;
    c->fault = fault;
    c->host_fault = host_fault;
    c->stop = stop;
    return NULL;
}

bool cpu_copy_quietly(struct cpu *c, enum space s, u8 key, u64 va, void *bytes, u64 len,
                      enum access acc)
{
    const struct request r = {
        .space = s, .asce = cpu_asce(c, s), .key = key & KEY_ACC, .va = va, .len = len, .acc = acc};
    struct tlb_bank *b;
    u8 *p;

    if (s == SPACE_AR || page_left(va, len) != len)
        return false;
    b = tlb_bank(c, r.asce, r.key);
    p = held_ptr(c, b, &r);
    if (!p)
        p = fill_quietly(c, b, &r);
    if (!p)
        return false;
    if (acc == ACC_STORE)
        mem_copy(p, bytes, len, va);
    else
        mem_copy(bytes, p, len, va);
    if (c->code_changed)
        cpu_settle_code(c);
    return true;
}

/* ---- 16 bytes, interlocked ---- */

typedef unsigned __int128 __attribute__((aligned(16), may_alias)) mem_u128;

static u128 swap128(u64 hi, u64 lo)
{
    return (u128)__builtin_bswap64(lo) << 64 | __builtin_bswap64(hi);
}

static void unswap128(u128 v, u64 out[2])
{
    out[0] = __builtin_bswap64((u64)v);
    out[1] = __builtin_bswap64((u64)(v >> 64));
}

bool cpu_cas128(struct cpu *c, u64 va, unsigned ar, u64 old[2], const u64 new[2], bool *swapped)
{
    u8 *p = cpu_ptr(c, va, ar, 16, ACC_STORE);
    u128 expect = swap128(old[0], old[1]);
    u128 found;

    if (!p)
        return false;
    /* LOCK CMPXCHG16B: the build is for hosts that have it. */
    found = __sync_val_compare_and_swap((mem_u128 *)p, expect, swap128(new[0], new[1]));
    *swapped = found == expect;
    if (!*swapped)
        unswap128(found, old);
    return true;
}

/* An aligned 16-byte vector move is one access on every host with AVX. */
typedef u64 __attribute__((vector_size(16), may_alias)) mem_vec;

NO_TSAN bool cpu_ld128(struct cpu *c, u64 va, unsigned ar, u64 v[2])
{
    u8 *p = cpu_ptr(c, va, ar, 16, ACC_FETCH);
    mem_vec x;

    if (!p)
        return false;
    x = *(const volatile mem_vec *)p;
    v[0] = __builtin_bswap64(x[0]);
    v[1] = __builtin_bswap64(x[1]);
    return true;
}

NO_TSAN bool cpu_st128(struct cpu *c, u64 va, unsigned ar, const u64 v[2])
{
    u8 *p = cpu_ptr(c, va, ar, 16, ACC_STORE);

    if (!p)
        return false;
    *(volatile mem_vec *)p = (mem_vec){__builtin_bswap64(v[0]), __builtin_bswap64(v[1])};
    return true;
}

bool cpu_cas32(struct cpu *c, u64 va, unsigned ar, u32 *old, u32 new, bool *swapped)
{
    u8 *p = cpu_ptr(c, va, ar, 4, ACC_STORE);
    u32 found;

    if (!p)
        return false;
    found =
        __sync_val_compare_and_swap((mem_u32 *)p, __builtin_bswap32(*old), __builtin_bswap32(new));
    found = __builtin_bswap32(found);
    *swapped = found == *old;
    *old = found;
    return true;
}

bool cpu_cas64(struct cpu *c, u64 va, unsigned ar, u64 *old, u64 new, bool *swapped)
{
    u8 *p = cpu_ptr(c, va, ar, 8, ACC_STORE);
    u64 found;

    if (!p)
        return false;
    found =
        __sync_val_compare_and_swap((mem_u64 *)p, __builtin_bswap64(*old), __builtin_bswap64(new));
    found = __builtin_bswap64(found);
    *swapped = found == *old;
    *old = found;
    return true;
}

static u64 apply(enum laop op, u64 a, u64 b)
{
    switch (op) {
    case LAOP_ADD:
        return a + b;
    case LAOP_AND:
        return a & b;
    case LAOP_OR:
        return a | b;
    case LAOP_XOR:
        return a ^ b;
    }
    return 0;
}

bool cpu_laop8(struct cpu *c, u64 va, unsigned ar, enum laop op, u64 v)
{
    u8 *p = cpu_ptr(c, va, ar, 1, ACC_STORE);
    u8 old;

    if (!p)
        return false;
    old = *(volatile u8 *)p;
    while (!__atomic_compare_exchange_n(p, &old, (u8)apply(op, old, v), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
        ;
    c->slow_value[0] = old;
    return true;
}

/* Not aligned: no interlock is promised [PoP 7 LOAD AND ADD needs alignment; ADD IMMEDIATE to
 * storage is interlocked only when aligned]. */
static bool laop_unaligned(struct cpu *c, u64 va, unsigned ar, unsigned size, enum laop op, u64 v)
{
    u64 old;

    if (!cpu_probe(c, va, ar, size, ACC_STORE) || !cpu_load_slow(c, va, ar, size))
        return false;
    old = c->slow_value[0];
    if (!cpu_store_slow(c, va, ar, size, apply(op, old, v)))
        return false;
    c->slow_value[0] = old;
    return true;
}

bool cpu_laop32(struct cpu *c, u64 va, unsigned ar, enum laop op, u64 v)
{
    u32 raw, old;
    mem_u32 *p;

    if (va & 3)
        return laop_unaligned(c, va, ar, 4, op, v);
    p = (mem_u32 *)cpu_ptr(c, va, ar, 4, ACC_STORE);
    if (!p)
        return false;
    raw = *(volatile mem_u32 *)p;
    do {
        old = raw;
        raw = __sync_val_compare_and_swap(
            p, old, __builtin_bswap32((u32)apply(op, __builtin_bswap32(old), v)));
    } while (raw != old);
    c->slow_value[0] = __builtin_bswap32(old);
    return true;
}

bool cpu_laop64(struct cpu *c, u64 va, unsigned ar, enum laop op, u64 v)
{
    u64 raw, old;
    mem_u64 *p;

    if (va & 7)
        return laop_unaligned(c, va, ar, 8, op, v);
    p = (mem_u64 *)cpu_ptr(c, va, ar, 8, ACC_STORE);
    if (!p)
        return false;
    raw = *(volatile mem_u64 *)p;
    do {
        old = raw;
        raw = __sync_val_compare_and_swap(p, old,
                                          __builtin_bswap64(apply(op, __builtin_bswap64(old), v)));
    } while (raw != old);
    c->slow_value[0] = __builtin_bswap64(old);
    return true;
}

/* ---- instruction fetch ---- */

/* Makes the code entry of a page. */
static __attribute__((noinline)) struct page_code *fill_code(struct cpu *c, struct tlb_bank *b,
                                                             struct tlb_code *e, u64 va)
{
    u64 page = va & ~FRAME_MASK;
    struct request r = {.va = va,
                        .len = 2,
                        .acc = ACC_EXEC,
                        .key = psw_key_byte(c),
                        .asce = b->key.asce,
                        .space = SPACE_REAL};
    struct resolved res;
    struct page_code *code;

    if (r.asce != TLB_REAL)
        r.space = cpu_data_space(c) == SPACE_HOME ? SPACE_HOME : SPACE_PRIMARY;
    if (!resolve(c, &r, &res))
        return NULL;
    counter_add(&c->count_tlb_fill, 0, 1);
    set_key_bits(res.page.key, KEY_R);
    code = code_page(c, res.page.host, res.page.frame);
    if (res.whole_page) {
        b->dirty = true;
        *e = (struct tlb_code){page, code, res.page.host, res.t.entry};
    }
    return code;
}

struct page_code *cpu_fetch_page(struct cpu *c, u64 va)
{
    struct tlb_bank *b = c->ispace;
    struct tlb_code *e = &b->code[va >> FRAME_SHIFT & (TLB_CODE_ENTRIES - 1)];

    return likely(e->tag == (va & ~FRAME_MASK)) ? e->page : fill_code(c, b, e, va);
}

/* Bytes of the instruction at va from the one numbered `first` on; p: the page of va, or NULL. */
static bool fetch_from(struct cpu *c, struct page_code *p, u64 va, unsigned first, u64 *text)
{
    unsigned length = insn_length((u8)(*text >> 56));

    for (unsigned i = first; i < length; i += 2) {
        u64 at = cpu_wrap(c, va + i);

        if (!p || !(at & FRAME_MASK))
            p = cpu_fetch_page(c, at);
        if (!p)
            return false;
        *text |= (u64)host_ld16(p->host + (at & FRAME_MASK)) << (48 - 8 * i);
    }
    return true;
}

bool cpu_fetch_text(struct cpu *c, u64 va, u64 *text)
{
    struct page_code *p = cpu_fetch_page(c, va);

    if (!p)
        return false;
    *text = (u64)host_ld16(p->host + (va & FRAME_MASK)) << 48;
    return fetch_from(c, p, va, 2, text);
}

bool cpu_fetch_behind(struct cpu *c, u64 va, u32 begin, u64 *text)
{
    *text = (u64)begin << 32;
    if (insn_length((u8)(begin >> 24)) == 2)
        *text &= 0xffffULL << 48;
    return fetch_from(c, NULL, va, 4, text);
}
