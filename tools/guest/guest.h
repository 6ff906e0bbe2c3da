/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's first program: what its files share. Everything here runs inside the guest as PID 1.
 */
#ifndef SIE390_GUEST_H
#define SIE390_GUEST_H

#include <stdbool.h>
#include <sys/types.h>

/* How the machine ends. */
enum ending { END_POWER_OFF, END_HALT, END_REBOOT };

/* init.c */

/* The value of kernel parameter `name` ("sie390.run"), "" when it has none, NULL when absent.
 * The string is the caller's to keep; it is never freed. */
const char *param(const char *name);
/* One line on the console, with "sie390-init: " in front; errno is not used. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes a short string into an existing file; false if that fails. */
bool write_file(const char *path, const char *text);
/* Waits until the path exists; false after `seconds`. */
bool wait_for_path(const char *path, int seconds);
/* In a child: signals back to normal, into the root file system if there is one. */
void prepare_child(void);
/* Ends all processes, writes back and unmounts everything, then ends the machine. */
void end_machine(enum ending how) __attribute__((noreturn));
/* Reads a pending signal from `signals` and obeys the ones that end the machine.
 * Returns true for SIGCHLD: the caller reaps. */
bool serve_signal(int signals);

/* disk.c: what the kernel parameters ask to be mounted. NULL, or a line saying what went wrong. */
const char *mount_disks(void);
/* The directory that programs see as "/": NULL for the initramfs itself. */
const char *root_directory(void);

/* modules.c: loads the modules of the virtio devices that are present. */
void load_modules(void);

/* net.c: brings up the loopback and, if the kernel parameter asks, the network interface. */
void start_network(void);

/* command.c: runs the host's command; see there. `trouble` (or NULL): why it cannot be run. */
void serve_command(int signals, const char *trouble) __attribute__((noreturn));

#endif
