#include <stdio.h>

#include "upstream_private.h"

/* What a call has of its own among libcurl's options. */

/* A header in front of ${next}, in memory of the call's own. */
static int set_line(struct curl_slist *line, char room[UPSTREAM_LINE],
    const char *name, const char *value, struct curl_slist *next)
{
    int n = snprintf(room, UPSTREAM_LINE, "%s: %s", name, value);

    *line = (struct curl_slist){.data = room, .next = next};
    return n < UPSTREAM_LINE ? 0 : -1;
}

static void set_body(struct upstream_call *call, struct upstream_body *body)
{
    CURL *curl = call->easy->curl;

    body->holders++;
    call->body = body;
    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->bytes.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->bytes.data);
}

int upstream_ask_set(struct upstream_call *call, const struct upstream_ask *ask)
{
    set_body(call, ask->body);
    if (set_line(&call->id, call->id_line, "x-request-id", ask->request_id,
            call->easy->headers) != 0 ||
        set_line(&call->accept, call->accept_line, "Accept", ask->accept,
            &call->id) != 0)
        return -1;
    curl_easy_setopt(call->easy->curl, CURLOPT_HTTPHEADER, &call->accept);
    return 0;
}
