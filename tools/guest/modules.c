// SPDX-License-Identifier: Apache-2.0
/*
 * Loads kernel modules: those of the virtio devices that are present, in the order of
 * /modules/list, which tools/make-initramfs wrote with dependencies first. A line is
 * "DEVICE NAME": the virtio device id [VIRTIO 1.2 5] that calls for the module, 0 for always.
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

/* present[n]: there is a virtio device with id n. */
static void find_devices(bool *present)
{
    DIR *dir = opendir("/sys/bus/virtio/devices");
    struct dirent *entry;

    present[0] = true;
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

void load_modules(void)
{
    bool present[MAX_DEVICE_ID] = {false};
    FILE *list = fopen("/modules/list", "r");
    unsigned id;
    char name[64];

    if (!list) {
        note("the initramfs has no /modules/list");
        return;
    }
    find_devices(present);
    while (fscanf(list, "%u %63s", &id, name) == 2) {
        if (id < MAX_DEVICE_ID && present[id])
            load_module(name);
    }
    fclose(list);
}
