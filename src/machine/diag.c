/* SPDX-License-Identifier: Apache-2.0
 *
 * Instructions that only the VMM can complete because they name its user's wishes: DIAGNOSE 8
 * (text for the operator, --diag8), DIAGNOSE 288 (the watchdog, --watchdog-action), and the virtual
 * machine's name and UUID in SYSIB 3.2.2.
 *
 * References: z/VM CP Programming Services, SC24-6272, DIAGNOSE X'008'; [PoP 10 STORE SYSTEM
 * INFORMATION].
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "arch/diag.h"
#include "arch/program.h"
#include "arch/stsi.h"
#include "base/ebcdic.h"
#include "machine/machine.h"

#define DIAG_CONSOLE 0x008
#define DIAG8_MAX 240              /* characters of a command */
#define DIAG8_LENGTH 0x00ffffffU   /* Ry: length of the command */
#define DIAG8_RESPONSE 0x40000000U /* Ry: response wanted, at Rx+1 for Ry+1 bytes */

/* ---- DIAGNOSE 8 ---- */

static void write_fully(int fd, const char *p, size_t len)
{
    while (len) {
        ssize_t n = write(fd, p, len);
        struct pollfd f = {.fd = fd, .events = POLLOUT};

        if (n < 0 && errno == EAGAIN)
            poll(&f, 1, -1);
        else if (n < 0 && errno != EINTR)
            return; /* nobody reads it */
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

/* Commands are EBCDIC.  What has no byte above 7F is no EBCDIC text, but ASCII of a program that
 * did not care. */
static size_t to_ascii(char *to, const u8 *from, size_t len)
{
    bool ascii = true;

    for (size_t i = 0; i < len; i++)
        ascii = ascii && from[i] < 0x80;
    for (size_t i = 0; i < len; i++) {
        u8 c = ascii ? from[i] : ebcdic_037_to_latin1[from[i]];

        to[i] = (char)(c >= ' ' || c == '\t' ? c : ' ');
    }
    while (len && to[len - 1] == ' ')
        len--;
    return len;
}

/* "MSG * text": only the text is for people. */
static const char *without_command(const char *text, size_t *len)
{
    static const char *const command[] = {"MSGNOH * ", "MSG * "};

    for (unsigned i = 0; i < ARRAY_SIZE(command); i++) {
        size_t n = strlen(command[i]);

        if (*len >= n && strncasecmp(text, command[i], n) == 0) {
            *len -= n;
            return text + n;
        }
    }
    return text;
}

static void diag_console(struct machine *m, struct vcpu *v, unsigned rx, unsigned ry)
{
    u32 len = (u32)*hv_gr(v, ry) & DIAG8_LENGTH;
    bool response = *hv_gr(v, ry) & DIAG8_RESPONSE;
    u8 command[DIAG8_MAX];
    char text[DIAG8_MAX + 2];
    const char *p;
    size_t n;

    if (len > DIAG8_MAX || (response && (rx == 15 || ry == 15 || rx == ry + 1))) {
        hv_inject_program(v, PGM_SPECIFICATION);
        return;
    }
    if (len && !hv_read_real(v, *hv_gr(v, rx), command, len)) {
        hv_inject_program(v, PGM_ADDRESSING);
        return;
    }
    n = to_ascii(text, command, len);
    memcpy(text + n, "\r\n", 2);
    p = without_command(text, &n);
    if (isatty(m->config.diag8_fd)) { /* it may be in raw mode */
        n += 2;
    } else {
        text[(p - text) + (ptrdiff_t)n] = '\n';
        n++;
    }
    write_fully(m->config.diag8_fd, p, n);
    *hv_gr(v, ry) = 0; /* completion code */
    if (response)
        *hv_gr(v, ry + 1) = 0; /* length of the response */
    hv_set_cc(v, 0);
}

void machine_diag(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    u8 ar;
    u64 code = hv_addr_s(c->v, x->ipb, &ar) & DIAG_CODE_MASK;

    if (code == DIAG_WATCHDOG && watchdog_diag(&m->watchdog, c->v, x->ipa >> 4 & 15, x->ipa & 15))
        return;
    if (code == DIAG_CONSOLE && m->config.diag8)
        diag_console(m, c->v, x->ipa >> 4 & 15, x->ipa & 15);
    else
        hv_inject_program(c->v, PGM_SPECIFICATION);
}

/* ---- SYSIB 3.2.2 ---- */

static void set_name(struct sysib_322 *b, const struct machine_config *config)
{
    struct sysib_322_vm *vm = &b->vm[0];
    size_t n = strlen(config->name);

    ebcdic_from_ascii(vm->name, config->name, sizeof(vm->name));
    memset(b->ext_names[0], 0, sizeof(b->ext_names[0]));
    if (n < sizeof(b->ext_names[0])) {
        memcpy(b->ext_names[0], config->name, n);
        vm->ext_name_encoding = STSI_ENC_UTF8;
    }
}

void machine_stsi(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    struct sysib_322 b;

    if (x->fc != STSI_FC_VM || x->sel1 != 2 || x->sel2 != 2)
        return;
    /* Stored a moment ago, so accessible; if another CPU changed that, the block stays as it is. */
    if (hv_read_guest(c->v, x->stsi_addr, x->stsi_ar, &b, sizeof(b)) != GACCESS_OK)
        return;
    if (m->config.name)
        set_name(&b, &m->config);
    memcpy(b.vm[0].uuid, m->config.uuid, sizeof(b.vm[0].uuid));
    if (hv_write_guest(c->v, x->stsi_addr, x->stsi_ar, &b, sizeof(b)) != GACCESS_OK)
        return;
}
