/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 5,standby=18,max=24,drawers=2,books=2,sockets=3,cores=2
 * I25, I27: the topology of CPUs: PERFORM TOPOLOGY FUNCTION, STORE SYSTEM INFORMATION 15.1.x, and
 * what configuring a CPU changes in both.
 */
#include "guest.h"

#define CPUS 5
#define MAX 24     /* the last one is reserved */
#define KNOWN (MAX - 1)

static u8 block[4096] __attribute__((aligned(4096)));
static u8 sccb[4096] __attribute__((aligned(4096)));
static u64 r1;
static u32 cc;

static void ptf(void *arg)
{
    register u64 r2 __asm__("2") = *(u64 *)arg;
    u32 out;

    __asm__ volatile(".insn rre,0xb9a20000,%1,0\n\tipm %0\n\tsrl %0,28"
                     : "=d"(out), "+d"(r2)
                     :
                     : "cc", "memory");
    cc = out;
    r1 = r2;
}

static unsigned perform(u64 fc)
{
    return probe(ptf, &fc) ? 99 : cc;
}

static void problem(void *arg)
{
    problem_state();
    ptf(arg);
}

/* ---- 15.1.x ---- */

static unsigned store(u64 fc_sel1, u64 sel2)
{
    register u64 r0 __asm__("0") = fc_sel1;
    register u64 gr1 __asm__("1") = sel2;
    u32 out;

    __asm__ volatile("stsi %2\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(out), "+d"(r0), "=Q"(block)
                     : "d"(gr1)
                     : "cc", "memory");
    return out;
}

static unsigned stsi(unsigned nesting)
{
    memset(block, 0xee, sizeof(block));
    return store(0xf0000001, nesting);
}

/* An entry at *at: container of this level and id; or CPUs. */
static bool container(unsigned *at, unsigned level, unsigned id)
{
    const u8 *e = block + *at;
    bool ok = e[0] == level && e[7] == id;

    *at += 8;
    return ok;
}

static bool cpus(unsigned *at, unsigned flags, u64 mask)
{
    const u8 *e = block + *at;
    bool ok = e[0] == 0 && e[4] == flags && *(u16 *)(e + 6) == 0 && *(u64 *)(e + 8) == mask;

    *at += 16;
    return ok;
}

static bool ends(unsigned at)
{
    return *(u16 *)(block + 2) == at;
}

#define BITS(first, n) ((~0UL << (64 - (n))) >> (first))

/* The first five CPUs are three sockets, one book, one drawer. */
static void lists(unsigned flags)
{
    unsigned at = 16;

    check_eq("I25 15.1.2", stsi(2), 0);
    check_eq("I25 15.1.2: magnitudes and nesting", *(u64 *)(block + 4), 0x000000000c020002);
    check_eq("I25 15.1.2: nesting", block[11], 2);
    check("I25 15.1.2: list", container(&at, 1, 0) && cpus(&at, flags, BITS(0, 2)) &&
                                  container(&at, 1, 1) && cpus(&at, flags, BITS(2, 2)) &&
                                  container(&at, 1, 2) && cpus(&at, flags, BITS(4, 1)) && ends(at));
    at = 16;
    check_eq("I25 15.1.3", stsi(3), 0);
    check_eq("I25 15.1.3: books, sockets, cores", *(u32 *)(block + 6), 0x00040302);
    check_eq("I25 15.1.3: nesting", block[11], 3);
    check("I25 15.1.3: list", container(&at, 2, 0) && container(&at, 1, 0) &&
                                  cpus(&at, flags, BITS(0, 2)) && container(&at, 1, 1) &&
                                  cpus(&at, flags, BITS(2, 2)) && container(&at, 1, 2) &&
                                  cpus(&at, flags, BITS(4, 1)) && ends(at));
    at = 16;
    check_eq("I25 15.1.4", stsi(4), 0);
    check_eq("I25 15.1.4: drawers, books, sockets, cores", *(u32 *)(block + 6), 0x02020302);
    check_eq("I25 15.1.4: nesting", block[11], 4);
    check("I25 15.1.4: list", container(&at, 3, 0) && container(&at, 2, 0) &&
                                  container(&at, 1, 0) && cpus(&at, flags, BITS(0, 2)) &&
                                  container(&at, 1, 1) && cpus(&at, flags, BITS(2, 2)) &&
                                  container(&at, 1, 2) && cpus(&at, flags, BITS(4, 1)) && ends(at));
    check_eq("I25 15.1.1 does not exist", stsi(1), 3);
    check_eq("I25 15.1.5: deeper than the machine", stsi(5), 3);
    check_eq("I25 15.1.6: deeper than the machine", stsi(6), 3);
    check_eq("I25 15.1.6: nothing stored", block[0], 0xee);
}

/* ---- PTF ---- */

static void polarization(void)
{
    u64 fc = 3, high = 0x100000002, check = 2;

    check_eq("I27 PTF 2: nothing to report", perform(2), 0);
    check_eq("I27 PTF 2: R1 unchanged", r1, 2);
    check_eq("I27 PTF 0: horizontal already", perform(0), 2);
    check_eq("I27 PTF 0: reason", r1, 0x100);
    check_eq("I27 PTF 2: a rejected request is no change", perform(2), 0);
    check_eq("I27 PTF 1: vertical", perform(1), 0);
    check_eq("I27 PTF 1: R1 unchanged", r1, 1);
    check_eq("I27 PTF 2: change to report", perform(2), 1);
    check_eq("I27 PTF 2: taken by the first", perform(2), 0);
    check_eq("I27 PTF 1: vertical already", perform(1), 2);
    check_eq("I27 PTF 1: reason", r1, 0x101);
    lists(2); /* vertical, medium entitlement */
    check_eq("I27 PTF 0: horizontal", perform(0), 0);
    check_eq("I27 PTF 2: change to report", perform(2), 1);
    check_pgm("I27 PTF 3", ptf, &fc, PGM_SPECIFICATION);
    check_pgm("I27 PTF, bits 0-31 not zero", ptf, &high, PGM_SPECIFICATION);
    check_pgm("I29 PTF 2 in problem state", problem, &check, PGM_PRIVILEGED_OP);
    fc = 1;
    check_pgm("I29 PTF 1 in problem state", problem, &fc, PGM_PRIVILEGED_OP);
    fc = 77;
    check_pgm("I29 PTF in problem state: before the function code", problem, &fc,
              PGM_PRIVILEGED_OP);
}

/* ---- standby CPUs ---- */

static unsigned servc(u32 command)
{
    struct psw open = {PSW_64 | PSW_EXT | PSW_WAIT, 0};

    memset(sccb, 0, sizeof(sccb));
    *(u16 *)sccb = sizeof(sccb);
    __asm__ volatile(".insn rre,0xb2200000,%0,%1\n\tipm %0\n\tsrl %0,28"
                     : "+d"(command)
                     : "d"(sccb)
                     : "cc", "memory");
    if (command)
        return 0x10000 | command;
    lctlg(0, 0x40200);
    take(open.mask);
    lctlg(0, 0x40000);
    return *(u16 *)(sccb + 6);
}

static unsigned configure(unsigned cpu)
{
    return servc(0x00110001 | cpu << 8);
}

static unsigned deconfigure(unsigned cpu)
{
    return servc(0x00100001 | cpu << 8);
}

/* Configured and standby CPUs as read CPU information tells them. */
static void information(unsigned configured)
{
    const u8 *first, *other;
    unsigned wrong = 0;
    u32 seen = 0;

    check_eq("I25 read CPU information", servc(0x00010001), 0x10);
    check_eq("I25 read CPU information: configured", *(u16 *)(sccb + 8), configured);
    check_eq("I25 read CPU information: standby", *(u16 *)(sccb + 12), KNOWN - configured);
    first = sccb + *(u16 *)(sccb + 10);
    other = sccb + *(u16 *)(sccb + 14);
    for (unsigned i = 0; i < configured; i++)
        seen |= 1U << first[16 * i];
    for (unsigned i = 0; i < KNOWN - configured; i++)
        wrong += seen >> other[16 * i] & 1;
    for (unsigned i = 0; i < KNOWN - configured; i++)
        seen |= 1U << other[16 * i];
    check_eq("I25 read CPU information: no CPU is both", wrong, 0);
    check_eq("I25 read CPU information: every CPU", seen, (1U << KNOWN) - 1);
}

static void counts(unsigned fc, unsigned offset, unsigned configured)
{
    check_eq("I25 STSI", store((u64)fc << 28 | 2, 2), 0);
    check_eq("I25 STSI: total CPUs", *(u16 *)(block + offset), MAX);
    check_eq("I25 STSI: configured CPUs", *(u16 *)(block + offset + 2), configured);
    check_eq("I25 STSI: standby CPUs", *(u16 *)(block + offset + 4), KNOWN - configured);
    check_eq("I25 STSI: reserved CPUs", *(u16 *)(block + offset + 6), MAX - KNOWN);
}

static volatile u32 ran;

static void run(void *arg)
{
    ran = (u32)(u64)arg;
}

static void spin(void *arg)
{
    ran = (u32)(u64)arg;
    while (ran)
        relax();
}

static void standby(void)
{
    unsigned at = 16;
    u32 status;

    information(CPUS);
    counts(1, 0x24, CPUS);
    counts(2, 0x24, CPUS);
    counts(3, 0x24, CPUS);
    check_eq("I25 read SCP information", servc(0x00020001), 0x10);
    check_eq("I25 read SCP information: configured CPUs", *(u16 *)(sccb + 16), CPUS);
    check_eq("I25 read SCP information: highest CPU address", *(u16 *)(sccb + 120), MAX - 1);
    check_eq("I25 read SCP information: nesting", sccb[15], 4);
    check_eq("I24 a standby CPU is not operational", sigp(SIGP_SENSE, 22, 0, &status), 3);
    check_eq("I24 a standby CPU is not started", sigp(SIGP_RESTART, 22, 0, &status), 3);
    perform(2);
    check_eq("I25 configure CPU", configure(22), 0x20);
    check_eq("I27 PTF 2: a configured CPU is a change", perform(2), 1);
    check_eq("I25 configure CPU: it is already", configure(22), 0x120);
    check_eq("I25 configure CPU: no such CPU", configure(24), 0x9f0);
    check_eq("I25 configure CPU: a reserved one", configure(23), 0x9f0);
    check("I24 the configured CPU is stopped", cpu_stopped(22));
    information(CPUS + 1);
    counts(3, 0x24, CPUS + 1);
    check_eq("I25 15.1.4 with the new CPU", stsi(4), 0);
    at += 3 * 16 + 5 * 8;
    check("I25 15.1.4: in the last socket of the last drawer",
          container(&at, 3, 1) && container(&at, 2, 1) && container(&at, 1, 2) &&
              cpus(&at, 0, BITS(22, 1)) && ends(at));
    cpu_start(22, run, (void *)22);
    cpu_join(22);
    check_eq("I24 the configured CPU runs", ran, 22);
    cpu_start(22, spin, (void *)24);
    while (ran != 24)
        relax();
    check_eq("I25 deconfigure CPU: it is running", deconfigure(22), 0x340);
    check_eq("I24 it runs on", sigp(SIGP_SENSE, 22, 0, &status), 0);
    ran = 0;
    cpu_join(22);
    perform(2);
    check_eq("I25 deconfigure CPU", deconfigure(22), 0x20);
    check_eq("I27 PTF 2: a deconfigured CPU is a change", perform(2), 1);
    check_eq("I25 deconfigure CPU: it is standby already", deconfigure(22), 0x120);
    check_eq("I24 the deconfigured CPU is not operational", sigp(SIGP_SENSE, 22, 0, &status), 3);
    information(CPUS);
    for (unsigned i = 0; i < 50; i++) {
        configure(21);
        cpu_start(21, run, (void *)(u64)(i + 100));
        cpu_join(21);
        check_eq("I24 configured again: runs", ran, i + 100);
        check_eq("I25 deconfigured again", deconfigure(21), 0x20);
    }
    check_eq("I25 deconfigure CPU: itself", deconfigure(0), 0x340);
}

int main(void)
{
    lists(0);
    polarization();
    lists(0);
    standby();
    return failures();
}
