#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "estimate.h"

uint32_t completion_choices(const struct completion *c)
{
    return c->n < CHOICES_MAX ? c->n + (c->n == 0) : CHOICES_MAX;
}

int completion_names_copy(
    const struct completion_names *names, struct completion_names *copy)
{
    size_t n = strlen(names->model) + 1;
    size_t m = strlen(names->upstream_model) + 1;
    char *both = malloc(n + m);

    *copy = (struct completion_names){0};
    if (both == NULL)
        return -1;
    memcpy(both, names->model, n);
    memcpy(both + n, names->upstream_model, m);
    *copy = (struct completion_names){both, both + n};
    return 0;
}

void completion_names_free(struct completion_names *copy)
{
    free((char *)copy->model);
    *copy = (struct completion_names){0};
}

bool completion_names_apply(const struct completion_names *names,
    const struct json_doc *doc, uint32_t node)
{
    return strcmp(names->model, names->upstream_model) != 0 &&
           json_string_is(doc, node, names->upstream_model);
}

void completion_names_quote(
    const struct completion_names *names, struct buf *out)
{
    json_quote(out, (struct span){names->model, strlen(names->model)});
}

int completion_tokens(const struct json_doc *doc, uint32_t object,
    const char *key, uint64_t *tokens)
{
    uint32_t node = json_member(doc, object, key);
    int64_t value;

    if (node == JSON_NONE || json_int(doc, node, &value) != 0)
        return -1;
    if (value < 0 || value > USAGE_MAX)
        return -1;
    *tokens = (uint64_t)value;
    return 0;
}

uint64_t completion_detail(const struct json_doc *doc, uint32_t usage,
    const char *group, const char *key)
{
    uint32_t details = json_member(doc, usage, group);
    uint64_t tokens = 0;

    if (details != JSON_NONE)
        completion_tokens(doc, details, key, &tokens);
    return tokens;
}

uint64_t completion_quarters(
    const struct json_doc *doc, uint32_t node, struct buf *scratch)
{
    if (!json_is(doc, node, JSON_STRING))
        return 0;
    return estimate_text(json_view(doc, node, scratch));
}

void credits_write(const struct credits *c, struct buf *out)
{
    buf_puts(out, "\"remaining_credits\":");
    if (c->remaining < 0)
        buf_puts(out, "null");
    else
        buf_int(out, c->remaining);
    buf_puts(out, ",\"estimated_credits_used\":");
    buf_int(out, c->used);
    buf_puts(out, ",\"estimated_cost_usd\":");
    price_cost(&c->price, c->tokens, out);
}
