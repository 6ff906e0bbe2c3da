/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of `sie390 run`.  Linked with run_options.c, cmd.c and status.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/run_options.h"

#define MAX_WORDS 48

static struct run_options o;
static char *words[MAX_WORDS + 1];
static int nwords;

static void forget(void)
{
    run_options_free(&o);
    while (nwords)
        free(words[--nwords]);
}

/* Parses "run" and the words of `line`, which are separated by blanks. */
static enum status parse(const char *line)
{
    char *copy = strdup(line), *save = NULL;

    forget();
    words[nwords++] = strdup("run");
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        assert_true(nwords < MAX_WORDS);
        words[nwords++] = strdup(w);
    }
    words[nwords] = NULL;
    free(copy);
    optind = 0; /* getopt starts afresh */
    return run_options_parse(&o, nwords, words);
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse("--kernel k"), STATUS_OK);
    assert_string_equal(o.machine.ipl.kernel, "k");
    assert_int_equal(o.machine.memory, 512 << 20);
    assert_int_equal(o.machine.cpus, 1);
    assert_null(o.console);
    assert_false(o.machine.diag8);
    assert_false(o.machine.no_gisa);
    assert_int_equal(o.machine.uuid[6] >> 4, 4);
}

static void test_all(void **state)
{
    (void)state;
    assert_int_equal(parse("--kernel k --initrd i --append a=b -m 4G -c 8 --name n "
                           "--uuid 01234567-89ab-cdef-0123-456789abcdef --disk d,readonly --disk e "
                           "--net user --rng --port p=fd:5 --port q=unix:/x=y --console none "
                           "--line-console --engine interp --watchdog-action pause --timeout 2.5 "
                           "--stat --control s "
                           "--diag8 --dump-on-wait f,0-fff,2000-2fff --lazy-memory "
                           "--gisa off"),
                     STATUS_OK);
    assert_int_equal(o.machine.memory, 4ULL << 30);
    assert_int_equal(o.machine.cpus, 8);
    assert_int_equal(o.machine.uuid[15], 0xef);
    assert_int_equal(o.machine.watchdog, WATCHDOG_PAUSE);
    assert_int_equal(o.ndisks, 2);
    assert_string_equal(o.disk[0], "d,readonly");
    assert_int_equal(o.nports, 2);
    assert_string_equal(o.port[1].name, "q");
    assert_string_equal(o.port[1].channel, "unix:/x=y");
    assert_true(o.timeout > 2.4 && o.timeout < 2.6);
    assert_string_equal(o.dump_path, "f");
    assert_int_equal(o.nranges, 2);
    assert_int_equal(o.range[1].last, 0x2fff);
    assert_true(o.machine.no_gisa);
}

static void test_ap(void **state)
{
    const struct machine_ap_config *c = &o.machine.ap;

    (void)state;
    assert_int_equal(parse("--kernel k"), STATUS_OK);
    assert_false(c->on || o.model.ap);
    assert_int_equal(parse("--kernel k --ap type=cca --ap adapter=7,type=ep11,domains=3+255 "
                           "--ap domains=4"),
                     STATUS_OK);
    assert_true(c->on && o.model.ap);
    assert_ptr_equal(c->card[0], &card_cca);
    assert_ptr_equal(c->card[7], &card_ep11);
    assert_ptr_equal(c->card[1], &card_accel);
    assert_null(c->card[2]);
    assert_int_equal(c->domains[0], 0x18);
    assert_int_equal(c->domains[31], 1);
    assert_true(bitmap_test(o.model.facilities, 12) && bitmap_test(o.model.facilities, 15) &&
                bitmap_test(o.model.facilities, 65));
    assert_int_equal(parse("--kernel k --ap none"), STATUS_OK);
    assert_true(c->on && o.model.ap);
    assert_int_equal(c->domains[0], 0x80);
    assert_int_equal(parse("--kernel k --ap none --cpu max,ap=on"), STATUS_OK);
    assert_false(bitmap_test(o.model.facilities, 65)); /* what --cpu says counts */
    assert_int_equal(parse("--kernel k --ap adapter=256"), STATUS_USAGE);
    assert_int_equal(parse("--kernel k --ap adapter=3 --ap adapter=3"), STATUS_USAGE);
    assert_int_equal(parse("--kernel k --ap type=none"), STATUS_USAGE);
    assert_int_equal(parse("--kernel k --ap domains=1+"), STATUS_USAGE);
    assert_int_equal(parse("--kernel k --ap none --cpu max,ap=off"), STATUS_USAGE);
}

static void test_loads(void **state)
{
    (void)state;
    assert_int_equal(parse("--load a@0x1000 --load b@c@4096 --load d --restart"), STATUS_OK);
    assert_int_equal(o.machine.ipl.nload, 3);
    assert_string_equal(o.load[0].path, "a");
    assert_int_equal(o.load[0].address, 0x1000);
    assert_string_equal(o.load[1].path, "b@c");
    assert_int_equal(o.load[1].address, 4096);
    assert_string_equal(o.load[2].path, "d");
    assert_int_equal(o.machine.ipl.psw, IPL_PSW_RESTART);
    assert_int_equal(parse("--load a --psw 0000000180000000,1F000"), STATUS_OK);
    assert_int_equal(o.machine.ipl.psw, IPL_PSW_GIVEN);
    assert_int_equal(o.machine.ipl.psw_mask, 0x180000000);
    assert_int_equal(o.machine.ipl.psw_addr, 0x1f000);
}

static void test_cpus(void **state)
{
    (void)state;
    assert_int_equal(parse("--kernel k -c 3,standby=2,max=248"), STATUS_OK);
    assert_int_equal(o.machine.cpus, 3);
    assert_int_equal(o.machine.standby_cpus, 2);
    assert_int_equal(o.machine.max_cpus, 248);
    assert_int_equal(o.machine.topology.cores, 248);
    assert_int_equal(o.machine.topology.sockets, 1);
    assert_int_equal(parse("--kernel k -c 5,drawers=2,max=24,books=3,sockets=1"), STATUS_OK);
    assert_int_equal(o.machine.topology.drawers, 2);
    assert_int_equal(o.machine.topology.books, 3);
    assert_int_equal(o.machine.topology.cores, 4);
    assert_int_equal(parse("--kernel k -c 6,sockets=2,cores=3"), STATUS_OK);
    assert_int_equal(o.machine.max_cpus, 6);
    assert_int_equal(parse("--kernel k"), STATUS_OK);
    assert_int_equal(o.machine.max_cpus, 1);
}

static void test_wrong(void **state)
{
    static const char *const wrong[] = {
        "",
        "k",
        "--kernel",
        "--bogus --kernel k",
        "--kernel k --gisa yes",
        "-Z --kernel k",
        "--kernel k -m 0",
        "--kernel k -m 512",
        "--kernel k -m 1000K",
        "--kernel k -m 1537K",
        "--kernel k -m -1M",
        "--kernel k -m 100000T",
        "--kernel k -m lots",
        "--kernel k -c 0",
        "--kernel k -c 249",
        "--kernel k -c two",
        "--kernel k -c 3,max=2",
        "--kernel k -c 3,standby=3,max=5",
        "--kernel k -c 200,standby=49",
        "--kernel k -c 3,max=249",
        "--kernel k -c max=3",
        "--kernel k -c 3,max",
        "--kernel k -c 3,max=0",
        "--kernel k -c 3,cores=4",
        "--kernel k -c 6,sockets=4",
        "--kernel k -c 6,sockets=2,cores=2",
        "--kernel k -c 6,sockets=0",
        "--kernel k -c 6,books=-1",
        "--kernel k -c 248,drawers=248,books=248,sockets=248,cores=248",
        "--kernel k -c 6,chairs=2",
        "--kernel k --cpu z99",
        "--kernel k --cpu max,nonsense=on",
        "--kernel k --console stdio --console stdio",
        "--kernel k --port a=stdio",
        "--kernel k --console none --port a=stdio --port b=stdio",
        "--kernel k --port a=none --port a=none",
        "--kernel k --port =none",
        "--kernel k --port a",
        "--kernel k --engine jit",
        "--kernel k --watchdog-action bark",
        "--kernel k --timeout 0",
        "--kernel k --timeout -1",
        "--kernel k --timeout soon",
        "--kernel k --timeout nan",
        "--kernel k --trace nonsense",
        "--kernel k --uuid 0123",
        "--kernel k --uuid 0123456789abcdef0123456789abcdef0",
        "--load a@1g1",
        "--load a --psw 1",
        "--load a --psw x,1",
        "--load a --psw 1,-1",
        "--load a --psw 11111111111111111111111111,1",
        "--kernel k --dump-on-wait ,0-1",
        "--kernel k --dump-on-wait f,0",
        "--kernel k --dump-on-wait f,5-4",
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
        if (parse(wrong[i]) != STATUS_USAGE)
            fail_msg("accepted: %s", wrong[i]);
}

static void test_too_many(void **state)
{
    char line[4096] = "--kernel k";

    (void)state;
    for (unsigned i = 0; i <= RUN_MAX_NETS; i++)
        strcat(line, " --net none");
    assert_int_equal(parse(line), STATUS_USAGE);
}

static void test_help(void **state)
{
    (void)state;
    assert_int_equal(parse("--help"), STATUS_OK);
    assert_true(o.help);
}

static int forget_all(void **state)
{
    (void)state;
    forget();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_all),  cmocka_unit_test(test_ap),
        cmocka_unit_test(test_loads),    cmocka_unit_test(test_cpus), cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
