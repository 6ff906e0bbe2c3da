// SPDX-License-Identifier: Apache-2.0
/*
 * Brings up the network as kernel parameter sie390.net says: ADDRESS/BITS,GATEWAY,NAMESERVER, or
 * "user" for what the user-mode network of sie390 (and of QEMU) always is. IPv4, one interface.
 *
 * Not here: DHCP. `udhcpc` of busybox is there for those who need it.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

static const char user_network[] = "10.0.2.15/24,10.0.2.2,10.0.2.3";

struct ipv4 {
    char address[16], gateway[16], nameserver[16];
    unsigned bits;
};

static struct sockaddr make_address(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr result;

    inet_pton(AF_INET, text, &in.sin_addr);
    memcpy(&result, &in, sizeof(result));
    return result;
}

static bool set_flags_up(int fd, struct ifreq *request)
{
    if (ioctl(fd, SIOCGIFFLAGS, request))
        return false;
    request->ifr_flags |= IFF_UP;
    return !ioctl(fd, SIOCSIFFLAGS, request);
}

/* The first interface that is not the loopback; waits for one. */
static bool find_interface(char *name)
{
    for (int tries = 0; tries < 500; tries++) {
        struct if_nameindex *all = if_nameindex();
        bool found = false;

        for (struct if_nameindex *one = all; one && one->if_index; one++) {
            if (!strcmp(one->if_name, "lo") || found)
                continue;
            snprintf(name, IFNAMSIZ, "%s", one->if_name);
            found = true;
        }
        if_freenameindex(all);
        if (found)
            return true;
        usleep(10000);
    }
    return false;
}

static bool configure(int fd, const char *name, const struct ipv4 *net)
{
    struct ifreq request = {0};
    char mask[16];
    struct in_addr bits = {htonl(net->bits ? ~0u << (32 - net->bits) : 0)};

    snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    request.ifr_addr = make_address(net->address);
    if (ioctl(fd, SIOCSIFADDR, &request))
        return false;
    inet_ntop(AF_INET, &bits, mask, sizeof(mask));
    request.ifr_netmask = make_address(mask);
    if (ioctl(fd, SIOCSIFNETMASK, &request) || !set_flags_up(fd, &request))
        return false;

    char device[IFNAMSIZ];
    snprintf(device, sizeof(device), "%s", name);
    struct rtentry route = {
        .rt_dst = make_address("0.0.0.0"),
        .rt_genmask = make_address("0.0.0.0"),
        .rt_gateway = make_address(net->gateway),
        .rt_flags = RTF_UP | RTF_GATEWAY,
        .rt_dev = device,
    };
    return !ioctl(fd, SIOCADDRT, &route);
}

static bool parse(const char *text, struct ipv4 *net)
{
    struct in_addr unused;

    if (sscanf(text, "%15[0-9.]/%u,%15[0-9.],%15[0-9.]", net->address, &net->bits, net->gateway,
               net->nameserver) != 4)
        return false;
    return net->bits <= 32 && inet_pton(AF_INET, net->address, &unused) == 1 &&
           inet_pton(AF_INET, net->gateway, &unused) == 1;
}

static void start_interface(int fd, const char *asked)
{
    struct ipv4 net;
    char name[IFNAMSIZ], resolver[64];

    if (!parse(!strcmp(asked, "user") ? user_network : asked, &net)) {
        note("sie390.net=%s is not ADDRESS/BITS,GATEWAY,NAMESERVER", asked);
        return;
    }
    if (!find_interface(name)) {
        note("sie390.net was given but there is no network interface");
        return;
    }
    if (!configure(fd, name, &net)) {
        note("cannot set up %s: %s", name, strerror(errno));
        return;
    }
    FILE *file = fopen("/etc/resolv.conf", "w");
    if (file) {
        snprintf(resolver, sizeof(resolver), "nameserver %s\n", net.nameserver);
        fputs(resolver, file);
        fclose(file);
    }
}

void start_network(void)
{
    const char *asked = param("sie390.net");
    struct ifreq loopback = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    set_flags_up(fd, &loopback);
    if (asked && *asked && strcmp(asked, "none"))
        start_interface(fd, asked);
    close(fd);
}
