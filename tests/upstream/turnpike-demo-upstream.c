#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chat.h"
#include "fcgi/loop.h"
#include "http.h"
#include "journal.h"
#include "messages.h"
#include "moderations.h"
#include "play.h"
#include "responses.h"

/* A scripted model server. It answers in the three dialects that the gateway
 * speaks, judges what it is asked about as a moderator, misbehaves where a
 * script tells it to, and writes down what it saw.
 */

struct upstream {
    struct loop *loop;
    struct http_server *server;
    struct journal *journal;
    struct plays *plays;
};

struct route {
    const char *method, *path;
    bool prefix;    /* the path may go on */
    bool journaled; /* a gateway asks this */
    void (*answer)(struct upstream *u, struct http_conn *c,
        const struct http_request *r, uint64_t number);
};

static void answer_buf(struct http_conn *c, unsigned status, struct buf *body)
{
    if (body->failed)
        http_answer(c, 503, "text/plain", (struct span){"no memory\n", 10});
    else
        http_answer(c, status, "application/json",
            (struct span){body->data, body->len});
    buf_free(body);
}

static void note_answer(
    struct upstream *u, uint64_t number, unsigned status, size_t bytes)
{
    struct journal_entry *e = journal_find(u->journal, number);

    if (e == NULL)
        return;
    e->status = status;
    e->bytes = bytes;
    e->end = JOURNAL_COMPLETE;
}

static void answer_error(struct upstream *u, struct http_conn *c,
    const struct dialect *d, const struct error_told *told, uint64_t number)
{
    struct buf body = {0};

    d->error(told, &body);
    note_answer(u, number, told->status, body.len);
    answer_buf(c, told->status, &body);
}

static void perform(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number, enum ask_dialect kind,
    const struct dialect *d)
{
    struct ask ask = {0};
    struct buf wrong = {0};
    struct error_told told = {.status = 400};

    if (ask_read(&ask, kind, r->body, &wrong, &told.param)) {
        told.message = buf_terminate(&wrong);
        if (told.message == NULL)
            told.message = "no memory";
        answer_error(u, c, d, &told, number);
        ask_free(&ask);
    } else if (play_start(u->plays, c, d, &ask, number)) {
        told = (struct error_told){503, "no memory", NULL};
        answer_error(u, c, d, &told, number);
    }
    buf_free(&wrong);
}

static void answer_chat(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    perform(u, c, r, number, ASK_CHAT, &chat_dialect);
}

static void answer_messages(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    perform(u, c, r, number, ASK_MESSAGES, &messages_dialect);
}

static void answer_responses(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    perform(u, c, r, number, ASK_RESPONSES, &responses_dialect);
}

static void answer_moderations(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    perform(u, c, r, number, ASK_MODERATIONS, &moderations_dialect);
}

static void answer_count_tokens(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    struct ask ask = {0};
    struct buf body = {0}, wrong = {0};
    struct error_told told = {.status = 400, .message = "bad request"};

    if (ask_read(&ask, ASK_MESSAGES, r->body, &wrong, &told.param)) {
        answer_error(u, c, &messages_dialect, &told, number);
    } else {
        buf_printf(&body, "{\"input_tokens\":%llu}",
            (unsigned long long)ask.prompt_tokens);
        note_answer(u, number, 200, body.len);
        answer_buf(c, 200, &body);
    }
    buf_free(&wrong);
    ask_free(&ask);
}

#define MODEL                                                                  \
    "{\"id\":\"abliterated-model\",\"object\":\"model\","                      \
    "\"created\":1735958400,\"owned_by\":\"turnpike-demo\"}"

static void answer_models(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    struct buf body = {0};

    buf_puts(&body, span_is(r->path, "/v1/models")
                        ? "{\"object\":\"list\",\"data\":[" MODEL "]}"
                        : MODEL);
    note_answer(u, number, 200, body.len);
    answer_buf(c, 200, &body);
}

static void answer_log(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    struct buf body = {0};

    (void)r, (void)number;
    journal_write(u->journal, &body);
    answer_buf(c, 200, &body);
}

static void answer_log_reset(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    (void)r, (void)number;
    journal_reset(u->journal);
    http_answer(c, 200, "application/json", (struct span){"{}\n", 3});
}

static void answer_barrier(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    struct span name = {
        r->path.p + strlen("/v1/barrier/"), r->path.n - strlen("/v1/barrier/")};
    struct buf body = {0};

    (void)number;
    buf_printf(&body, "{\"released\":%zu}\n", plays_release(u->plays, name));
    answer_buf(c, 200, &body);
}

static void answer_stats(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    struct buf body = {0};

    (void)r, (void)number;
    buf_printf(&body,
        "{\"requests\":%llu,\"streams\":%zu,\"waiting\":%zu,"
        "\"connections\":%zu}\n",
        (unsigned long long)journal_total(u->journal), plays_on(u->plays),
        plays_waiting(u->plays), http_count(u->server));
    answer_buf(c, 200, &body);
}

static void answer_unknown(struct upstream *u, struct http_conn *c,
    const struct http_request *r, uint64_t number)
{
    struct error_told told = {404, "there is nothing here", NULL};

    (void)r;
    answer_error(u, c, &chat_dialect, &told, number);
}

static const struct route routes[] = {
    {"POST", "/v1/chat/completions", false, true, answer_chat},
    {"POST", "/v1/messages", false, true, answer_messages},
    {"POST", "/v1/messages/count_tokens", false, true, answer_count_tokens},
    {"POST", "/v1/responses", false, true, answer_responses},
    {"POST", "/v1/moderations", false, true, answer_moderations},
    {"GET", "/v1/models", false, true, answer_models},
    {"GET", "/v1/models/", true, true, answer_models},
    {"GET", "/v1/log", false, false, answer_log},
    {"POST", "/v1/log/reset", false, false, answer_log_reset},
    {"POST", "/v1/barrier/", true, false, answer_barrier},
    {"GET", "/v1/stats", false, false, answer_stats},
};

static bool is_for(const struct route *route, const struct http_request *r)
{
    size_t n = strlen(route->path);

    return span_is(r->method, route->method) &&
           (route->prefix ? r->path.n > n : r->path.n == n) &&
           memcmp(r->path.p, route->path, n) == 0;
}

static void callback_asked(
    void *cookie, struct http_conn *c, const struct http_request *r)
{
    struct upstream *u = cookie;
    const struct route *route =
        &(const struct route){.journaled = true, .answer = answer_unknown};
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
        if (is_for(&routes[i], r))
            route = &routes[i];
    if (route->journaled)
        number = journal_add(u->journal, r);
    route->answer(u, c, r, number);
}

static void callback_signal(void *cookie, int signo)
{
    struct upstream *u = cookie;

    (void)signo;
    loop_stop(u->loop);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int upstream_open(struct upstream *u, const char *host, unsigned port)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    *u = (struct upstream){0};
    if ((u->loop = loop_create()) == NULL)
        goto err0;
    if ((u->journal = journal_create()) == NULL)
        goto err1;
    if ((u->plays = plays_create(u->loop, u->journal)) == NULL)
        goto err2;
    if (loop_signals(u->loop, &mask, callback_signal, u))
        goto err3;
    u->server = http_listen(u->loop, host, port, callback_asked, u);
    if (u->server == NULL)
        goto err3;
    return 0;

err3:
    plays_free(u->plays);
err2:
    journal_free(u->journal);
err1:
    loop_free(u->loop);
err0:
    return -1;
}

static void upstream_close(struct upstream *u)
{
    http_close(u->server);
    plays_free(u->plays);
    journal_free(u->journal);
    loop_free(u->loop);
}

static void usage(int status)
{
    fprintf(status == 0 ? stdout : stderr,
        "usage: turnpike-demo-upstream [--host ADDRESS] [--port N]"
        " [--with-parent]\n");
    exit(status);
}

static unsigned read_port(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || n > 65535)
        errx(2, "--port takes a number up to 65535");
    return (unsigned)n;
}

/* Die with the parent, also if it is dead already. */
static void follow_parent(void)
{
    pid_t parent = getppid();

    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
        exit(1);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"host", required_argument, NULL, 'H'},
        {"port", required_argument, NULL, 'p'},
        {"with-parent", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct upstream u;
    const char *host = "127.0.0.1";
    unsigned port = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'H':
            host = optarg;
            break;
        case 'p':
            port = read_port(optarg);
            break;
        case 'w':
            follow_parent();
            break;
        default:
            usage(option == 'h' ? 0 : 2);
        }
    }
    if (optind < argc)
        usage(2);
    raise_descriptor_limit();
    if (upstream_open(&u, host, port))
        err(1, "%s port %u", host, port);
    printf("listening %u\n", http_port(u.server));
    fflush(stdout);
    if (loop_run(u.loop))
        err(1, "loop");
    upstream_close(&u);
    return 0;
}
