/* SPDX-License-Identifier: Apache-2.0
 *
 * The plain storage view: absolute addresses of a guest of ours are offsets into the storage.
 * Views of nested guests are made in src/hypervisor.
 *
 * References: view.h.
 */
#include "cpu/view.h"

void view_init_mem(struct view *v, struct mem *m)
{
    *v = (struct view){.id = 0, .mem = m};
}
