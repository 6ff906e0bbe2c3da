/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the debugger's connection: gdb.c (states, resuming, queries), gdb_io.c
 * (connecting, packets), gdb_regs.c (registers and their description), gdb_mem.c (storage and
 * points), gdb_monitor.c ("monitor" commands).
 */
#ifndef SIE390_VMM_GDB_SESSION_H
#define SIE390_VMM_GDB_SESSION_H

#include "machine/machine.h"
#include "vmm/gdb.h"
#include "vmm/listen.h"

#define GDB_PACKET 0x4000 /* bytes between $ and #, either way */
#define GDB_INPUT 0x8000
#define GDB_OUTPUT 0x20000 /* bytes that the debugger has not read */

enum gdb_state {
    GDB_NONE,     /* no debugger */
    GDB_STOPPING, /* connected or interrupted: the machine is on its way */
    GDB_STOPPED,  /* packets are answered */
    GDB_RUNNING,  /* the machine runs; only an interrupt is listened to */
    GDB_LEAVING,  /* the debugger has gone; the machine stops once more, to be cleaned up */
};

struct gdb_packet {
    char data[GDB_PACKET + 1]; /* NUL behind */
    size_t len;
};

struct gdb {
    struct run *run;
    struct machine *m;
    enum gdb_state state;
    bool want_stop_reply;  /* the debugger waits for one */
    bool interrupted;      /* by Ctrl-C */
    bool hwbreak, swbreak; /* the debugger understands these stop reasons */
    bool killed;
    unsigned cpu;                    /* of g, m, p ... */
    unsigned continue_cpu;           /* of c and s */
    bool continue_all;               /* Hc -1 or 0 */
    char stop_reply[80];             /* the last one */
    struct hv_exit hit[VM_MAX_CPUS]; /* not reported yet: reason EXIT_DEBUG */

    /* gdb_io.c */
    struct listener listener; /* closed: stdio */
    struct loop_fd fd;
    struct loop_fd out_fd; /* stdio has two */
    int in, out;
    bool acks;
    u8 input[GDB_INPUT];
    size_t input_len;
    bool serving; /* gdb_serve() is at the input */
    char output[GDB_OUTPUT];
    size_t output_len;
    struct gdb_packet packet; /* the one that is being answered */
    char reply[GDB_PACKET + 1];
    char last[2 * GDB_PACKET + 5]; /* as sent, for a debugger that asks again */
    size_t last_len;
};

static inline struct vcpu *gdb_vcpu(struct gdb *g)
{
    return g->m->cpu[g->cpu].v;
}

/* ---- gdb.c ---- */

/* A debugger is there. */
void gdb_connected(struct gdb *g);
/* The connection is gone, or is to go: the machine is cleaned up and goes on. */
void gdb_disconnected(struct gdb *g);
void gdb_interrupt(struct gdb *g);
/* Answers g->packet. */
void gdb_answer(struct gdb *g);

/* ---- gdb_io.c ---- */

/* Sends a packet: text, or bytes that are escaped as needed. */
void gdb_send(struct gdb *g, const char *text);
void gdb_send_bytes(struct gdb *g, const void *bytes, size_t len);
/* The machine stopped: answers what has come meanwhile. */
void gdb_serve(struct gdb *g);
/* Closes the connection; listens for the next one. */
void gdb_hang_up(struct gdb *g);
void gdb_listen(struct gdb *g);
/* Gives the debugger up to a second to take what is to be sent. */
void gdb_flush(struct gdb *g);

/* Hexadecimal: a number, moving *p behind it; `len` bytes; both false when it is none. */
bool gdb_parse(const char **p, u64 *value) MUST_CHECK;
bool gdb_from_hex(const char *hex, void *to, size_t len) MUST_CHECK;
/* 2 * len digits and NUL. */
void gdb_to_hex(const void *from, size_t len, char *to);

/* ---- the others: each answers g->packet ---- */

void gdb_read_registers(struct gdb *g);
void gdb_write_registers(struct gdb *g);
void gdb_read_register(struct gdb *g);
void gdb_write_register(struct gdb *g);
void gdb_features(struct gdb *g, const char *args); /* target.xml:OFFSET,LENGTH */

void gdb_read_memory(struct gdb *g);
void gdb_write_memory(struct gdb *g); /* M and X */
void gdb_point(struct gdb *g);        /* Z and z */

void gdb_monitor(struct gdb *g, const char *hex);
/* In a few words. */
const char *gdb_cpu_state(const struct vcpu *v);

#endif
