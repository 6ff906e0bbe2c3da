/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rule is broken on purpose: see mutate.h.
 */
#include "base/mutate.h"

#if SIE390_MUTATIONS
#include <stdlib.h>
#include <string.h>

bool mutated(const char *rule)
{
    const char *which = getenv("SIE390_BREAK");

    return which && !strcmp(which, rule);
}
#endif
