/* SPDX-License-Identifier: Apache-2.0
 *
 * Port forwards as they are written on the command line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "devices/net_backend.h"

/* "ADDR:PORT", ":PORT" or "PORT". */
static bool parse_end(const char *text, size_t len, u32 *addr, u16 *port)
{
    char copy[32], *colon;
    struct in_addr in;
    u64 n;

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    colon = strrchr(copy, ':');
    if (colon) {
        *colon = 0;
        if (*copy && inet_pton(AF_INET, copy, &in) != 1)
            return false;
        if (*copy)
            *addr = ntohl(in.s_addr);
    }
    if (parse_u64(colon ? colon + 1 : copy, &n) || !n || n > 65535)
        return false;
    *port = (u16)n;
    return true;
}

int net_forward_parse(const char *text, struct net_forward *f)
{
    bool udp = !strncmp(text, "udp:", 4);
    const char *rest = text + 4, *dash;

    *f = (struct net_forward){.udp = udp, .host_addr = INADDR_LOOPBACK};
    if (udp || !strncmp(text, "tcp:", 4)) {
        dash = strchr(rest, '-');
        if (dash && parse_end(rest, (size_t)(dash - rest), &f->host_addr, &f->host_port) &&
            parse_end(dash + 1, strlen(dash + 1), &f->guest_addr, &f->guest_port))
            return 0;
    }
    log_error("hostfwd=%s: tcp:[ADDRESS:]PORT-[ADDRESS]:PORT (or udp:) expected", text);
    return -EINVAL;
}
