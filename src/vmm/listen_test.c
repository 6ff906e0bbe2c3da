/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a listening socket: what it leaves behind when it ends, and when it never began.
 */
#include "vmm/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static int accepted;

static void connected(struct listener *l, int fd)
{
    (void)l;
    accepted++;
    close(fd);
}

static struct listener listener_in(struct loop *l)
{
    return (struct listener){.loop = l, .option = "--test", .clients = 1, .connected = connected};
}

/* The number that the next descriptor gets. */
static int next_fd(void)
{
    int fd = dup(STDERR_FILENO);

    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static void call(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(a.sun_path, path);
    assert_int_equal(connect(s, (struct sockaddr *)&a, sizeof(a)), 0);
    close(s);
}

static void test_connections_come_and_wait(void **state)
{
    struct listener n;
    struct loop *l;
    struct stat st;
    int fd;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    n = listener_in(l);
    accepted = 0;
    fd = next_fd();
    assert_int_equal(listener_open_unix(&n, path), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    call();
    assert_int_equal(loop_round(l, 0), 0);
    assert_int_equal(accepted, 1);
    listener_accept(&n, false);
    call();
    assert_int_equal(loop_round(l, 0), 0);
    assert_int_equal(accepted, 1);
    listener_accept(&n, true);
    assert_int_equal(loop_round(l, 0), 0);
    assert_int_equal(accepted, 2);
    listener_close(&n);
    listener_close(&n);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(next_fd(), fd);
    loop_destroy(l);
}

/* A loop whose epoll descriptor is none any more takes nothing. */
static void test_descriptor_leaks_when_the_loop_refuses(void **state)
{
    struct listener n;
    struct loop *l;
    int epoll = next_fd(), fd;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    assert_int_equal(dup2(STDERR_FILENO, epoll), epoll);
    n = listener_in(l);
    fd = next_fd();
    assert_true(listener_open_unix(&n, path) < 0);
    assert_int_equal(next_fd(), fd);
    assert_int_equal(access(path, F_OK), -1);
    assert_true(listener_open_loopback(&n, 0) < 0);
    assert_int_equal(next_fd(), fd);
    listener_close(&n);
    loop_destroy(l);
}

static void test_file_that_is_no_socket_stays(void **state)
{
    struct listener n;
    struct loop *l;
    FILE *f = fopen(path, "w");

    (void)state;
    assert_non_null(f);
    fclose(f);
    assert_int_equal(loop_create(&l), 0);
    n = listener_in(l);
    assert_true(listener_open_unix(&n, path) < 0);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    loop_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_come_and_wait),
        cmocka_unit_test(test_descriptor_leaks_when_the_loop_refuses),
        cmocka_unit_test(test_file_that_is_no_socket_stays),
    };

    snprintf(path, sizeof(path), "/tmp/sie390-listen-%d", getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
