#include <stdio.h>
#include <string.h>

#include "upstream_private.h"

/* What a call says of itself, in either transport. */

int upstream_ask_fields(
    const struct upstream_ask *ask, upstream_field_fn *put, void *cookie)
{
    const char *key = ask->target->key;
    int failed = 0;

    failed |= put(cookie, "Content-Type", "", "application/json");
    failed |= put(cookie, "User-Agent", "", "turnpike");
    failed |= put(cookie, "Accept-Encoding", "", "identity");
    if (ask->messages)
        failed |= put(cookie, "anthropic-version", "", "2023-06-01");
    if (ask->messages && key != NULL)
        failed |= put(cookie, "x-api-key", "", key);
    if (key != NULL)
        failed |= put(cookie, "Authorization", "Bearer ", key);
    return failed;
}

void upstream_wipe(struct buf *b)
{
    if (b->data != NULL)
        explicit_bzero(b->data, b->len);
    buf_free(b);
}

/* A header in front of ${next}, in memory of the call's own. */
static int set_line(struct curl_slist *line, char room[UPSTREAM_LINE],
    const char *name, const char *value, struct curl_slist *next)
{
    int n = snprintf(room, UPSTREAM_LINE, "%s: %s", name, value);

    *line = (struct curl_slist){.data = room, .next = next};
    return n < UPSTREAM_LINE ? 0 : -1;
}

static void set_body(struct upstream_call *call)
{
    CURL *curl = call->easy->curl;

    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body->bytes.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body->bytes.data);
}

int upstream_ask_set(struct upstream_call *call, const struct upstream_ask *ask)
{
    struct upstream_easy *easy = call->easy;

    set_body(call);
    if (set_line(&easy->id, easy->id_line, "x-request-id", ask->request_id,
            easy->headers) != 0 ||
        set_line(&easy->accept, easy->accept_line, "Accept", ask->accept,
            &easy->id) != 0)
        return -1;
    curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER, &easy->accept);
    return 0;
}
