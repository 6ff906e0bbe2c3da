/* SPDX-License-Identifier: Apache-2.0
 *
 * How a run ended, in one line; the dump of registers and storage.
 */
#include "machine/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arch/lowcore.h"
#include "arch/sd.h"
#include "base/log.h"

#define LINE_BYTES 32

void machine_describe_cpu(const struct machine *m, unsigned n, char *text, size_t size)
{
    const struct vcpu *v = m->cpu[n].v;

    snprintf(text, size, "PSW %016llx %016llx", (unsigned long long)hv_psw_mask(v),
             (unsigned long long)hv_psw_addr(v));
}

/* ---- the end ---- */

static void report_wait(const struct machine *m)
{
    unsigned n = m->end_cpu < 0 ? 0 : (unsigned)m->end_cpu;
    char where[80];

    machine_describe_cpu(m, n, where, sizeof(where));
    log_error("guest CPU %u is in a disabled wait, %s: a panic or a fatal error of the guest "
              "(--dump-on-wait FILE writes registers and storage)",
              n, where);
}

/* What the last interruption that was taken stored in the prefix area.  An operation exception at
 * the new PSW's address is not taken any more. */
static void report_program_loop(struct machine *m)
{
    struct vcpu *v = m->cpu[m->end_cpu < 0 ? 0 : m->end_cpu].v;
    be64 psw[2] = {{0}, {0}};
    be16 code = {0};
    char where[80];

    if (!hv_read_real(v, offsetof(struct lowcore, pgm_old_psw), psw, sizeof(psw)) ||
        !hv_read_real(v, offsetof(struct lowcore, pgm_code), &code, sizeof(code)))
        return;
    machine_describe_cpu(m, v->id, where, sizeof(where));
    if (m->end_exit.icptcode == ICPT_OPEREXC)
        log_error("guest CPU %u is in an endless loop of program interruptions, %s: the new PSW "
                  "for them leads to an operation exception again",
                  v->id, where);
    else
        log_error("guest CPU %u is in an endless loop of program interruptions (code %04x, old "
                  "PSW %016llx %016llx): the new PSW for them cannot be used",
                  v->id, be16_get(code), (unsigned long long)be64_get(psw[0]),
                  (unsigned long long)be64_get(psw[1]));
}

/* The interruption was not taken: nothing is in the prefix area. */
static void report_external_loop(const struct machine *m)
{
    const struct vcpu *v = m->cpu[m->end_cpu < 0 ? 0 : m->end_cpu].v;
    char where[80];

    machine_describe_cpu(m, v->id, where, sizeof(where));
    log_error("guest CPU %u is in an endless loop of external interruptions (code %04x, %s): the "
              "new PSW for them is enabled for them",
              v->id, be16_get(v->sd->eic), where);
}

void machine_report_end(struct machine *m)
{
    switch (m->end) {
    case END_NONE:
    case END_POWER_OFF:
    case END_REQUESTED:
        return;
    case END_DISABLED_WAIT:
        report_wait(m);
        return;
    case END_PROGRAM_LOOP:
        report_program_loop(m);
        return;
    case END_EXTERNAL_LOOP:
        report_external_loop(m);
        return;
    case END_RELOAD_FAILED:
        log_error("the guest rebooted, but cannot be loaded again");
        return;
    case END_INTERNAL:
        log_error("guest CPU %d cannot go on: %s", m->end_cpu < 0 ? 0 : m->end_cpu,
                  m->end_error ? strerror(-m->end_error) : "see the message above");
        return;
    }
}

/* ---- dump ---- */

static void dump_words(FILE *f, const char *name, const u64 *v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        fprintf(f, "%s%-2u %016llx%s", name, i, (unsigned long long)v[i], i % 4 == 3 ? "\n" : "  ");
}

static void dump_cpu(FILE *f, const struct machine *m, unsigned n)
{
    static const char *const state[] = {"stopped", "operating", "load", "check-stop"};
    const struct machine_cpu *mc = &m->cpu[n];
    const struct vcpu *v = mc->v;
    u64 cr[16], fpr[16];

    for (unsigned i = 0; i < 16; i++) {
        cr[i] = hv_cr(v, i);
        fpr[i] = cpu_fpr(&v->cpu, i);
    }
    fprintf(f, "\ncpu %u %s%s\n", n, state[vcpu_get_state(v)],
            mc->disabled_wait ? ", disabled wait" : "");
    fprintf(f, "psw %016llx %016llx  prefix %08x  fpc %08x\n", (unsigned long long)hv_psw_mask(v),
            (unsigned long long)hv_psw_addr(v), hv_prefix(v), v->cpu.fpc);
    dump_words(f, "r", v->cpu.gr, 16);
    dump_words(f, "c", cr, 16);
    dump_words(f, "f", fpr, 16);
    for (unsigned i = 0; i < 16; i++)
        fprintf(f, "a%-2u %08x%s", i, v->cpu.ar[i], i % 8 == 7 ? "\n" : "  ");
}

static void dump_line(FILE *f, u64 addr, const u8 *p, u64 len)
{
    fprintf(f, "%016llx ", (unsigned long long)addr);
    for (u64 i = 0; i < LINE_BYTES; i++) {
        if (i % 4 == 0)
            fputc(' ', f);
        if (i < len)
            fprintf(f, "%02x", p[i]);
        else
            fputs("  ", f);
    }
    fputs("  ", f);
    for (u64 i = 0; i < len; i++)
        fputc(p[i] >= ' ' && p[i] < 0x7f ? p[i] : '.', f);
    fputc('\n', f);
}

static void dump_range(FILE *f, struct mem *m, const struct machine_range *r)
{
    u8 line[LINE_BYTES];
    u64 last = r->last < m->size ? r->last : m->size - 1;

    fprintf(f, "\nstorage %016llx-%016llx\n", (unsigned long long)r->first,
            (unsigned long long)r->last);
    for (u64 a = r->first; a <= last && r->first < m->size; a += LINE_BYTES) {
        u64 n = min64(LINE_BYTES, last - a + 1);

        if (mem_read(m, abs_addr(a), line, n) != MEM_OK)
            break;
        dump_line(f, a, line, n);
    }
    if (r->last >= m->size)
        fprintf(f, "(storage ends at %016llx)\n", (unsigned long long)m->size);
}

int machine_dump(struct machine *m, const char *path, const struct machine_range *ranges,
                 unsigned nranges)
{
    FILE *f = fopen(path, "we");
    int error = 0;

    if (!f) {
        error = errno;
        log_error("%s: %s", path, strerror(error));
        return -error;
    }
    fprintf(f, "sie390 dump of guest %s\n", m->config.name ? m->config.name : "");
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        if (vm_cpu_configured(&m->vm, n))
            dump_cpu(f, m, n);
    for (unsigned n = 0; n < nranges; n++)
        dump_range(f, &m->vm.mem, &ranges[n]);
    if (ferror(f))
        error = EIO;
    if (fclose(f) && !error)
        error = errno;
    if (error)
        log_error("%s: the dump could not be written: %s", path, strerror(error));
    return -error;
}
