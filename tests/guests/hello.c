/* SPDX-License-Identifier: Apache-2.0
 *
 * The library of test guests itself: catching of program interruptions, problem state, DAT.
 */
#include "guest.h"

static void illegal(void *arg)
{
    (void)arg;
    __asm__ volatile(".long 0");
}

static void nothing(void *arg)
{
    (void)arg;
}

int main(void)
{
    check("prints", true);
    check_pgm("operation exception is caught", illegal, 0, PGM_OPERATION);
    check_pgm("nothing is nothing", nothing, 0, 0);
    problem_state();
    supervisor();
    check("problem state and back", true);
    check_eq("no interruption is open", take(PSW_64), 0);
    dat_on(dat_identity(16));
    check_pgm("operation exception under DAT", illegal, 0, PGM_OPERATION);
    dat_off();
    check("DAT off again", true);
    return failures();
}
