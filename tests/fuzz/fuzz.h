/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzzing targets share: taking numbers out of the fuzzer's bytes, a host channel, a
 * disk and a network in memory, and a directory for files.
 *
 * A target is one function, LLVMFuzzerTestOneInput(), which takes bytes as a list of operations on
 * a fresh object and frees all it made: an input alone must show its fault.  When the bytes are
 * used up, zeros follow.
 */
#ifndef SIE390_TESTS_FUZZ_H
#define SIE390_TESTS_FUZZ_H

#include <string.h>

#include "channel/virtio_device.h"
#include "devices/blk_backend.h"
#include "devices/chardev.h"
#include "devices/net_backend.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* ---- input ---- */

struct input {
    const u8 *p;
    size_t left;
};

u8 take8(struct input *in);
u16 take16(struct input *in);
u32 take32(struct input *in);
u64 take64(struct input *in);
/* Up to n bytes; what is not there is zero.  Returns what was. */
size_t take_bytes(struct input *in, void *to, size_t n);
/* A number below n (n > 0). */
u32 take_below(struct input *in, u32 n);
/* All that is left. */
size_t take_rest(struct input *in, void *to, size_t n);

/* ---- host side of devices ---- */

/* A channel of which the front reads `in`, and that takes all but when blocked. */
struct fuzz_channel {
    struct chardev c;
    u8 in[256];
    size_t in_used;
    u64 taken; /* bytes, summed up so that they are looked at */
    bool blocked, readable, writable;
};

void fuzz_channel_init(struct fuzz_channel *f);
/* The host writes n bytes (fewer when there is no room) and the front is told. */
void fuzz_channel_type(struct fuzz_channel *f, const u8 *p, size_t n);
void fuzz_channel_block(struct fuzz_channel *f, bool on);
/* Somebody comes to the host's end, or leaves it. */
void fuzz_channel_connect(struct fuzz_channel *f, bool on);

#define FUZZ_DISK_SIZE 0x8000UL

/* A disk on the heap, so that an access outside is noticed. */
struct blk_backend *fuzz_disk_create(void);

/* A network that swallows frames. */
struct fuzz_net {
    struct net_backend b;
    u64 taken;
    bool on;
};

void fuzz_net_init(struct fuzz_net *f);

/* ---- files ---- */

/* A directory for this process, made once, removed at its end. */
const char *fuzz_directory(void);
/* Writes a file there; the path is valid until the next call. */
const char *fuzz_write_file(const char *name, const void *data, size_t n);

#endif
