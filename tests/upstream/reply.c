#include <string.h>

#include "gzip.h"
#include "http.h"
#include "reply.h"

static void compose_error(
    struct reply *r, const struct dialect *d, const struct script *s)
{
    struct error_told told = {
        .status = (unsigned)s->status,
        .message = s->message[0] != '\0' ? s->message : "a scripted failure",
        .param = s->param[0] != '\0' ? s->param : NULL,
    };

    if (told.status < 200 || told.status > 999)
        told.status = 500;
    r->status = told.status;
    d->error(&told, &r->body);
}

static void compress(struct reply *r)
{
    struct buf plain = r->body;

    r->body = (struct buf){0};
    gzip_store((struct span){plain.data, plain.len}, &r->body);
    r->body.failed |= plain.failed;
    buf_free(&plain);
}

void reply_compose(struct reply *r, const struct dialect *d, struct turn *t)
{
    const struct script *s = &t->ask->script;

    r->status = 200;
    r->type = "application/json";
    if (s->status >= 0) {
        compose_error(r, d, s);
    } else if (s->html) {
        r->type = "text/html";
        buf_puts(&r->body, "<!doctype html><title>A page</title>\n");
    } else if (s->badjson) {
        buf_puts(&r->body, "{\"id\":\"half\",\"choices\":[{\"index\":0,");
    } else if (s->redirect) {
        r->status = 302;
    } else if (t->ask->stream && !s->empty) {
        r->type = "text/event-stream";
        r->streamed = true;
    } else if (!s->empty) {
        d->whole(t, &r->body);
        t->produced = turn_tokens(t);
    }
    if (s->gzip && !r->streamed)
        compress(r);
    if (s->content_type[0] != '\0')
        r->type = s->content_type;
}

static void put_big_field(int64_t kib, struct buf *out)
{
    char *to;

    buf_puts(out, "x-filler: ");
    to = buf_reserve(out, (size_t)kib << 10);
    if (to != NULL) {
        memset(to, 'x', (size_t)kib << 10);
        buf_commit(out, (size_t)kib << 10);
    }
    buf_puts(out, "\r\n");
}

void reply_head(const struct reply *r, const struct turn *t, struct buf *out)
{
    const struct script *s = &t->ask->script;

    buf_printf(out,
        "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nx-request-id: demo-%llu\r\n",
        r->status, http_reason(r->status), r->type,
        (unsigned long long)t->serial);
    if (r->streamed)
        buf_puts(out, "Cache-Control: no-cache\r\n");
    if (s->redirect && r->status == 302)
        buf_puts(out, "Location: http://127.0.0.1:1/elsewhere\r\n");
    if (s->retry_after >= 0)
        buf_printf(out, "Retry-After: %lld\r\n", (long long)s->retry_after);
    if (s->gzip && !r->streamed)
        buf_puts(out, "Content-Encoding: gzip\r\n");
    if (s->bigheader > 0)
        put_big_field(s->bigheader % 65536, out);
    if (s->until_close)
        buf_puts(out, "Connection: close\r\n");
    else if (r->streamed)
        buf_puts(out, "Transfer-Encoding: chunked\r\n");
    else
        buf_printf(out, "Content-Length: %zu\r\n", r->body.len);
    buf_puts(out, "\r\n");
}
