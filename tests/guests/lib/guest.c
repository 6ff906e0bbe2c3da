/* SPDX-License-Identifier: Apache-2.0
 *
 * Output and checks of bare-metal test guests.  See guest.h.
 */
#include "guest.h"

#include <stdarg.h>

static int nfailures;

void crashed(void);

void *memset(void *p, int c, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        ((volatile u8 *)p)[i] = (u8)c;
    return p;
}

void *memcpy(void *to, const void *from, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
    return to;
}

int memcmp(const void *a, const void *b, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        if (((const u8 *)a)[i] != ((const u8 *)b)[i])
            return ((const u8 *)a)[i] - ((const u8 *)b)[i];
    return 0;
}

unsigned long strlen(const char *s)
{
    unsigned long n = 0;

    while (((const volatile char *)s)[n])
        n++;
    return n;
}

void print(const char *text)
{
    u64 n = strlen(text);
    register u64 addr __asm__("2") = (u64)text;
    register u64 len __asm__("3") = n;

    __asm__ volatile("diag %0,%1,8" : "+d"(addr), "+d"(len) : : "cc", "memory");
}

static char *put_number(char *p, u64 v, unsigned base, int width)
{
    char digits[24];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    while (n < width)
        digits[n++] = '0';
    while (n)
        *p++ = digits[--n];
    return p;
}

void printf(const char *fmt, ...)
{
    char line[256], *p = line;
    va_list ap;

    va_start(ap, fmt);
    for (; *fmt && p < line + 200; fmt++) {
        int width = 0;
        bool is_long = false;

        if (*fmt != '%') {
            *p++ = *fmt;
            continue;
        }
        for (fmt++; *fmt >= '0' && *fmt <= '9'; fmt++)
            width = width * 10 + *fmt - '0';
        for (; *fmt == 'l'; fmt++)
            is_long = true;
        if (*fmt == 's') {
            for (const char *s = va_arg(ap, const char *); *s && p < line + 200; s++)
                *p++ = *s;
        } else if (*fmt == 'x') {
            p = put_number(p, is_long ? va_arg(ap, u64) : va_arg(ap, u32), 16, width);
        } else if (*fmt == 'd' || *fmt == 'u') {
            s64 v = is_long ? va_arg(ap, s64) : va_arg(ap, s32);

            if (*fmt == 'd' && v < 0) {
                *p++ = '-';
                v = -v;
            }
            p = put_number(p, (u64)v, 10, width);
        } else {
            *p++ = *fmt;
        }
    }
    va_end(ap);
    *p = 0;
    print(line);
}

void check(const char *name, bool ok)
{
    if (!ok)
        nfailures++;
    printf("%s %s\n", ok ? "ok" : "FAIL", name);
}

void check_eq(const char *name, u64 got, u64 want)
{
    if (got == want) {
        check(name, true);
        return;
    }
    nfailures++;
    printf("FAIL %s: got %16lx, want %16lx\n", name, got, want);
}

void check_pgm(const char *name, void (*fn)(void *), void *arg, int code)
{
    check_eq(name, (u64)probe(fn, arg), (u64)code);
}

/* Called from start.S. */
void crashed(void)
{
    LC_PGM_NEW = (struct psw){PSW_WAIT | PSW_64, 0xc0004};
    printf("FAIL crash: program interruption %4x, ILC %d, PSW %16lx %16lx, TEID %16lx\n",
           (u32)LC_PGM_CODE, (u32)LC_PGM_ILC, LC_PGM_OLD.mask, LC_PGM_OLD.addr, LC_TEID);
}

int failures(void)
{
    return nfailures;
}

void problem_state(void)
{
    struct psw psw = {PSW_PSTATE | PSW_64, 0};

    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,8(%0)\n\tlpswe 0(%0)\n1:"
                     :
                     : "a"(&psw), "m"(psw)
                     : "1", "memory", "cc");
}

void supervisor(void)
{
    __asm__ volatile("svc 0" : : : "1", "memory", "cc");
}

bool facility(unsigned n)
{
    static u64 list[4];
    register u64 r0 __asm__("0") = ARRAY_SIZE(list) - 1;

    if (!list[0])
        __asm__ volatile("stfle %0" : "=Q"(list), "+d"(r0) : : "cc", "memory");
    return n < 64 * ARRAY_SIZE(list) && list[n / 64] >> (63 - n % 64) & 1;
}
