/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel does for a program: system calls, switches between processes, new processes,
 * page faults.  One unit: 100 calls; 10 round trips; one process; 1024 pages of 4 KiB; 16 MiB in
 * huge pages.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t run_getppid(uint64_t units)
{
    for (units *= 100; units; units--)
        syscall(SYS_getppid);
    return 0;
}

static uint64_t run_read_zero(uint64_t units)
{
    static char page[4096];
    int fd = open("/dev/zero", O_RDONLY);

    if (fd < 0)
        fail("/dev/zero");
    for (units *= 100; units; units--)
        if (read(fd, page, sizeof(page)) != sizeof(page))
            fail("read");
    close(fd);
    return 0;
}

static void pong(int in, int out)
{
    char c;

    while (read(in, &c, 1) == 1)
        if (write(out, &c, 1) != 1)
            break;
    _exit(0);
}

static uint64_t run_pingpong(uint64_t units)
{
    int there[2], back[2];
    char c = 'x';
    pid_t child;

    if (pipe(there) || pipe(back))
        fail("pipe");
    child = fork();
    if (!child) {
        close(there[1]);
        close(back[0]);
        pong(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    for (units *= 10; units; units--)
        if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
            fail("pipe");
    close(there[1]);
    close(back[0]);
    waitpid(child, NULL, 0);
    return (uint64_t)c;
}

static uint64_t run_fork(uint64_t units)
{
    while (units--) {
        pid_t child = fork();

        if (!child)
            _exit(0);
        if (child < 0 || waitpid(child, NULL, 0) != child)
            fail("fork");
    }
    return 0;
}

static uint64_t run_exec(uint64_t units)
{
    while (units--) {
        pid_t child = fork();

        if (!child) {
            execl("/proc/self/exe", "programs", "--exit", (char *)0);
            _exit(127);
        }
        if (child < 0 || waitpid(child, NULL, 0) != child)
            fail("fork");
    }
    return 0;
}

/* Touches each 4 KiB of fresh memory. */
static void touch(size_t size, int advice)
{
    size_t huge = 2ul << 20;
    char *p = mmap(NULL, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile char *q;

    if (p == MAP_FAILED)
        fail("mmap");
    q = (char *)(((uintptr_t)p + huge - 1) & ~(huge - 1));
    madvise((void *)q, size, advice);
    for (size_t i = 0; i < size; i += 4096)
        q[i] = 1;
    munmap(p, size + huge);
}

static uint64_t run_fault_4k(uint64_t units)
{
    while (units--)
        touch(1024 * 4096, MADV_NOHUGEPAGE);
    return 0;
}

static uint64_t run_fault_thp(uint64_t units)
{
    while (units--)
        touch(16ul << 20, MADV_HUGEPAGE);
    return 0;
}

const struct benchmark system_benchmarks[] = {
    {"getppid", run_getppid},     {"read_zero", run_read_zero},
    {"pingpong", run_pingpong},   {"fork", run_fork},
    {"fork_exec", run_exec},      {"fault_4k", run_fault_4k},
    {"fault_thp", run_fault_thp}, {0},
};
