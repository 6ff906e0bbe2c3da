/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop, the worker pool and sub-options.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "base/workers.h"

struct counter {
    struct loop *loop;
    struct loop_post post, other;
    struct loop_timer timer, late;
    struct loop_fd a, b;
    unsigned posts, timers, a_ready, b_ready;
    bool again;
};

static void count_post(struct loop_post *p)
{
    struct counter *c = container_of(p, struct counter, post);

    c->posts++;
    if (c->again)
        loop_post(c->loop, p);
}

static void cancel_other(struct loop_post *p)
{
    struct counter *c = container_of(p, struct counter, other);

    loop_post_cancel(c->loop, &c->post);
}

static void posts(void **state)
{
    struct counter c = {.post.run = count_post, .other.run = cancel_other};

    (void)state;
    assert_int_equal(loop_create(&c.loop), 0);
    loop_post(c.loop, &c.post);
    loop_post(c.loop, &c.post);
    assert_int_equal(loop_round(c.loop, -1), 0);
    assert_int_equal(c.posts, 1);
    c.again = true;
    loop_post(c.loop, &c.post);
    assert_int_equal(loop_round(c.loop, -1), 0);
    assert_int_equal(c.posts, 2); /* once a round */
    assert_int_equal(loop_round(c.loop, -1), 0);
    assert_int_equal(c.posts, 3);
    loop_post_cancel(c.loop, &c.post);
    loop_post(c.loop, &c.other);
    loop_post(c.loop, &c.post);
    assert_int_equal(loop_round(c.loop, 0), 0);
    assert_int_equal(loop_round(c.loop, 0), 0);
    assert_int_equal(c.posts, 3);
    loop_destroy(c.loop);
}

static void count_timer(struct loop_timer *t)
{
    container_of(t, struct counter, timer)->timers++;
}

static void timers(void **state)
{
    struct counter c = {0};
    u64 start = loop_now();

    (void)state;
    assert_int_equal(loop_create(&c.loop), 0);
    loop_timer_set(c.loop, &c.late, start + 3600000000000ULL, count_timer);
    loop_timer_set(c.loop, &c.timer, start + 3000000, count_timer);
    while (!c.timers)
        assert_int_equal(loop_round(c.loop, -1), 0);
    assert_true(loop_now() - start >= 3000000);
    assert_int_equal(c.timers, 1);
    loop_timer_set(c.loop, &c.timer, 1, count_timer);
    loop_timer_cancel(c.loop, &c.timer);
    assert_int_equal(loop_round(c.loop, 0), 0);
    assert_int_equal(c.timers, 1);
    loop_timer_cancel(c.loop, &c.late);
    loop_destroy(c.loop);
}

static void a_ready(struct loop_fd *f, u32 events)
{
    struct counter *c = container_of(f, struct counter, a);

    (void)events;
    c->a_ready++;
    loop_fd_remove(c->loop, &c->b);
}

static void b_ready(struct loop_fd *f, u32 events)
{
    struct counter *c = container_of(f, struct counter, b);

    (void)events;
    c->b_ready++;
    loop_fd_remove(c->loop, &c->a);
}

static void one_removes_the_other(void **state)
{
    struct counter c = {0};
    int p[2], q[2];

    (void)state;
    assert_int_equal(loop_create(&c.loop), 0);
    assert_int_equal(pipe(p), 0);
    assert_int_equal(pipe(q), 0);
    assert_int_equal(loop_fd_add(c.loop, &c.a, p[0], LOOP_IN, a_ready), 0);
    assert_int_equal(loop_fd_add(c.loop, &c.b, q[0], LOOP_IN, b_ready), 0);
    assert_int_equal(write(p[1], "x", 1), 1);
    assert_int_equal(write(q[1], "x", 1), 1);
    assert_int_equal(loop_round(c.loop, -1), 0);
    assert_int_equal(c.a_ready + c.b_ready, 1);
    loop_fd_remove(c.loop, &c.a);
    loop_fd_remove(c.loop, &c.b);
    for (int i = 0; i < 2; i++) {
        close(p[i]);
        close(q[i]);
    }
    loop_destroy(c.loop);
}

static void regular_files_are_ready(void **state)
{
    struct counter c = {0};
    FILE *f = tmpfile();

    (void)state;
    assert_int_equal(loop_create(&c.loop), 0);
    assert_int_equal(loop_fd_add(c.loop, &c.a, fileno(f), LOOP_HUP, a_ready), 0);
    assert_int_equal(loop_round(c.loop, 0), 0);
    assert_int_equal(c.a_ready, 0);
    loop_fd_watch(c.loop, &c.a, LOOP_IN);
    assert_int_equal(loop_round(c.loop, -1), 0);
    assert_int_equal(c.a_ready, 1);
    loop_fd_remove(c.loop, &c.a);
    fclose(f);
    loop_destroy(c.loop);
}

static void note_thread(void *arg)
{
    *(pthread_t *)arg = pthread_self();
}

static void calls(void **state)
{
    struct loop *l;
    pthread_t where;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    loop_call(l, note_thread, &where);
    assert_true(pthread_equal(where, pthread_self()));
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(loop_start_thread(l), 0);
        loop_call(l, note_thread, &where);
        assert_false(pthread_equal(where, pthread_self()));
        loop_stop_thread(l);
    }
    loop_call(l, note_thread, &where);
    assert_true(pthread_equal(where, pthread_self()));
    loop_destroy(l);
}

struct job {
    struct work work;
    unsigned *left, *sum;
    unsigned value, rounds;
    struct workers *w;
};

static void job_run(struct work *work)
{
    container_of(work, struct job, work)->value++;
}

static void job_done(struct work *work)
{
    struct job *j = container_of(work, struct job, work);

    if (j->rounds--) {
        workers_submit(j->w, work);
        return;
    }
    *j->sum += j->value;
    --*j->left;
}

static void work(void **state)
{
    struct job job[50];
    unsigned left = 50, sum = 0;
    struct workers *w;
    struct loop *l;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    assert_int_equal(workers_create(&w, l, 3), 0);
    for (unsigned i = 0; i < 50; i++) {
        job[i] = (struct job){{job_run, job_done, NULL}, &left, &sum, 0, 3, w};
        workers_submit(w, &job[i].work);
    }
    while (left > 25)
        assert_int_equal(loop_round(l, -1), 0);
    workers_drain(w, &left);
    assert_int_equal(sum, 200);
    workers_destroy(w);
    loop_destroy(l);
}

static void suboptions(void **state)
{
    struct suboptions o;
    unsigned cursor = 0;
    bool readonly = false, other = true;
    u64 n = 0;
    const char *text = "a,,b=c.raw,readonly,n=0x20,f=1,f=2,x=off";

    (void)state;
    assert_int_equal(suboptions_parse(&o, "--disk", text, true), 0);
    assert_string_equal(suboptions_get(&o, ""), "a,b=c.raw");
    assert_int_equal(suboptions_bool(&o, "readonly", &readonly), 0);
    assert_true(readonly);
    assert_int_equal(suboptions_number(&o, "n", 31, &n), -EINVAL);
    assert_int_equal(suboptions_number(&o, "n", 32, &n), 0);
    assert_int_equal(n, 32);
    assert_string_equal(suboptions_next(&o, "f", &cursor), "1");
    assert_int_equal(suboptions_end(&o), -EINVAL);
    assert_string_equal(suboptions_next(&o, "f", &cursor), "2");
    assert_null(suboptions_next(&o, "f", &cursor));
    assert_int_equal(suboptions_bool(&o, "x", &other), 0);
    assert_false(other);
    assert_int_equal(suboptions_end(&o), 0);
    suboptions_free(&o);
    assert_int_equal(suboptions_parse(&o, "--net", "user,,", false), 0);
    assert_non_null(suboptions_get(&o, "user,"));
    suboptions_free(&o);
    assert_int_equal(suboptions_parse(&o, "--net", "user,", false), -EINVAL);
    assert_int_equal(suboptions_parse(&o, "--net", "", false), -EINVAL);
}

static void sizes(void **state)
{
    u64 v;

    (void)state;
    assert_int_equal(parse_size("512M", &v), 0);
    assert_int_equal(v, 512ULL << 20);
    assert_int_equal(parse_size("0x10k", &v), 0);
    assert_int_equal(v, 16384);
    assert_int_equal(parse_size("17", &v), 0);
    assert_int_equal(parse_size("", &v), -EINVAL);
    assert_int_equal(parse_size("-1", &v), -EINVAL);
    assert_int_equal(parse_size("1x", &v), -EINVAL);
    assert_int_equal(parse_size("99999999999T", &v), -EINVAL);
    assert_int_equal(parse_u64("18446744073709551616", &v), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts),
        cmocka_unit_test(timers),
        cmocka_unit_test(one_removes_the_other),
        cmocka_unit_test(regular_files_are_ready),
        cmocka_unit_test(calls),
        cmocka_unit_test(work),
        cmocka_unit_test(suboptions),
        cmocka_unit_test(sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
