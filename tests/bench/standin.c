/* standin: an upstream that costs next to nothing, for measuring what stands
 * between it and its clients. HTTP/1.1 with keep-alive on 127.0.0.1.
 *
 *   standin [--port N]     prints "listening PORT"
 *
 * A request whose body has "frames=N gap=US" is answered with N chat completion
 * chunks, US microseconds apart (0: as fast as the reader takes them), a usage
 * chunk and [DONE]; each chunk says in system_fingerprint when it was due, in
 * microseconds of CLOCK_MONOTONIC. Any other gets a fixed completion.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"
#include "fcgi/loop.h"
#include "tally.h"

enum { UNPACED_BYTES = 16 << 10 };

struct peer {
    struct loop *loop;
    struct loop_fd watch;
    struct loop_timer timer;
    struct buf in, out;
    size_t written; /* of out */
    unsigned int frame, frames, gap;
    uint64_t due; /* of the next frame; 0: no stream is open */
};

static const char completion[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,"
    "\"model\":\"abliterated-model\",\"choices\":[{\"index\":0,\"message\":"
    "{\"role\":\"assistant\",\"content\":\"Good morning to you too. What can "
    "I do for you today?\"},\"finish_reason\":\"stop\"}],\"usage\":"
    "{\"prompt_tokens\":300,\"completion_tokens\":12,\"total_tokens\":312}}";

static void peer_free(struct peer *peer)
{
    loop_timer_cancel(peer->loop, &peer->timer);
    loop_watch(peer->loop, &peer->watch, 0);
    close(peer->watch.fd);
    buf_free(&peer->in);
    buf_free(&peer->out);
    free(peer);
}

static void put_chunk(struct buf *out, const char *text, size_t n)
{
    buf_printf(out, "%zx\r\n", n);
    buf_put(out, text, n);
    buf_puts(out, "\r\n");
}

static size_t one_frame(char *at, size_t room, uint64_t due, bool last)
{
    return (size_t)snprintf(at, room,
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
        "\"created\":1,\"model\":\"abliterated-model\",\"system_fingerprint\":"
        "\"t%llu\",\"choices\":[{\"index\":0,\"delta\":{%s},"
        "\"finish_reason\":%s}]}\n\n",
        (unsigned long long)due, last ? "" : "\"content\":\" word\"",
        last ? "\"stop\"" : "null");
}

static void put_end(struct peer *peer)
{
    static const char done[] = "data: [DONE]\n\n";
    char text[512];
    int n = snprintf(text, sizeof(text),
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
        "\"created\":1,\"model\":\"abliterated-model\",\"choices\":[],"
        "\"usage\":{\"prompt_tokens\":300,\"completion_tokens\":%u,"
        "\"total_tokens\":%u}}\n\n%s",
        peer->frames, peer->frames + 300, done);

    put_chunk(&peer->out, text, (size_t)n);
    buf_puts(&peer->out, "0\r\n\r\n");
    peer->due = 0;
}

/* The frames that are due by now, at most a buffer full. */
static void put_frames(struct peer *peer)
{
    static char text[UNPACED_BYTES];
    uint64_t now = tally_clock();
    size_t n = 0;

    while (peer->frame < peer->frames && n + 512 < sizeof(text) &&
           (peer->gap == 0 || peer->due <= now)) {
        peer->frame++;
        n += one_frame(text + n, sizeof(text) - n, peer->gap ? peer->due : now,
            peer->frame == peer->frames);
        peer->due += peer->gap;
    }
    if (n > 0)
        put_chunk(&peer->out, text, n);
    if (peer->frame == peer->frames)
        put_end(peer);
}

/* Writes what can be written; whether all of it is gone, or -1. */
static int flush(struct peer *peer)
{
    size_t left = peer->out.len - peer->written;
    ssize_t n = send(
        peer->watch.fd, peer->out.data + peer->written, left, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN)
        return -1;
    peer->written += n > 0 ? (size_t)n : 0;
    if (peer->written < peer->out.len)
        return loop_watch(peer->loop, &peer->watch, EPOLLIN | EPOLLOUT);
    buf_reset(&peer->out);
    peer->written = 0;
    if (loop_watch(peer->loop, &peer->watch, EPOLLIN))
        return -1;
    return 1;
}

static void go_on(struct peer *peer)
{
    int gone = 1;

    while (gone == 1 && peer->due != 0) {
        uint64_t now;

        put_frames(peer);
        if (peer->out.len > 0)
            gone = flush(peer);
        now = tally_clock();
        if (gone == 1 && peer->due > now) {
            loop_timer_set(
                peer->loop, &peer->timer, (peer->due - now + 999) / 1000);
            return;
        }
    }
    if (gone == -1)
        peer_free(peer);
}

static void callback_due(void *cookie)
{
    go_on(cookie);
}

static void answer_ask(struct peer *peer, const char *body, size_t size)
{
    static const char wish[] = "\"frames=";
    const char *at = memmem(body, size < 1024 ? size : 1024, wish, 8);

    if (at == NULL ||
        sscanf(at + 1, "frames=%u gap=%u", &peer->frames, &peer->gap) != 2) {
        buf_printf(&peer->out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n%s",
            sizeof(completion) - 1, completion);
        return;
    }
    buf_puts(&peer->out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream"
                         "\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer->frame = 0;
    peer->due = tally_clock();
}

/* A whole request in peer->in is answered and dropped. */
static void take_request(struct peer *peer)
{
    const char *text = buf_terminate(&peer->in), *end, *length;
    size_t head, body = 0;

    if (text == NULL || (end = strstr(text, "\r\n\r\n")) == NULL)
        return;
    head = (size_t)(end - text) + 4;
    length = strcasestr(text, "\r\nContent-Length:");
    if (length != NULL && length < end)
        body = strtoul(length + 17, NULL, 10);
    if (peer->in.len < head + body)
        return;
    answer_ask(peer, end + 4, body);
    buf_consume(&peer->in, head + body);
}

/* Whether the peer is still there. */
static bool take_bytes(struct peer *peer)
{
    static char bytes[256 << 10];
    ssize_t n = recv(peer->watch.fd, bytes, sizeof(bytes), 0);

    if (n == 0 || (n < 0 && errno != EAGAIN))
        return false;
    buf_put(&peer->in, bytes, n > 0 ? (size_t)n : 0);
    if (peer->due == 0)
        take_request(peer);
    return true;
}

static void callback_ready(void *cookie, uint32_t events)
{
    struct peer *peer = cookie;

    if (((events & EPOLLIN) != 0 && !take_bytes(peer)) ||
        (events & (EPOLLERR | EPOLLHUP)) != 0 ||
        (peer->out.len > 0 && flush(peer) == -1)) {
        peer_free(peer);
        return;
    }
    if (peer->out.len == 0 && !loop_timer_armed(&peer->timer))
        go_on(peer);
}

/* The listening socket's descriptor is standard input's. */
static void callback_accept(void *cookie, uint32_t events)
{
    struct loop *loop = cookie;
    struct peer *peer;
    int fd, one = 1;

    (void)events;
    while ((fd = accept4(STDIN_FILENO, NULL, NULL,
                SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
        if ((peer = calloc(1, sizeof(*peer))) == NULL)
            abort();
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        peer->loop = loop;
        peer->watch =
            (struct loop_fd){.fd = fd, .ready = callback_ready, .cookie = peer};
        peer->timer =
            (struct loop_timer){.fired = callback_due, .cookie = peer};
        if (loop_watch(loop, &peer->watch, EPOLLIN))
            abort();
    }
}

/* Listens at ${port}, or at any; returns at which, or -1. */
static int listen_at(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd == -1 || dup2(fd, STDIN_FILENO) == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8192) ||
        getsockname(fd, (struct sockaddr *)&at, &size))
        return -1;
    close(fd);
    return ntohs(at.sin_port);
}

static int port_of(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--port") == 0)
        return atoi(argv[2]);
    if (argc > 1) {
        fprintf(stderr, "usage: standin [--port N]\n");
        exit(2);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int port = port_of(argc, argv);
    struct loop_fd listener = {.fd = STDIN_FILENO, .ready = callback_accept};
    struct rlimit files;
    struct loop *loop = loop_create();

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    listener.cookie = loop;
    if (loop == NULL || (port = listen_at(port)) == -1 ||
        loop_watch(loop, &listener, EPOLLIN)) {
        perror("standin");
        return 1;
    }
    printf("listening %d\n", port);
    fflush(stdout);
    return loop_run(loop) ? 1 : 0;
}
