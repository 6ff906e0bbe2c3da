/* SPDX-License-Identifier: Apache-2.0
 *
 * A VM's storage, by absolute address, and its keys.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "arch/program.h"

static int outside(u64 addr, u64 len)
{
    return api_fail(-EFAULT, "%llx, length %llx: not in storage", (unsigned long long)addr,
                    (unsigned long long)len);
}

uint64_t sie390_vm_memory(const struct sie390_vm *vm)
{
    return vm->vm.mem.size;
}

int sie390_vm_read(struct sie390_vm *vm, uint64_t addr, void *to, uint64_t len)
{
    if (mem_read(&vm->vm.mem, abs_addr(addr), to, len) != MEM_OK)
        return outside(addr, len);
    return 0;
}

int sie390_vm_write(struct sie390_vm *vm, uint64_t addr, const void *from, uint64_t len)
{
    if (mem_write(&vm->vm.mem, abs_addr(addr), from, len) != MEM_OK)
        return outside(addr, len);
    return 0;
}

int sie390_vm_fill(struct sie390_vm *vm, uint64_t addr, uint8_t byte, uint64_t len)
{
    if (mem_fill(&vm->vm.mem, abs_addr(addr), byte, len) != MEM_OK)
        return outside(addr, len);
    return 0;
}

int sie390_vm_discard(struct sie390_vm *vm, uint64_t addr, uint64_t len)
{
    if (mem_discard(&vm->vm.mem, abs_addr(addr), len) != MEM_OK)
        return outside(addr, len);
    return 0;
}

/* ---- absent pages ---- */

bool sie390_vm_absent(const struct sie390_vm *vm, uint64_t addr)
{
    return mem_has(&vm->vm.mem, addr, 1) && mem_is_absent(&vm->vm.mem, addr);
}

int sie390_vm_make_present(struct sie390_vm *vm, uint64_t addr)
{
    if (!mem_has(&vm->vm.mem, addr, 1))
        return outside(addr, 1);
    mem_make_present(&vm->vm.mem, addr);
    return 0;
}

/* ---- files ---- */

static int load(struct sie390_vm *vm, int fd, u64 addr, u64 *done)
{
    u8 buffer[0x8000];

    for (;;) {
        ssize_t n = read(fd, buffer, sizeof(buffer));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : 0;
        if (mem_write(&vm->vm.mem, abs_addr(addr + *done), buffer, (u64)n) != MEM_OK)
            return -EFBIG;
        *done += (u64)n;
    }
}

/* A file that cannot fit must not be loaded in part. */
static int check_size(const struct sie390_vm *vm, int fd, u64 addr)
{
    struct stat st;

    if (fstat(fd, &st))
        return -errno;
    return !S_ISREG(st.st_mode) || mem_has(&vm->vm.mem, addr, (u64)st.st_size) ? 0 : -EFBIG;
}

int sie390_vm_load_file(struct sie390_vm *vm, const char *path, uint64_t addr, uint64_t *len)
{
    u64 done = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : check_size(vm, fd, addr);

    if (!r)
        r = load(vm, fd, addr, &done);
    if (fd >= 0)
        close(fd);
    if (r)
        return api_fail(r, "%s: %s", path,
                        r == -EFBIG ? "does not fit into storage" : strerror(-r));
    if (len)
        *len = done;
    return 0;
}

/* ---- keys ---- */

static bool frames_in_storage(const struct sie390_vm *vm, u64 addr, u64 count)
{
    return count <= vm->vm.mem.size / FRAME_SIZE &&
           mem_has(&vm->vm.mem, addr & ~FRAME_MASK, count * FRAME_SIZE);
}

int sie390_vm_get_keys(struct sie390_vm *vm, uint64_t addr, uint64_t count, uint8_t *keys)
{
    if (!frames_in_storage(vm, addr, count))
        return outside(addr, count);
    for (u64 i = 0; i < count; i++)
        keys[i] = mem_key_get(&vm->vm.mem, abs_addr(addr + i * FRAME_SIZE)) & 0xfe;
    return 0;
}

int sie390_vm_set_keys(struct sie390_vm *vm, uint64_t addr, uint64_t count, const uint8_t *keys)
{
    if (!frames_in_storage(vm, addr, count))
        return outside(addr, count);
    for (u64 i = 0; i < count; i++)
        if (keys[i] & 1)
            return api_fail(-EINVAL, "key %02x: the rightmost bit is no part of a key", keys[i]);
    atomic_store(&vm->vm.uses_keys, true);
    for (u64 i = 0; i < count; i++)
        mem_key_set(&vm->vm.mem, abs_addr(addr + i * FRAME_SIZE), keys[i]);
    return 0;
}

/* ---- with key-controlled protection ---- */

int sie390_vm_mem_op(struct sie390_vm *vm, const struct sie390_mem_op *op)
{
    const u32 known = SIE390_MEM_STORE | SIE390_MEM_CHECK | SIE390_MEM_KEY;
    u8 key = op->flags & SIE390_MEM_KEY ? op->key & KEY_ACC : 0;
    struct mem *m = &vm->vm.mem;
    enum mem_result r;

    if (op->size < sizeof(*op) || op->flags & ~known || !op->len || op->len > SIE390_MEM_MAX)
        return api_fail(-EINVAL, "storage operation: flags %x, length %llx", op->flags,
                        (unsigned long long)op->len);
    if (op->flags & SIE390_MEM_CHECK)
        r = mem_check_key(m, abs_addr(op->addr), op->len, key, op->flags & SIE390_MEM_STORE);
    else if (op->flags & SIE390_MEM_STORE)
        r = mem_write_key(m, abs_addr(op->addr), op->buffer, op->len, key);
    else
        r = mem_read_key(m, abs_addr(op->addr), op->buffer, op->len, key);
    if (r == MEM_OK)
        return 0;
    return r == MEM_KEY ? PGM_PROTECTION : PGM_ADDRESSING;
}
