// SPDX-License-Identifier: Apache-2.0
/*
 * Loads kernel modules: those of what is present, in the order of /modules/list, which
 * tools/make-initramfs wrote with dependencies first. A line is "WHEN NAME". WHEN is "always",
 * "virtioN" (a virtio device with that id [VIRTIO 1.2 5]) or "ap" (adjunct processors).
 *
 * Not here: loading on demand. There is no udev and no modprobe.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

enum { MAX_DEVICE_ID = 64 };
#define AP_ROOT "/sys/devices/ap" /* there when the kernel has found the instructions */

/* present[n]: there is a virtio device with id n. */
static void find_devices(bool *present)
{
    DIR *dir = opendir("/sys/bus/virtio/devices");
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char path[512];
        unsigned id;

        snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s/device", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        if (fscanf(file, "%x", &id) == 1 && id < MAX_DEVICE_ID)
            present[id] = true;
        fclose(file);
    }
    if (dir)
        closedir(dir);
}

static void load_module(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "/modules/%s.ko", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        note("cannot open %s: %s", path, strerror(errno));
        return;
    }
    if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
        note("cannot load module %s: %s", name, strerror(errno));
    close(fd);
}

static bool called_for(const char *when, const bool *virtio)
{
    unsigned id;

    if (!strcmp(when, "always"))
        return true;
    if (!strcmp(when, "ap"))
        return !access(AP_ROOT, F_OK);
    return sscanf(when, "virtio%u", &id) == 1 && id < MAX_DEVICE_ID && virtio[id];
}

void load_modules(void)
{
    bool present[MAX_DEVICE_ID] = {false};
    FILE *list = fopen("/modules/list", "r");
    char when[64], name[64];

    if (!list) {
        note("the initramfs has no /modules/list");
        return;
    }
    find_devices(present);
    while (fscanf(list, "%63s %63s", when, name) == 2) {
        if (called_for(when, present))
            load_module(name);
    }
    fclose(list);
}
