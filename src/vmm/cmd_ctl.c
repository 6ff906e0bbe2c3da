/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 ctl SOCKET COMMAND: one request on a control socket.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "vmm/cmd.h"

#define MAX_ANSWER 0x100000

static void help(void)
{
    printf("usage: sie390 ctl SOCKET COMMAND [KEY=VALUE]...\n\n"
           "Sends a command to the guest whose 'sie390 run' was given --control SOCKET, and\n"
           "prints the answer, a JSON object.\n\n"
           "  status      state, CPUs, storage, what the guest tells of itself\n"
           "  stop        stop all guest CPUs\n"
           "  continue    let them go on\n"
           "  quiesce     ask the guest to shut down\n"
           "  quit        end the run\n"
           "  cpus        list the CPUs, with those that are not configured\n"
           "  cpu         cpu=N state=configured|standby|reserved; the guest is told\n"
           "              cpu=N entitlement=low|medium|high dedicated=true|false\n"
           "  statistics  what was counted so far\n\n"
           "exit status\n"
           "  0   done\n"
           "  1   bad argument, or a command that the other side does not know\n"
           "  3   nobody is there, or no answer\n");
}

static int connect_to(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(a.sun_path)) {
        log_error("%s: the path is longer than %zu characters", path, sizeof(a.sun_path) - 1);
        return -1;
    }
    strcpy(a.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    log_error("%s: %s%s", path, strerror(errno),
              errno == ECONNREFUSED ? " (the run it belonged to has ended)" : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* VALUE as JSON, or as a string if it is none. */
static bool add_pair(json_t *request, const char *pair)
{
    const char *equals = strchr(pair, '=');
    char key[64] = {0};
    json_t *value;

    if (!equals || equals == pair || (size_t)(equals - pair) >= sizeof(key))
        return false;
    memcpy(key, pair, (size_t)(equals - pair));
    value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
    return json_object_set_new(request, key, value ? value : json_string(equals + 1)) == 0;
}

/* NULL: a word that is not KEY=VALUE (logged). */
static json_t *make_request(char **words, int n)
{
    json_t *request = json_pack("{s:s}", "command", words[0]);

    for (int i = 1; i < n; i++) {
        if (add_pair(request, words[i]))
            continue;
        (void)cmd_usage_error("ctl", "'%s' is not of the form KEY=VALUE", words[i]);
        json_decref(request);
        return NULL;
    }
    return request;
}

static bool send_request(int fd, const json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);
    size_t n = text ? strlen(text) : 0;
    bool done = false;

    if (text) {
        text[n] = '\n'; /* over the NUL: what is sent has a length */
        done = send(fd, text, n + 1, MSG_NOSIGNAL) == (ssize_t)(n + 1);
    }
    free(text);
    return done;
}

/* One line, without its end. */
static char *receive_line(int fd)
{
    char *line = NULL;
    size_t used = 0;

    for (;;) {
        char *bigger = used < MAX_ANSWER ? realloc(line, used + 4096) : NULL, *end;
        ssize_t n;

        if (!bigger)
            break;
        line = bigger;
        n = recv(fd, line + used, 4095, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        end = memchr(line + used, '\n', (size_t)n);
        used += (size_t)n;
        if (end) {
            *end = 0;
            return line;
        }
    }
    free(line);
    return NULL;
}

static enum status print_answer(const char *line)
{
    json_t *answer = json_loads(line, 0, NULL);
    const char *error = json_string_value(json_object_get(answer, "error"));
    enum status s = STATUS_OK;

    if (!json_is_object(answer)) {
        log_error("the answer is not a JSON object");
        s = STATUS_HOST;
    } else if (error) {
        log_error("%s", error);
        s = STATUS_USAGE;
    } else {
        json_object_del(answer, "ok");
        json_dumpf(answer, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(answer);
    return s;
}

enum status cmd_ctl(int argc, char **argv)
{
    enum status s = STATUS_HOST;
    json_t *request;
    char *line;
    int fd;

    if (cmd_wants_help(argc, argv)) {
        help();
        return STATUS_OK;
    }
    if (argc < 3)
        return cmd_usage_error("ctl", "give a socket and a command");
    request = make_request(argv + 2, argc - 2);
    if (!request)
        return STATUS_USAGE;
    fd = connect_to(argv[1]);
    if (fd < 0) {
        json_decref(request);
        return STATUS_HOST;
    }
    line = send_request(fd, request) ? receive_line(fd) : NULL;
    json_decref(request);
    if (line)
        s = print_answer(line);
    else
        log_error("%s: no answer (the run has ended?)", argv[1]);
    free(line);
    close(fd);
    return s;
}
