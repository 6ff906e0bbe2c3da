/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest without CPUs, for unit tests.  See fake_guest.h.
 */
#include "channel/fake_guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/virtio_ccw.h"
#include "channel/virtio_ccw.h"

#define SCRATCH 0x3e0000UL /* operands of instructions and commands */
#define INDICATORS 0x3f0000UL

static struct fake_guest *guest_of(struct vm *vm)
{
    return container_of(vm, struct fake_guest, vm);
}

static struct fake_guest *guest_of_cpu(struct vcpu *v)
{
    return container_of(v, struct fake_guest, cpu);
}

/* ---- storage ---- */

static bool key_allows(struct mem *m, u64 addr, u64 len, u8 key, bool store)
{
    for (u64 f = addr >> FRAME_SHIFT; key && f <= (addr + len - 1) >> FRAME_SHIFT; f++)
        if ((m->keys[f] & KEY_ACC) != key && (store || m->keys[f] & KEY_FP))
            return false;
    return true;
}

enum mem_result mem_read_key(struct mem *m, absolute from, void *to, u64 len, u8 key)
{
    if (!len)
        return MEM_OK;
    if (!mem_has(m, from.v, len))
        return MEM_OUTSIDE;
    if (!key_allows(m, from.v, len, key, false))
        return MEM_KEY;
    memcpy(to, m->base + from.v, len);
    return MEM_OK;
}

enum mem_result mem_write_key(struct mem *m, absolute to, const void *from, u64 len, u8 key)
{
    if (!len)
        return MEM_OK;
    if (!mem_has(m, to.v, len))
        return MEM_OUTSIDE;
    if (!key_allows(m, to.v, len, key, true))
        return MEM_KEY;
    memcpy(m->base + to.v, from, len);
    mem_wrote(m, to, len);
    return MEM_OK;
}

enum mem_result mem_read(struct mem *m, absolute from, void *to, u64 len)
{
    return mem_read_key(m, from, to, len, 0);
}

enum mem_result mem_write(struct mem *m, absolute to, const void *from, u64 len)
{
    return mem_write_key(m, to, from, len, 0);
}

u8 *mem_span(struct mem *m, absolute abs, u64 len)
{
    return len && mem_has(m, abs.v, len) ? m->base + abs.v : NULL;
}

void mem_wrote(struct mem *m, absolute abs, u64 len)
{
    ASSERT(mem_has(m, abs.v, len));
}

/* ---- the hypervisor ---- */

int hv_inject_io(struct vm *vm, const struct io_interrupt *io)
{
    struct fake_guest *g = guest_of(vm);

    pthread_mutex_lock(&g->lock);
    g->io = *io;
    g->io_injected++;
    g->io_pending++;
    pthread_mutex_unlock(&g->lock);
    return 0;
}

int hv_inject_adapter(struct vm *vm, unsigned isc)
{
    guest_of(vm)->adapters++;
    guest_of(vm)->isc = isc;
    return 0;
}

int hv_inject_crw(struct vm *vm)
{
    guest_of(vm)->crws++;
    return 0;
}

bool hv_dequeue_io_sch(struct vm *vm, u16 id, u16 nr, struct io_interrupt *out)
{
    struct fake_guest *g = guest_of(vm);

    bool found;

    pthread_mutex_lock(&g->lock);
    found = g->io_pending && g->io.subchannel_id == id && g->io.subchannel_nr == nr;
    if (found) {
        *out = g->io;
        g->io_pending--;
    }
    pthread_mutex_unlock(&g->lock);
    return found;
}

u64 hv_addr_s(const struct vcpu *v, u32 ipb, u8 *ar)
{
    (void)v;
    *ar = 0;
    return ipb;
}

void hv_inject_program(struct vcpu *v, u16 code)
{
    guest_of_cpu(v)->program = code;
    guest_of_cpu(v)->programs++;
}

static enum gaccess access(struct vcpu *v, enum mem_result r)
{
    if (r == MEM_OK && !guest_of_cpu(v)->access_fails)
        return GACCESS_OK;
    hv_inject_program(v, 5);
    return GACCESS_INJECTED;
}

enum gaccess hv_read_guest(struct vcpu *v, u64 addr, u8 ar, void *to, u64 len)
{
    (void)ar;
    return access(v, mem_read(&guest_of_cpu(v)->vm.mem, abs_addr(addr), to, len));
}

enum gaccess hv_write_guest(struct vcpu *v, u64 addr, u8 ar, const void *from, u64 len)
{
    (void)ar;
    if (guest_of_cpu(v)->access_fails || guest_of_cpu(v)->store_fails)
        return access(v, MEM_OUTSIDE);
    return access(v, mem_write(&guest_of_cpu(v)->vm.mem, abs_addr(addr), from, len));
}

/* ---- life ---- */

void fake_create(struct fake_guest *g)
{
    memset(g, 0, sizeof(*g));
    g->vm.mem.base = calloc(1, FAKE_STORAGE);
    g->vm.mem.size = FAKE_STORAGE;
    g->vm.mem.keys = calloc(1, FAKE_STORAGE >> FRAME_SHIFT);
    g->cpu.vm = &g->vm;
    g->cpu.sd = &g->sd;
    hv_set_psw(&g->cpu, PSW_MASK_EA | PSW_MASK_BA, 0);
    pthread_mutex_init(&g->lock, NULL);
    ASSERT(g->vm.mem.base && g->vm.mem.keys);
    ASSERT(!loop_create(&g->loop));
    ASSERT(!css_create(&g->vm, g->loop, &g->css));
}

void fake_destroy(struct fake_guest *g)
{
    if (g->css)
        css_destroy(g->css);
    loop_destroy(g->loop);
    free(g->vm.mem.base);
    free((void *)g->vm.mem.keys);
}

void fake_settle(struct fake_guest *g)
{
    for (unsigned i = 0; i < 8; i++)
        ASSERT(!loop_round(g->loop, 0));
}

u8 *fake_at(struct fake_guest *g, u64 addr)
{
    return g->vm.mem.base + addr;
}

/* ---- channel I/O ---- */

int fake_insn_only(struct fake_guest *g, u16 ipa, u32 schid, u64 addr)
{
    struct hv_exit x = {.reason = ipa == INSN_TSCH ? EXIT_TSCH : EXIT_INTERCEPT};
    unsigned programs = g->programs;

    g->cpu.cpu.gr[1] = schid;
    if (ipa == INSN_TSCH)
        x.dequeued = hv_dequeue_io_sch(&g->vm, (u16)(schid >> 16), (u16)schid, &x.io);
    ASSERT(css_handle(g->css, &g->cpu, ipa, (u32)addr, &x));
    return g->programs != programs ? -1 : (int)psw_cc(hv_psw_mask(&g->cpu));
}

int fake_insn(struct fake_guest *g, u16 ipa, u32 schid, u64 addr)
{
    int cc = fake_insn_only(g, ipa, schid, addr);

    fake_settle(g);
    return cc;
}

void fake_ccw1(struct fake_guest *g, u64 at, u8 cmd, u8 flags, u16 count, u32 addr)
{
    struct ccw1 c = {cmd, flags, be16_of(count), be32_of(addr)};

    memcpy(fake_at(g, at), &c, sizeof(c));
}

void fake_enable(struct fake_guest *g, unsigned nr)
{
    struct schib s;

    (void)fake_insn(g, INSN_TSCH, FAKE_SCHID(nr), SCRATCH); /* status that nobody took */
    ASSERT(fake_insn(g, INSN_STSCH, FAKE_SCHID(nr), SCRATCH) == 0);
    memcpy(&s, fake_at(g, SCRATCH), sizeof(s));
    s.pmcw.flags = be16_of(be16_get(s.pmcw.flags) | PMCW_E | 3 << PMCW_ISC_SHIFT);
    s.pmcw.chars = be32_of(PMCW_CHARS_CSENSE);
    s.pmcw.intparm = be32_of(0x1234);
    memcpy(fake_at(g, SCRATCH), &s, sizeof(s));
    ASSERT(fake_insn(g, INSN_MSCH, FAKE_SCHID(nr), SCRATCH) == 0);
}

struct irb fake_start(struct fake_guest *g, unsigned nr, u32 cpa, u16 orb_flags)
{
    struct orb orb = {
        .intparm = be32_of(0x5678),
        .ctrl0 = be16_of(orb_flags),
        .lpm = 0x80,
        .cpa = be32_of(cpa),
    };
    struct irb irb = {0};

    memcpy(fake_at(g, SCRATCH + 0x100), &orb, sizeof(orb));
    ASSERT(fake_insn(g, INSN_SSCH, FAKE_SCHID(nr), SCRATCH + 0x100) == 0);
    ASSERT(fake_insn(g, INSN_TSCH, FAKE_SCHID(nr), SCRATCH + 0x200) == 0);
    memcpy(&irb, fake_at(g, SCRATCH + 0x200), IRB_LEN);
    return irb;
}

unsigned fake_command(struct fake_guest *g, unsigned nr, u8 cmd, u32 addr, u16 count)
{
    struct irb irb;

    fake_ccw1(g, SCRATCH + 0x300, cmd, 0, count, addr);
    irb = fake_start(g, nr, SCRATCH + 0x300, ORB0_F);
    return (unsigned)irb.scsw.dstat << 8 | irb.scsw.cstat;
}

/* ---- virtqueues ---- */

void fake_queue_init(struct fake_queue *q, struct fake_guest *g, u64 at, u16 num)
{
    *q = (struct fake_queue){.g = g, .num = num, .desc = at};
    q->avail = at + 16ULL * num;
    q->used = round_up64(q->avail + VRING_AVAIL_SIZE(num), 4096);
    memset(fake_at(g, at), 0, 0x4000);
}

void fake_desc(struct fake_queue *q, u16 i, u64 addr, u32 len, u16 flags, u16 next)
{
    struct vring_desc d = {addr, len, flags, next};

    memcpy(fake_at(q->g, q->desc + 16ULL * i), &d, sizeof(d));
}

static void put16(struct fake_queue *q, u64 addr, u16 v)
{
    memcpy(fake_at(q->g, addr), &v, sizeof(v));
}

static u16 get16(const struct fake_queue *q, u64 addr)
{
    u16 v;

    memcpy(&v, fake_at(q->g, addr), sizeof(v));
    return v;
}

void fake_offer(struct fake_queue *q, u16 head)
{
    put16(q, q->avail + 4 + 2ULL * (q->avail_idx % q->num), head);
    put16(q, q->avail + 2, ++q->avail_idx);
}

bool fake_used(struct fake_queue *q, u32 *id, u32 *len)
{
    struct vring_used_elem e;

    if (get16(q, q->used + 2) == q->seen_used)
        return false;
    memcpy(&e, fake_at(q->g, q->used + 4 + 8ULL * (q->seen_used % q->num)), sizeof(e));
    q->seen_used++;
    *id = e.id;
    *len = e.len;
    return true;
}

void fake_used_event(struct fake_queue *q, u16 idx)
{
    put16(q, q->avail + 4 + 2ULL * q->num, idx);
}

u16 fake_avail_event(const struct fake_queue *q)
{
    return get16(q, q->used + 4 + 8ULL * q->num);
}

static void must(struct fake_guest *g, unsigned nr, u8 cmd, const void *data, u16 len)
{
    memcpy(fake_at(g, SCRATCH + 0x400), data, len);
    ASSERT(fake_command(g, nr, cmd, SCRATCH + 0x400, len) == 0x0c00);
}

static void set_status(struct fake_guest *g, unsigned nr, u8 status)
{
    must(g, nr, VIRTIO_CCW_WRITE_STATUS, &status, 1);
}

static void accept_features(struct fake_guest *g, unsigned nr, u64 off)
{
    for (u8 i = 0; i < 2; i++) {
        struct virtio_ccw_feat f = {.index = i};
        u32 word;

        must(g, nr, VIRTIO_CCW_READ_FEAT, &f, sizeof(f));
        memcpy(&f, fake_at(g, SCRATCH + 0x400), sizeof(f));
        memcpy(&word, f.features, sizeof(word));
        word &= (u32)(~off >> 32 * i);
        memcpy(f.features, &word, sizeof(word));
        must(g, nr, VIRTIO_CCW_WRITE_FEAT, &f, sizeof(f));
    }
}

void fake_drive(struct fake_guest *g, unsigned nr, u64 features_off, struct fake_queue *q,
                unsigned n, u16 num, u64 queues)
{
    struct virtio_ccw_rev rev = {be16_of(2), be16_of(0)};
    be64 indicators = be64_of(INDICATORS + nr * 16);
    be64 config_indicators = be64_of(INDICATORS + nr * 16 + 8);

    fake_enable(g, nr);
    must(g, nr, VIRTIO_CCW_SET_VIRTIO_REV, &rev, sizeof(rev));
    must(g, nr, VIRTIO_CCW_VDEV_RESET, &rev, 0);
    set_status(g, nr, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
    accept_features(g, nr, features_off);
    set_status(g, nr, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
    for (unsigned i = 0; i < n; i++) {
        struct virtio_ccw_vq v = {.index = be16_of((u16)i), .num = be16_of(num)};

        fake_queue_init(&q[i], g, queues + i * 0x4000UL, num);
        v.desc = be64_of(q[i].desc);
        v.avail = be64_of(q[i].avail);
        v.used = be64_of(q[i].used);
        must(g, nr, VIRTIO_CCW_SET_VQ, &v, sizeof(v));
    }
    must(g, nr, VIRTIO_CCW_SET_IND, &indicators, sizeof(indicators));
    must(g, nr, VIRTIO_CCW_SET_CONF_IND, &config_indicators, sizeof(config_indicators));
    set_status(g, nr,
               VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK |
                   VIRTIO_STATUS_DRIVER_OK);
}

void fake_kick(struct fake_guest *g, unsigned nr, unsigned q)
{
    ASSERT(virtio_ccw_notify(g->css, FAKE_SCHID(nr), q, 0) >= 0);
    fake_settle(g);
}
