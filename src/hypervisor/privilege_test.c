/* SPDX-License-Identifier: Apache-2.0
 *
 * Every handler of an intercepted instruction in problem state (I29): what is always intercepted is
 * checked by the handler, before its operands and before anybody is asked.  Instructions that SIE
 * does not know are here, too; those that it knows, guests execute (tests/insn/privileged.c).
 */
#include "hypervisor/test_guest.h"

#include "hypervisor/counters.h"

struct insn {
    const char *name;
    u16 ipa;
    u8 last; /* byte of six-byte instructions */
};

#define ROW_1(op, name, handler) {#name, (op) << 8 | 0x24, 0},
#define ROW_01(op, name, handler) {#name, 0x0100 | (op), 0},
#define ROW_B2(op, name, handler) {#name, 0xb200 | (op), 0},
#define ROW_B9(op, name, handler) {#name, 0xb900 | (op), 0},
#define ROW_E3(op, name, handler) {#name, 0xe324, op},
#define ROW_E5(op, name, handler) {#name, 0xe500 | (op), 0},
#define ROW_EB(op, name, handler) {#name, 0xeb24, op},

static const struct insn insns[] = {HV_INSNS_1(ROW_1) HV_INSNS_01(ROW_01) HV_INSNS_B2(
    ROW_B2) HV_INSNS_B9(ROW_B9) HV_INSNS_E3(ROW_E3) HV_INSNS_E5(ROW_E5) HV_INSNS_EB(ROW_EB)};

/* Those that SIE has checked before it intercepted, or that need no privilege: executed anew. */
static const char *const retried[] = {"SSM",  "STNSM", "STOSM", "PR",   "SCKC", "STCKC", "SPT",
                                      "STPT", "PTLB",  "PC",    "PT",   "BAKR", "PALB",  "MVPG",
                                      "BSA",  "PTI",   "STGSC", "LGSC", "LASP"};
/* Not there in this guest, which comes before any privilege. */
static const char *const absent[] = {"UVC", "ESSA", "RI", "RIC60", "RIC61", "RIC62", "LPSWEY"};
/* For everybody, and left to the VMM without adjunct processors (pqap_test.c). */
static const char *const others[] = {"EPSW", "NQAP", "DQAP", "PQAP"};

#define LISTED(list, name) listed(list, ARRAY_SIZE(list), name)

static bool listed(const char *const *list, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static int make(void **state)
{
    return guest_begin(state, 2);
}

static void check(struct guest *g, const struct insn *n)
{
    enum hv_outcome o = guest_call(g, n->ipa, 0x20010000U | n->last);
    u16 code = LISTED(absent, n->name) ? PGM_OPERATION : PGM_PRIVILEGED_OP;
    bool ok =
        LISTED(retried, n->name) ? o == HV_RETRY : o == HV_INJECT && pending_program(g) == code;

    if (!ok)
        print_error("%s: outcome %d, code %x\n", n->name, o, pending_program(g));
    assert_true(ok);
}

static void test_i29_handlers_in_problem_state(void **state)
{
    struct guest *g = *state;
    u64 gr[16];

    for (unsigned i = 0; i < ARRAY_SIZE(insns); i++) {
        if (LISTED(others, insns[i].name))
            continue;
        hv_set_psw(g->v, PSW_64 | PSW_MASK_PSTATE, IA);
        memset(g->v->cpu.gr, 0x33, sizeof(g->v->cpu.gr)); /* unaligned, and outside of storage */
        memcpy(gr, g->v->cpu.gr, sizeof(gr));
        check(g, &insns[i]);
        assert_memory_equal(gr, g->v->cpu.gr, sizeof(gr));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_i29_handlers_in_problem_state, make, guest_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
