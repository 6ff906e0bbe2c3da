/* SPDX-License-Identifier: Apache-2.0
 *
 * What a virtual network card is connected to.  Frames are Ethernet frames without checksum.
 * I/O thread only, or before the loop runs.
 */
#ifndef SIE390_DEVICES_NET_BACKEND_H
#define SIE390_DEVICES_NET_BACKEND_H

#include "base/loop.h"

#define NET_MAX_FRAME (65535 + 14)

struct net_backend;

struct net_backend_ops {
    /* A frame from the guest; dropped when it cannot be taken. */
    void (*send)(struct net_backend *b, const u8 *frame, size_t len);
    /* The front can take frames again, or (false) no more for now. */
    void (*resume)(struct net_backend *b, bool on);
    void (*destroy)(struct net_backend *b);
};

struct net_backend {
    const struct net_backend_ops *ops;
    u16 mtu;
    /* set by the front; false: the frame was dropped */
    void *front;
    bool (*receive)(void *front, const u8 *frame, size_t len);
};

/* A port of the host that reaches a port of the guest. */
struct net_forward {
    bool udp;
    u32 host_addr; /* host byte order; 127.0.0.1 when not given */
    u16 host_port;
    u32 guest_addr; /* 0: the address DHCP gives */
    u16 guest_port;
};
/* "tcp:[ADDR]:PORT-[ADDR]:PORT" (also "tcp:PORT-:PORT").  0 or -EINVAL (logged). */
int net_forward_parse(const char *text, struct net_forward *f) MUST_CHECK;

struct net_user_options {
    const char *name; /* "net0": for messages */
    const struct net_forward *forwards;
    unsigned nforwards;
    bool restricted; /* nothing leaves but what the forwards answer */
    u16 mtu;         /* 0 = 1500 */
};
/* 10.0.2.0/24 by libslirp: router and host 10.0.2.2, name server 10.0.2.3, guest 10.0.2.15.
 * 0 or -errno (logged; -EADDRINUSE names the port). */
int net_user_create(struct loop *loop, const struct net_user_options *o,
                    struct net_backend **out) MUST_CHECK;

/* An existing or new tap interface of the host. */
int net_tap_create(struct loop *loop, const char *name, const char *ifname,
                   struct net_backend **out) MUST_CHECK;

#endif
