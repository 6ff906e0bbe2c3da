/* SPDX-License-Identifier: Apache-2.0
 *
 * Planted faults: in a build with -Dmutations=true, SIE390_BREAK=I33 in the environment inverts the
 * outcome of rule I33 of docs/intercepts.md, so that tools/coverage-of-rows can show that the tests
 * of a rule would notice.  Other builds know nothing of it: the compiler drops each use.
 */
#ifndef SIE390_BASE_MUTATE_H
#define SIE390_BASE_MUTATE_H

#include <stdbool.h>

#if SIE390_MUTATIONS
/* Is this rule to be broken. */
bool mutated(const char *rule);
#else
static inline bool mutated(const char *rule)
{
    (void)rule;
    return false;
}
#endif

#endif
