// SPDX-License-Identifier: Apache-2.0
/*
 * Mounts the disks that kernel parameters ask for:
 *
 *   sie390.root=DEVICE[,ro]    on /mnt; shells and commands see it as their root (chroot)
 *   sie390.mount=DEVICE[,ro]   on /mnt, nothing else
 *
 * The file-system type is found by trying those that the kernel has.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

static const char mount_point[] = "/mnt";
static bool is_root;
static char problem[256];

const char *root_directory(void)
{
    return is_root ? mount_point : NULL;
}

/* Tries the kernel's file systems in its order, which ends with the modules: ext4. */
static bool mount_any(const char *device, unsigned long flags)
{
    FILE *list = fopen("/proc/filesystems", "r");
    char line[128], type[64];
    bool done = false;
    int why = ENODEV;

    while (list && !done && fgets(line, sizeof(line), list)) {
        if (!strncmp(line, "nodev", 5) || sscanf(line, "%63s", type) != 1)
            continue;
        done = !mount(device, mount_point, type, flags, NULL);
        if (!done && errno != EINVAL)
            why = errno;
    }
    if (list)
        fclose(list);
    errno = why;
    return done;
}

static const char *mount_one(const char *spec)
{
    char device[128];
    unsigned long flags = 0;

    snprintf(device, sizeof(device), "%s", spec);
    char *option = strchr(device, ',');
    if (option) {
        *option++ = 0;
        if (strcmp(option, "ro")) {
            snprintf(problem, sizeof(problem), "'%s' is no option of a disk (ro is)", option);
            return problem;
        }
        flags = MS_RDONLY;
    }
    if (!wait_for_path(device, 10)) {
        snprintf(problem, sizeof(problem), "there is no disk %s", device);
        return problem;
    }
    if (!mount_any(device, flags)) {
        snprintf(problem, sizeof(problem), "cannot mount %s: %s", device, strerror(errno));
        return problem;
    }
    return NULL;
}

/* The pseudo file systems inside the root, as programs expect them. Missing directories (on a
 * read-only disk they cannot be made) only mean that something is not there. */
static void fill_root(void)
{
    static const char *const shared[] = {"proc", "sys", "dev"};
    char source[32], target[64];

    for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
        snprintf(source, sizeof(source), "/%s", shared[i]);
        snprintf(target, sizeof(target), "%s/%s", mount_point, shared[i]);
        mkdir(target, 0755);
        mount(source, target, NULL, MS_BIND | MS_REC, NULL);
    }
    snprintf(target, sizeof(target), "%s/run", mount_point);
    mkdir(target, 0755);
    mount("tmpfs", target, "tmpfs", 0, "mode=0755");
    snprintf(target, sizeof(target), "%s/tmp", mount_point);
    mkdir(target, 01777);
    if (access(target, W_OK))
        mount("tmpfs", target, "tmpfs", 0, "mode=1777");
    snprintf(target, sizeof(target), "%s/etc/resolv.conf", mount_point);
    mount("/etc/resolv.conf", target, NULL, MS_BIND, NULL);
}

const char *mount_disks(void)
{
    const char *root = param("sie390.root"), *other = param("sie390.mount");
    const char *spec = root && *root ? root : other;

    if (!spec || !*spec)
        return NULL;
    const char *trouble = mount_one(spec);
    if (!trouble && spec == root) {
        is_root = true;
        fill_root();
    }
    return trouble;
}
