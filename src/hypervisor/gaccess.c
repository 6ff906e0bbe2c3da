/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest storage as the hypervisor accesses it.  See gaccess.h.
 *
 * Order of the checks on one page [PoP 6 Multiple Program-Interruption Conditions]: low-address
 * protection, access-register translation, DAT, access-list and DAT protection, addressing,
 * key-controlled protection.  All pages are checked before a byte is stored.
 */
#include "hypervisor/gaccess.h"

#include <errno.h>

#include "arch/cr.h"
#include "cpu/access.h"
#include "cpu/per.h"
#include "cpu/request.h"

#define LOW_LEN 512 /* protected at the start of pages 0 and 1 */

struct space_of {
    enum space space;
    u64 asce; /* TLB_REAL: DAT is off */
    bool fetch_only;
};

u8 hv_psw_key(const struct vcpu *v)
{
    return (u8)(psw_key(hv_psw_mask(v)) << 4);
}

/* ---- exceptions ---- */

static void dat_exception(struct vcpu *v, struct fault *f, u16 code, u64 addr, u8 ar, enum space s,
                          enum access acc)
{
    *f = (struct fault){.code = code};
    if (pgm_is_dat(code) || code == PGM_PROTECTION) {
        f->teid = (addr & TEID_ADDR) | (s == SPACE_REAL ? 0 : s);
        if (hv_facility(v, 75))
            f->teid |= acc == ACC_STORE ? TEID_FSI_STORE : TEID_FSI_FETCH;
        f->eaid = s == SPACE_AR ? ar & EAID_AR : 0;
    } else {
        f->eaid = ar & EAID_AR;
    }
}

static bool protection(struct vcpu *v, struct fault *f, u64 addr, u8 ar, enum space s,
                       enum access acc, u64 kind)
{
    dat_exception(v, f, PGM_PROTECTION, addr, ar, s, acc);
    f->teid |= kind;
    return false;
}

/* ---- one page ---- */

/* A table lies on a page that is not there yet: that is host trouble, not the guest's. */
static bool made_present(struct vcpu *v, struct dat_fail *fail)
{
    if (fail->code)
        return false;
    if (fail->host.what == VIEW_ABSENT) {
        mem_make_present(&v->vm->mem, fail->host.abs);
        return true;
    }
    fail->code = PGM_ADDRESSING;
    return false;
}

static bool find_space(struct vcpu *v, u8 ar, enum access acc, struct space_of *s,
                       struct dat_fail *fail)
{
    u64 mask = hv_psw_mask(v);

    *s = (struct space_of){.space = SPACE_REAL, .asce = TLB_REAL};
    if (!(mask & PSW_MASK_DAT))
        return true;
    s->space = (enum space)psw_as(mask);
    if (acc == ACC_EXEC && s->space != SPACE_HOME)
        s->space = SPACE_PRIMARY;
    if (s->space != SPACE_AR) {
        s->asce = cpu_asce(&v->cpu, s->space);
        return true;
    }
    while (!art_asce(&v->cpu, ar, &s->asce, &s->fetch_only, fail))
        if (!made_present(v, fail))
            return false;
    return true;
}

static bool private_space(const struct space_of *s)
{
    return s->asce != TLB_REAL && s->asce & ASCE_PRIVATE;
}

static bool low_address(const struct vcpu *v, u64 addr)
{
    return addr < 2 * FRAME_SIZE && (addr & FRAME_MASK) < LOW_LEN &&
           hv_cr(v, 0) & CR0_LOW_ADDR_PROT;
}

/* skey: what the access key is compared with. */
static bool key_allows(const struct vcpu *v, const struct space_of *s, u8 skey, u64 addr, u64 len,
                       enum access acc, u8 key)
{
    u64 cr0 = hv_cr(v, 0);

    key &= KEY_ACC;
    if (!key)
        return true;
    if ((skey & KEY_ACC) == key || (cr0 & CR0_STORE_PROT_OVR && (skey & KEY_ACC) == 0x90))
        return true;
    if (acc == ACC_STORE)
        return false;
    if (!(skey & KEY_FP))
        return true;
    return cr0 & CR0_FETCH_PROT_OVR && addr + len <= 2048 && !private_space(s);
}

static u64 absolute_of(const struct vcpu *v, const struct translation *t)
{
    return t->large ? t->real : cpu_prefixing(&v->cpu, t->real);
}

bool hv_translate(struct vcpu *v, u64 addr, u8 ar, enum access acc, u64 len, u8 key, u64 *abs,
                  struct fault *f)
{
    struct dat_fail fail = {0};
    struct translation t;
    struct space_of s;
    u8 skey;

    if (!find_space(v, ar, acc, &s, &fail)) {
        dat_exception(v, f, fail.code, addr, ar, s.space, acc);
        return false;
    }
    if (acc == ACC_STORE && low_address(v, addr) && !private_space(&s))
        return protection(v, f, addr, ar, s.space, acc, TEID_PROT_LA);
    while (!dat_walk(&v->cpu, s.asce, addr, &t, &fail)) {
        if (!made_present(v, &fail)) {
            dat_exception(v, f, fail.code, addr, ar, s.space, acc);
            return false;
        }
    }
    if (acc == ACC_STORE && s.fetch_only)
        return protection(v, f, addr, ar, s.space, acc, TEID_PROT_ALC);
    if (acc == ACC_STORE && t.protect)
        return protection(v, f, addr, ar, s.space, acc, TEID_PROT_DAT);
    *abs = absolute_of(v, &t);
    if (!mem_has(&v->vm->mem, *abs, 1)) {
        *f = (struct fault){.code = PGM_ADDRESSING};
        return false;
    }
    skey = dat_protecting_key(&t, mem_key_get(&v->vm->mem, abs_addr(*abs)));
    if (!key_allows(v, &s, skey, addr, len, acc, key))
        return protection(v, f, addr, ar, s.space, acc, TEID_PROT_KEY);
    return true;
}

enum hv_outcome hv_inject_access(struct vcpu *v, struct fault *f)
{
    f->ilc = (u8)hv_ilen(v);
    if (pgm_nullifies(f->code))
        hv_rewind_psw(v, f->ilc);
    return hv_inject_fault(v, f);
}

bool hv_low_address_protected(const struct vcpu *v, u64 real_addr)
{
    return low_address(v, real_addr);
}

enum hv_outcome hv_inject_low_address(struct vcpu *v, u64 real_addr)
{
    struct fault f;

    (void)protection(v, &f, real_addr, 0, SPACE_REAL, ACC_STORE, TEID_PROT_LA);
    return hv_inject_access(v, &f);
}

/* ---- a range ---- */

#define MAX_PAGES (GACCESS_MAX / FRAME_SIZE + 1)

struct piece {
    u64 abs, len;
};

/* Pieces of [addr, addr+len), page by page; 0 when an exception was found. */
static unsigned pieces_of(struct vcpu *v, const struct hv_access *a, struct piece *piece,
                          struct fault *f)
{
    enum access acc = a->store ? ACC_STORE : ACC_FETCH;
    u64 addr = a->addr, len = a->len;
    unsigned n = 0;

    while (len) {
        struct piece *p = &piece[n++];

        addr = hv_wrap(v, addr);
        p->len = min64(FRAME_SIZE - (addr & FRAME_MASK), len);
        if (!hv_translate(v, addr, a->ar, acc, p->len, a->key, &p->abs, f))
            return 0;
        addr += p->len;
        len -= p->len;
    }
    return n;
}

static bool copy(struct vcpu *v, const struct piece *p, unsigned n, void *to, const void *from)
{
    u64 done = 0;

    for (unsigned i = 0; i < n; i++) {
        enum mem_result r;

        if (to)
            r = mem_read(&v->vm->mem, abs_addr(p[i].abs), (u8 *)to + done, p[i].len);
        else
            r = mem_write(&v->vm->mem, abs_addr(p[i].abs), (const u8 *)from + done, p[i].len);
        if (r != MEM_OK)
            return false;
        done += p[i].len;
    }
    return true;
}

/* A store of an intercepted instruction may be a PER event. */
static void record_store(struct vcpu *v, u64 addr, u8 ar, u64 len)
{
    struct cpu *c = &v->cpu;
    struct dat_fail fail;
    struct space_of s;
    struct per_access a = {.ar = ar, .va = addr, .len = len};

    if (!(hv_psw_mask(v) & PSW_MASK_PER && hv_cr(v, 9) & PER_EVENT_STORE))
        return;
    if (!find_space(v, ar, ACC_STORE, &s, &fail))
        return; /* another CPU has changed the access list */
    a.space = s.space;
    a.asce = s.asce;
    c->per_events = 0;
    cpu_per_access(c, &a, true);
    if (c->per_events & PER_EVENT_STORE)
        (void)hv_inject_per(v, PER_EVENT_STORE, hv_psw_mask(v), hv_psw_addr(v));
}

/* By the CPU's own TLB, which may be used when the state description last ran on it (SET PREFIX
 * makes it run elsewhere).  False: not done, go the long way. */
static bool copied_by_tlb(struct vcpu *v, const struct hv_access *a)
{
    u64 mask = hv_psw_mask(v);
    enum space s = mask & PSW_MASK_DAT ? (enum space)psw_as(mask) : SPACE_REAL;

    if (a->check || mask & PSW_MASK_PER || be16_get(v->sd->ihcpu) != (u16)v->cpu.number)
        return false;
    return cpu_copy_quietly(&v->cpu, s, a->key, hv_wrap(v, a->addr), a->buffer, a->len,
                            a->store ? ACC_STORE : ACC_FETCH);
}

static int access_by_tables(struct vcpu *v, const struct hv_access *a)
{
    struct piece piece[MAX_PAGES];
    struct fault f;
    unsigned n;
    bool ok;

    n = pieces_of(v, a, piece, &f);
    ok = n && (a->check || copy(v, piece, n, a->store ? NULL : a->buffer, a->buffer));
    if (ok && a->store && a->inject && !a->check)
        record_store(v, a->addr, a->ar, a->len);
    if (ok)
        return 0;
    if (n)
        return -EFAULT;
    if (a->inject)
        (void)hv_inject_access(v, &f);
    return f.code;
}

int hv_access_guest(struct vcpu *v, const struct hv_access *a)
{
    int r = 0;

    ASSERT(a->len && a->len <= GACCESS_MAX);
    cpu_enter_guest(&v->cpu);
    if (!copied_by_tlb(v, a))
        r = access_by_tables(v, a);
    cpu_leave_guest(&v->cpu);
    return r;
}

static enum gaccess access_guest(struct vcpu *v, const struct hv_access *a)
{
    int r = hv_access_guest(v, a);

    if (r > 0)
        return GACCESS_INJECTED;
    return r ? GACCESS_ERROR : GACCESS_OK;
}

enum gaccess hv_read_guest(struct vcpu *v, u64 addr, u8 ar, void *to, u64 len)
{
    const struct hv_access a = {addr, ar, hv_psw_key(v), false, false, true, to, len};

    return access_guest(v, &a);
}

enum gaccess hv_write_guest(struct vcpu *v, u64 addr, u8 ar, const void *from, u64 len)
{
    const struct hv_access a = {addr, ar, hv_psw_key(v), true, false, true, (void *)from, len};

    return access_guest(v, &a);
}

/* ---- real addresses ---- */

/* The prefix area's two pages are contiguous in real storage, its images need not be: page by
 * page. */
static bool real_pieces(const struct vcpu *v, u64 addr, u64 len, struct piece *piece, unsigned *n)
{
    for (*n = 0; len; ++*n) {
        struct piece *p = &piece[*n];

        p->len = min64(FRAME_SIZE - (addr & FRAME_MASK), len);
        p->abs = cpu_prefixing(&v->cpu, addr);
        if (!mem_has(&v->vm->mem, p->abs, p->len))
            return false;
        addr += p->len;
        len -= p->len;
    }
    return true;
}

bool hv_has_real(const struct vcpu *v, u64 addr, u64 len)
{
    struct piece piece[MAX_PAGES];
    unsigned n;

    ASSERT(len <= GACCESS_MAX);
    return real_pieces(v, addr, len, piece, &n);
}

bool hv_read_real(struct vcpu *v, u64 addr, void *to, u64 len)
{
    struct piece piece[MAX_PAGES];
    unsigned n;

    ASSERT(len <= GACCESS_MAX);
    return real_pieces(v, addr, len, piece, &n) && copy(v, piece, n, to, NULL);
}

bool hv_write_real(struct vcpu *v, u64 addr, const void *from, u64 len)
{
    struct piece piece[MAX_PAGES];
    unsigned n;

    ASSERT(len <= GACCESS_MAX);
    return real_pieces(v, addr, len, piece, &n) && copy(v, piece, n, NULL, from);
}
