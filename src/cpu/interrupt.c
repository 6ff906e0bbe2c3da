/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions as the CPU performs them.  See interrupt.h.
 */
#include "cpu/interrupt.h"

#include <string.h>

#include "cpu/code.h"
#include "cpu/exec.h"
#include "cpu/program.h"

#define LC(field) ((unsigned)offsetof(struct lowcore, field))

u8 *cpu_lowcore(struct cpu *c, unsigned offset)
{
    unsigned page = offset >> FRAME_SHIFT;
    struct view_page vp;
    enum view_result r;

    if (likely(c->lowcore[page] != NULL))
        return c->lowcore[page] + (offset & FRAME_MASK);
    r = view_page(c->view, c->prefix + page * FRAME_SIZE, true, &vp);
    if (r != VIEW_PRESENT) {
        c->host_fault =
            (struct host_fault){.abs = c->prefix + page * FRAME_SIZE, .write = true, .what = r};
        c->stop = CPU_STOP_HOST_FAULT;
        return NULL;
    }
    atomic_fetch_or_explicit(vp.key, KEY_R | KEY_C, memory_order_relaxed);
    atomic_fetch_or(&vp.frame->holders, 1ULL << (c->number & 63));
    c->lowcore[page] = vp.host;
    return vp.host + (offset & FRAME_MASK);
}

void cpu_lowcore_wrote(struct cpu *c, unsigned offset, unsigned len)
{
    struct frame *f = mem_frame(c->mem, (u64)(c->lowcore[offset >> FRAME_SHIFT] - c->mem->base));
    u64 g = code_granules(offset, len);

    if (unlikely(atomic_load_explicit(&f->code, memory_order_seq_cst) & g))
        code_wrote(c->mem, c, f, g);
}

/* A request may be a shootdown of the prefix area: then its place is not known any more.  The place
 * is that of the CPU's own storage: cpu_lowcore() asks the view. */
NO_TSAN bool cpu_lowcore_copy(struct cpu *c, unsigned offset, void *bytes, unsigned len, bool store)
{
    u64 abs;
    u8 *lc;
    u8 key;

    if (atomic_load_explicit(&c->request, memory_order_relaxed))
        return false;
    lc = cpu_lowcore(c, offset & ~(unsigned)FRAME_MASK);
    if (!lc)
        return false;
    abs = (u64)(lc - c->mem->base);
    key = atomic_load_explicit(&c->mem->keys[abs >> FRAME_SHIFT], memory_order_relaxed);
    if ((key & (KEY_R | KEY_C)) != (KEY_R | KEY_C) ||
        (store && atomic_load(&mem_frame(c->mem, abs)->code) & code_granules(offset, len)))
        return false;
    lc += offset & FRAME_MASK;
    if (store)
        memcpy(lc, bytes, len);
    else
        memcpy(bytes, lc, len);
    return true;
}

/* Old PSW to `old`, new PSW from `new`.  The first page of the prefix area is there. */
static enum interruption swap_psw(struct cpu *c, u8 *lc, unsigned old, unsigned new)
{
    host_st64(lc + old, cpu_psw_mask(c));
    host_st64(lc + old + 8, c->psw_addr);
    cpu_lowcore_wrote(c, old, 16);
    if (cpu_set_psw(c, host_ld64(lc + new), host_ld64(lc + new + 8)))
        return INTERRUPTION_DONE;
    cpu_fault(c, PGM_SPECIFICATION);
    c->fault.ilc = 0;
    return INTERRUPTION_BAD_PSW;
}

bool cpu_new_psw_invalid(struct cpu *c, unsigned offset)
{
    u8 *lc = cpu_lowcore(c, 0);
    u64 mask, addr;

    if (!lc)
        return false;
    mask = host_ld64(lc + offset);
    addr = host_ld64(lc + offset + 8);
    return addr & 1 || !cpu_psw_acceptable(c, mask, addr);
}

static ALWAYS_INLINE bool put(void *lc, unsigned offset, u64 value, unsigned len)
{
    u8 *to = (u8 *)lc + offset;

    switch (len) {
    case 1:
        host_st8(to, (u8)value);
        break;
    case 2:
        host_st16(to, (u16)value);
        break;
    case 4:
        host_st32(to, (u32)value);
        break;
    default:
        host_st64(to, value);
        break;
    }
    return true;
}

enum interruption cpu_present_program(struct cpu *c)
{
    u8 *lc = cpu_lowcore(c, 0);
    struct fault f = c->fault;

    if (!lc)
        return INTERRUPTION_HOST_FAULT;
    (void)program_store(&f, put, lc);
    host_st64(lc + LC(bea), c->bear);
    cpu_lowcore_wrote(c, LC(pgm_ilc), LC(bea) + 8 - LC(pgm_ilc));
    return swap_psw(c, lc, LC(pgm_old_psw), LC(pgm_new_psw));
}

enum interruption cpu_present_external(struct cpu *c, u16 code, u16 cpu_addr, u32 parameter)
{
    u8 *lc = cpu_lowcore(c, 0);

    if (!lc)
        return INTERRUPTION_HOST_FAULT;
    host_st16(lc + LC(ext_int_code), code);
    host_st16(lc + LC(ext_cpu_addr), cpu_addr);
    host_st32(lc + LC(ext_params), parameter);
    cpu_lowcore_wrote(c, LC(ext_params), 8);
    return swap_psw(c, lc, LC(ext_old_psw), LC(ext_new_psw));
}

enum interruption cpu_present_io(struct cpu *c, u32 ssid, u32 parm, u32 word)
{
    u8 *lc = cpu_lowcore(c, 0);

    if (!lc)
        return INTERRUPTION_HOST_FAULT;
    host_st32(lc + LC(ssid), ssid);
    host_st32(lc + LC(io_int_parm), parm);
    host_st32(lc + LC(io_int_word), word);
    cpu_lowcore_wrote(c, LC(ssid), 12);
    return swap_psw(c, lc, LC(io_old_psw), LC(io_new_psw));
}

enum interruption cpu_present_svc(struct cpu *c, u8 ilc, u8 number)
{
    u8 *lc = cpu_lowcore(c, 0);

    if (!lc)
        return INTERRUPTION_HOST_FAULT;
    host_st16(lc + LC(svc_ilc), ilc);
    host_st16(lc + LC(svc_code), number);
    cpu_lowcore_wrote(c, LC(svc_ilc), 4);
    return swap_psw(c, lc, LC(svc_old_psw), LC(svc_new_psw));
}

static bool svc_intercepted(const struct cpu *c, u8 n)
{
    u32 svcc = be32_get(c->sd->svcc);

    return svcc & SD_SVCC_ALL || (svcc & SD_SVCC_1 && (u8)(svcc >> 16) == n) ||
           (svcc & SD_SVCC_2 && (u8)(svcc >> 8) == n) || (svcc & SD_SVCC_3 && (u8)svcc == n);
}

const struct dinsn *cpu_svc(struct cpu *c, const struct dinsn *d, u8 n)
{
    u8 ilc = cpu_ilc(c, d);

    if (unlikely(c->sd->svcc.raw) && svc_intercepted(c, n))
        return cpu_leave_intercept(c, d);
    c->psw_addr = cpu_ia_next(c, d);
    switch (cpu_present_svc(c, ilc, n)) {
    case INTERRUPTION_DONE:
        break;
    case INTERRUPTION_BAD_PSW:
        return cpu_leave_early(c, 0);
    case INTERRUPTION_HOST_FAULT:
        return cpu_leave_fault(c, d);
    }
    return cpu_resume_psw(c);
}
