#include "count.h"

#include "relay.h"
#include "reply.h"

enum walk_step_id count_step(struct call *call)
{
    if (relay_dialect(call) != DIALECT_MESSAGES)
        return STEP_SETTLED;
    call->exchange.caller = codec_of(DIALECT_MESSAGES);
    call->exchange.upstream = call->exchange.caller;
    return STEP_RELAY;
}

/* Whether the upstream's answer is a count. */
static bool is_count(const struct json_doc *doc, uint64_t *tokens)
{
    return doc->count > 0 && json_kind(doc, 0) == JSON_OBJECT &&
           completion_tokens(doc, 0, "input_tokens", tokens) == 0;
}

/* Upstreams that cannot count are not worth an error. */
bool count_missing(const struct call *call)
{
    int status = call->relay.status;

    return call->route != NULL && call->route->work == ROUTE_COUNT &&
           (status == 404 || status == 405 || status == 501);
}

void count_conclude(struct call *call)
{
    uint64_t tokens = call->completion.est_in;
    struct buf body = {0};

    if (call->outcome == OUTCOME_COMPLETE)
        is_count(&call->relay.doc, &tokens);
    buf_printf(&body, "{\"input_tokens\":%llu}", (unsigned long long)tokens);
    reply_json(call, 200, (struct span){body.data, body.len});
    buf_free(&body);
}
