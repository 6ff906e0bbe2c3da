/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: decoder and disassembler.  Both must take every text, agree about its length, and the
 * disassembler's must fit; a listed mnemonic must be found again.
 *
 * Input: flags, address, then instruction texts of 8 bytes each.
 */
#include "cpu/code.h"
#include "cpu/disasm.h"
#include "fuzz.h"

static const u8 *facilities(u8 flags)
{
    static u8 all[256], none[256];

    memset(all, 0xff, sizeof(all));
    return flags & 1 ? all : none;
}

static void one(u64 text, u64 addr, u8 flags)
{
    char out[DISASM_MAX];
    int offset = flags & 2 ? -1 : (int)(addr & 0xffe);
    unsigned len = disasm_text(text, addr, out);
    struct dinsn d;

    ASSERT(memchr(out, 0, sizeof(out)));
    isa_decode(text, offset, facilities(flags), flags & 4 ? 0 : 0xff, &d);
    ASSERT(d.fn && d.ilc == insn_length((u8)(text >> 56)) / 2);
    ASSERT(len == insn_length((u8)(text >> 56)));
}

/* What the disassembler calls an instruction is a name it knows. */
static void find(u64 text)
{
    char word[DISASM_MAX];
    const struct insn_info *found;

    (void)disasm_text(text, 0, word);
    word[strcspn(word, " \t")] = 0;
    found = disasm_find(word);
    ASSERT(found || word[0] == '.');
    if (found)
        ASSERT(strlen(disasm_syntax(found)) < DISASM_MAX);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    u8 flags = take8(&in), raw[8];
    u64 addr = take64(&in);

    find(disasm_load(in.p, in.left < 6 ? in.left : 6));
    while (in.left) {
        size_t n = take_bytes(&in, raw, sizeof(raw));
        u64 text = disasm_load(raw, n < 6 ? n : 6);

        one(text, addr, flags);
        addr += insn_length(raw[0]);
    }
    return 0;
}
