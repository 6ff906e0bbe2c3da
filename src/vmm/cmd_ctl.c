/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 ctl SOCKET COMMAND: one request on a control socket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "vmm/client.h"
#include "vmm/cmd.h"

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
           "  ap          crypto adapters and domains; the guest is told of each change\n"
           "              list\n"
           "              plug adapter=N,type=accel|cca|ep11    unplug adapter=N\n"
           "              domain-add N    domain-remove N\n"
           "              config adapter=N on|off       in the configuration or not\n"
           "              checkstop adapter=N on|off    broken or not\n"
           "  statistics  what was counted so far ('sie390 stat' shows it as a table)\n"
           "  events      print what happens, a line each, until the run ends\n\n"
           "exit status\n"
           "  0   done\n"
           "  1   bad argument, or a command that the other side does not know\n"
           "  3   nobody is there, or no answer\n");
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

/* Words of "ap" that are no pairs: the action, then a domain's number or on, off. */
static bool add_ap_word(json_t *request, const char *word)
{
    char *end;
    unsigned long n = strtoul(word, &end, 0);

    if (strchr(word, '='))
        return false;
    if (!json_object_get(request, "action"))
        return json_object_set_new(request, "action", json_string(word)) == 0;
    if (end != word && !*end)
        return json_object_set_new(request, "domain", json_integer((json_int_t)n)) == 0;
    return json_object_set_new(request, "state", json_string(word)) == 0;
}

/* "adapter=1,type=cca" */
static bool add_ap_words(json_t *request, char *words)
{
    char *save = NULL;
    bool ok = *words != 0;

    for (char *w = strtok_r(words, ",", &save); ok && w; w = strtok_r(NULL, ",", &save))
        ok = add_ap_word(request, w) || add_pair(request, w);
    return ok;
}

/* NULL: a word that is not KEY=VALUE (logged). */
static json_t *make_request(char **words, int n)
{
    json_t *request = json_pack("{s:s}", "command", words[0]);
    bool ap = strcmp(words[0], "ap") == 0;

    if (ap && n == 1)
        json_object_set_new(request, "action", json_string("list"));
    for (int i = 1; i < n; i++) {
        if (ap ? add_ap_words(request, words[i]) : add_pair(request, words[i]))
            continue;
        (void)cmd_usage_error("ctl", "'%s' is not of the form KEY=VALUE", words[i]);
        json_decref(request);
        return NULL;
    }
    return request;
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

/* "events": each line is one, until the other side ends. */
static void print_events(struct client_lines *in)
{
    char *line;

    while ((line = client_receive(in)) != NULL) {
        puts(line);
        fflush(stdout);
        free(line);
    }
}

/* Takes the reference. */
static enum status talk(struct client_lines *in, const char *path, json_t *request, bool events)
{
    bool sent = client_send(in->fd, request);
    char *line = sent ? client_receive(in) : NULL;
    enum status s = STATUS_HOST;

    if (!line)
        log_error("%s: no answer (the run has ended?)", path);
    else
        s = print_answer(line);
    fflush(stdout);
    free(line);
    if (s == STATUS_OK && events)
        print_events(in);
    return s;
}

enum status cmd_ctl(int argc, char **argv)
{
    struct client_lines in = {0};
    enum status s;
    json_t *request;

    if (cmd_wants_help(argc, argv)) {
        help();
        return STATUS_OK;
    }
    if (argc < 3)
        return cmd_usage_error("ctl", "give a socket and a command");
    request = make_request(argv + 2, argc - 2);
    if (!request)
        return STATUS_USAGE;
    in.fd = client_connect(argv[1]);
    if (in.fd < 0) {
        json_decref(request);
        return STATUS_HOST;
    }
    s = talk(&in, argv[1], request, strcmp(argv[2], "events") == 0);
    free(in.text);
    close(in.fd);
    return s;
}
