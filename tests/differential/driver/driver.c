/* SPDX-License-Identifier: Apache-2.0
 *
 * The test guest of the differential harness: runs the cases it finds in storage one after the
 * other and writes down what each one did.  What a case is and what a result is: ../image.py packs
 * and unpacks the records below; layout.h has addresses and flags.
 *
 * Runs in 64-bit mode, supervisor state, DAT off, key 0.  The arena (data pages and translation
 * tables) exists three times: the arena itself, the reference (what the arena holds when a case
 * begins) and the template (what both go back to afterwards).
 *
 * References: [PoP 6 Interruption], [PoP 10 SET STORAGE KEY EXTENDED].
 */
#include "layout.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

struct registers { /* run_case() knows the offsets */
    u64 fpr[16];
    u32 ar[16];
    u32 fpc;
    u32 pad;
};

struct case_in {
    u32 size;  /* of this record, a multiple of 8 */
    u32 flags; /* CASE_* */
    u32 pages; /* arena pages to look at afterwards, bit 31 = page 0 */
    u16 patches;
    u16 code_size;
    u64 code_addr;
    u64 psw[2];
    u64 gr[16];
    u64 cr[16];
    struct registers reg;
    /* patches, then the instructions */
};

struct patch {  /* followed by its bytes, filled up to a multiple of 8 */
    u32 offset; /* in the arena */
    u32 size;
};

struct result {
    u32 size;
    u32 index;
    u32 event; /* EVENT_* */
    u32 flags; /* RESULT_* */
    u64 psw[2];
    u64 bea;
    u8 payload[LC_PAYLOAD_SIZE];
    u64 gr[16];
    struct registers reg;
    u32 deltas;
    u32 pad;
    /* control registers, keys (16 bytes), deltas */
};

struct delta {
    u32 offset;
    u32 pad;
    u64 value;
};

void run_case(const struct registers *reg);

static u8 *const arena = (u8 *)ARENA_BASE;
static u8 *const reference = (u8 *)REFERENCE_BASE;
static const u8 *const template = (const u8 *)TEMPLATE_BASE;
static u8 *const header = (u8 *)INPUT_BASE;

/* Lowcore: the compiler need not know that an object can lie at address zero. */
static void *low(u64 address)
{
    __asm__("" : "+a"(address));
    return (void *)address;
}

void *memcpy(void *to, const void *from, u64 n);
void *memcpy(void *to, const void *from, u64 n)
{
    u8 *t = to;
    const u8 *f = from;
    u64 *t8 = to;
    const u64 *f8 = from;

    if ((((u64)t | (u64)f | n) & 7) == 0) {
        for (; n; n -= 8)
            *t8++ = *f8++;
        return to;
    }
    while (n--)
        *t++ = *f++;
    return to;
}

static void set_key(u64 address, u8 key)
{
    __asm__ volatile("sske %0,%1" : : "d"((u64)key), "a"(address) : "memory");
}

static u8 get_key(u64 address)
{
    u64 key = 0;

    __asm__ volatile("iske %0,%1" : "+d"(key) : "a"(address));
    return (u8)key;
}

static void set_all_keys(void)
{
    int i;

    for (i = 0; i < 16; i++)
        set_key(ARENA_BASE + i * 4096UL, header[HEADER_KEYS + i]);
}

static void fill_code(u64 address, u64 size)
{
    u16 *p = (u16 *)address;

    for (; size; size -= 2)
        *p++ = CODE_FILL;
}

static void set_up(void)
{
    u64 a;

    memcpy(arena, template, ARENA_SIZE);
    memcpy(reference, template, ARENA_SIZE);
    fill_code(CODE_BASE, CODE_SIZE);
    set_all_keys();
    for (a = CODE_BASE; a < CODE_BASE + CODE_SIZE; a += 4096)
        set_key(a, header[HEADER_KEYS]);
    __asm__ volatile("ptlb" : : : "memory");
}

static u8 *apply_patches(u8 *p, unsigned n)
{
    while (n--) {
        struct patch *patch = (struct patch *)p;

        p += sizeof *patch;
        memcpy(arena + patch->offset, p, patch->size);
        memcpy(reference + patch->offset, p, patch->size);
        p += (patch->size + 7) & ~7U;
    }
    return p;
}

static void undo_patches(u8 *p, unsigned n)
{
    while (n--) {
        struct patch *patch = (struct patch *)p;

        p += sizeof *patch;
        memcpy(arena + patch->offset, template + patch->offset, patch->size);
        memcpy(reference + patch->offset, template + patch->offset, patch->size);
        p += (patch->size + 7) & ~7U;
    }
}

/* Reports the words of one page that differ from the reference, and puts them back. */
static struct delta *scan_page(u32 page, struct delta *out, const struct delta *limit, u32 *flags)
{
    u64 *now = (u64 *)(arena + page * 4096);
    u64 *was = (u64 *)(reference + page * 4096);
    u64 *end = now + 512;

    while (now < end) {
        if (((now[0] ^ was[0]) | (now[1] ^ was[1]) | (now[2] ^ was[2]) | (now[3] ^ was[3])) != 0) {
            int i;

            for (i = 0; i < 4; i++) {
                if (now[i] == was[i])
                    continue;
                if (out < limit) {
                    out->offset = (u32)((u8 *)(now + i) - arena);
                    out->pad = 0;
                    out->value = now[i];
                    out++;
                } else {
                    *flags |= RESULT_DROPPED;
                }
                now[i] = was[i];
            }
        }
        now += 4;
        was += 4;
    }
    return out;
}

static struct delta *scan(u32 pages, struct delta *out, u32 *flags)
{
    const struct delta *limit = out + *(u32 *)(header + HEADER_DELTAS);
    u32 page;

    for (page = 0; page < ARENA_PAGES; page++)
        if (pages & (0x80000000U >> page))
            out = scan_page(page, out, limit, flags);
    return out;
}

static int same(const u64 *a, const u64 *b, int n)
{
    while (n--)
        if (*a++ != *b++)
            return 0;
    return 1;
}

static u8 *add_words(u8 *out, const void *from, u64 size)
{
    memcpy(out, from, size);
    return out + size;
}

static void prepare(const struct case_in *in)
{
    u64 *payload = low(LC_PAYLOAD);
    int i;

    memcpy(low(LC_LOAD_GR), in->gr, sizeof in->gr);
    memcpy(low(LC_LOAD_CR), in->cr, sizeof in->cr);
    memcpy(low(LC_LOAD_PSW), in->psw, sizeof in->psw);
    for (i = 0; i < LC_PAYLOAD_SIZE / 8; i++)
        payload[i] = LC_PATTERN * 0x0101010101010101UL;
    *(volatile u64 *)low(0x110) = 0;
}

static void collect(struct result *r, u32 index)
{
    static const u16 old_psw[] = {0, 0x120, 0x130, 0x140, 0x150, 0x160, 0x170};

    r->index = index;
    r->event = *(volatile u8 *)low(LC_EVENT);
    r->flags = 0;
    memcpy(r->psw, low(old_psw[r->event]), 16);
    r->bea = *(volatile u64 *)low(0x110);
    memcpy(r->payload, low(LC_PAYLOAD), LC_PAYLOAD_SIZE);
    memcpy(r->gr, low(LC_SAVE_GR), sizeof r->gr);
    memcpy(r->reg.fpr, low(LC_SAVE_FPR), sizeof r->reg.fpr);
    memcpy(r->reg.ar, low(LC_SAVE_AR), sizeof r->reg.ar);
    r->reg.fpc = *(volatile u32 *)low(LC_SAVE_FPC);
    r->reg.pad = 0;
    r->pad = 0;
}

static u8 *run_one(const struct case_in *in, u32 index, u8 *out)
{
    struct result *r = (struct result *)out;
    u8 *patches = (u8 *)(in + 1);
    u8 *code = apply_patches(patches, in->patches);
    u8 *extra = (u8 *)(r + 1);
    u8 *end;
    int i;

    memcpy((void *)in->code_addr, code, in->code_size);
    prepare(in);
    run_case(&in->reg);
    collect(r, index);
    fill_code(in->code_addr, in->code_size);
    if (!same(low(LC_SAVE_CR), in->cr, 16)) {
        r->flags |= RESULT_CR;
        extra = add_words(extra, low(LC_SAVE_CR), 128);
    }
    if (in->flags & CASE_KEYS) {
        r->flags |= RESULT_KEYS;
        for (i = 0; i < 16; i++)
            *extra++ = get_key(ARENA_BASE + i * 4096UL);
        set_all_keys();
    }
    end = (u8 *)scan(in->pages, (struct delta *)extra, &r->flags);
    r->deltas = (u32)(end - extra) / sizeof(struct delta);
    r->size = (u32)(end - out);
    undo_patches(patches, in->patches);
    if (in->flags & CASE_TABLES)
        __asm__ volatile("ptlb" : : : "memory");
    return end;
}

/* Stores that went where no case expected them: reported as a result of their own. */
static u8 *stray(u32 index, u8 *out)
{
    struct result *r = (struct result *)out;
    struct delta *first = (struct delta *)(r + 1);
    struct delta *end;
    u32 flags = RESULT_STRAY;
    int i;

    end = scan(0xffffffffU, first, &flags);
    if (end == first)
        return out;
    for (i = 0; i < (int)(sizeof *r / 8); i++)
        ((u64 *)r)[i] = 0;
    r->index = index;
    r->flags = flags;
    r->deltas = (u32)(end - first);
    r->size = (u32)((u8 *)end - out);
    return (u8 *)end;
}

u64 main(void);

u64 main(void)
{
    u32 cases = *(u32 *)(header + HEADER_CASES);
    u64 room = sizeof(struct result) + 256 + *(u32 *)(header + HEADER_DELTAS) * 16UL;
    u8 *in = header + HEADER_SIZE;
    u8 *out = (u8 *)OUTPUT_BASE;
    u32 i;

    set_up();
    for (i = 0; i < cases; i++) {
        if (out + 2 * room > (u8 *)(OUTPUT_BASE + OUTPUT_SIZE))
            return WAIT_FULL;
        *(volatile u64 *)low(LC_INDEX) = i;
        out = run_one((const struct case_in *)in, i, out);
        in += ((const struct case_in *)in)->size;
        if (i % 64 == 63 || i + 1 == cases)
            out = stray(i, out);
        *(u32 *)(header + HEADER_DONE) = i + 1;
        *(u64 *)(header + HEADER_END) = (u64)out;
    }
    return WAIT_DONE;
}
