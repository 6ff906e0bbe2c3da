/* SPDX-License-Identifier: Apache-2.0
 *
 * A CPU's registers by number, operands of the instruction that it left for, and storage as it
 * sees it.  Between entries PSW, control registers, prefix and timers are in the state description,
 * the others in struct cpu; nothing outside this file needs to know.
 */
#include <errno.h>

#include "api/api.h"
#include "arch/diag.h"
#include "arch/lowcore.h"
#include "arch/program.h"
#include "cpu/ops_bfp.h"

/* ---- one register ---- */

static bool is_guarded(unsigned reg)
{
    return reg >= SIE390_REG_GUARDED_DESIGNATION && reg <= SIE390_REG_GUARDED_LIST;
}

static u64 guarded(const struct vcpu *v, unsigned reg)
{
    const struct guarded_storage *gs = &v->cpu.gs;

    if (reg == SIE390_REG_GUARDED_DESIGNATION)
        return gs->gsd;
    return reg == SIE390_REG_GUARDED_MASK ? gs->gssm : gs->gsepla;
}

/* They count at once, as if the guest had loaded them. */
static void set_guarded(struct vcpu *v, unsigned reg, u64 x)
{
    struct guarded_storage *gs = &v->cpu.gs;

    if (reg == SIE390_REG_GUARDED_DESIGNATION)
        gs->gsd = x;
    else if (reg == SIE390_REG_GUARDED_MASK)
        gs->gssm = x;
    else
        gs->gsepla = x;
    if (x)
        hv_enable_guarded_storage(v);
}

/* What the guest agreed upon with the hypervisor, in no state description. */
static bool is_agreed(unsigned reg)
{
    return reg >= SIE390_REG_PFAULT_TOKEN && reg <= SIE390_REG_CONTROL_PROGRAM;
}

static u64 agreed(const struct vcpu *v, unsigned reg)
{
    switch (reg) {
    case SIE390_REG_PFAULT_TOKEN:
        return v->pfault.token;
    case SIE390_REG_PFAULT_SELECT:
        return v->pfault.select;
    case SIE390_REG_PFAULT_COMPARE:
        return v->pfault.compare;
    default:
        return atomic_load(&v->vm->control_program);
    }
}

static void set_agreed(struct vcpu *v, unsigned reg, u64 x)
{
    switch (reg) {
    case SIE390_REG_PFAULT_TOKEN:
        v->pfault.token = x;
        return;
    case SIE390_REG_PFAULT_SELECT:
        v->pfault.select = x;
        return;
    case SIE390_REG_PFAULT_COMPARE:
        v->pfault.compare = x;
        return;
    default:
        hv_set_control_program(v->vm, x);
    }
}

static u64 special(const struct vcpu *v, unsigned reg)
{
    const struct sd *sd = v->sd;

    if (is_guarded(reg))
        return guarded(v, reg);
    if (is_agreed(reg))
        return agreed(v, reg);
    switch (reg) {
    case SIE390_REG_PSW_MASK:
        return hv_psw_mask(v);
    case SIE390_REG_PSW_ADDR:
        return hv_psw_addr(v);
    case SIE390_REG_PREFIX:
        return hv_prefix(v);
    case SIE390_REG_FPC:
        return v->cpu.fpc;
    case SIE390_REG_CPU_TIMER:
        return be64_get(sd->cputm);
    case SIE390_REG_CLOCK_COMPARATOR:
        return be64_get(sd->ckc);
    case SIE390_REG_TOD_PROGRAMMABLE:
        return be32_get(sd->todpr);
    case SIE390_REG_PROGRAM_PARAMETER:
        return sd_pp(sd);
    default:
        return be64_get(sd->gbea);
    }
}

static u64 get(const struct vcpu *v, unsigned reg)
{
    unsigned n = reg & 15;

    switch (reg >> 4) {
    case SIE390_REG_GR >> 4:
        return v->cpu.gr[n];
    case SIE390_REG_AR >> 4:
        return v->cpu.ar[n];
    case SIE390_REG_FPR >> 4:
        return cpu_fpr(&v->cpu, n);
    case SIE390_REG_CR >> 4:
        return hv_cr(v, n);
    default:
        return special(v, reg);
    }
}

/* Can the value be in the register. */
static bool possible(const struct vcpu *v, unsigned reg, u64 x)
{
    if (reg >> 4 == SIE390_REG_AR >> 4)
        return !(x >> 32);
    if (is_guarded(reg))
        return !x || bitmap_test(v->vm->model.facilities, 133);
    switch (reg) {
    case SIE390_REG_PREFIX:
        return !(x & ~(u64)SD_PREFIX_Z) && mem_has(&v->vm->mem, x, sizeof(struct lowcore));
    case SIE390_REG_FPC:
        return !(x >> 32) && op_fpc_valid(&v->cpu, (u32)x);
    case SIE390_REG_TOD_PROGRAMMABLE:
        return !(x >> 16);
    case SIE390_REG_PFAULT_TOKEN: /* prefixing does not lead out of storage */
        return x == DIAG258_TOKEN_INVALID || (!(x & 7) && mem_has(&v->vm->mem, x, sizeof(u64)));
    default:
        return true;
    }
}

static void set_special(struct vcpu *v, unsigned reg, u64 x)
{
    struct sd *sd = v->sd;

    switch (reg) {
    case SIE390_REG_PSW_MASK:
        hv_set_psw(v, x, hv_psw_addr(v));
        return;
    case SIE390_REG_PSW_ADDR:
        hv_set_psw(v, hv_psw_mask(v), x);
        return;
    case SIE390_REG_PREFIX:
        if (x != hv_prefix(v))
            hv_set_prefix(v, (u32)x);
        return;
    case SIE390_REG_FPC:
        v->cpu.fpc = (u32)x;
        return;
    case SIE390_REG_CPU_TIMER:
        sd->cputm = be64_of(x);
        return;
    case SIE390_REG_CLOCK_COMPARATOR:
        sd->ckc = be64_of(x);
        return;
    case SIE390_REG_TOD_PROGRAMMABLE:
        sd->todpr = be32_of((u32)x);
        return;
    case SIE390_REG_PROGRAM_PARAMETER:
        sd_set_pp(sd, x);
        return;
    default:
        sd->gbea = be64_of(x);
    }
}

static void set(struct vcpu *v, unsigned reg, u64 x)
{
    unsigned n = reg & 15;

    switch (reg >> 4) {
    case SIE390_REG_GR >> 4:
        v->cpu.gr[n] = x;
        return;
    case SIE390_REG_AR >> 4:
        v->cpu.ar[n] = (u32)x;
        return;
    case SIE390_REG_FPR >> 4:
        cpu_set_fpr(&v->cpu, n, x);
        return;
    case SIE390_REG_CR >> 4:
        hv_set_cr(v, n, x);
        return;
    default:
        if (is_guarded(reg))
            set_guarded(v, reg, x);
        else if (is_agreed(reg))
            set_agreed(v, reg, x);
        else
            set_special(v, reg, x);
    }
}

static int bad_number(const struct sie390_vcpu *c, unsigned reg)
{
    return api_fail(-EINVAL, "CPU %u: there is no register %u", c->v->id, reg);
}

static int bad_value(const struct sie390_vcpu *c, unsigned reg, u64 x)
{
    return api_fail(-EINVAL, "CPU %u: register %u cannot be %llx", c->v->id, reg,
                    (unsigned long long)x);
}

int sie390_vcpu_get(struct sie390_vcpu *vcpu, unsigned reg, uint64_t *value)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    if (reg < SIE390_REG_COUNT)
        *value = get(vcpu->v, reg);
    else
        r = bad_number(vcpu, reg);
    api_end(&u);
    return r;
}

int sie390_vcpu_set(struct sie390_vcpu *vcpu, unsigned reg, uint64_t value)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    if (reg >= SIE390_REG_COUNT)
        r = bad_number(vcpu, reg);
    else if (!possible(vcpu->v, reg, value))
        r = bad_value(vcpu, reg, value);
    else
        set(vcpu->v, reg, value);
    api_end(&u);
    return r;
}

int sie390_vcpu_get_all(struct sie390_vcpu *vcpu, uint64_t *values)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    for (unsigned reg = 0; reg < SIE390_REG_COUNT; reg++)
        values[reg] = get(vcpu->v, reg);
    api_end(&u);
    return 0;
}

int sie390_vcpu_set_all(struct sie390_vcpu *vcpu, const uint64_t *values)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    for (unsigned reg = 0; reg < SIE390_REG_COUNT && !r; reg++)
        if (!possible(vcpu->v, reg, values[reg]))
            r = bad_value(vcpu, reg, values[reg]);
    for (unsigned reg = 0; reg < SIE390_REG_COUNT && !r; reg++)
        set(vcpu->v, reg, values[reg]);
    api_end(&u);
    return r;
}

int sie390_vcpu_set_cc(struct sie390_vcpu *vcpu, unsigned cc)
{
    struct api_use u;
    int r;

    if (cc > 3)
        return api_fail(-EINVAL, "CPU %u: there is no condition code %u", vcpu->v->id, cc);
    r = api_begin(vcpu, &u);
    if (r)
        return r;
    hv_set_cc(vcpu->v, cc);
    api_end(&u);
    return 0;
}

/* ---- operands ---- */

static int operand(const struct vcpu *v, u32 ipb, enum sie390_operand kind, u64 *addr, u8 *ar)
{
    switch (kind) {
    case SIE390_OPERAND_S:
        *addr = hv_addr_s(v, ipb, ar);
        return 0;
    case SIE390_OPERAND_RSY:
        *addr = hv_addr_rsy(v, ipb, ar);
        return 0;
    case SIE390_OPERAND_SSE2:
        *addr = hv_addr_s(v, ipb << 16, ar);
        return 0;
    case SIE390_OPERAND_CODE:
        *addr = hv_base_disp(v, ipb);
        *ar = 0;
        return 0;
    }
    return api_fail(-EINVAL, "CPU %u: there is no operand of kind %u", v->id, (unsigned)kind);
}

int sie390_vcpu_operand(struct sie390_vcpu *vcpu, const struct sie390_exit *exit,
                        enum sie390_operand kind, uint64_t *addr, uint8_t *ar)
{
    struct api_use u;
    u8 unused;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    r = operand(vcpu->v, exit->ipb, kind, addr, ar ? ar : &unused);
    api_end(&u);
    return r;
}

/* ---- storage ---- */

static int real_op(struct vcpu *v, const struct sie390_mem_op *op)
{
    bool ok;

    if (op->flags & SIE390_MEM_CHECK)
        ok = hv_has_real(v, op->addr, op->len);
    else if (op->flags & SIE390_MEM_STORE)
        ok = hv_write_real(v, op->addr, op->buffer, op->len);
    else
        ok = hv_read_real(v, op->addr, op->buffer, op->len);
    return ok ? 0 : PGM_ADDRESSING;
}

static int logical_op(struct vcpu *v, const struct sie390_mem_op *op)
{
    const struct hv_access a = {
        .addr = op->addr,
        .ar = op->ar,
        .key = op->flags & SIE390_MEM_KEY ? op->key : 0,
        .store = op->flags & SIE390_MEM_STORE,
        .check = op->flags & SIE390_MEM_CHECK,
        .inject = op->flags & SIE390_MEM_INJECT,
        .buffer = op->buffer,
        .len = op->len,
    };

    return hv_access_guest(v, &a);
}

/* Real addresses have neither keys nor exceptions of their own. */
static bool valid_op(const struct sie390_mem_op *op)
{
    const u32 checked = SIE390_MEM_KEY | SIE390_MEM_INJECT;
    const u32 known = SIE390_MEM_STORE | SIE390_MEM_CHECK | SIE390_MEM_REAL | checked;

    return op->size >= sizeof(*op) && !(op->flags & ~known) &&
           !(op->flags & SIE390_MEM_REAL && op->flags & checked) && op->ar < 16 && op->len &&
           op->len <= SIE390_MEM_MAX;
}

int sie390_vcpu_mem_op(struct sie390_vcpu *vcpu, const struct sie390_mem_op *op)
{
    struct api_use u;
    int r;

    if (!valid_op(op))
        return api_fail(-EINVAL, "storage operation: flags %x, access register %u, length %llx",
                        op->flags, op->ar, (unsigned long long)op->len);
    r = api_begin(vcpu, &u);
    if (r)
        return r;
    r = op->flags & SIE390_MEM_REAL ? real_op(vcpu->v, op) : logical_op(vcpu->v, op);
    api_end(&u);
    return r;
}
