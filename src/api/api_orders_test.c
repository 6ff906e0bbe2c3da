/* SPDX-License-Identifier: Apache-2.0
 *
 * What guests ask of the hypervisor, as the user of the library sees it: the handshake of DIAGNOSE
 * 258 and the codes of DIAGNOSE 318 as registers, and which SIGP orders leave.
 */
#include "api/test_vm.h"

#include <stdio.h>

/* The handshake of DIAGNOSE 258 and the codes of 318 are there to be read, and a CPU that gets them
 * elsewhere behaves as if it had asked for them itself. */
static void test_what_the_guest_agreed_upon(void **state)
{
    struct sie390_vcpu *other;
    struct test_vm t;
    u64 seen;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vcpu_create(t.vm, 1, &other), 0);
    assert_true(reg(&t, SIE390_REG_PFAULT_TOKEN) == ~0ULL);
    code(&t, "8323025883430318b2b20200"); /* diag r2,r3,258; diag r4,r3,318; lpswe 200 */
    put_psw(&t, 0x200, PSW_WAIT, 0xe0d);
    put64(&t, 0x9100, 0x0258000000050002);
    put64(&t, 0x9108, 0x9200);
    put64(&t, 0x9110, PSW_MASK_PSTATE | PSW_MASK_EXT);
    put64(&t, 0x9118, PSW_MASK_EXT);
    put64(&t, 0x9120, 0x8000000000000000);
    set_reg(&t, SIE390_REG_GR + 2, 0x9100);
    set_reg(&t, SIE390_REG_GR + 4, 0x0400000000060100);
    ends_at(&t, 0xe0d);
    assert_int_equal(reg(&t, SIE390_REG_GR + 3), 0);
    assert_int_equal(reg(&t, SIE390_REG_PFAULT_TOKEN), 0x9200);
    assert_int_equal(reg(&t, SIE390_REG_PFAULT_SELECT), PSW_MASK_PSTATE | PSW_MASK_EXT);
    assert_int_equal(reg(&t, SIE390_REG_PFAULT_COMPARE), PSW_MASK_EXT);
    assert_int_equal(reg(&t, SIE390_REG_CONTROL_PROGRAM), 0x0400000000060100);
    assert_int_equal(sie390_vcpu_get(other, SIE390_REG_CONTROL_PROGRAM, &seen), 0);
    assert_int_equal(seen, 0x0400000000060100);
    assert_int_equal(sie390_vcpu_get(other, SIE390_REG_PFAULT_TOKEN, &seen), 0);
    assert_true(seen == ~0ULL);
    code(&t, "83230258b2b20200"); /* there is a handshake: return code 8 */
    ends_at(&t, 0xe0d);
    assert_int_equal(reg(&t, SIE390_REG_GR + 3), 8);
    set_reg(&t, SIE390_REG_PFAULT_TOKEN, ~0ULL);
    code(&t, "83230258b2b20200");
    ends_at(&t, 0xe0d);
    assert_int_equal(reg(&t, SIE390_REG_GR + 3), 0);
    done(&t);
}

/* All orders but those that signal an interruption or sense leave, whatever is in them. */
static void test_user_sigp(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, SIE390_USER_SIGP, NULL, NULL);
    put_psw(&t, 0x200, PSW_WAIT, 0xe0d);
    for (unsigned order = 0; order < 0x20; order++) {
        bool ours = order == 1 || order == 2 || order == 3 || order == 0x13 || order == 0x15;
        char text[32];

        snprintf(text, sizeof(text), "ae0100%02xb2b20200", order);
        code(&t, text);
        set_reg(&t, SIE390_REG_GR + 1, 2); /* no such CPU */
        if (ours) {
            ends_at(&t, 0xe0d);
            assert_int_equal(reg(&t, SIE390_REG_GR + 0), 0);
        } else {
            run(&t, SIE390_EXIT_INTERCEPT);
            assert_int_equal(t.x.ipa, 0xae01);
        }
    }
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_guest_agreed_upon),
        cmocka_unit_test(test_user_sigp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
