/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage access by guest instructions: logical addresses, all checks, exceptions.
 *
 * `ar` is the access register (= base register field) that names the space in AR mode; outside AR
 * mode it is only kept for the exception access id.  Addresses must already be wrapped to the
 * addressing mode (exec.h: cpu_wrap()).
 *
 * On failure every function returns false (or NULL), with cpu->fault or cpu->host_fault filled in
 * and nothing changed in storage or registers; the handler then leaves by cpu_leave_fault().
 *
 * Invariants
 *  - Aligned 1-, 2-, 4-, 8-byte operands are exactly one access.
 *  - A store never becomes partly visible when another part of it would fault.
 *
 * References: [PoP 3 Protection], [PoP 5 Storage-Operand Consistency], architecture "Guest memory
 * accesses in C".
 */
#ifndef SIE390_CPU_ACCESS_H
#define SIE390_CPU_ACCESS_H

#include "cpu/dat.h"

/* Unaligned scalars in guest storage; one host access each. */
typedef u16 __attribute__((aligned(1), may_alias)) mem_u16;
typedef u32 __attribute__((aligned(1), may_alias)) mem_u32;
typedef u64 __attribute__((aligned(1), may_alias)) mem_u64;

static ALWAYS_INLINE u8 host_ld8(const u8 *p)
{
    return *(const volatile u8 *)p;
}
static ALWAYS_INLINE u16 host_ld16(const u8 *p)
{
    return __builtin_bswap16(*(const volatile mem_u16 *)p);
}
static ALWAYS_INLINE u32 host_ld32(const u8 *p)
{
    return __builtin_bswap32(*(const volatile mem_u32 *)p);
}
static ALWAYS_INLINE u64 host_ld64(const u8 *p)
{
    return __builtin_bswap64(*(const volatile mem_u64 *)p);
}
static ALWAYS_INLINE void host_st8(u8 *p, u8 v)
{
    *(volatile u8 *)p = v;
}
static ALWAYS_INLINE void host_st16(u8 *p, u16 v)
{
    *(volatile mem_u16 *)p = __builtin_bswap16(v);
}
static ALWAYS_INLINE void host_st32(u8 *p, u32 v)
{
    *(volatile mem_u32 *)p = __builtin_bswap32(v);
}
static ALWAYS_INLINE void host_st64(u8 *p, u64 v)
{
    *(volatile mem_u64 *)p = __builtin_bswap64(v);
}

/* ---- slow paths (access.c); results of loads in c->slow_value[0] ---- */
bool cpu_load_slow(struct cpu *c, u64 va, unsigned ar, unsigned size) MUST_CHECK;
bool cpu_store_slow(struct cpu *c, u64 va, unsigned ar, unsigned size, u64 v) MUST_CHECK;

static ALWAYS_INLINE const struct tlb_entry *cpu_tlb(const struct cpu *c, u64 va)
{
    return &c->dspace->data[va >> FRAME_SHIFT & (TLB_ENTRIES - 1)];
}

#define CPU_LOAD(bits, bytes)                                                                      \
    static ALWAYS_INLINE bool cpu_ld##bits(struct cpu *c, u64 va, unsigned ar, u##bits *v)         \
    {                                                                                              \
        const struct tlb_entry *e = cpu_tlb(c, va);                                                \
                                                                                                   \
        if (likely(e->load == ((va + ((bytes)-1)) & ~FRAME_MASK))) {                               \
            *v = host_ld##bits((const u8 *)(e->addend + va));                                      \
            return true;                                                                           \
        }                                                                                          \
        if (!cpu_load_slow(c, va, ar, bytes))                                                      \
            return false;                                                                          \
        *v = (u##bits)c->slow_value[0];                                                            \
        return true;                                                                               \
    }                                                                                              \
    static ALWAYS_INLINE bool cpu_st##bits(struct cpu *c, u64 va, unsigned ar, u##bits v)          \
    {                                                                                              \
        const struct tlb_entry *e = cpu_tlb(c, va);                                                \
                                                                                                   \
        if (likely(e->store == ((va + ((bytes)-1)) & ~FRAME_MASK))) {                              \
            host_st##bits((u8 *)(e->addend + va), v);                                              \
            return true;                                                                           \
        }                                                                                          \
        return cpu_store_slow(c, va, ar, bytes, v);                                                \
    }

CPU_LOAD(8, 1)
CPU_LOAD(16, 2)
CPU_LOAD(32, 4)
CPU_LOAD(64, 8)
#undef CPU_LOAD

/* ---- host pointers ---- */

/* Host pointer to [va, va+len), which must not cross a page (len 1..4096); NULL with fault.
 * For ACC_STORE: decoded code of the bytes is dropped when the instruction has ended. */
u8 *cpu_ptr(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc) MUST_CHECK;

/* The same in a named space with a named PSW key (bits 0-3 of `key`): MVCP, MVCS, MVCK, MVCOS,
 * LASP …  For SPACE_AR `ar` selects. */
u8 *cpu_ptr_space(struct cpu *c, enum space s, u8 key, u64 va, unsigned ar, u64 len,
                  enum access acc) MUST_CHECK;

/* Bytes from here to the end of the page, at most `max`. */
static inline u64 page_left(u64 va, u64 max)
{
    u64 n = FRAME_SIZE - (va & FRAME_MASK);

    return n < max ? n : max;
}

/* An operand of up to 256 bytes (or a register save area) that may cross one page boundary: host
 * pointers to its one or two parts. */
struct operand {
    u8 *p[2];
    u64 n[2]; /* bytes in each part; n[1] 0 when all is in one page */
};

/* Both parts accessible, or false with fault (the first failing part).  len 1..4096. */
bool cpu_operand(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc,
                 struct operand *o) MUST_CHECK;

/* Copies of up to 256 bytes out of and into storage; a store is all or nothing. */
bool cpu_fetch_bytes(struct cpu *c, u64 va, unsigned ar, void *to, u64 len) MUST_CHECK;
bool cpu_store_bytes(struct cpu *c, u64 va, unsigned ar, const void *from, u64 len) MUST_CHECK;

/* Only the checks: would a store or fetch of [va, va+len) succeed (len up to 4096). */
bool cpu_probe(struct cpu *c, u64 va, unsigned ar, u64 len, enum access acc) MUST_CHECK;

/* For the hypervisor, between instructions and in guest state: copies `len` bytes out of or into
 * one page of a space, as an instruction would that has this access key and no PER events.  False:
 * an exception or the host is in the way, or it is not that simple (access registers, two pages).
 * Faults and the reason for the last stop are not touched. */
bool cpu_copy_quietly(struct cpu *c, enum space s, u8 key, u64 va, void *bytes, u64 len,
                      enum access acc) MUST_CHECK;

/* 16-byte operand, aligned: single-copy atomic.  v[0] leftmost doubleword, host order. */
bool cpu_ld128(struct cpu *c, u64 va, unsigned ar, u64 v[2]) MUST_CHECK;
bool cpu_st128(struct cpu *c, u64 va, unsigned ar, const u64 v[2]) MUST_CHECK;

/* Interlocked update.  The address must be aligned (checked by the record).  *old is what was
 * there (host order); for cas: *old is the expected value in, the value found out, and *swapped. */
bool cpu_cas32(struct cpu *c, u64 va, unsigned ar, u32 *old, u32 new, bool *swapped) MUST_CHECK;
bool cpu_cas64(struct cpu *c, u64 va, unsigned ar, u64 *old, u64 new, bool *swapped) MUST_CHECK;
bool cpu_cas128(struct cpu *c, u64 va, unsigned ar, u64 old[2], const u64 new[2],
                bool *swapped) MUST_CHECK;

/* Interlocked operation on an operand of any alignment (atomic when aligned): the old value comes
 * in c->slow_value[0].  Sets no condition code. */
enum laop { LAOP_ADD, LAOP_AND, LAOP_OR, LAOP_XOR };
bool cpu_laop8(struct cpu *c, u64 va, unsigned ar, enum laop op, u64 v) MUST_CHECK;
bool cpu_laop32(struct cpu *c, u64 va, unsigned ar, enum laop op, u64 v) MUST_CHECK;
bool cpu_laop64(struct cpu *c, u64 va, unsigned ar, enum laop op, u64 v) MUST_CHECK;

/* Operands that an instruction names by real address (LURA, STURA, IPTE, trace entries): the
 * address is wrapped by the caller.  Low-address protection is checked, and `key` (bits 0-3; 0: no
 * check).  No PER storage alteration. */
u8 *cpu_ptr_real(struct cpu *c, u8 key, u64 real_addr, u64 len, enum access acc) MUST_CHECK;

/* Instruction fetch: the decoded page of logical address va in the instruction space. */
struct page_code *cpu_fetch_page(struct cpu *c, u64 va) MUST_CHECK;
/* Text of up to 3 halfwords at va, which may straddle pages; left aligned in 64 bits. */
bool cpu_fetch_text(struct cpu *c, u64 va, u64 *text) MUST_CHECK;
/* The same, but its first four bytes are `begin`, whatever storage has there. */
bool cpu_fetch_behind(struct cpu *c, u64 va, u32 begin, u64 *text) MUST_CHECK;

/* Own stores hit decoded code: drop it now (instruction end). */
void cpu_settle_code(struct cpu *c);

/* Faults. */
bool cpu_fault(struct cpu *c, u16 code);        /* always false */
bool cpu_data_exception(struct cpu *c, u8 dxc); /* always false */
bool cpu_dat_failed(struct cpu *c, const struct dat_fail *f, u64 va, unsigned ar, enum space s,
                    enum access acc); /* always false */

#endif
