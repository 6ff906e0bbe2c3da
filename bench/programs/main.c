/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs benchmarks by name and tells how long they took.
 *
 *   programs --seconds S NAME...        each long enough to last about S seconds
 *   programs --time NAME -- COMMAND...  a command, its output kept out of the way
 *   programs --text BYTES               text to compress, the same at each call
 *   programs --list
 *
 * Output: "begin NAME" when the measured round begins, "end NAME UNITS NS CPU CHECK" after it: time
 * by CLOCK_MONOTONIC, and what the kernel accounts to the process and its children, in nanoseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define OUTPUT_FILE "/tmp/bench-output"

static const struct benchmark *const groups[] = {
    integer_benchmarks, branch_benchmarks, memory_benchmarks, string_benchmarks,
    float_benchmarks,   system_benchmarks, smp_benchmarks,
};

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct moment {
    uint64_t wall, cpu;
};

static struct moment moment(void)
{
    struct moment m = {.wall = now()};
    struct rusage r;

    for (int who = RUSAGE_CHILDREN; who <= RUSAGE_SELF; who++) {
        getrusage(who, &r);
        m.cpu += (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000000 +
                 (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000;
    }
    return m;
}

static void tell_begin(const char *name)
{
    printf("begin %s\n", name);
    fflush(stdout);
}

static void tell_end(const char *name, uint64_t units, struct moment begin, uint64_t check)
{
    struct moment end = moment();

    printf("end %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %016" PRIx64 "\n", name, units,
           end.wall - begin.wall, end.cpu - begin.cpu, check);
    fflush(stdout);
}

static const struct benchmark *find(const char *name)
{
    for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
        for (const struct benchmark *b = groups[g]; b->name; b++)
            if (!strcmp(b->name, name))
                return b;
    return NULL;
}

static void list(void)
{
    for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
        for (const struct benchmark *b = groups[g]; b->name; b++)
            puts(b->name);
}

/* One round to touch and prepare everything, growing rounds to find the number of units, then the
 * one that counts. */
static int measure(const char *name, double seconds)
{
    const struct benchmark *b = find(name);
    uint64_t wanted = (uint64_t)(seconds * 1e9), units = 1, ns, check;
    struct moment begin;

    if (!b) {
        fprintf(stderr, "programs: no benchmark '%s'\n", name);
        return 1;
    }
    b->run(1);
    for (;;) {
        ns = now();
        b->run(units);
        ns = now() - ns;
        if (ns >= wanted / 8)
            break;
        units *= ns > wanted / 64 ? 4 : 8;
    }
    units = (uint64_t)((double)units * (double)wanted / (double)ns);
    if (!units)
        units = 1;
    tell_begin(name);
    begin = moment();
    check = b->run(units);
    tell_end(name, units, begin, check);
    return 0;
}

/* In a process of its own: what one leaves behind (page tables, most of all) slows the next. */
static int measure_apart(const char *name, double seconds)
{
    pid_t child = fork();
    int status = 1;

    if (!child)
        exit(measure(name, seconds));
    if (child < 0 || waitpid(child, &status, 0) != child || status)
        return 1;
    return 0;
}

static uint64_t sum_of_output(void)
{
    static unsigned char data[65536];
    int fd = open(OUTPUT_FILE, O_RDONLY);
    uint64_t sum = 0, total = 0;
    ssize_t n;

    while (fd >= 0 && (n = read(fd, data, sizeof(data))) > 0) {
        sum = sum * 31 + crc32_of(data, (uint64_t)n);
        total += (uint64_t)n;
    }
    if (fd >= 0)
        close(fd);
    unlink(OUTPUT_FILE);
    return total << 32 | (uint32_t)sum;
}

static int time_command(const char *name, char **command)
{
    int out = open(OUTPUT_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct moment begin;
    int status = 0;
    pid_t child;

    tell_begin(name);
    begin = moment();
    child = fork();
    if (!child) {
        dup2(out, 1);
        execvp(command[0], command);
        fprintf(stderr, "programs: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    close(out);
    if (child < 0 || waitpid(child, &status, 0) != child || status) {
        fprintf(stderr, "programs: %s failed\n", name);
        return 1;
    }
    tell_end(name, 1, begin, 0);
    printf("check %s %016" PRIx64 "\n", name, sum_of_output());
    return 0;
}

/* Words of a made-up language, frequent ones short and more frequent. */
static void text(uint64_t bytes)
{
    uint64_t state = 390, done = 0;

    while (done < bytes) {
        uint64_t rank = next_random(&state) % 4096 * (next_random(&state) % 4096) / 4096;
        uint64_t word = rank * 0x9e3779b97f4a7c15u + 1;
        uint64_t letters = 2 + rank % 7 + (rank > 512) * 2;

        for (uint64_t i = 0; i < letters; i++)
            putchar('a' + (int)(next_random(&word) % 26));
        putchar(next_random(&state) % 12 ? ' ' : '\n');
        done += letters + 1;
    }
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc == 2 && !strcmp(argv[1], "--exit"))
        return 0; /* what the exec benchmark runs */
    if (argc == 2 && !strcmp(argv[1], "--list")) {
        list();
        return 0;
    }
    if (argc == 3 && !strcmp(argv[1], "--text")) {
        text(strtoull(argv[2], NULL, 0));
        return 0;
    }
    if (argc > 4 && !strcmp(argv[1], "--time") && !strcmp(argv[3], "--"))
        return time_command(argv[2], argv + 4);
    if (argc < 4 || strcmp(argv[1], "--seconds")) {
        fputs("usage: programs --seconds S NAME... | --time NAME -- COMMAND... | --text BYTES | "
              "--list\n",
              stderr);
        return 2;
    }
    for (int i = 3; i < argc; i++)
        status |= measure_apart(argv[i], strtod(argv[2], NULL));
    return status;
}
