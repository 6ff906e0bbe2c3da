/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of the disassembler, as GNU objdump 2.40 writes the same bytes (base address 1000).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cpu/disasm.h"
#include "isa_table.h"

static const struct {
    u64 text;
    unsigned length;
    const char *expected;
} texts[] = {
    /* branches and their extended mnemonics */
    {0x07fe000000000000, 2, "br\t%r14"},
    {0x078e000000000000, 2, "ber\t%r14"},
    {0x0700000000000000, 2, "nopr"},
    {0x0707000000000000, 2, "nopr\t%r7"},
    {0x4700000000000000, 4, "nop\t0"},
    {0x47f0123400000000, 4, "b\t564(%r1)"},
    {0xa7f4001000000000, 4, "j\t0x1020"},
    {0xa774fff000000000, 4, "jne\t0xfe0"},
    {0xa704001000000000, 4, "jnop\t0x1020"},
    {0xc0f4000000100000, 6, "jg\t0x1020"},
    {0xc084fffffff00000, 6, "jge\t0xfe0"},
    {0xc0e5000000100000, 6, "brasl\t%r14,0x1020"},
    {0xa716001000000000, 4, "brct\t%r1,0x1020"},
    {0xec12001060760000, 6, "crjne\t%r1,%r2,0x1020"},
    {0xec12001030760000, 6, "crj\t%r1,%r2,3,0x1020"},
    {0xeb12801000f20000, 6, "loch\t%r1,16(%r8)"},
    {0xeb10801000f20000, 6, "loc\t%r1,16(%r8),0"},
    /* storage operands */
    {0x5813001000000000, 4, "l\t%r1,16(%r3,%r0)"},
    {0x5810301000000000, 4, "l\t%r1,16(%r3)"},
    {0x5810001000000000, 4, "l\t%r1,16"},
    {0xe312301080040000, 6, "lg\t%r1,-524272(%r2,%r3)"},
    {0xd2ff100020000000, 6, "mvc\t0(256,%r1),0(%r2)"},
    {0xd200000000000000, 6, "mvc\t0(1,%r0),0"},
    {0xfa45100020000000, 6, "ap\t0(5,%r1),0(6,%r2)"},
    {0xf0451000200c0000, 6, "srp\t0(5,%r1),12(%r2),5"},
    {0xeb1e901000040000, 6, "lmg\t%r1,%r14,16(%r9)"},
    {0x8810000300000000, 4, "srl\t%r1,3"},
    /* immediates */
    {0xa719ff9c00000000, 4, "lghi\t%r1,-100"},
    {0xa51fffff00000000, 4, "llill\t%r1,65535"},
    {0xc019ffffffff0000, 6, "iilf\t%r1,4294967295"},
    {0xeb6a1000ff6a0000, 6, "asi\t-4096(%r1),106"},
    {0xebff1000006a0000, 6, "asi\t0(%r1),-1"},
    {0x92ff100000000000, 4, "mvi\t0(%r1),255"},
    {0xe5481000fffe0000, 6, "mvghi\t0(%r1),-2"},
    {0xec120a8b0c550000, 6, "risbgz\t%r1,%r2,10,11,12"},
    {0xec120a0b00550000, 6, "risbg\t%r1,%r2,10,11,0"},
    /* other registers, optional operands */
    {0xb713400000000000, 4, "lctl\t%c1,%c3,0(%r4)"},
    {0x9a13400000000000, 4, "lam\t%a1,%a3,0(%r4)"},
    {0xb24f001200000000, 4, "ear\t%r1,%a2"},
    {0xb30a001200000000, 4, "aebr\t%f1,%f2"},
    {0xb398401200000000, 4, "cfebr\t%r1,4,%f2"},
    {0xb398451200000000, 4, "cfebra\t%r1,4,%f2,5"},
    {0xb394001200000000, 4, "cefbr\t%f1,%r2"},
    {0xb394401200000000, 4, "cefbra\t%f1,4,%r2,0"},
    {0xb221001200000000, 4, "ipte\t%r1,%r2"},
    {0xb221301200000000, 4, "ipte\t%r1,%r2,%r3"},
    {0xb22b101200000000, 4, "sske\t%r1,%r2,1"},
    {0xb222001000000000, 4, "ipm\t%r1"},
    {0xb2b2001000000000, 4, "lpswe\t16"},
    {0x8312050000000000, 4, "diag\t%r1,%r2,1280"},
    {0x0a01000000000000, 2, "svc\t1"},
    {0x0101000000000000, 2, "pr"},
    /* no instruction */
    {0x0000000000000000, 2, ".short\t0x0000"},
    {0xec10801060050000, 6, ".short\t0xec10,0x8010,0x6005"},
};

static void test_texts(void **state)
{
    char out[DISASM_MAX];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_int_equal(disasm_text(texts[i].text, 0x1000, out), texts[i].length);
        assert_string_equal(out, texts[i].expected);
    }
}

/* Whatever the bytes, the text fits and names only operands that exist. */
static void test_every_instruction(void **state)
{
    static const u64 fill[] = {0, ~0ULL, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa};
    char out[DISASM_MAX];

    (void)state;
    for (unsigned i = 0; i < isa_ninsns; i++) {
        const struct insn_info *n = &isa_insns[i];
        unsigned length = isa_formats[n->format].length;

        for (unsigned k = 0; k < ARRAY_SIZE(fill); k++) {
            u64 fields = 0;

            for (const struct insn_field *f = isa_formats[n->format].fields; f->name; f++)
                fields |= ~0ULL << (64 - f->length) >> f->bit;
            /* The high part of a long displacement has no field of its own. */
            assert_int_equal(disasm_text(n->opcode | (fill[k] & fields), 0x1000, out), length);
            assert_true(strlen(out) < DISASM_MAX - 1);
            assert_null(strchr(out, '?'));
        }
    }
}

static void test_find(void **state)
{
    (void)state;
    assert_string_equal(disasm_find("lmg")->mnemonic, "LMG");
    assert_string_equal(disasm_find("jne")->mnemonic, "BRC");
    assert_string_equal(disasm_find("JNE")->mnemonic, "BRC");
    assert_string_equal(disasm_find("cfebra")->mnemonic, "CFEBR"); /* with two masks */
    assert_null(disasm_find("cfebraa"));
    assert_null(disasm_find("lmga"));
    assert_null(disasm_find("frobnicate"));
    assert_null(disasm_find(""));
}

static void test_load(void **state)
{
    static const u8 bytes[] = {1, 2, 3, 4, 5, 6, 7};

    (void)state;
    assert_int_equal(disasm_load(bytes, 7), 0x0102030405060000);
    assert_int_equal(disasm_load(bytes, 2), 0x0102000000000000);
    assert_int_equal(disasm_load(bytes, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_every_instruction),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
