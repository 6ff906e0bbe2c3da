/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers for unit tests: the same ones in each run.
 */
#ifndef SIE390_BASE_TEST_RANDOM_H
#define SIE390_BASE_TEST_RANDOM_H

#include "base/types.h"

static inline u64 test_random64(void)
{
    static u64 x = 0x9e3779b97f4a7c15ULL;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

#endif
