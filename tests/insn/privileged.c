/* SPDX-License-Identifier: Apache-2.0
 *
 * Every privileged instruction in problem state: privileged-operation exception, whatever its
 * operands are, plain and under EXECUTE; intercepted ones too (I29).  The table comes from the
 * records in isa/.
 */
#include "guest.h"

static const struct insn {
    const char *name;
    u32 length;
    u32 facility[2];
    u64 text[2]; /* with good and with bad operands */
} insns[] = {
#include "privileged.inc"
};

static u8 code[64] __attribute__((aligned(8)));

static void run(void *arg)
{
    problem_state();
    ((void (*)(void))arg)();
}

static void put(const struct insn *i, u64 text, bool execute)
{
    u64 shifted = text << 16;

    memset(code, 7, sizeof(code));
    if (execute) { /* exrl %r0,.+16 */
        *(u64 *)(code + 16) = shifted;
        *(u16 *)code = 0xc600;
        *(u32 *)(code + 2) = 8;
    } else {
        memcpy(code, &shifted, i->length);
    }
}

static bool refused(const struct insn *i, u64 text, bool execute)
{
    int want = PGM_PRIVILEGED_OP;
    unsigned ilc = execute ? 6 : i->length;

    for (int f = 0; f < 2; f++)
        if (i->facility[f] && !facility(i->facility[f]))
            want = PGM_OPERATION;
    put(i, text, execute);
    return probe(run, code) == want && LC_PGM_ILC == ilc && LC_PGM_OLD.addr == (u64)code + ilc &&
           LC_PGM_OLD.mask & PSW_PSTATE;
}

int main(void)
{
    char name[80];

    for (unsigned n = 0; n < ARRAY_SIZE(insns); n++) {
        const struct insn *i = &insns[n];
        static const char tail[] = " in problem state";
        unsigned len = strlen(i->name);

        memcpy(name, "I29 ", 4);
        memcpy(name + 4, i->name, len);
        memcpy(name + 4 + len, tail, sizeof(tail));
        check(name, refused(i, i->text[0], false) && refused(i, i->text[1], false) &&
                        refused(i, i->text[0], true) && refused(i, i->text[1], true));
    }
    return failures();
}
