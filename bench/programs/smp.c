/* SPDX-License-Identifier: Apache-2.0
 *
 * The same integer work by one process, and by each of two at the same time.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static uint64_t run_one(uint64_t units)
{
    return integer_work(units);
}

static uint64_t run_two(uint64_t units)
{
    pid_t child = fork();
    uint64_t r = integer_work(units);

    if (!child)
        _exit(0);
    if (child < 0 || waitpid(child, NULL, 0) != child)
        exit(1);
    return r;
}

const struct benchmark smp_benchmarks[] = {
    {"busy_one", run_one},
    {"busy_two", run_two},
    {0},
};
