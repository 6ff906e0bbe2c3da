/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --rng -m 256M
 * I25: channel I/O: finding and enabling a subchannel, sense-id by channel programs of both
 * formats, chaining, indirect addresses, program checks, interruptions, TPI, CHSC.  [PoP 13-17]
 */
#include "guest.h"
#include "io.h"

struct schib {
    u32 parm;
    u16 flags, devno;
    u8 lpm, pnom, lpum, pim;
    u16 mbi;
    u8 pom, pam, chpid[8];
    u32 more;
    u32 scsw[3];
    u32 model[3];
} __attribute__((packed, aligned(4)));

struct orb {
    u32 parm, flags, cpa, more[5];
};

#define FORMAT1 0x00800000U
#define ORB_IDAW64 0x00020000U
#define LPM 0xff00U
#define ENABLED 0x80

static u32 sch; /* subchannel-identification word */
static struct schib schib;
static struct orb orb;
static struct {
    u32 scsw[3], rest[21];
} irb __attribute__((aligned(8)));
static u64 ccws[16] __attribute__((aligned(8)));
static u8 sense[64] __attribute__((aligned(8)));
static u64 idaws[4];

IO(stsch, "stsch", schib)
IO(msch, "msch", schib)
IO(ssch, "ssch", orb)
IO(tsch, "tsch", irb)
static u32 tpi_code[3];
IO(tpi, "tpi", tpi_code)

#define IO0(name, text)                                                                            \
    static unsigned name(u32 id)                                                                   \
    {                                                                                              \
        register u64 r1 __asm__("1") = id;                                                         \
        u32 cc;                                                                                    \
        __asm__ volatile(text "\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : "d"(r1) : "cc", "memory");    \
        return cc;                                                                                 \
    }

IO0(csch, "csch")
IO0(hsch, "hsch")
IO0(xsch, "xsch")

static u64 ccw1(u8 cmd, u8 flags, u16 count, const void *data)
{
    return (u64)cmd << 56 | (u64)flags << 48 | (u64)count << 32 | (u32)(u64)data;
}

static u64 ccw0(u8 cmd, u8 flags, u16 count, const void *data)
{
    return (u64)cmd << 56 | ((u64)data & 0xffffff) << 32 | (u64)flags << 24 | count;
}

/* Starts, waits for the interruption, tests.  Device and subchannel status; 0x10000: did not start.
 */
static u32 run(u32 flags)
{
    unsigned cc;

    orb = (struct orb){0x12345678, flags | LPM, (u32)(u64)ccws, {0}};
    memset(sense, 0, sizeof(sense));
    cc = ssch(sch);
    if (cc)
        return 0x10000 | cc;
    lctlg(6, 0xff000000);
    if (take(PSW_64 | PSW_IO | PSW_WAIT) != 0x170)
        return 0x20000;
    memset(&irb, 0, sizeof(irb));
    cc = tsch(sch);
    return cc ? 0x30000 | cc : irb.scsw[2] >> 16;
}

static void find(void)
{
    sch = 0;
    for (u32 i = 0; i < 64 && !sch; i++) {
        if (stsch(0x10000 | i) == 3)
            break;
        if (schib.flags & 1)
            sch = 0x10000 | i;
    }
    check("I25 STSCH finds a subchannel", sch != 0);
    check_eq("I25 STSCH: none", stsch(0x1ffff), 3);
    check_eq("I25 SSCH: none", ssch(0x1ffff), 3);
    check_eq("I25 TSCH: none", tsch(0x1ffff), 3);
    check_eq("I25 SSCH of a disabled subchannel", ssch(sch), 3);
    stsch(sch);
    schib.flags |= ENABLED;
    schib.flags = (u16)((schib.flags & ~0x3800) | 3 << 11);
    schib.parm = 0xabcdef01;
    check_eq("I25 MSCH", msch(sch), 0);
    schib.flags = 0;
    check_eq("I25 STSCH after MSCH", stsch(sch), 0);
    check_eq("I25 MSCH enables", schib.flags & (ENABLED | 0x3801), ENABLED | 3 << 11 | 1);
    check_eq("I25 MSCH sets the parameter", schib.parm, 0xabcdef01);
    check_eq("I25 TSCH without status", tsch(sch), 1);
}

static void programs(void)
{
    ccws[0] = ccw1(0xe4, 0x20, 7, sense);
    check_eq("I25 sense-id, format 1", run(FORMAT1), 0x0c00);
    check_eq("I25 sense-id: reserved byte", sense[0], 0xff);
    check_eq("I25 sense-id: control unit", *(u16 *)(sense + 1), 0x3832);
    check_eq("I25 I/O interruption: subchannel", LC32(0xb8), sch);
    check_eq("I25 I/O interruption: parameter", LC32(0xbc), 0x12345678);
    check_eq("I25 I/O interruption: word", LC32(0xc0), 3U << 27);
    check_eq("I25 IRB: status pending, primary, secondary", irb.scsw[0] & 0x1f, 7);
    check_eq("I25 IRB: CCW address", irb.scsw[1], (u32)(u64)ccws + 8);
    check_eq("I25 TSCH again", tsch(sch), 1);
    ccws[0] = ccw0(0xe4, 0x20, 7, sense);
    check_eq("I25 sense-id, format 0", run(0), 0x0c00);
    check_eq("I25 sense-id, format 0: control unit", *(u16 *)(sense + 1), 0x3832);
    ccws[0] = ccw1(0x03, 0x60, 0, 0);
    ccws[1] = ccw1(0xe4, 0x20, 7, sense);
    check_eq("I25 command chaining", run(FORMAT1), 0x0c00);
    check_eq("I25 command chaining: control unit", *(u16 *)(sense + 1), 0x3832);
    check_eq("I25 command chaining: CCW address", irb.scsw[1], (u32)(u64)ccws + 16);
    ccws[0] = ccw1(0x08, 0, 0, &ccws[2]);
    ccws[2] = ccw1(0xe4, 0x20, 7, sense);
    check_eq("I25 transfer in channel first: program check", run(FORMAT1) & 0xff, 0x20);
    ccws[0] = ccw1(0x03, 0x60, 0, 0);
    ccws[1] = ccw1(0x08, 0, 0, &ccws[3]);
    ccws[3] = ccw1(0xe4, 0x20, 7, sense);
    check_eq("I25 transfer in channel", run(FORMAT1), 0x0c00);
    check_eq("I25 transfer in channel: control unit", *(u16 *)(sense + 1), 0x3832);
    idaws[0] = (u64)sense;
    ccws[0] = ccw1(0xe4, 0x24, 7, idaws);
    check_eq("I25 indirect address, 64 bits", run(FORMAT1 | ORB_IDAW64), 0x0c00);
    check_eq("I25 indirect address: control unit", *(u16 *)(sense + 1), 0x3832);
    *(u32 *)idaws = (u32)(u64)sense;
    check_eq("I25 indirect address, 31 bits", run(FORMAT1), 0x0c00);
    check_eq("I25 indirect address, 31 bits: control unit", *(u16 *)(sense + 1), 0x3832);
}

static void wrong(void)
{
    ccws[0] = ccw1(0xe4, 0x20, 7, (void *)0x7f000000);
    check_eq("I25 data outside of storage: program check", run(FORMAT1) & 0xff, 0x20);
    ccws[0] = ccw1(0xe4, 0, 2, sense);
    check_eq("I25 count too short: incorrect length", run(FORMAT1) & 0xff, 0x40);
    ccws[0] = ccw1(0x00, 0, 1, sense);
    check_eq("I25 command 00: program check", run(FORMAT1) & 0xff, 0x20);
    ccws[0] = ccw0(0xe4, 0x20, 0, sense);
    check_eq("I25 count 0 in format 0: program check", run(0) & 0xff, 0x20);
    ccws[0] = ccw1(0xfd, 0x20, 1, sense);
    check_eq("I25 unknown command: unit check", run(FORMAT1) >> 8 & 0x02, 0x02);
    ccws[0] = ccw1(0x04, 0x20, 32, sense);
    check_eq("I25 basic sense", run(FORMAT1), 0x0c00);
    check_eq("I25 basic sense: command reject", sense[0], 0x80);
    orb = (struct orb){0, FORMAT1 | LPM, (u32)(u64)ccws + 4, {0}};
    ssch(sch);
    lctlg(6, 0xff000000);
    check_eq("I25 unaligned channel program", take(PSW_64 | PSW_IO | PSW_WAIT), 0x170);
    tsch(sch);
    check_eq("I25 unaligned channel program: program check", irb.scsw[2] >> 16 & 0xff, 0x20);
}

static void start_bad(void *arg)
{
    (void)arg;
    orb.flags = 0xffffffff;
    ssch(sch);
}

static void no_one(void *arg)
{
    (void)arg;
    stsch(0x5);
}

/* Until the subchannel's function has ended: status pending.  STSCH does not clear it. */
static void until_status(void)
{
    do
        stsch(sch);
    while (!(schib.scsw[0] & 1));
}

static void pending(void)
{
    lctlg(6, 0);
    ccws[0] = ccw1(0xe4, 0x20, 7, sense);
    orb = (struct orb){0x777, FORMAT1 | LPM, (u32)(u64)ccws, {0}};
    check_eq("I25 TPI: nothing", tpi(0), 0);
    check_eq("I25 SSCH", ssch(sch), 0);
    until_status();
    check_eq("I25 I/O interruption, CR6 off", take(PSW_64 | PSW_IO), 0);
    check_eq("I25 TPI, CR6 off", tpi(0), 0);
    lctlg(6, 0xff000000 & ~(0x80000000UL >> 3));
    check_eq("I25 I/O interruption of another subclass", take(PSW_64 | PSW_IO), 0);
    lctlg(6, 0x80000000UL >> 3);
    check_eq("I25 I/O interruption, PSW mask off", take(PSW_64), 0);
    check_eq("I25 SSCH while status is pending", ssch(sch), 1);
    check_eq("I25 TPI", tpi(0), 1);
    check_eq("I25 TPI: subchannel", tpi_code[0], sch);
    check_eq("I25 TPI: parameter", tpi_code[1], 0x777);
    check_eq("I25 TPI takes the interruption", take(PSW_64 | PSW_IO), 0);
    check_eq("I25 TSCH after TPI", tsch(sch), 0);
    check_eq("I25 CSCH", csch(sch), 0);
    check_eq("I25 CSCH interrupts", take(PSW_64 | PSW_IO | PSW_WAIT), 0x170);
    check_eq("I25 TSCH after CSCH", tsch(sch), 0);
    check_eq("I25 TSCH after CSCH: clear function", irb.scsw[0] & 0x1000, 0x1000);
    check_eq("I25 HSCH", hsch(sch), 0);
    check_eq("I25 HSCH interrupts", take(PSW_64 | PSW_IO | PSW_WAIT), 0x170);
    check_eq("I25 TSCH after HSCH", tsch(sch), 0);
    check_eq("I25 XSCH without a start function", xsch(sch), 2);
    check_pgm("I25 SSCH: reserved bits of the ORB", start_bad, 0, 0x15 /* operand */);
    check_pgm("I25 subchannel id without the one", no_one, 0, 0x15 /* operand */);
}

static void chsc(void)
{
    static u8 block[4096] __attribute__((aligned(4096)));
    u32 cc;

    *(u16 *)block = 16;
    *(u16 *)(block + 2) = 0x10;
    __asm__ volatile(".insn rre,0xb25f0000,%1,%1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "d"(block)
                     : "cc", "memory");
    check_eq("I25 CHSC store characteristics", cc, 0);
    check_eq("I25 CHSC store characteristics: response", *(u16 *)(block + 18), 1);
    *(u16 *)block = 16;
    *(u16 *)(block + 2) = 0x7777;
    __asm__ volatile(".insn rre,0xb25f0000,%1,%1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "d"(block)
                     : "cc", "memory");
    check_eq("I25 CHSC unknown command: response", *(u16 *)(block + 18), 4);
}

int main(void)
{
    find();
    programs();
    wrong();
    pending();
    chsc();
    return failures();
}
