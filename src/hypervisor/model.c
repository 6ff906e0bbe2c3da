/* SPDX-License-Identifier: Apache-2.0
 *
 * CPU models: the machines of isa/facilities.isa.  A machine has the facilities of those before it
 * and its own; what is offered is the part of them that is complete (isa_facilities[] of the
 * generated tables).  "max" is all that is complete.
 *
 * References: [PoP 4 Facility Indications] for the bits; the machines' lists are those that their
 * announcement levels of the Principles of Operation (SA22-7832-06 to -10) describe.
 */
#include "hypervisor/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/sd.h"
#include "base/log.h"
#include "isa_table.h"

/* ---- machines ---- */

/* Not a machine: everything, on what looks like one that Linux knows well. */
#define MAX "max"
#define MAX_TITLE "everything that is implemented"
#define MAX_LOOKS_LIKE "z13"

/* As instruction-blocking control counts them; every machine of ours is the first of its
 * generation. */
#define IBC(generation) ((generation) << SD_IBC_LEVELS | 1U)

#define CPUID_VERSION_GUEST 0xffULL /* version byte of a virtual machine's CPU */
#define CPUID_FORMAT 0x8000ULL      /* bit 48: format of the identification */

const char *cpu_model_name(unsigned n, const char **title)
{
    if (n > isa_nmachines)
        return NULL;
    if (title)
        *title = n < isa_nmachines ? isa_machines[n].title : MAX_TITLE;
    return n < isa_nmachines ? isa_machines[n].name : MAX;
}

/* ---- features ---- */

static const struct {
    u8 bit;
    const char *name;
} features[] = {
    {3, "dat-enh"},
    {4, "idte-segment"},
    {5, "idte-region"},
    {6, "asn-lx-reuse"},
    {7, "stfle"},
    {8, "edat1"},
    {9, "sense-running"},
    {10, "cond-sske"},
    {11, "topology"},
    {12, "apqci"},
    {13, "ipte-range"},
    {14, "nq-sske"},
    {15, "apft"},
    {16, "etf2"},
    {17, "msa"},
    {18, "long-disp"},
    {19, "long-disp-fast"},
    {20, "hfp-madd"},
    {21, "ext-imm"},
    {22, "etf3"},
    {23, "hfp-unnormalized"},
    {24, "etf2-enh"},
    {25, "stckf"},
    {26, "parsing-enh"},
    {27, "mvcos"},
    {28, "tod-steering"},
    {30, "etf3-enh"},
    {31, "ectg"},
    {32, "csst"},
    {33, "csst2"},
    {34, "general-ext"},
    {35, "exrl"},
    {36, "enh-monitor"},
    {37, "fp-ext"},
    {40, "lpp"},
    {41, "fp-support-enh"},
    {42, "dfp"},
    {44, "pfpo"},
    {45, "distinct-ops"},
    {47, "cmpsc-enh"},
    {49, "misc1"},
    {51, "local-tlb"},
    {52, "interlocked2"},
    {53, "load-store-cond2"},
    {57, "msa5"},
    {58, "misc2"},
    {65, "apqi"},
    {66, "rrbm"},
    {73, "tx"},
    {74, "sthyi"},
    {75, "access-fs"},
    {76, "msa3"},
    {77, "msa4"},
    {78, "edat2"},
    {81, "ppa15"},
    {129, "vx"},
    {130, "iep"},
    {131, "esop2"},
    {133, "gs"},
    {139, "multi-epoch"},
    {145, "irbm"},
    {169, "skr"},
};

const char *cpu_model_feature(unsigned facility)
{
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++)
        if (features[i].bit == facility)
            return features[i].name;
    return NULL;
}

/* Facility that needs another one. */
static const struct {
    u8 bit, needs;
} needs[] = {{4, 3}, {5, 3}, {19, 18}, {24, 16}, {30, 22}, {33, 32}, {78, 8}};

/* Facility that leaves no room for others; no model has it. */
#define REMOVAL 169
static const u8 removed[] = {10, 14, 66, 145, 149};

/* Adjunct processors are only there when they are asked for, and have no bit of their own. */
#define AP_FEATURE "ap"
static const u8 of_ap[] = {12, 15, 65};

/* The architecture itself. */
static const u8 mandatory[] = {0, 1, 2, 138};

static bool complete(unsigned bit)
{
    for (unsigned i = 0; i < isa_nfacilities; i++)
        if (isa_facilities[i].number == bit)
            return isa_facilities[i].complete;
    return false;
}

static bool is_in(unsigned bit, const u8 *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == bit)
            return true;
    return false;
}

static bool is_mandatory(unsigned bit)
{
    return is_in(bit, mandatory, sizeof(mandatory));
}

bool cpu_model_only_named(unsigned facility)
{
    return facility == REMOVAL || is_in(facility, of_ap, sizeof(of_ap));
}

/* ---- parsing ---- */

static bool word_is(const char *word, size_t len, const char *text)
{
    return strlen(text) == len && !strncmp(word, text, len);
}

/* Facility bit of a feature's name or of "facN"; -1 when there is none. */
static int feature_bit(const char *word, size_t len)
{
    char *end;
    unsigned long n;

    for (unsigned i = 0; i < ARRAY_SIZE(features); i++)
        if (word_is(word, len, features[i].name))
            return features[i].bit;
    if (len < 4 || strncmp(word, "fac", 3) || word[3] < '0' || word[3] > '9')
        return -1;
    n = strtoul(word + 3, &end, 10);
    return end == word + len && n < 2048 ? (int)n : -1;
}

#define FEATURES " ('sie390 list facilities' names them)"

static int set_feature(struct cpu_model *m, const char *word, size_t len)
{
    const char *eq = memchr(word, '=', len);
    size_t name = eq ? (size_t)(eq - word) : len, rest = eq ? len - name - 1 : 0;
    int bit = feature_bit(word, name);
    bool on = eq && word_is(eq + 1, rest, "on");

    if (!eq || (!on && !word_is(eq + 1, rest, "off"))) {
        log_error("CPU model: '%.*s': expected FEATURE=on or FEATURE=off" FEATURES, (int)len, word);
        return -EINVAL;
    }
    if (word_is(word, name, AP_FEATURE)) {
        m->ap = on;
        return 0;
    }
    if (bit < 0) {
        log_error("CPU model: unknown feature '%.*s'" FEATURES, (int)name, word);
        return -EINVAL;
    }
    if (on ? !complete((unsigned)bit) : is_mandatory((unsigned)bit)) {
        log_error("CPU model: feature '%.*s' (facility %d) %s", (int)name, word, bit,
                  on ? "is not implemented" FEATURES : "is the architecture itself and stays on");
        return -EINVAL;
    }
    if (on) {
        bitmap_set(m->facilities, (unsigned)bit);
        for (unsigned i = 0; bit == REMOVAL && i < ARRAY_SIZE(removed); i++)
            bitmap_clear(m->facilities, removed[i]);
    } else {
        bitmap_clear(m->facilities, (unsigned)bit);
    }
    return 0;
}

static const struct machine_info *find_machine(const char *word, size_t len)
{
    for (unsigned i = 0; i < isa_nmachines; i++)
        if (word_is(word, len, isa_machines[i].name))
            return &isa_machines[i];
    return NULL;
}

/* Facilities of machines up to this generation; ISA_OF_NO_MACHINE: all but those that
 * have to be named. */
static void offer(struct cpu_model *m, u8 newest)
{
    for (unsigned i = 0; i < isa_nfacilities; i++) {
        const struct facility_info *f = &isa_facilities[i];

        if (f->complete && f->generation <= newest && !cpu_model_only_named(f->number))
            bitmap_set(m->facilities, f->number);
    }
}

static int set_machine(struct cpu_model *m, const char *word, size_t len)
{
    bool max = word_is(word, len, MAX);
    const struct machine_info *machine =
        max ? find_machine(MAX_LOOKS_LIKE, strlen(MAX_LOOKS_LIKE)) : find_machine(word, len);

    if (!machine) {
        log_error("CPU model: unknown model '%.*s' (known: z10 z196 zEC12 z13 z14 max)", (int)len,
                  word);
        return -EINVAL;
    }
    *m = (struct cpu_model){
        .name = max ? MAX : machine->name,
        .cpuid = CPUID_VERSION_GUEST << 56 | (u64)machine->type << 16 | CPUID_FORMAT,
        .ibc = IBC(isa_machines[0].generation) << 16 | IBC(machine->generation),
    };
    for (unsigned i = 0; i < ARRAY_SIZE(mandatory); i++)
        bitmap_set(m->facilities, mandatory[i]);
    offer(m, max ? ISA_OF_NO_MACHINE : machine->generation);
    return 0;
}

/* A model that was given what its machine does not have is no generation's. */
static void set_blocking(struct cpu_model *m)
{
    u16 ibc = m->ibc & SD_IBC;

    m->blocking = ibc;
    for (unsigned i = 0; i < isa_nfacilities; i++) {
        const struct facility_info *f = &isa_facilities[i];

        if (f->generation != ISA_OF_NO_MACHINE && f->generation > ibc >> SD_IBC_LEVELS &&
            bitmap_test(m->facilities, f->number))
            m->blocking = 0;
    }
}

static int check_needs(const struct cpu_model *m)
{
    for (unsigned i = 0; i < ARRAY_SIZE(needs); i++) {
        if (bitmap_test(m->facilities, needs[i].bit) &&
            !bitmap_test(m->facilities, needs[i].needs)) {
            log_error("CPU model: facility %u needs facility %u", needs[i].bit, needs[i].needs);
            return -EINVAL;
        }
    }
    for (unsigned i = 0; !m->ap && i < ARRAY_SIZE(of_ap); i++) {
        if (bitmap_test(m->facilities, of_ap[i])) {
            log_error("CPU model: facility %u needs " AP_FEATURE "=on", of_ap[i]);
            return -EINVAL;
        }
    }
    for (unsigned i = 0; bitmap_test(m->facilities, REMOVAL) && i < ARRAY_SIZE(removed); i++) {
        if (bitmap_test(m->facilities, removed[i])) {
            log_error("CPU model: facility %u excludes facility %u", REMOVAL, removed[i]);
            return -EINVAL;
        }
    }
    return 0;
}

int cpu_model_parse(const char *text, struct cpu_model *out)
{
    size_t len = strcspn(text, ",");
    int r = set_machine(out, text, len);

    while (!r && text[len]) {
        text += len + 1;
        len = strcspn(text, ",");
        r = set_feature(out, text, len);
    }
    if (!r)
        r = check_needs(out);
    if (!r)
        set_blocking(out);
    return r;
}

void cpu_model_add_ap(struct cpu_model *m)
{
    m->ap = true;
    for (unsigned i = 0; i < ARRAY_SIZE(of_ap); i++)
        bitmap_set(m->facilities, of_ap[i]);
}
