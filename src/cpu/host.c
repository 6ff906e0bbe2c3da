/* SPDX-License-Identifier: Apache-2.0
 *
 * Host storage: the process as host, and reading across pages.  See host.h.
 */
#include "cpu/host.h"

#include <string.h>

#include "base/bits.h"

const struct host_storage host_process = {.limit = ~0ULL, .prefix = HOST_NO_PREFIX};

bool host_read(const struct host_storage *h, u64 addr, void *to, u64 len)
{
    u8 *p = to;

    while (len) {
        u64 n = min64(len, 4096 - (addr & 4095));
        const void *from = host_resolve(h, addr, n);

        if (!from)
            return false;
        memcpy(p, from, n);
        p += n;
        addr += n;
        len -= n;
    }
    return true;
}
