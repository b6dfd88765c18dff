#include <assert.h>
#include <string.h>

#include "rewrite.h"
#include "splice.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Bytes that a request grows by when it is sent on. */
enum { ADDED_USUALLY = 128 };

struct rewriter {
    const struct rewrite_rules *rules;
    struct splice splice;
    const struct completion *completion;
    const struct completion_rewrite *rewrite;
    struct buf scratch;
    bool limited; /* the caller has used one of the names of the limit */
    bool limit_written;
    bool options_written;
};

static bool is_ours(struct rewriter *w, uint32_t key)
{
    static const char *const names[] = {
        "flagged_categories", "api_base", "base_url", "custom_host"};
    const struct json_doc *doc = w->splice.doc;
    struct span text = json_view(doc, key, &w->scratch);

    if (text.n >= strlen("policy") &&
        memcmp(text.p, "policy", strlen("policy")) == 0)
        return true;
    return json_which(doc, key, names, COUNT(names)) < COUNT(names);
}

static void write_model(struct rewriter *w, uint32_t value)
{
    const char *model = w->rewrite->model;

    if (json_string_is(w->splice.doc, value, model))
        return;
    splice_value(&w->splice, value, "");
    json_quote(w->splice.out, (struct span){model, strlen(model)});
}

/* Numbers become our limit. A null says nothing; the first becomes the limit
 * when the caller has used neither name for a number. */
static void write_limit(struct rewriter *w, uint32_t value)
{
    if (json_kind(w->splice.doc, value) == JSON_NULL &&
        (w->limited || w->limit_written))
        return;
    splice_value(&w->splice, value, "");
    buf_int(w->splice.out, (long long)w->rewrite->max_tokens);
    w->limit_written = true;
}

static void write_options(struct rewriter *w, uint32_t value)
{
    const struct json_doc *doc = w->splice.doc;
    uint32_t asked = json_member(doc, value, "include_usage");
    uint32_t last = doc->nodes[value].end - 1;

    w->options_written = true;
    if (json_kind(doc, value) != JSON_OBJECT) {
        splice_value(&w->splice, value, "{\"include_usage\":true}");
    } else if (asked == JSON_NONE) {
        splice_at(&w->splice, last, last);
        buf_puts(w->splice.out, json_size(doc, value) > 0
                                    ? ",\"include_usage\":true"
                                    : "\"include_usage\":true");
    } else if (json_kind(doc, asked) != JSON_TRUE) {
        splice_value(&w->splice, asked, "true");
    }
}

static bool is_limit(const struct rewriter *w, uint32_t key)
{
    return json_which(w->splice.doc, key, w->rules->limits, REWRITE_LIMITS) <
           REWRITE_LIMITS;
}

static void write_member(struct rewriter *w, struct splice_member *m)
{
    static const char *const names[] = {"model", "stream_options"};
    size_t name = json_which(w->splice.doc, m->key, names, COUNT(names));

    if (name == 0)
        write_model(w, m->value);
    else if (w->rules->no_limit &&
             (is_limit(w, m->key) ||
                 json_string_is(w->splice.doc, m->key, "stream")))
        splice_drop(m, &w->splice);
    else if (is_limit(w, m->key))
        write_limit(w, m->value);
    else if (name == 1 && w->rules->usage_option && w->completion->stream)
        write_options(w, m->value);
    else if ((name == 1 && w->rules->usage_option) || is_ours(w, m->key))
        splice_drop(m, &w->splice);
}

static void write_missing(struct rewriter *w)
{
    uint32_t last = w->splice.doc->nodes[0].end - 1;

    splice_at(&w->splice, last, last);
    if (!w->limit_written && !w->rules->no_limit) {
        buf_puts(w->splice.out, ",\"");
        buf_puts(w->splice.out, w->rules->limits[0]);
        buf_puts(w->splice.out, "\":");
        buf_int(w->splice.out, (long long)w->rewrite->max_tokens);
    }
    if (w->rules->usage_option && w->completion->stream && !w->options_written)
        buf_puts(w->splice.out, ",\"stream_options\":{\"include_usage\":true}");
}

void rewrite_request(const struct rewrite_rules *rules,
    const struct json_doc *doc, const struct completion *completion,
    const struct completion_rewrite *rewrite, struct buf *out)
{
    struct rewriter w = {
        .rules = rules, .completion = completion, .rewrite = rewrite};
    struct splice_member m = {.object = 0};

    /* Without a model there would be nothing to put a comma behind. */
    assert(json_member(doc, 0, "model") != JSON_NONE);
    w.limited = completion->max_tokens != 0;
    buf_reserve(out, doc->nodes[0].end - doc->nodes[0].begin + ADDED_USUALLY);
    splice_begin(&w.splice, doc, out);
    while (splice_next(&m, doc))
        write_member(&w, &m);
    write_missing(&w);
    splice_end(&w.splice);
    if (w.scratch.failed)
        out->failed = true;
    buf_free(&w.scratch);
}
