/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs under Linux on s390x: guarded storage by its system call.  Processes that share CPUs, each
 * with a guarded section of its own, must get their events and keep their registers.  Prints one
 * line; exit status 0 if all is well.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYS_GUARDED_STORAGE 378
#define GS_ENABLE 0
#define GS_DISABLE 1
#define CHILDREN 6
#define ROUNDS 3000
#define SECTION (1UL << 19) /* of an area of 32 MiB */

struct gscb {
    unsigned long reserved, gsd, gssm, gsepla;
};

static struct {
    unsigned char reserved, eam, eci, eai;
    unsigned reserved4;
    unsigned long eha, eia, eoa, eir, era;
} epl __attribute__((aligned(64)));

static void lgsc(const struct gscb *cb)
{
    __asm__ volatile(".insn rxy,0xe3000000004d,0,%0" : : "Q"(*cb) : "memory");
}

static void stgsc(struct gscb *cb)
{
    __asm__ volatile(".insn rxy,0xe30000000049,0,%0" : "=Q"(*cb) : : "memory");
}

/* 1: the event came, else *v is what was loaded. */
static long lgg(unsigned long *from, unsigned long *v)
{
    long hit;
    unsigned long got = 0;

    __asm__ volatile("larl %0,2f\n\tstg %0,%3\n\tlghi %0,0\n"
                     "1:\t.insn rxy,0xe3000000004c,%1,%2\n\tj 3f\n2:\tlghi %0,1\n3:"
                     : "=&d"(hit), "+&d"(got)
                     : "Q"(*from), "Q"(epl.eha)
                     : "memory", "cc");
    *v = got;
    return hit;
}

static int same(const struct gscb *a)
{
    struct gscb b;

    stgsc(&b);
    return a->gsd == b.gsd && a->gssm == b.gssm && a->gsepla == b.gsepla;
}

static int child(unsigned long n)
{
    unsigned long area = (n + 1) << 30, v;
    struct gscb cb = {0, area | 25, 1UL << (63 - n), (unsigned long)&epl};

    if (syscall(SYS_GUARDED_STORAGE, GS_ENABLE, 0))
        return 2;
    lgsc(&cb);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned long in = area + n * SECTION + (unsigned long)i * 8, out = in + SECTION;

        if (!lgg(&in, &v) || epl.eir != in || epl.eoa != (unsigned long)&in)
            return 3;
        if (lgg(&out, &v) || v != out)
            return 4;
        if (i % 8 == 0)
            sched_yield();
        if (!same(&cb))
            return 5;
    }
    return syscall(SYS_GUARDED_STORAGE, GS_DISABLE, 0) ? 6 : 0;
}

static int not_enabled(void)
{
    struct gscb cb;

    stgsc(&cb); /* a special operation: SIGILL */
    return 0;
}

/* Exit status of the child, 128 + its signal. */
static int wait_for(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) != pid)
        return 1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
    pid_t pid[CHILDREN];
    int bad = 0, s;

    for (unsigned i = 0; i < CHILDREN; i++) {
        pid[i] = fork();
        if (!pid[i])
            _exit(child(i));
    }
    for (unsigned i = 0; i < CHILDREN; i++) {
        s = wait_for(pid[i]);
        bad |= s;
        if (s)
            printf("child %u: %d\n", i, s);
    }
    pid[0] = fork();
    if (!pid[0])
        _exit(not_enabled());
    s = wait_for(pid[0]);
    printf("%s, not enabled: %d\n", bad ? "failed" : "passed", s);
    return bad || s != 128 + SIGILL;
}
