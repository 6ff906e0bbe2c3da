/* SPDX-License-Identifier: Apache-2.0
 *
 * Integer code: CRC-32 by table, SHA-256, quicksort, a mix of arithmetic.
 * One unit: 16 KiB; 2000 numbers; 4000 steps.
 */
#include <string.h>

#include "bench.h"

#define BLOCK 16384

static unsigned char block[BLOCK];

static void fill_block(void)
{
    uint64_t state = 1;

    for (unsigned i = 0; i < BLOCK; i++)
        block[i] = (unsigned char)next_random(&state);
}

uint32_t crc32_of(const unsigned char *p, uint64_t n)
{
    static uint32_t table[256];
    uint32_t crc = ~0u;

    if (!table[1]) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t v = i;

            for (int bit = 0; bit < 8; bit++)
                v = v & 1 ? v >> 1 ^ 0xedb88320u : v >> 1;
            table[i] = v;
        }
    }
    while (n--)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
    return ~crc;
}

static uint64_t run_crc32(uint64_t units)
{
    uint64_t r = 0;

    fill_block();
    while (units--)
        r = crc32_of(block, BLOCK);
    return r;
}

static uint32_t rotr(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

/* First 32 bits of the fractional parts of cube roots of primes [FIPS 180-4 4.2.2]. */
static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_block(uint32_t h[8], const unsigned char *p)
{
    uint32_t w[64], v[8];

    for (int i = 0; i < 16; i++, p += 4)
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];

        w[i] = w[i - 16] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + w[i - 7] +
               (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
    }
    memcpy(v, h, sizeof(v));
    for (int i = 0; i < 64; i++) {
        uint32_t e = v[4], a = v[0];
        uint32_t t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & v[5]) ^ (~e & v[6])) +
                      sha_k[i] + w[i];
        uint32_t t2 =
            (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

static uint64_t run_sha256(uint64_t units)
{
    uint32_t h[8] = {0};

    fill_block();
    while (units--) {
        for (uint32_t i = 0; i < 8; i++)
            h[i] = 0x6a09e667u * (i + 1);
        for (unsigned i = 0; i < BLOCK; i += 64)
            sha256_block(h, block + i);
    }
    return (uint64_t)h[0] << 32 | h[7];
}

static void quicksort(int *a, long n)
{
    while (n > 1) {
        int pivot = a[n / 2];
        long i = 0, j = n - 1;

        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                int t = a[i];

                a[i++] = a[j];
                a[j--] = t;
            }
        }
        quicksort(a, j + 1);
        a += i;
        n -= i;
    }
}

#define SORTED 2000

static uint64_t run_quicksort(uint64_t units)
{
    static int a[SORTED];
    uint64_t r = 0;

    while (units--) {
        uint64_t state = 7;

        for (int i = 0; i < SORTED; i++)
            a[i] = (int)next_random(&state);
        quicksort(a, SORTED);
        for (int i = r = 0; i < SORTED; i++)
            r = r * 31 + (uint32_t)a[i];
    }
    return r;
}

static uint64_t run_arithmetic(uint64_t units)
{
    uint64_t r = 0;

    while (units--) {
        uint64_t state = 3;
        uint32_t w = 1;

        r = 0;
        for (int i = 0; i < 4000; i++) {
            uint64_t v = next_random(&state);

            w = w * 1664525u + 1013904223u;
            r += v * 0x9e3779b97f4a7c15u ^ w;
            if (v & 64)
                r = r << 9 | r >> 55;
            else
                r -= (uint32_t)v % ((w & 1023) + 1);
        }
    }
    return r;
}

uint64_t integer_work(uint64_t units)
{
    return run_crc32(units);
}

const struct benchmark integer_benchmarks[] = {
    {"crc32", run_crc32},
    {"sha256", run_sha256},
    {"quicksort", run_quicksort},
    {"arithmetic", run_arithmetic},
    {0},
};
