/* SPDX-License-Identifier: Apache-2.0
 *
 * The host of a guest CPU: the storage in which its state description and that one's satellites
 * lie (system control area, GISA, facility list ...).  For a guest of ours the host is this
 * process and an address is a pointer; for a nested guest it is the storage of its hypervisor,
 * whose answers may be "bad address".  Not the guest's storage: that is a view (view.h).
 *
 * References: architecture "What is architected stays architected".
 */
#ifndef SIE390_CPU_HOST_H
#define SIE390_CPU_HOST_H

#include "arch/ap.h"
#include "arch/gisa.h"
#include "arch/sca.h"
#include "base/types.h"

struct host_storage {
    /* Where `len` bytes at a host address lie; they do not cross a 4 KiB boundary.  NULL: bad
     * address.  The function itself NULL: addresses are pointers. */
    void *(*resolve)(const struct host_storage *h, u64 addr, u64 len);
    u64 limit;                /* the last host address: no guest storage lies beyond */
    u64 prefix;               /* the host's prefix area; HOST_NO_PREFIX: it has none */
    unsigned facility_dwords; /* of its own STFLE: the length of a format-0 facility list; 0:
                               * what is not zero of the guest CPU's facilities */
    unsigned generation;      /* raised when earlier answers, or the above, do not hold any more */
};
#define HOST_NO_PREFIX (~0ULL)

/* This process. */
extern const struct host_storage host_process;

/* The satellites that the engine itself uses, and what the checks of an entry last looked at, as it
 * is stored (validity.c).  Good from entry to exit. */
struct satellites {
    struct bsca *sca; /* header only, the same in both formats; NULL: none */
    union gisa *gisa; /* NULL: none, or eca.AIV is off */
    /* Adapters and domains, in the format of the crypto control block; both NULL: eca.APIE is off.
     */
    const struct apcb0 *apcb0;
    const struct apcb1 *apcb1;
    u16 reason; /* validity reason that what follows causes, or 0 */
    struct {
        bool filled;
        u8 sdf, ecb, ecb2, ecb3;
        u32 flags, prefix, scaoh, scaol, gisa, crycb, fac, eca, ecd, generation;
        u64 view, mso, msl, sdnx, itdb, riccb, gvr;
    } seen;
};

/* One satellite inside a 4 KiB page, or NULL. */
static inline void *host_resolve(const struct host_storage *h, u64 addr, u64 len)
{
    return h->resolve ? h->resolve(h, addr, len) : (void *)(uintptr_t)addr;
}

/* Copies `len` bytes of host storage, which may lie in several pages.  false: bad address. */
bool host_read(const struct host_storage *h, u64 addr, void *to, u64 len) MUST_CHECK;

#endif
