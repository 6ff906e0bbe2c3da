/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: five bodies under gravity, a matrix product.  No contraction to
 * multiply-and-add, so that the results are the same everywhere.
 * One unit: 100 steps; 32 x 32 by 32 x 32.
 */
#include <math.h>
#include <string.h>

#include "bench.h"

#define BODIES 5
#define N 32

struct body {
    double x[3], v[3], mass;
};

static void start(struct body *b)
{
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            b[i].x[k] = (double)(i * 7 + k * 3 - 11) / 4;
            b[i].v[k] = (double)(k - i) / 64;
        }
        b[i].mass = 1.0 / (i + 1);
    }
}

static void advance(struct body *b, double dt)
{
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], square = 0, factor;

            for (int k = 0; k < 3; k++) {
                d[k] = b[i].x[k] - b[j].x[k];
                square += d[k] * d[k];
            }
            factor = dt / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) {
                b[i].v[k] -= d[k] * b[j].mass * factor;
                b[j].v[k] += d[k] * b[i].mass * factor;
            }
        }
    }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            b[i].x[k] += dt * b[i].v[k];
}

static uint64_t bits_of(double v)
{
    uint64_t r;

    memcpy(&r, &v, sizeof(r));
    return r;
}

static uint64_t run_nbody(uint64_t units)
{
    struct body b[BODIES];

    do {
        start(b);
        for (int i = 0; i < 100; i++)
            advance(b, 0.001);
    } while (--units);
    return bits_of(b[0].x[0]) ^ bits_of(b[4].v[2]);
}

static uint64_t run_matmul(uint64_t units)
{
    static double a[N][N], b[N][N], c[N][N];

    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(i + 1) / (j + 1);
            b[i][j] = (double)(i - j) / 8;
        }
    while (units--)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double sum = 0;

                for (int k = 0; k < N; k++)
                    sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
    return bits_of(c[3][5]) ^ bits_of(c[N - 1][N - 1]);
}

const struct benchmark float_benchmarks[] = {
    {"nbody", run_nbody},
    {"matmul", run_matmul},
    {0},
};
