#include "upstream_plain.h"

#include <stdlib.h>
#include <string.h>

/* A call in the clear, from its request to its end. */

enum { HEAD_FIXED = 384 /* bytes of a request's head that are always alike */ };

bool upstream_is_plain(const char *origin)
{
    return strncmp(origin, "http://", 7) == 0;
}

/* ---- the head of the request ---- */

static int put_field(
    void *cookie, const char *name, const char *before, const char *value)
{
    struct buf *out = cookie;

    buf_puts(out, name);
    buf_puts(out, ": ");
    buf_puts(out, before);
    buf_puts(out, value);
    buf_puts(out, "\r\n");
    return 0;
}

/* All of it: a buffer that grows leaves copies of the key behind. */
static size_t head_room(const struct upstream_ask *ask)
{
    const struct conf_upstream *target = ask->target;
    size_t key = target->key != NULL ? strlen(target->key) : 0;

    return HEAD_FIXED + strlen(ask->path) + strlen(target->origin) + 2 * key +
           strlen(ask->accept) + strlen(ask->request_id);
}

static int write_head(const struct upstream_ask *ask, struct buf *out)
{
    buf_reserve(out, head_room(ask));
    buf_puts(out, "POST ");
    buf_puts(out, ask->path);
    buf_puts(out, " HTTP/1.1\r\nHost: ");
    buf_puts(out, ask->target->origin + strlen("http://"));
    buf_puts(out, "\r\n");
    upstream_ask_fields(ask, put_field, out);
    put_field(out, "Accept", "", ask->accept);
    put_field(out, "x-request-id", "", ask->request_id);
    buf_puts(out, "Content-Length: ");
    buf_int(out, (long long)ask->body->bytes.len);
    buf_puts(out, "\r\n\r\n");
    return out->failed ? -1 : 0;
}

/* ---- the connection ---- */

static int find_connection(struct upstream_call *call, const char *origin)
{
    struct upstream_wire *wire = upstream_kept_take(call->pool, origin);

    if (wire != NULL) {
        upstream_wire_use(wire, call);
        return 0;
    }
    if ((call->origin = strdup(origin)) == NULL)
        return -1;
    return upstream_connect(call);
}

int upstream_plain_start(
    struct upstream_call *call, const struct upstream_ask *ask)
{
    call->connect_ms = ask->target->connect_ms;
    if (write_head(ask, &call->asked) == 0 &&
        find_connection(call, ask->target->origin) == 0)
        return 0;
    upstream_plain_leave(call);
    return -1;
}

void upstream_plain_connected(struct upstream_call *call, int fd)
{
    if (fd == -1 || upstream_wire_open(call, fd) != 0) {
        upstream_call_ended(call, UPSTREAM_UNREACHABLE);
        return;
    }
    if (call->meter != NULL)
        __atomic_fetch_add(&call->meter->connects, 1, __ATOMIC_RELAXED);
}

/* ---- the end ---- */

void upstream_plain_broken(struct upstream_call *call)
{
    struct upstream_wire *wire = call->wire;
    bool again = wire->used && !wire->answer.begun && !call->once &&
                 call->events != NULL;

    call->once = true;
    call->origin = wire->origin;
    wire->origin = NULL;
    upstream_wire_part(wire);
    upstream_wire_close(wire);
    if (!again || upstream_connect(call) != 0)
        upstream_call_ended(call, UPSTREAM_CUT);
}

void upstream_plain_over(struct upstream_call *call, bool keep)
{
    struct upstream_wire *wire = call->wire;

    upstream_wire_part(wire);
    if (keep)
        upstream_kept_put(wire);
    else
        upstream_wire_close(wire);
    upstream_call_ended(call, UPSTREAM_DONE);
}

void upstream_plain_leave(struct upstream_call *call)
{
    struct upstream_wire *wire = call->wire;

    upstream_connect_stop(call);
    if (wire != NULL) {
        upstream_wire_part(wire);
        upstream_wire_close(wire);
    }
    free(call->origin);
    call->origin = NULL;
    upstream_wipe(&call->asked);
}
