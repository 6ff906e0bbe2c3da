/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of `sie390 run`, read and checked, but nothing opened yet.
 */
#ifndef SIE390_VMM_RUN_OPTIONS_H
#define SIE390_VMM_RUN_OPTIONS_H

#include "machine/report.h"
#include "vmm/cmd.h"

#define RUN_MAX_LOADS 32
#define RUN_MAX_DISKS 26
#define RUN_MAX_NETS 8
#define RUN_MAX_PORTS 30
#define RUN_MAX_RANGES 16

struct run_options {
    struct machine_config machine;
    const char *cpu; /* as given */
    struct cpu_model model;
    struct ipl_load load[RUN_MAX_LOADS];
    const char *disk[RUN_MAX_DISKS]; /* as given: devices.c reads the sub-options */
    unsigned ndisks;
    const char *net[RUN_MAX_NETS];
    unsigned nnets;
    struct {
        char name[64];
        const char *channel;
    } port[RUN_MAX_PORTS];
    unsigned nports;
    bool rng;
    const char *console; /* NULL: not given, stdio */
    const char *control;
    const char *gdb; /* as given, checked */
    double timeout;  /* seconds, 0: none */
    bool statistics;
    double live;     /* seconds between two tables, 0: only at the end */
    char *dump_path; /* NULL: no dump */
    struct machine_range range[RUN_MAX_RANGES];
    unsigned nranges;
    bool help;
};

/* STATUS_OK or STATUS_USAGE (logged).  Keeps pointers into argv. */
enum status run_options_parse(struct run_options *o, int argc, char **argv);
/* run_cpus.c: the argument of -c.  The same results. */
enum status run_cpus_parse(struct machine_config *m, const char *text);
/* run_ap.c: the argument of --ap; after all options, when the model is known.  The same results. */
enum status run_ap_parse(struct machine_ap_config *c, const char *text);
enum status run_ap_finish(struct run_options *o);
/* NULL: there is no card of this name. */
const struct ap_card_type *run_ap_type(const char *name);
/* The cards, for help. */
void run_ap_describe(void);
void run_options_free(struct run_options *o);
void run_options_help(void);

#endif
