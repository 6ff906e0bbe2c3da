/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 3 -m 256M
 * I25: SERVICE CALL: alignment and addresses, condition codes, completion, information, event
 * masks.
 */
#include "guest.h"

static u8 sccb[8192] __attribute__((aligned(4096)));
static u32 cc;

struct call {
    u64 command, addr;
};

static void servc(void *arg)
{
    struct call *c = arg;
    u32 out;

    __asm__ volatile(".insn rre,0xb2200000,%1,%2\n\tipm %0\n\tsrl %0,28"
                     : "=d"(out)
                     : "d"(c->command), "d"(c->addr)
                     : "cc", "memory");
    cc = out;
}

static void problem(void *arg)
{
    problem_state();
    servc(arg);
}

static int fault(u64 command, u64 addr)
{
    struct call c = {command, addr};

    return probe(servc, &c);
}

static void header(unsigned len)
{
    memset(sccb, 0, sizeof(sccb));
    *(u16 *)sccb = (u16)len;
}

/* Runs a command to its service signal; the response code. */
static unsigned command(u32 cmd)
{
    LC_EXT_PARM = 0;
    if (fault(cmd, (u64)sccb) || cc)
        return 0x10000 | cc;
    lctlg(0, 0x40200);
    if (take(PSW_64 | PSW_EXT | PSW_WAIT) != 0x130 || LC_EXT_CODE != 0x2401)
        return 0x20000;
    lctlg(0, 0x40000);
    if ((LC_EXT_PARM & ~3U) != (u32)(u64)sccb)
        return 0x30000;
    return *(u16 *)(sccb + 6);
}

static void checks(void)
{
    struct call c = {0x00020001, (u64)sccb};

    header(4096);
    check_eq("I25 unaligned SCCB", (u64)fault(0x00020001, (u64)sccb + 4), PGM_SPECIFICATION);
    check_eq("I25 SCCB at 0", (u64)fault(0x00020001, 0), PGM_SPECIFICATION);
    check_eq("I25 SCCB at 1000", (u64)fault(0x00020001, 0x1000), PGM_SPECIFICATION);
    check_eq("I25 SCCB at 1FF8", (u64)fault(0x00020001, 0x1ff8), PGM_SPECIFICATION);
    check_eq("I25 SCCB above 2 GiB", (u64)fault(0x00020001, 0x80000000), PGM_SPECIFICATION);
    check_eq("I25 SCCB outside of storage", (u64)fault(0x00020001, 0x7ffff000), PGM_ADDRESSING);
    check_pgm("I29 SERVC in problem state", problem, &c, PGM_PRIVILEGED_OP);
}

static void information(void)
{
    u64 size;

    header(4096);
    check_eq("I25 read SCP information", command(0x00020001), 0x10);
    size = *(u16 *)(sccb + 8);
    size = (size ? size : *(u64 *)(sccb + 104)) * (sccb[10] ? sccb[10] : *(u32 *)(sccb + 100));
    check_eq("I25 read SCP information: MiB of storage", size, 256);
    check_eq("I25 read SCP information: CPUs", *(u16 *)(sccb + 16), 3);
    check("I25 read SCP information: DIAG 318", *(u16 *)(sccb + 18) == 144 && sccb[134] == 0x80);
    header(4096);
    check_eq("I25 read SCP information, forced", command(0x00120001), 0x10);
    header(4096);
    check_eq("I25 command: bits 16-23 are ignored", command(0x00020101), 0x10);
    header(4096);
    check_eq("I25 read CPU information", command(0x00010001), 0x10);
    check_eq("I25 read CPU information: configured", *(u16 *)(sccb + 8), 3);
    header(4096);
    check_eq("I25 unknown command", command(0x00ff0001), 0x1f0);
    header(64);
    check_eq("I25 block too short", command(0x00020001), 0x300);
    *(u16 *)sccb = 4;
    check_eq("I25 block without a whole header", command(0x00020001), 0x100);
    header(4096);
    {
        struct call c = {0x00020001, (u64)sccb + 8};

        *(u16 *)(sccb + 8) = 4096;
        probe(servc, &c);
        check_eq("I25 block over a page", *(u16 *)(sccb + 14), 0x100);
        lctlg(0, 0x40200);
        take(PSW_64 | PSW_EXT);
        lctlg(0, 0x40000);
    }
}

static void completion(void)
{
    header(4096);
    fault(0x00020001, (u64)sccb);
    check_eq("I25 started", cc, 0);
    {
        struct call c = {0x00020001, (u64)sccb + 4096};

        *(u16 *)(sccb + 4096) = 2048;
        probe(servc, &c);
    }
    check_eq("I25 busy while the service signal is pending", cc, 2);
    lctlg(0, 0x40000);
    check_eq("I25 service signal, submask off", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, 0x40200);
    check_eq("I25 service signal, PSW mask off", take(PSW_64), 0);
    check_eq("I25 service signal", take(PSW_64 | PSW_EXT), 0x130);
    check_eq("I25 service signal: code", LC_EXT_CODE, 0x2401);
    check_eq("I25 service signal: parameter", LC_EXT_PARM & ~7U, (u32)(u64)sccb);
    check_eq("I25 one service signal", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, 0x40000);
}

static void events(void)
{
    header(4096);
    *(u16 *)(sccb + 10) = 4;
    *(u32 *)(sccb + 12) = 0xffffffff; /* control program receives */
    *(u32 *)(sccb + 16) = 0xffffffff; /* sends */
    check_eq("I25 write event mask", command(0x00780005), 0x20);
    check("I25 write event mask: SCLP masks", *(u32 *)(sccb + 20) != 0 && *(u32 *)(sccb + 24) != 0);
    header(4096);
    *(u16 *)(sccb + 10) = 8;
    check_eq("I25 write event mask: masks of 8 bytes", command(0x00780005), 0x74f0);
    header(4096);
    check_eq("I25 write event mask: masks of 0 bytes", command(0x00780005), 0x74f0);
    header(4096);
    check_eq("I25 read event data: none", command(0x00770005), 0x60f0);
    header(4096);
    sccb[2] = 0x33;
    check_eq("I25 read event data: function code", command(0x00770005), 0x40f0);
    header(4096);
    sccb[2] = 1; /* selective */
    *(u16 *)(sccb + 12) = 4;
    check_eq("I25 read event data: selection of nothing", command(0x00770005), 0x70f0);
    header(16);
    *(u16 *)(sccb + 8) = 100;
    sccb[10] = 0x1a;
    check_eq("I25 write event data: lengths", command(0x00760005), 0x72f0);
}

int main(void)
{
    checks();
    information();
    completion();
    events();
    return failures();
}
