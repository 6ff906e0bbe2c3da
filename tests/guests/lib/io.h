/* SPDX-License-Identifier: Apache-2.0
 *
 * I/O instructions for bare-metal test guests: functions of a subchannel-identification word that
 * return the condition code.  [PoP 14 I/O Instructions]
 */
#ifndef GUEST_IO_H
#define GUEST_IO_H

/* name(id): the instruction `text` on a variable of the guest's. */
#define IO(name, text, operand)                                                                    \
    static unsigned name(u32 id)                                                                   \
    {                                                                                              \
        register u64 r1 __asm__("1") = id;                                                         \
        u32 cc;                                                                                    \
        __asm__ volatile(text " %1\n\tipm %0\n\tsrl %0,28"                                         \
                         : "=d"(cc), "+Q"(operand)                                                 \
                         : "d"(r1)                                                                 \
                         : "cc", "memory");                                                        \
        return cc;                                                                                 \
    }

#endif
