/* SPDX-License-Identifier: Apache-2.0
 *
 * The public interface: VMs, storage, registers, options, exits, states; each function, and each of
 * its errors.  Interruptions are in api_inject_test.c, threads in api_threads_test.c.
 */
#include "api/test_vm.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- library ---- */

static char logged[512];

static void log_it(void *arg, enum sie390_log_level level, const char *text)
{
    assert_ptr_equal(arg, logged);
    assert_int_equal(level, SIE390_LOG_ERROR);
    snprintf(logged, sizeof(logged), "%s", text);
}

static void test_library(void **state)
{
    const char *title, *group, *name;

    (void)state;
    assert_string_equal(sie390_version(), SIE390_VERSION);
    assert_string_equal(sie390_model_name(0, &title), "z10");
    assert_non_null(strstr(title, "2097"));
    assert_non_null(sie390_model_name(1, NULL));
    assert_null(sie390_model_name(99, &title));
    assert_true(sie390_counter_name(0, &group, &name));
    assert_string_equal(group, "intercept");
    assert_false(sie390_counter_name(100000, &group, &name));
}

/* ---- creation ---- */

static int create(struct sie390_vm_config c)
{
    struct sie390_vm *vm = (void *)&c;
    int r = sie390_vm_create(&c, &vm);

    if (r) {
        assert_null(vm);
        assert_string_not_equal(sie390_last_error(), "");
    } else {
        assert_int_equal(sie390_vm_destroy(vm), 0);
    }
    return r;
}

static void test_configuration(void **state)
{
    const struct sie390_hooks no_size = {0};
    struct sie390_vm_config c = {.size = sizeof(c), .memory = MIB};
    struct {
        struct sie390_vm_config c;
        u64 newer;
    } big = {{.size = sizeof(big), .memory = MIB}, 0};
    struct sie390_vm *vm;

    (void)state;
    assert_int_equal(sie390_vm_destroy(NULL), 0);
    assert_int_equal(create(c), 0);
    c.size--;
    assert_int_equal(create(c), -EINVAL);
    c.size++;
    c.options = 1ULL << 40;
    assert_int_equal(create(c), -EINVAL);
    c.options = 0;
    c.memory++;
    assert_int_equal(create(c), -EINVAL);
    c.memory--;
    c.max_cpus = 100000;
    assert_int_equal(create(c), -EINVAL);
    c.max_cpus = 1;
    c.hooks = &no_size;
    assert_int_equal(create(c), -EINVAL);
    c.hooks = NULL;
    sie390_set_log(log_it, logged);
    c.model = "z99";
    assert_int_equal(create(c), -EINVAL);
    assert_non_null(strstr(logged, "z99"));
    assert_string_equal(logged, sie390_last_error());
    sie390_set_log(NULL, NULL);
    c.model = "z10,edat1=off";
    assert_int_equal(sie390_vm_create(&c, &vm), 0);
    assert_false(sie390_vm_facility(vm, 8));
    assert_true(sie390_vm_facility(vm, 2));
    assert_false(sie390_vm_facility(vm, 45));
    assert_false(sie390_vm_facility(vm, 100000));
    assert_int_equal(sie390_vm_cpuid(vm) >> 16 & 0xffff, 0x2097);
    assert_int_equal(sie390_vm_destroy(vm), 0);
    assert_int_equal(sie390_vm_create(&big.c, &vm), 0);
    assert_int_equal(sie390_vm_destroy(vm), 0);
    big.newer = 1;
    assert_int_equal(sie390_vm_create(&big.c, &vm), -EINVAL);
}

static void test_cpus(void **state)
{
    struct sie390_vcpu *c;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vcpu_create(t.vm, 4, &c), -EINVAL);
    assert_null(c);
    assert_int_equal(sie390_vcpu_create(t.vm, 0, &c), -EEXIST);
    assert_int_equal(sie390_vcpu_create(t.vm, 3, &c), 0);
    assert_int_equal(sie390_vcpu_id(c), 3);
    assert_ptr_equal(sie390_vcpu_vm(c), t.vm);
    assert_ptr_equal(sie390_vm_vcpu(t.vm, 3), c);
    assert_null(sie390_vm_vcpu(t.vm, 2));
    assert_null(sie390_vm_vcpu(t.vm, 100000));
    done(&t);
}

/* ---- storage ---- */

static void test_storage(void **state)
{
    struct test_vm t;
    u8 b[4] = {1, 2, 3, 4};

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vm_memory(t.vm), 4 * MIB);
    assert_int_equal(sie390_vm_write(t.vm, 4 * MIB - 4, b, 4), 0);
    assert_int_equal(sie390_vm_write(t.vm, 4 * MIB - 3, b, 4), -EFAULT);
    assert_int_equal(sie390_vm_write(t.vm, ~0ULL, b, 4), -EFAULT);
    assert_int_equal(sie390_vm_read(t.vm, 4 * MIB, b, 1), -EFAULT);
    assert_int_equal(sie390_vm_fill(t.vm, 0x8000, 0x5a, 0x1000), 0);
    assert_int_equal(sie390_vm_fill(t.vm, 4 * MIB, 0, 1), -EFAULT);
    assert_int_equal(get16(&t, 0x8ff0), 0x5a5a);
    assert_int_equal(sie390_vm_discard(t.vm, 0x8000, 0x1000), 0);
    assert_int_equal(get16(&t, 0x8ff0), 0);
    assert_int_equal(sie390_vm_discard(t.vm, 4 * MIB, 0x1000), -EFAULT);
    assert_false(sie390_vm_absent(t.vm, 0x8000));
    done(&t);
}

static void test_lazy_storage(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, SIE390_LAZY_MEMORY, NULL, NULL);
    assert_true(sie390_vm_absent(t.vm, 0x8000));
    assert_false(sie390_vm_absent(t.vm, 1ULL << 40));
    assert_int_equal(sie390_vm_make_present(t.vm, 0x8000), 0);
    assert_false(sie390_vm_absent(t.vm, 0x8000));
    assert_int_equal(sie390_vm_discard(t.vm, 0x8000, 0x1000), 0);
    assert_true(sie390_vm_absent(t.vm, 0x8000));
    assert_int_equal(sie390_vm_make_present(t.vm, 4 * MIB), -EFAULT);
    done(&t);
}

static void test_load_file(void **state)
{
    char path[] = "/tmp/sie390-api-XXXXXX";
    int fd = mkstemp(path);
    struct test_vm t;
    u64 len;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(write(fd, "abcdefgh", 8), 8);
    assert_int_equal(sie390_vm_load_file(t.vm, path, 0x9000, &len), 0);
    assert_int_equal(len, 8);
    assert_int_equal(get64(&t, 0x9000), 0x6162636465666768);
    assert_int_equal(sie390_vm_load_file(t.vm, path, 4 * MIB - 7, NULL), -EFBIG);
    assert_int_equal(get16(&t, 4 * MIB - 8), 0);
    assert_int_equal(sie390_vm_load_file(t.vm, "/dev/zero", 0x9000, NULL), -EFBIG);
    assert_int_equal(sie390_vm_load_file(t.vm, "/tmp", 0x9000, NULL), -EISDIR);
    unlink(path);
    close(fd);
    assert_int_equal(sie390_vm_load_file(t.vm, path, 0, NULL), -ENOENT);
    assert_non_null(strstr(sie390_last_error(), path));
    done(&t);
}

static void test_keys(void **state)
{
    u8 keys[3] = {0x38, 0x16, 0xfe}, back[3], bad = 1;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vm_set_keys(t.vm, 0x8000, 3, keys), 0);
    assert_int_equal(sie390_vm_get_keys(t.vm, 0x8000, 3, back), 0);
    assert_memory_equal(keys, back, 3);
    assert_int_equal(sie390_vm_set_keys(t.vm, 0x8000, 1, &bad), -EINVAL);
    assert_int_equal(sie390_vm_set_keys(t.vm, 4 * MIB - 0x1000, 2, keys), -EFAULT);
    assert_int_equal(sie390_vm_get_keys(t.vm, 4 * MIB, 1, back), -EFAULT);
    assert_int_equal(sie390_vm_get_keys(t.vm, 0, ~0ULL, back), -EFAULT);
    code(&t, "b2290012");
    set_reg(&t, SIE390_REG_GR + 2, 0x9000);
    put_psw(&t, LC(pgm_new_psw), PSW_WAIT, NEW_PGM);
    run(&t, SIE390_EXIT_DISABLED_WAIT); /* iske, then an operation exception */
    assert_int_equal(reg(&t, SIE390_REG_GR + 1), 0x16);
    done(&t);
}

static int absolute_op(struct test_vm *t, u32 flags, u64 addr, u64 len, u8 key, void *buffer)
{
    const struct sie390_mem_op op = {sizeof(op), flags, 0, key, addr, len, buffer};

    return sie390_vm_mem_op(t->vm, &op);
}

static void test_absolute_operations(void **state)
{
    const u32 w = SIE390_MEM_STORE, c = SIE390_MEM_CHECK, k = SIE390_MEM_KEY;
    u8 keys[2] = {0x30, 0x48}, b[8] = "abcdefg";
    struct sie390_mem_op shorter = {.size = 4, .len = 1, .buffer = b};
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vm_set_keys(t.vm, 0x8000, 2, keys), 0);
    assert_int_equal(absolute_op(&t, w, 0x8ffc, 8, 0x50, b), 0); /* the key does not count */
    assert_int_equal(absolute_op(&t, w | k, 0x8ffc, 8, 0x30, b), PGM_PROTECTION);
    assert_int_equal(absolute_op(&t, w | k, 0x8ff0, 8, 0x30, b), 0);
    assert_int_equal(absolute_op(&t, k, 0x8ff0, 8, 0x50, b), 0); /* not fetch protected */
    assert_int_equal(absolute_op(&t, k, 0x8ffc, 8, 0x50, b), PGM_PROTECTION);
    assert_int_equal(absolute_op(&t, c | k, 0x8ffc, 8, 0x50, NULL), PGM_PROTECTION);
    assert_int_equal(absolute_op(&t, c | k, 0x8ff0, 8, 0x50, NULL), 0);
    assert_int_equal(absolute_op(&t, c | w | k, 0x8ff0, 8, 0x50, NULL), PGM_PROTECTION);
    assert_int_equal(absolute_op(&t, c, 4 * MIB, 1, 0, NULL), PGM_ADDRESSING);
    assert_int_equal(absolute_op(&t, 0, 4 * MIB, 1, 0, b), PGM_ADDRESSING);
    assert_int_equal(absolute_op(&t, 0, 0, 0, 0, b), -EINVAL);
    assert_int_equal(absolute_op(&t, 0, 0, SIE390_MEM_MAX + 1, 0, b), -EINVAL);
    assert_int_equal(absolute_op(&t, SIE390_MEM_INJECT, 0, 1, 0, b), -EINVAL);
    assert_int_equal(sie390_vm_mem_op(t.vm, &shorter), -EINVAL);
    done(&t);
}

/* ---- registers ---- */

static u64 pattern(unsigned n)
{
    switch (n) {
    case SIE390_REG_PREFIX:
        return 0x4000;
    case SIE390_REG_FPC:
        return 0xf8000001;
    case SIE390_REG_TOD_PROGRAMMABLE:
        return 0xabcd;
    case SIE390_REG_PFAULT_TOKEN:
        return 0x9008;
    default:
        return n >> 4 == 1 ? 0x80000000U + n : 0x8123456700000000U + n;
    }
}

static void test_registers(void **state)
{
    static const struct {
        unsigned reg;
        u64 value;
    } bad[] = {
        {SIE390_REG_AR + 3, 1ULL << 32},
        {SIE390_REG_PREFIX, 0x1000},
        {SIE390_REG_PREFIX, 4 * MIB},
        {SIE390_REG_FPC, 1ULL << 32},
        {SIE390_REG_FPC, 8},
        {SIE390_REG_TOD_PROGRAMMABLE, 0x10000},
        {SIE390_REG_PFAULT_TOKEN, 0x9004},
        {SIE390_REG_PFAULT_TOKEN, 4 * MIB},
        {SIE390_REG_COUNT, 0},
    };
    u64 all[SIE390_REG_COUNT], back[SIE390_REG_COUNT];
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(reg(&t, SIE390_REG_CR), CR0_INITIAL);
    for (unsigned n = 0; n < SIE390_REG_COUNT; n++)
        set_reg(&t, n, pattern(n));
    assert_int_equal(sie390_vcpu_get_all(t.cpu, all), 0);
    for (unsigned n = 0; n < SIE390_REG_COUNT; n++) {
        assert_int_equal(reg(&t, n), pattern(n));
        assert_int_equal(all[n], pattern(n));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(sie390_vcpu_set(t.cpu, bad[i].reg, bad[i].value), -EINVAL);
    assert_int_equal(sie390_vcpu_get(t.cpu, SIE390_REG_COUNT, all), -EINVAL);
    all[0] = 7;
    all[SIE390_REG_PREFIX] = 0x1000;
    assert_int_equal(sie390_vcpu_set_all(t.cpu, all), -EINVAL);
    assert_int_equal(sie390_vcpu_get_all(t.cpu, back), 0);
    assert_int_equal(back[0], pattern(0));
    all[SIE390_REG_PREFIX] = 0x6000;
    assert_int_equal(sie390_vcpu_set_all(t.cpu, all), 0);
    assert_int_equal(sie390_vcpu_get_all(t.cpu, back), 0);
    assert_memory_equal(all, back, sizeof(all));
    assert_int_equal(sie390_vcpu_set_cc(t.cpu, 4), -EINVAL);
    done(&t);
}

/* What the guest computes with them is what was set. */
static void test_registers_are_the_guests(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    /* la r2,1(r2); ear r3,a5; lgdr r4,f6; stctg c9,c9,200; stpx 208; stpt 210; stckc 218 */
    code(&t, "41202001b24f0035b3cd0046eb9902000025b2110208b2090210b2070218b2b20220");
    put_psw(&t, 0x220, PSW_WAIT, 0xe0d);
    set_reg(&t, SIE390_REG_GR + 2, 0x41);
    set_reg(&t, SIE390_REG_AR + 5, 0x55);
    set_reg(&t, SIE390_REG_FPR + 6, 0x6666);
    set_reg(&t, SIE390_REG_CR + 9, 0x99);
    set_reg(&t, SIE390_REG_CPU_TIMER, 1ULL << 60);
    set_reg(&t, SIE390_REG_CLOCK_COMPARATOR, 0x123456789000);
    set_reg(&t, SIE390_REG_CR, reg(&t, SIE390_REG_CR) | CR0_AFP);
    ends_at(&t, 0xe0d);
    assert_int_equal(reg(&t, SIE390_REG_GR + 2), 0x42);
    assert_int_equal(reg(&t, SIE390_REG_GR + 3), 0x55);
    assert_int_equal(reg(&t, SIE390_REG_GR + 4), 0x6666);
    assert_int_equal(get64(&t, 0x200), 0x99);
    assert_in_range(get64(&t, 0x210), 1ULL << 59, 1ULL << 60);
    assert_int_equal(get64(&t, 0x218), 0x123456789000);
    done(&t);
}

/* ---- storage as the CPU sees it ---- */

static int cpu_op(struct test_vm *t, u32 flags, u64 addr, u64 len, u8 key, void *buffer)
{
    const struct sie390_mem_op op = {sizeof(op), flags, 0, key, addr, len, buffer};

    return sie390_vcpu_mem_op(t->cpu, &op);
}

static void test_logical_operations(void **state)
{
    const u32 w = SIE390_MEM_STORE, c = SIE390_MEM_CHECK, k = SIE390_MEM_KEY;
    struct sie390_mem_op bad_ar = {.size = sizeof(bad_ar), .ar = 16, .len = 1};
    u8 key = 0x38, b[8] = "abcdefg";
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    set_reg(&t, SIE390_REG_PREFIX, 0x4000);
    set_reg(&t, SIE390_REG_PSW_MASK, PSW_64);
    assert_int_equal(cpu_op(&t, w, 0x10, 8, 0, b), 0);
    assert_int_equal(get64(&t, 0x4010), 0x6162636465666700);
    assert_int_equal(cpu_op(&t, 0, 0x4010, 8, 0, b), 0);
    assert_int_equal(b[0], 0);
    assert_int_equal(cpu_op(&t, SIE390_MEM_REAL, 0x10, 8, 0, b), 0);
    assert_string_equal((char *)b, "abcdefg");
    assert_int_equal(cpu_op(&t, SIE390_MEM_REAL | w, 0x1ffc, 8, 0, b), 0);
    assert_int_equal(cpu_op(&t, SIE390_MEM_REAL | c, 4 * MIB, 8, 0, NULL), PGM_ADDRESSING);
    assert_int_equal(cpu_op(&t, SIE390_MEM_REAL | k, 0, 8, 0, b), -EINVAL);
    assert_int_equal(sie390_vm_set_keys(t.vm, 0x8000, 1, &key), 0);
    assert_int_equal(cpu_op(&t, k, 0x8000, 8, 0x40, b), PGM_PROTECTION);
    assert_int_equal(cpu_op(&t, k | c, 0x8000, 8, 0x40, NULL), PGM_PROTECTION);
    assert_int_equal(cpu_op(&t, k | c | w, 0x8000, 8, 0x30, NULL), 0);
    assert_int_equal(cpu_op(&t, 0, 0x8000, 8, 0x40, b), 0);
    assert_int_equal(cpu_op(&t, 0, 4 * MIB - 4, 8, 0, b), PGM_ADDRESSING);
    assert_int_equal(cpu_op(&t, 64, 0, 8, 0, b), -EINVAL);
    assert_int_equal(cpu_op(&t, 0, 0, 0, 0, b), -EINVAL);
    assert_int_equal(sie390_vcpu_mem_op(t.cpu, &bad_ar), -EINVAL);
    assert_int_equal(sie390_vcpu_pending(t.cpu), 0);
    done(&t);
}

/* SERVC with an operand outside storage: the guest gets the exception. */
static void test_injecting_an_access_exception(void **state)
{
    struct test_vm t;
    u8 b;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "b2200012");
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(cpu_op(&t, SIE390_MEM_INJECT, 1ULL << 40, 1, 0, &b), PGM_ADDRESSING);
    assert_int_equal(sie390_vcpu_pending(t.cpu), SIE390_PENDING_PROGRAM);
    ends_at(&t, NEW_PGM);
    assert_int_equal(get16(&t, LC(pgm_code)), PGM_ADDRESSING);
    assert_int_equal(get16(&t, LC(pgm_ilc)), 4);
    assert_int_equal(get64(&t, LC(pgm_old_psw) + 8), CODE + 4);
    done(&t);
}

/* ---- exits ---- */

static void test_intercept_and_operands(void **state)
{
    struct test_vm t;
    u64 addr;
    u8 ar;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    set_reg(&t, SIE390_REG_GR + 5, 0x100005000);
    code(&t, "b2325010b2b20200"); /* msch 10(r5) */
    put_psw(&t, 0x200, PSW_WAIT, 0xe0d);
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.icptcode, 4);
    assert_int_equal(t.x.ipa, 0xb232);
    assert_int_equal(t.x.psw_addr, CODE + 4);
    assert_int_equal(sie390_vcpu_operand(t.cpu, &t.x, SIE390_OPERAND_S, &addr, &ar), 0);
    assert_int_equal(addr, 0x100005010);
    assert_int_equal(ar, 5);
    set_reg(&t, SIE390_REG_PSW_MASK, PSW_MASK_BA);
    assert_int_equal(sie390_vcpu_operand(t.cpu, &t.x, SIE390_OPERAND_S, &addr, NULL), 0);
    assert_int_equal(addr, 0x5010);
    assert_int_equal(sie390_vcpu_operand(t.cpu, &t.x, SIE390_OPERAND_CODE, &addr, NULL), 0);
    assert_int_equal(addr, 0x100005010);
    t.x.ipb = 0x5fff8000;
    assert_int_equal(sie390_vcpu_operand(t.cpu, &t.x, SIE390_OPERAND_RSY, &addr, NULL), 0);
    assert_int_equal(addr, 0x5000 + 0xfff - 0x80000 + 0x80000000);
    t.x.ipb = 0x00005008;
    assert_int_equal(sie390_vcpu_operand(t.cpu, &t.x, SIE390_OPERAND_SSE2, &addr, NULL), 0);
    assert_int_equal(addr, 0x5008);
    assert_int_equal(sie390_vcpu_operand(t.cpu, &t.x, (enum sie390_operand)9, &addr, NULL),
                     -EINVAL);
    assert_int_equal(sie390_vcpu_set_cc(t.cpu, 3), 0);
    assert_int_equal(psw_cc(reg(&t, SIE390_REG_PSW_MASK)), 3);
    set_reg(&t, SIE390_REG_PSW_MASK, PSW_64);
    assert_int_equal(sie390_vcpu_complete(t.cpu), 0);
    ends_at(&t, 0xe0d);
    done(&t);
}

static void test_exits(void **state)
{
    const struct sie390_io io = {1, 0x23, 0x456, 3 << 27};
    struct test_vm t;

    (void)state;
    make_vm(&t, SIE390_USER_STSI, NULL, NULL);
    assert_int_equal(sie390_vcpu_get_state(t.cpu), SIE390_STOPPED);
    run(&t, SIE390_EXIT_STOPPED);
    code(&t, "b235020083450308"); /* tsch 200; diag r4,r5,308 */
    set_reg(&t, SIE390_REG_GR + 1, 0x10023);
    set_reg(&t, SIE390_REG_GR + 5, 3);
    assert_int_equal(sie390_inject_io(t.vm, &io), 0);
    run(&t, SIE390_EXIT_TSCH);
    assert_true(t.x.u.tsch.dequeued);
    assert_memory_equal(&t.x.u.tsch.io, &io, sizeof(io));
    run(&t, SIE390_EXIT_RESET);
    assert_int_equal(t.x.u.reset.subcode, 3);
    code(&t, "b235020083450308");
    set_reg(&t, SIE390_REG_GR + 4, 0x7000);
    set_reg(&t, SIE390_REG_GR + 5, 6);
    run(&t, SIE390_EXIT_TSCH);
    assert_false(t.x.u.tsch.dequeued);
    run(&t, SIE390_EXIT_RESET);
    assert_int_equal(t.x.u.reset.addr, 0x7000);
    assert_int_equal(t.x.u.reset.r1, 4);
    code(&t, "b27d8010"); /* stsi 10(r8) */
    set_reg(&t, SIE390_REG_GR + 0, 0x30000002);
    set_reg(&t, SIE390_REG_GR + 1, 2);
    set_reg(&t, SIE390_REG_GR + 8, 0x7ff0);
    run(&t, SIE390_EXIT_STSI);
    assert_int_equal(t.x.u.stsi.addr, 0x8000);
    assert_int_equal(t.x.u.stsi.ar, 8);
    assert_int_equal(t.x.u.stsi.fc << 8 | t.x.u.stsi.sel1 << 4 | t.x.u.stsi.sel2, 0x322);
    done(&t);
}

static void test_loops(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "0000");
    put_psw(&t, LC(pgm_new_psw), PSW_64, CODE);
    run(&t, SIE390_EXIT_PROGRAM_LOOP);
    code(&t, "a7f40000");
    put_psw(&t, LC(ext_new_psw), PSW_64 | PSW_MASK_EXT, CODE);
    set_reg(&t, SIE390_REG_CR, CR0_CLOCK_COMP);
    set_reg(&t, SIE390_REG_CLOCK_COMPARATOR, 1);
    set_reg(&t, SIE390_REG_PSW_MASK, PSW_64 | PSW_MASK_EXT);
    run(&t, SIE390_EXIT_EXTERNAL_LOOP);
    done(&t);
}

static void test_leave_and_wait(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "a7f40000");
    sie390_vcpu_leave(t.cpu);
    run(&t, SIE390_EXIT_LEFT);
    assert_int_equal(sie390_vcpu_wait(t.cpu), 0);
    assert_int_equal(sie390_vcpu_set_state(t.cpu, SIE390_STOPPED), 0);
    sie390_vcpu_leave(t.cpu);
    assert_int_equal(sie390_vcpu_wait(t.cpu), -EINTR);
    run(&t, SIE390_EXIT_STOPPED);
    done(&t);
}

/* ---- options ---- */

/* Each case: an option, code that exits with it, and what the guest gets without. */
static void test_options(void **state)
{
    static const struct {
        u64 option;
        const char *code;
        u64 gr1;
        u16 ipa, without;
    } c[] = {
        {SIE390_USER_INSTR0, "0000", 0, 0x0000, PGM_OPERATION},
        {SIE390_USER_OPEREXEC, "b9ff0012", 0, 0xb9ff, PGM_OPERATION},
        {SIE390_USER_SIGP, "ae010005b2b20200", 0, 0xae01, 0}, /* stop CPU 2: not operational */
        {SIE390_DIAG8, "83120008", 0x1000, 0x8312, PGM_SPECIFICATION},
        {SIE390_DIAG288, "83120288", 0x1000, 0x8312, PGM_SPECIFICATION},
        {SIE390_USER_CONTROLLED, "b2020280b2b20200", 0, 0xb202, 0},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(c); i++) {
        struct test_vm t;

        make_vm(&t, c[i].option, NULL, NULL);
        set_reg(&t, SIE390_REG_GR + 1, c[i].gr1 ? c[i].gr1 : 2);
        code(&t, c[i].code);
        run(&t, SIE390_EXIT_INTERCEPT);
        assert_int_equal(t.x.ipa, c[i].ipa);
        done(&t);
        make_vm(&t, 0, NULL, NULL);
        set_reg(&t, SIE390_REG_GR + 1, c[i].gr1 ? c[i].gr1 : 2);
        put_psw(&t, 0x200, PSW_WAIT, 0xe0d);
        code(&t, c[i].code);
        ends_at(&t, c[i].without ? NEW_PGM : 0xe0d);
        if (c[i].without)
            assert_int_equal(get16(&t, LC(pgm_code)), c[i].without);
        done(&t);
    }
}

static void test_i01_user_controlled(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "b2020208b2b20200");
    assert_int_equal(sie390_vcpu_handle(t.cpu, &t.x), -EINVAL);
    done(&t);
    make_vm(&t, SIE390_USER_CONTROLLED | SIE390_LAZY_MEMORY, NULL, NULL);
    put_psw(&t, 0x210, PSW_WAIT, 0xe0d);
    code(&t, "e31080000004b2020208b2b20210"); /* lg 0(r8); stidp 208; lpswe 210 */
    set_reg(&t, SIE390_REG_GR + 8, 0x200000);
    assert_int_equal(sie390_vcpu_handle(t.cpu, &t.x), -EINVAL); /* nothing has run */
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.icptcode, 0);
    assert_int_equal(t.x.u.fault.addr, 0x200000);
    assert_int_equal(sie390_vm_make_present(t.vm, t.x.u.fault.addr), 0);
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.ipa, 0xb202);
    assert_int_equal(sie390_vcpu_handle(t.cpu, &t.x), 0);
    assert_int_equal(sie390_vcpu_handle(t.cpu, &t.x), -EINVAL); /* once is enough */
    assert_int_equal(get64(&t, 0x208), sie390_vm_cpuid(t.vm));
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.icptcode, 0x1c);
    assert_int_equal(sie390_vcpu_handle(t.cpu, &t.x), 1);
    assert_int_equal(t.x.reason, SIE390_EXIT_DISABLED_WAIT);
    assert_int_equal(t.x.psw_addr, 0xe0d);
    done(&t);
}

/* ---- hooks, counters, trace ---- */

struct seen {
    unsigned intercepts, states;
    u64 gr1;
};

static void intercepted(void *arg, struct sie390_vcpu *cpu, const struct sie390_intercept *i)
{
    struct seen *s = arg;

    if (i->ipa != 0xb202 || i->icptcode != 4)
        return;
    s->intercepts++;
    assert_false(i->exits);
    assert_int_equal(i->psw_addr, CODE + 4);
    assert_int_equal(sie390_vcpu_get(cpu, SIE390_REG_GR + 1, &s->gr1), 0);
    assert_int_equal(sie390_vcpu_reset(cpu, SIE390_RESET_CLEAR), -EBUSY);
    assert_int_equal(sie390_vm_destroy(sie390_vcpu_vm(cpu)), -EBUSY);
    assert_int_equal(sie390_vm_set_tod(sie390_vcpu_vm(cpu), 1), -EDEADLK);
}

static void state_changed(void *arg, struct sie390_vcpu *cpu)
{
    struct seen *s = arg;

    s->states++;
    assert_int_equal(sie390_vcpu_id(cpu), 1);
    assert_int_equal(sie390_vcpu_get_state(cpu), SIE390_OPERATING);
}

static int64_t notified(void *arg, struct sie390_vm *vm, uint32_t id, uint64_t queue,
                        uint64_t cookie)
{
    assert_non_null(arg);
    assert_int_equal(sie390_vm_memory(vm), 4 * MIB);
    assert_int_equal(id, 0x10001);
    assert_int_equal(queue, 2);
    return (int64_t)cookie + 1;
}

static void test_hooks(void **state)
{
    const struct sie390_hooks hooks = {sizeof(hooks), intercepted, state_changed, notified};
    struct seen seen = {0};
    struct sie390_vcpu *other;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, &hooks, &seen);
    assert_int_equal(sie390_vcpu_create(t.vm, 1, &other), 0);
    put_psw(&t, 0x210, PSW_WAIT, 0xe0d);
    code(&t, "b2020208ae04000483240500b2b20210"); /* stidp; sigp start; diag 500 */
    set_reg(&t, SIE390_REG_GR + 1, 3);
    set_reg(&t, SIE390_REG_GR + 2, 0x10001);
    set_reg(&t, SIE390_REG_GR + 3, 2);
    set_reg(&t, SIE390_REG_GR + 4, 1);
    ends_at(&t, 0xe0d);
    assert_int_equal(seen.intercepts, 1);
    assert_int_equal(seen.gr1, 3);
    assert_int_equal(seen.states, 1);
    assert_int_equal(reg(&t, SIE390_REG_GR + 2), 2);
    done(&t);
}

static unsigned counter(const char *group, const char *name)
{
    const char *g, *n;

    for (unsigned i = 0; sie390_counter_name(i, &g, &n); i++)
        if (!strcmp(g, group) && !strcmp(n, name))
            return i;
    fail_msg("no counter %s of %s", name, group);
    return 0;
}

static void test_counters_and_trace(void **state)
{
    unsigned stidp = counter("instruction", "STIDP");
    char text[4096] = "";
    struct test_vm t;
    int fd[2];

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(sie390_vm_trace(t.vm, "nonsense", 2), -EINVAL);
    assert_int_equal(sie390_vm_trace(t.vm, "icpt", -1), -EBADF);
    assert_int_equal(sie390_vm_trace(t.vm, "icpt", fd[1]), 0);
    put_psw(&t, 0x210, PSW_WAIT, 0xe0d);
    code(&t, "b2020208b2020208b2b20210");
    ends_at(&t, 0xe0d);
    assert_int_equal(sie390_vm_trace(t.vm, "", -1), 0);
    assert_true(read(fd[0], text, sizeof(text) - 1) > 0);
    assert_non_null(strstr(text, "b202"));
    assert_int_equal(sie390_vm_counter(t.vm, stidp), 2);
    assert_int_equal(sie390_vcpu_counter(t.cpu, stidp), 2);
    assert_int_equal(sie390_vm_counter(t.vm, 100000), 0);
    assert_int_equal(sie390_vcpu_counter(t.cpu, 100000), 0);
    close(fd[0]);
    close(fd[1]);
    done(&t);
}

/* ---- states, resets ---- */

static void test_resets(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "b2200012");
    set_reg(&t, SIE390_REG_GR + 3, 3);
    set_reg(&t, SIE390_REG_CR + 3, 3);
    assert_int_equal(sie390_vcpu_set_state(t.cpu, (enum sie390_state)9), -EINVAL);
    assert_int_equal(sie390_vcpu_reset(t.cpu, (enum sie390_reset)3), -EINVAL);
    assert_int_equal(sie390_inject_emergency(t.cpu, 1), 0);
    assert_int_equal(sie390_vcpu_reset(t.cpu, SIE390_RESET_NORMAL), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu), 0);
    assert_int_equal(sie390_vcpu_get_state(t.cpu), SIE390_STOPPED);
    assert_int_equal(reg(&t, SIE390_REG_CR + 3), 3);
    assert_int_equal(reg(&t, SIE390_REG_PSW_ADDR), CODE);
    assert_int_equal(sie390_vcpu_reset(t.cpu, SIE390_RESET_INITIAL), 0);
    assert_int_equal(reg(&t, SIE390_REG_CR + 3), 0);
    assert_int_equal(reg(&t, SIE390_REG_GR + 3), 3);
    assert_int_equal(sie390_vcpu_reset(t.cpu, SIE390_RESET_CLEAR), 0);
    assert_int_equal(reg(&t, SIE390_REG_GR + 3), 0);
    set_reg(&t, SIE390_REG_GR + 3, 0x33);
    assert_int_equal(sie390_vcpu_store_status(t.cpu, SIE390_STATUS_ABSOLUTE), 0);
    assert_int_equal(get64(&t, LC(gr_save) + 24), 0x33);
    assert_int_equal(sie390_vcpu_store_status(t.cpu, 0x9000), 0);
    assert_int_equal(get64(&t, 0x9080 + 24), 0x33);
    assert_int_equal(sie390_vcpu_store_status(t.cpu, 4 * MIB), -EFAULT);
    done(&t);
}

static void test_user_keeps_states(void **state)
{
    struct sie390_vcpu *other;
    struct test_vm t;

    (void)state;
    make_vm(&t, SIE390_USER_CPU_STATES, NULL, NULL);
    assert_int_equal(sie390_vcpu_create(t.vm, 1, &other), 0);
    set_reg(&t, SIE390_REG_GR + 4, 1);
    code(&t, "ae040006a7f40000"); /* sigp restart; j . */
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.ipa, 0xae04);
    assert_int_equal(sie390_inject_restart(other), 0);
    assert_int_equal(sie390_vcpu_get_state(other), SIE390_STOPPED);
    assert_int_equal(sie390_inject_stop(t.cpu, true), 0);
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.icptcode, 0x28);
    assert_int_equal(get32(&t, LC(gr_save) + 36), 1); /* status is stored */
    assert_int_equal(sie390_vcpu_get_state(t.cpu), SIE390_OPERATING);
    assert_int_equal(sie390_vcpu_set_state(t.cpu, SIE390_STOPPED), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu), 0);
    run(&t, SIE390_EXIT_STOPPED);
    assert_int_equal(sie390_vcpu_set_state(t.cpu, SIE390_OPERATING), 0);
    assert_int_equal(sie390_vcpu_reset(t.cpu, SIE390_RESET_INITIAL), 0);
    assert_int_equal(sie390_vcpu_get_state(t.cpu), SIE390_OPERATING);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_lazy_storage),
        cmocka_unit_test(test_load_file),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_absolute_operations),
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_registers_are_the_guests),
        cmocka_unit_test(test_logical_operations),
        cmocka_unit_test(test_injecting_an_access_exception),
        cmocka_unit_test(test_intercept_and_operands),
        cmocka_unit_test(test_exits),
        cmocka_unit_test(test_loops),
        cmocka_unit_test(test_leave_and_wait),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_i01_user_controlled),
        cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_counters_and_trace),
        cmocka_unit_test(test_resets),
        cmocka_unit_test(test_user_keeps_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
