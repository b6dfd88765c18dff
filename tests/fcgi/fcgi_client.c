/* A web server made of one request: writes FastCGI records to a unix socket as
 * badly as it is told to, and prints the STDOUT stream that comes back. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire.h"

enum { CHUNK = 16 << 10, ID = 1, NEVER = -1 };

enum { EXIT_CLOSED = 3 };

struct plan {
    const char *method, *uri, *length;
    struct buf params; /* further pairs */
    struct buf body;
    int flags, role;
    long slow_ms, slow_chunk;
    long long stop_after, abort_after, close_after; /* bytes of STDOUT */
    struct buf raw;                                 /* instead of a request */
    bool garbage, values;
};

static void die(const char *what)
{
    fprintf(stderr, "fcgi_client: %s: %s\n", what,
        errno != 0 ? strerror(errno) : "refused");
    exit(2);
}

static void usage(void)
{
    fputs("usage: fcgi_client SOCKET [--method M] [--uri U]"
          " [--param NAME=VALUE]...\n"
          "  [--body STRING | --body-file F] [--content-length N] [--keep]"
          " [--role N]\n"
          "  [--slow-write MS] [--slow-chunk BYTES]"
          " [--stop-reading-after BYTES]\n"
          "  [--abort-after BYTES] [--close-after BYTES]"
          " [--garbage HEX] [--values]\n"
          "BYTES are those of STDOUT that were read; 0 is when the request is"
          " sent. Ends with 0 when"
          " END_REQUEST came,\n"
          "3 when the connection was closed before it, 2 on a mistake.\n",
        stderr);
    exit(2);
}

static void add_param(struct plan *plan, const char *text)
{
    const char *equals = strchr(text, '=');
    char *name;

    if (equals == NULL)
        usage();
    name = strndup(text, (size_t)(equals - text));
    if (name == NULL)
        die("memory");
    wire_pair(&plan->params, name, equals + 1);
    free(name);
}

static void read_file(struct buf *out, const char *name)
{
    char chunk[CHUNK];
    int fd = strcmp(name, "-") == 0 ? 0 : open(name, O_RDONLY);
    ssize_t n;

    if (fd == -1)
        die(name);
    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        buf_put(out, chunk, (size_t)n);
    if (n == -1)
        die(name);
}

static void add_hex(struct buf *out, const char *hex)
{
    unsigned byte;
    int n;

    for (; sscanf(hex, " %2x%n", &byte, &n) == 1; hex += n)
        buf_put(out, &(uint8_t){(uint8_t)byte}, 1);
}

static long long number(const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);

    if (*text == '\0' || *end != '\0')
        usage();
    return n;
}

static void take_option(struct plan *plan, int option, const char *value)
{
    switch (option) {
    case 'm':
        plan->method = value;
        break;
    case 'u':
        plan->uri = value;
        break;
    case 'p':
        add_param(plan, value);
        break;
    case 'b':
        buf_put(&plan->body, value, strlen(value));
        break;
    case 'f':
        read_file(&plan->body, value);
        break;
    case 'l':
        plan->length = value;
        break;
    case 'k':
        plan->flags = RECORD_KEEP_CONN;
        break;
    case 'r':
        plan->role = (int)number(value);
        break;
    case 's':
        plan->slow_ms = (long)number(value);
        break;
    case 'S':
        plan->slow_chunk = (long)number(value);
        break;
    case 'R':
        plan->stop_after = number(value);
        break;
    case 'A':
        plan->abort_after = number(value);
        break;
    case 'C':
        plan->close_after = number(value);
        break;
    case 'g':
        plan->garbage = true;
        add_hex(&plan->raw, value);
        break;
    case 'v':
        plan->values = true;
        break;
    default:
        usage();
    }
}

static const char *parse_options(struct plan *plan, int argc, char **argv)
{
    static const struct option options[] = {
        {"method", required_argument, NULL, 'm'},
        {"uri", required_argument, NULL, 'u'},
        {"param", required_argument, NULL, 'p'},
        {"body", required_argument, NULL, 'b'},
        {"body-file", required_argument, NULL, 'f'},
        {"content-length", required_argument, NULL, 'l'},
        {"keep", no_argument, NULL, 'k'},
        {"role", required_argument, NULL, 'r'},
        {"slow-write", required_argument, NULL, 's'},
        {"slow-chunk", required_argument, NULL, 'S'},
        {"stop-reading-after", required_argument, NULL, 'R'},
        {"abort-after", required_argument, NULL, 'A'},
        {"close-after", required_argument, NULL, 'C'},
        {"garbage", required_argument, NULL, 'g'},
        {"values", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        take_option(plan, option, optarg);
    if (optind != argc - 1)
        usage();
    return argv[optind];
}

/* The variables that every web server sends, and those that were asked for. */
static void put_params(const struct plan *plan, struct buf *out)
{
    struct buf pairs = {0};
    char length[24];

    snprintf(length, sizeof(length), "%zu", plan->body.len);
    wire_pair(&pairs, "GATEWAY_INTERFACE", "CGI/1.1");
    wire_pair(&pairs, "SERVER_PROTOCOL", "HTTP/1.1");
    wire_pair(&pairs, "SERVER_SOFTWARE", "fcgi_client");
    wire_pair(&pairs, "REMOTE_ADDR", "127.0.0.1");
    wire_pair(&pairs, "REQUEST_METHOD", plan->method);
    wire_pair(&pairs, "REQUEST_URI", plan->uri);
    wire_pair(&pairs, "SCRIPT_NAME", plan->uri);
    wire_pair(
        &pairs, "CONTENT_LENGTH", plan->length != NULL ? plan->length : length);
    buf_put(&pairs, plan->params.data, plan->params.len);
    wire_stream(out, RECORD_PARAMS, ID, (struct span){pairs.data, pairs.len},
        RECORD_CONTENT_MAX);
    buf_free(&pairs);
}

static void build(struct plan *plan)
{
    struct buf *out = &plan->raw, names = {0};

    if (plan->garbage)
        return;
    if (plan->values) {
        wire_pair(&names, "FCGI_MAX_CONNS", "");
        wire_pair(&names, "FCGI_MAX_REQS", "");
        wire_pair(&names, "FCGI_MPXS_CONNS", "");
        wire_record(out, RECORD_GET_VALUES, 0, names.data, names.len, 0);
        buf_free(&names);
        return;
    }
    wire_begin(out, ID, (uint16_t)plan->role, (uint8_t)plan->flags);
    put_params(plan, out);
    wire_stream(out, RECORD_STDIN, ID,
        (struct span){plan->body.data, plan->body.len}, 32 << 10);
    if (out->failed)
        die("memory");
}

static int dial(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    if (fd == -1 ||
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
        die(path);
    return fd;
}

/* What came back so far. */
struct answer {
    struct buf left; /* begin of a record */
    long long total; /* bytes of STDOUT */
    bool ended, aborted;
};

static void print_values(const uint8_t *p, size_t n)
{
    struct record_pair pair;
    size_t used;

    for (; (used = record_pair(p, n, &pair)) > 0; p += used, n -= used)
        printf("%.*s=%.*s\n", (int)pair.name_n, (const char *)pair.name,
            (int)pair.value_n, (const char *)pair.value);
}

static void take_record(
    struct answer *a, const struct record *r, const uint8_t *content)
{
    switch (r->type) {
    case RECORD_STDOUT:
        fwrite(content, 1, r->content, stdout);
        a->total += r->content;
        break;
    case RECORD_STDERR:
        fwrite(content, 1, r->content, stderr);
        break;
    case RECORD_GET_VALUES_RESULT:
        print_values(content, r->content);
        a->ended = true;
        break;
    case RECORD_UNKNOWN_TYPE:
        fprintf(stderr, "fcgi_client: unknown type %d\n", content[0]);
        a->ended = true;
        break;
    case RECORD_END_REQUEST:
        if (r->content >= 5 && content[4] != RECORD_REQUEST_COMPLETE)
            fprintf(stderr, "fcgi_client: status %d\n", content[4]);
        a->ended = true;
        break;
    default:
        fprintf(stderr, "fcgi_client: record of type %d\n", r->type);
    }
    fflush(stdout);
}

static void take_bytes(struct answer *a, const void *data, size_t n)
{
    struct record r;
    size_t at = 0, size;

    buf_put(&a->left, data, n);
    while (a->left.len - at >= RECORD_HEADER) {
        const uint8_t *p = (const uint8_t *)a->left.data + at;

        record_decode(p, &r);
        size = (size_t)RECORD_HEADER + r.content + r.padding;
        if (a->left.len - at < size)
            break;
        take_record(a, &r, p + RECORD_HEADER);
        at += size;
    }
    buf_consume(&a->left, at);
}

static bool reached(const struct answer *a, long long mark)
{
    return mark != NEVER && a->total >= mark;
}

static void hold_until_stdin_closes(void)
{
    char chunk[256];

    fflush(stdout);
    while (read(0, chunk, sizeof(chunk)) > 0)
        ;
}

/* Do what was asked for at this point of the answer. */
static void misbehave(const struct plan *plan, struct answer *a, int fd)
{
    struct buf abort_record = {0};

    if (reached(a, plan->close_after))
        exit(EXIT_CLOSED);
    if (reached(a, plan->stop_after)) {
        hold_until_stdin_closes();
        exit(EXIT_CLOSED);
    }
    if (!reached(a, plan->abort_after) || a->aborted)
        return;
    a->aborted = true;
    wire_record(&abort_record, RECORD_ABORT_REQUEST, ID, "", 0, 0);
    if (send(fd, abort_record.data, abort_record.len, MSG_NOSIGNAL) == -1)
        perror("fcgi_client: abort");
    buf_free(&abort_record);
}

/* Send the next piece. Returns how many bytes are sent, all when nobody reads
 * them any more. */
static size_t send_some(const struct plan *plan, int fd, size_t sent)
{
    size_t n = plan->raw.len - sent;
    ssize_t done;

    if (plan->slow_ms > 0) {
        poll(NULL, 0, (int)plan->slow_ms);
        if (n > (size_t)plan->slow_chunk)
            n = (size_t)plan->slow_chunk;
    }
    done = send(fd, plan->raw.data + sent, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done == -1 && errno != EAGAIN)
        return plan->raw.len;
    return done == -1 ? sent : sent + (size_t)done;
}

static int converse(const struct plan *plan, int fd)
{
    struct answer a = {.total = 0};
    struct pollfd p = {.fd = fd};
    char chunk[CHUNK];
    size_t sent = 0;
    ssize_t n;

    while (!a.ended) {
        if (sent == plan->raw.len)
            misbehave(plan, &a, fd);
        p.events = (short)(POLLIN | (sent < plan->raw.len ? POLLOUT : 0));
        if (poll(&p, 1, -1) == -1)
            die("poll");
        if ((p.revents & POLLOUT) != 0)
            sent = send_some(plan, fd, sent);
        if ((p.revents & (POLLIN | POLLHUP | POLLERR)) == 0)
            continue;
        if ((n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
            take_bytes(&a, chunk, (size_t)n);
        else if (n == 0 || errno != EAGAIN)
            break;
    }
    buf_free(&a.left);
    return a.ended ? EXIT_SUCCESS : EXIT_CLOSED;
}

int main(int argc, char **argv)
{
    struct plan plan = {.method = "GET",
        .uri = "/",
        .role = RECORD_RESPONDER,
        .slow_chunk = 1,
        .stop_after = NEVER,
        .abort_after = NEVER,
        .close_after = NEVER};
    const char *path = parse_options(&plan, argc, argv);
    int fd, result;

    build(&plan);
    fd = dial(path);
    result = converse(&plan, fd);
    close(fd);
    buf_free(&plan.params);
    buf_free(&plan.body);
    buf_free(&plan.raw);
    return result;
}
