#include "caller.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(struct caller *caller);

/* One line of an event stream. A frame says when it was due. */
static void take_line(struct caller *caller, const char *p, size_t n)
{
    static const char due_key[] = "\"system_fingerprint\":\"t";
    struct crew *crew = caller->crew;
    const char *at;
    uint64_t due;

    if (n < 6 || memcmp(p, "data: ", 6) != 0)
        return;
    if (n >= 12 && memcmp(p + 6, "[DONE]", 6) == 0) {
        caller->done = true;
        return;
    }
    if ((at = memmem(p, n, due_key, sizeof(due_key) - 1)) == NULL)
        return;
    due = strtoull(at + sizeof(due_key) - 1, NULL, 10);
    crew->all_frames++;
    if (caller->frames++ == 0) {
        crew->begun++;
        caller->deaf = crew->deaf > 0 && crew->deaf-- > 0;
        crew->changed(crew);
    }
    if (crew->measuring) {
        crew->frames++;
        tally_add(&crew->late, caller->seen > due ? caller->seen - due : 0);
    }
}

static void callback_body(void *cookie, struct span bytes)
{
    struct caller *caller = cookie;
    const char *end;

    if (!caller->crew->streams)
        return;
    while ((end = memchr(bytes.p, '\n', bytes.n)) != NULL) {
        size_t n = (size_t)(end - bytes.p);

        if (caller->line.len > 0) {
            buf_put(&caller->line, bytes.p, n);
            take_line(caller, caller->line.data, caller->line.len);
            buf_reset(&caller->line);
        } else {
            take_line(caller, bytes.p, n);
        }
        bytes.p += n + 1;
        bytes.n -= n + 1;
    }
    if (bytes.n > 0)
        buf_put(&caller->line, bytes.p, bytes.n);
}

/* It counts as one that has its answer, but stays connected. */
static void stop_reading(struct caller *caller)
{
    struct crew *crew = caller->crew;

    loop_watch(crew->loop, &caller->watch, 0);
    crew->open--;
    crew->changed(crew);
}

static void hang_up(struct caller *caller)
{
    if (caller->watch.fd == -1)
        return;
    loop_watch(caller->crew->loop, &caller->watch, 0);
    close(caller->watch.fd);
    caller->watch.fd = -1;
}

/* The request under way is over, in one way or another. */
static void over(struct caller *caller, bool whole)
{
    struct crew *crew = caller->crew;

    if (whole && crew->streams)
        whole = caller->done;
    if (caller->answer.status != 200)
        whole = false;
    if (!whole) {
        crew->errors++;
        if (crew->first_error == 0)
            crew->first_error = caller->answer.status;
    } else if (crew->measuring || crew->streams) {
        crew->done++;
        tally_add(&crew->took, tally_clock() - caller->asked_at);
    }
    crew->open--;
    if (!whole || caller->answer.closes || crew->streams)
        hang_up(caller);
    answer_reset(&caller->answer);
    crew->changed(crew);
    if (!crew->streams && !crew->stopping && ask(caller))
        crew->errors++;
}

static void callback_ready(void *cookie, uint32_t events)
{
    static char bytes[64 << 10];
    struct caller *caller = cookie;
    const struct crew *crew = caller->crew;
    ssize_t n;
    int end;

    if ((events & EPOLLOUT) != 0) {
        n = send(caller->watch.fd, crew->ask.data + caller->sent,
            crew->ask.len - caller->sent, MSG_NOSIGNAL);
        caller->sent += n > 0 ? (size_t)n : 0;
        if (caller->sent == crew->ask.len)
            loop_watch(crew->loop, &caller->watch, EPOLLIN);
        if (n >= 0 || errno == EAGAIN)
            return;
    }
    n = recv(caller->watch.fd, bytes, sizeof(bytes), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    caller->seen = tally_clock();
    end = n <= 0
              ? -1
              : answer_feed(&caller->answer, (struct span){bytes, (size_t)n});
    if (end != 0)
        over(caller, end == 1);
    else if (caller->deaf)
        stop_reading(caller);
}

static int open_connection(struct caller *caller)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(caller->crew->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, little = 4096;

    caller->watch = (struct loop_fd){.ready = callback_ready, .cookie = caller};
    caller->watch.fd =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (caller->watch.fd == -1)
        return -1;
    setsockopt(caller->watch.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (caller->crew->deaf > 0)
        setsockopt(
            caller->watch.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
    if (connect(caller->watch.fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
        errno == EINPROGRESS)
        return 0;
    return -1;
}

/* It stands in the first bytes of the request, which the others that are being
 * sent are through with, or will tell as well. */
static void put_number(struct crew *crew)
{
    char digits[NUMBER_DIGITS + 1];

    snprintf(digits, sizeof(digits), "%0*llu", NUMBER_DIGITS,
        (unsigned long long)++crew->asked);
    memcpy(crew->ask.data + crew->number, digits, NUMBER_DIGITS);
}

static int ask(struct caller *caller)
{
    struct crew *crew = caller->crew;
    bool fresh = caller->watch.fd == -1;
    ssize_t n = 0;

    if (fresh && open_connection(caller))
        return -1;
    if (crew->number > 0)
        put_number(crew);
    caller->asked_at = tally_clock();
    caller->answer.status = 0;
    if (!fresh)
        n = send(caller->watch.fd, crew->ask.data, crew->ask.len, MSG_NOSIGNAL);
    caller->sent = n > 0 ? (size_t)n : 0;
    crew->open++;
    return loop_watch(crew->loop, &caller->watch,
        caller->sent < crew->ask.len ? EPOLLOUT : EPOLLIN);
}

int caller_start(struct caller *caller, struct crew *crew)
{
    *caller = (struct caller){.crew = crew, .watch.fd = -1};
    caller->answer.body = callback_body;
    caller->answer.cookie = caller;
    return ask(caller);
}

void caller_free(struct caller *caller)
{
    if (caller->crew == NULL)
        return;
    hang_up(caller);
    buf_free(&caller->answer.head);
    buf_free(&caller->line);
}
