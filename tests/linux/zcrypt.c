// SPDX-License-Identifier: Apache-2.0
/*
 * Runs RSA operations through /dev/z90crypt on several threads and compares each result.
 *
 *     zcrypt OPERATIONS THREADS [SECONDS] <VECTORS
 *
 * OPERATIONS 0: as many as SECONDS allow. VECTORS is what zcrypt_vectors wrote. An operation that
 * the driver gives up because no card is there at the moment (ENODEV, EAGAIN, EIO) is tried again,
 * a minute at most; the last line is
 * "operations N wrong N given-up N again N seconds S" and the exit status 0 when none is wrong or
 * given up.
 *
 * Reference: ap-cards "User interface"; the numbers of ioctls are those of asm/zcrypt.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define ICARSAMODEXPO 0xc0007a05UL
#define ICARSACRT 0xc0007a06UL

enum { MAX_BYTES = 512, MAX_THREADS = 64, AGAIN_US = 20000, AGAIN_MAX = 3000 };
enum { KIND_ME, KIND_CRT };

struct operation { /* both kinds begin alike */
    void *input;
    uint32_t input_length;
    void *output;
    uint32_t output_length;
    void *key[5]; /* ME: exponent, modulus; CRT: dp, dq, p, q, u */
};

/* A vector as it stands in the file: head, then numbers of `n` bytes (ME: input, result, exponent,
 * modulus) or input, result and five halves (CRT: dp, dq, p, q, u). */
struct vector {
    unsigned kind, n;
    uint8_t input[MAX_BYTES], result[MAX_BYTES];
    uint8_t number[5][MAX_BYTES + 8]; /* CRT: dp, p and u have eight leading bytes of zeros */
};

static struct vector *vectors;
static unsigned count;
static uint64_t wanted;
static double limit;
static atomic_ulong started, done, wrong, given_up, again;

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void get(void *to, size_t n)
{
    if (fread(to, 1, n, stdin) != n) {
        fprintf(stderr, "the vectors end too early\n");
        exit(2);
    }
}

static void read_vectors(void)
{
    uint32_t head[2];

    get(head, 4);
    count = head[0];
    vectors = calloc(count, sizeof(*vectors));
    if (!count || !vectors)
        die("vectors");
    for (unsigned i = 0; i < count; i++) {
        struct vector *v = &vectors[i];
        static const unsigned zeros[5] = {8, 0, 8, 0, 8};

        get(head, 8);
        v->kind = head[0];
        v->n = head[1];
        if (v->kind > KIND_CRT || v->n < 16 || v->n > MAX_BYTES || v->n % 2) {
            fprintf(stderr, "vector %u makes no sense\n", i);
            exit(2);
        }
        get(v->input, v->n);
        get(v->result, v->n);
        if (v->kind == KIND_ME) {
            get(v->number[0], v->n);
            get(v->number[1], v->n);
            continue;
        }
        for (unsigned k = 0; k < 5; k++)
            get(v->number[k] + zeros[k], v->n / 2);
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void once(int fd, struct vector *v)
{
    uint8_t output[MAX_BYTES];

    for (unsigned tries = 0;; tries++) {
        struct operation op = {v->input, v->n, output, sizeof(output), {0}};

        for (unsigned k = 0; k < 5; k++)
            op.key[k] = v->number[k];
        if (!ioctl(fd, v->kind == KIND_ME ? ICARSAMODEXPO : ICARSACRT, &op))
            break;
        if ((errno != ENODEV && errno != EAGAIN && errno != EIO) || tries >= AGAIN_MAX) {
            if (atomic_fetch_add(&given_up, 1) < 5)
                fprintf(stderr, "%s %u: %s\n", v->kind ? "CRT" : "ME", v->n * 8, strerror(errno));
            return;
        }
        atomic_fetch_add(&again, 1);
        usleep(AGAIN_US);
    }
    if (memcmp(output, v->result, v->n)) {
        atomic_fetch_add(&wrong, 1);
        return;
    }
    atomic_fetch_add(&done, 1);
}

static void *thread(void *unused)
{
    int fd = open("/dev/z90crypt", O_RDWR);

    (void)unused;
    if (fd < 0)
        die("/dev/z90crypt");
    for (;;) {
        uint64_t n = atomic_fetch_add(&started, 1);

        if (wanted ? n >= wanted : now() >= limit)
            break;
        once(fd, &vectors[n % count]);
    }
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[MAX_THREADS];
    unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    double begin;

    if (n < 1 || n > MAX_THREADS) {
        fprintf(stderr, "usage: zcrypt OPERATIONS THREADS [SECONDS] <VECTORS\n");
        return 2;
    }
    wanted = strtoull(argv[1], NULL, 0);
    read_vectors();
    begin = now();
    limit = begin + (argc > 3 ? atof(argv[3]) : 10);
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, thread, NULL))
            die("thread");
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    printf("operations %lu wrong %lu given-up %lu again %lu seconds %.3f\n", done, wrong, given_up,
           again, now() - begin);
    return wrong || given_up;
}
