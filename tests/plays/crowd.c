/* A crowd of HTTP clients on one loop: N calls at once, some of which stop
 * reading after their first bytes until all the others are done. Prints one
 * JSON line: how many answers were whole, by status, and how the frames came.
 *
 *   crowd --port N --key K [--calls 1000] [--stopped 0] [--at-once 1000]
 *         [--prompt TEXT] [--max-tokens N] [--no-stream] [--log FILE]
 *         [--surface /policy]
 *
 * FILE gets a line for each answer as soon as it ended: its request id or "-",
 * status, "whole" or "broken", "metered" or "free" (whether it told credits).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/json.h"
#include "fcgi/loop.h"

enum { STATUS_MAX = 600 };

struct crowd {
    struct loop *loop;
    uint16_t port;
    const char *key, *prompt, *surface;
    int calls, stopped, at_once, max_tokens;
    bool stream;
    struct buf ask;
    struct member *members;
    int begun, ended, held_back; /* held_back: stopped readers by now */
    int status[STATUS_MAX], whole, broken;
    FILE *log;
    unsigned long frames;
    uint64_t longest_gap; /* ms between two reads of a reading member */
};

struct member {
    struct crowd *crowd;
    struct loop_fd watch;
    struct buf head; /* until its end was seen */
    size_t sent;
    int status;
    char request_id[64];
    bool stops, stopped, in_body, chunked, done, metered;
    char tail[24]; /* the last bytes that came */
    size_t n_tail;
    uint64_t last_read;
};

static void begin_more(struct crowd *c);

static void build_ask(struct crowd *c)
{
    struct buf body = {0};

    buf_puts(&body, "{\"model\":\"abliterated-model\",\"messages\":[{\"role\":"
                    "\"user\",\"content\":");
    json_quote(&body, (struct span){c->prompt, strlen(c->prompt)});
    buf_puts(&body, "}]");
    if (c->max_tokens > 0)
        buf_printf(&body, ",\"max_tokens\":%d", c->max_tokens);
    buf_printf(&body, ",\"stream\":%s}", c->stream ? "true" : "false");
    buf_printf(&c->ask,
        "POST %s/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: %zu\r\n\r\n",
        c->surface, c->key, body.len);
    buf_put(&c->ask, body.data, body.len);
    buf_free(&body);
}

static void wake_stopped(struct crowd *c)
{
    for (int i = 0; i < c->calls; i++)
        if (c->members[i].stopped) {
            c->members[i].stopped = false;
            loop_watch(c->loop, &c->members[i].watch, EPOLLIN);
        }
    c->held_back = 0;
}

/* [DONE] and the end of the chunked encoding, which lighttpd leaves out of an
 * answer that it has whole before it begins to send. */
static bool is_whole(const struct member *m)
{
    static const char *const ends[] = {"[DONE]\n\n\r\n0\r\n\r\n", "[DONE]\n\n"};
    size_t n = strlen(ends[!m->chunked]);

    if (m->status != 200 || !m->crowd->stream)
        return m->status != 0;
    return m->n_tail >= n &&
           memcmp(m->tail + m->n_tail - n, ends[!m->chunked], n) == 0;
}

static void log_member(const struct member *m)
{
    if (m->crowd->log == NULL)
        return;
    fprintf(m->crowd->log, "%s %d %s %s\n",
        m->request_id[0] != '\0' ? m->request_id : "-", m->status,
        is_whole(m) ? "whole" : "broken", m->metered ? "metered" : "free");
    fflush(m->crowd->log);
}

static void member_ended(struct member *m)
{
    struct crowd *c = m->crowd;

    loop_watch(c->loop, &m->watch, 0);
    close(m->watch.fd);
    buf_free(&m->head);
    m->done = true;
    log_member(m);
    c->status[m->status]++;
    if (is_whole(m))
        c->whole++;
    else
        c->broken++;
    c->ended++;
    if (c->ended + c->held_back == c->calls && c->held_back > 0)
        wake_stopped(c);
    if (c->ended == c->calls)
        loop_stop(c->loop);
    else
        begin_more(c);
}

static void note_tail(struct member *m, const char *bytes, size_t n)
{
    size_t room = sizeof(m->tail), keep;

    if (n >= room) {
        memcpy(m->tail, bytes + n - room, room);
        m->n_tail = room;
        return;
    }
    keep = m->n_tail + n > room ? room - n : m->n_tail;
    memmove(m->tail, m->tail + m->n_tail - keep, keep);
    memcpy(m->tail + keep, bytes, n);
    m->n_tail = keep + n;
}

static unsigned long count(const char *p, size_t n, const char *word)
{
    const char *end = p + n;
    unsigned long found = 0;

    for (; (p = memmem(p, (size_t)(end - p), word, strlen(word))) != NULL; p++)
        found++;
    return found;
}

/* How often ${word} ends in these bytes; it may have begun in the tail. */
static unsigned long count_new(
    const struct member *m, const char *bytes, size_t n, const char *word)
{
    size_t part = strlen(word) - 1, before, after;
    char seam[2 * sizeof(m->tail)];

    before = m->n_tail < part ? m->n_tail : part;
    after = n < part ? n : part;
    memcpy(seam, m->tail + m->n_tail - before, before);
    memcpy(seam + before, bytes, after);
    return count(seam, before + after, word) + count(bytes, n, word);
}

static void note_request_id(struct member *m, const char *head)
{
    const char *at = strcasestr(head, "\r\nx-request-id: ");

    if (at != NULL)
        sscanf(at + strlen("\r\nx-request-id: "), "%63[^\r\n]", m->request_id);
}

static void note_head(struct member *m, const char *bytes, size_t n)
{
    const char *text;

    buf_put(&m->head, bytes, n);
    text = buf_terminate(&m->head);
    if (text == NULL || strstr(text, "\r\n\r\n") == NULL)
        return;
    if (sscanf(text, "HTTP/1.1 %d", &m->status) != 1 || m->status < 0 ||
        m->status >= STATUS_MAX)
        m->status = 0;
    m->chunked = strcasestr(text, "\r\nTransfer-Encoding: chunked") != NULL;
    note_request_id(m, text);
    m->in_body = true;
    buf_free(&m->head);
}

static void note_bytes(struct member *m, const char *bytes, size_t n)
{
    uint64_t now = loop_now(m->crowd->loop);

    if (!m->in_body)
        note_head(m, bytes, n);
    m->crowd->frames += count_new(m, bytes, n, "data: ");
    if (count_new(m, bytes, n, "\"remaining_credits\"") > 0)
        m->metered = true;
    note_tail(m, bytes, n);
    if (!m->stops && m->last_read != 0 &&
        now - m->last_read > m->crowd->longest_gap)
        m->crowd->longest_gap = now - m->last_read;
    m->last_read = now;
}

static void stop_reading(struct member *m)
{
    struct crowd *c = m->crowd;

    m->stopped = true;
    loop_watch(c->loop, &m->watch, 0);
    c->held_back++;
    if (c->ended + c->held_back == c->calls)
        wake_stopped(c);
}

static void member_ready(void *cookie, uint32_t events)
{
    struct member *m = cookie;
    struct crowd *c = m->crowd;
    char bytes[16 << 10];
    ssize_t n;

    if (m->sent < c->ask.len && events & EPOLLOUT) {
        n = send(m->watch.fd, c->ask.data + m->sent, c->ask.len - m->sent,
            MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            member_ended(m);
            return;
        }
        m->sent += n > 0 ? (size_t)n : 0;
        if (m->sent == c->ask.len)
            loop_watch(c->loop, &m->watch, EPOLLIN);
        return;
    }
    n = recv(m->watch.fd, bytes, sizeof(bytes), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        member_ended(m);
        return;
    }
    note_bytes(m, bytes, (size_t)n);
    if (m->stops && m->in_body && !m->stopped && c->held_back < c->stopped)
        stop_reading(m);
}

static void begin_one(struct crowd *c, struct member *m)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(c->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    m->crowd = c;
    m->stops = c->begun <= c->stopped;
    m->watch.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    m->watch.ready = member_ready;
    m->watch.cookie = m;
    if (m->watch.fd < 0 ||
        (connect(m->watch.fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
            errno != EINPROGRESS) ||
        loop_watch(c->loop, &m->watch, EPOLLOUT) != 0) {
        perror("crowd");
        exit(1);
    }
}

static void begin_more(struct crowd *c)
{
    while (c->begun < c->calls && c->begun - c->ended < c->at_once) {
        struct member *m = &c->members[c->begun++];

        begin_one(c, m);
    }
}

static void report(const struct crowd *c)
{
    printf("{\"calls\":%d,\"whole\":%d,\"broken\":%d,\"frames\":%lu,"
           "\"longest_gap_ms\":%llu,\"status\":{",
        c->calls, c->whole, c->broken, c->frames,
        (unsigned long long)c->longest_gap);
    for (int i = 0, first = 1; i < STATUS_MAX; i++)
        if (c->status[i] > 0) {
            printf("%s\"%d\":%d", first ? "" : ",", i, c->status[i]);
            first = 0;
        }
    printf("}}\n");
}

static void read_options(struct crowd *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"key", required_argument, NULL, 'k'},
        {"calls", required_argument, NULL, 'n'},
        {"stopped", required_argument, NULL, 's'},
        {"at-once", required_argument, NULL, 'a'},
        {"prompt", required_argument, NULL, 't'},
        {"max-tokens", required_argument, NULL, 'm'},
        {"no-stream", no_argument, NULL, 'j'},
        {"log", required_argument, NULL, 'l'},
        {"surface", required_argument, NULL, 'u'}, {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'p':
            c->port = (uint16_t)atoi(optarg);
            break;
        case 'k':
            c->key = optarg;
            break;
        case 'n':
            c->calls = atoi(optarg);
            break;
        case 's':
            c->stopped = atoi(optarg);
            break;
        case 'a':
            c->at_once = atoi(optarg);
            break;
        case 't':
            c->prompt = optarg;
            break;
        case 'm':
            c->max_tokens = atoi(optarg);
            break;
        case 'u':
            c->surface = optarg;
            break;
        case 'j':
            c->stream = false;
            break;
        case 'l':
            if ((c->log = fopen(optarg, "w")) == NULL) {
                perror(optarg);
                exit(1);
            }
            break;
        default:
            exit(2);
        }
}

int main(int argc, char **argv)
{
    struct crowd c = {.key = "",
        .prompt = "hello",
        .surface = "",
        .calls = 1000,
        .at_once = 1 << 20,
        .stream = true};
    struct rlimit files;

    read_options(&c, argc, argv);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    c.loop = loop_create();
    c.members = calloc((size_t)c.calls, sizeof(*c.members));
    if (c.loop == NULL || c.members == NULL)
        return 1;
    build_ask(&c);
    begin_more(&c);
    loop_run(c.loop);
    report(&c);
    if (c.log != NULL)
        fclose(c.log);
    buf_free(&c.ask);
    free(c.members);
    loop_free(c.loop);
    return 0;
}
