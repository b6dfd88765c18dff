#include "dialect_chat_private.h"
#include "estimate.h"
#include "frame.h"
#include "passage_stream.h"

struct chat_stream {
    struct passage_stream passage;
    bool include_usage;
    uint32_t count; /* choices that were asked for */

    struct frame frame;

    struct buf held;  /* JSON of the frame that is held back; or empty */
    bool held_output; /* it has words of the model */

    /* Of each choice; the last entry is for all indexes above. */
    bool seen[CHOICES_MAX + 1];
    bool finished[CHOICES_MAX + 1];
    unsigned seen_count;
    unsigned finished_count;

    struct usage usage;

    struct buf usage_chunk; /* the upstream's own, when the caller wants it */
    struct buf last[CHAT_TOP_MODEL + 1]; /* id, created, model: JSON */
};

static void chat_stream_free(struct stream *base);
static bool chat_stream_complete(const struct stream *base);
static const struct stream_kind chat_stream_kind;

static void put_json(struct buf *out, const struct buf *json)
{
    buf_put(out, json->data, json->len);
}

static bool last_failed(const struct chat_stream *s)
{
    return s->last[CHAT_TOP_ID].failed || s->last[CHAT_TOP_CREATED].failed ||
           s->last[CHAT_TOP_MODEL].failed;
}

struct stream *chat_stream(
    const struct completion *request, const struct completion_names *names)
{
    struct chat_stream *s = (struct chat_stream *)passage_stream_new(
        sizeof(*s), &chat_stream_kind, request, names);

    if (s == NULL)
        goto err0;
    s->include_usage = request->include_usage;
    s->count = completion_choices(request);
    /* For the case that no frame says what they are. */
    buf_puts(&s->last[CHAT_TOP_ID], "\"\"");
    buf_puts(&s->last[CHAT_TOP_CREATED], "0");
    completion_names_quote(&s->passage.names, &s->last[CHAT_TOP_MODEL]);
    if (last_failed(s))
        goto err1;
    return &s->passage.base;

err1:
    chat_stream_free(&s->passage.base);
err0:
    return NULL;
}

static void chat_stream_free(struct stream *base)
{
    struct chat_stream *s = (struct chat_stream *)base;
    for (size_t i = 0; i <= CHAT_TOP_MODEL; i++)
        buf_free(&s->last[i]);
    buf_free(&s->usage_chunk);
    buf_free(&s->held);
    frame_free(&s->frame);
    passage_stream_free(&s->passage);
}

/* ---- reading ---- */

static size_t slot_of(const struct json_doc *doc, uint32_t choice)
{
    uint32_t node = json_member(doc, choice, "index");
    int64_t index;

    if (node == JSON_NONE || json_int(doc, node, &index) != 0 || index < 0)
        return 0;
    return index < CHOICES_MAX ? (size_t)index : CHOICES_MAX;
}

static bool is_finished(const struct json_doc *doc, uint32_t choice)
{
    uint32_t node = json_member(doc, choice, "finish_reason");

    /* Some servers write "" for not yet. */
    return json_is(doc, node, JSON_STRING) && json_raw(doc, node).n > 2;
}

/* What a frame's choices come to. */
struct gist {
    bool finish;     /* a choice ends in it */
    bool empty_role; /* a delta says role:"" */
    uint64_t quarters;
};

static void read_choice(struct chat_stream *s, uint32_t choice, struct gist *g)
{
    size_t slot = slot_of(&s->frame.doc, choice);
    uint32_t delta = json_member(&s->frame.doc, choice, "delta");
    uint32_t role;

    s->seen_count += !s->seen[slot];
    s->seen[slot] = true;
    if (is_finished(&s->frame.doc, choice)) {
        s->finished_count += !s->finished[slot];
        s->finished[slot] = true;
        g->finish = true;
    }
    if (delta == JSON_NONE)
        return;
    role = json_member(&s->frame.doc, delta, "role");
    if (role != JSON_NONE && json_string_is(&s->frame.doc, role, ""))
        g->empty_role = true;
    g->quarters +=
        chat_output_quarters(&s->frame.doc, delta, &s->frame.scratch);
}

/* ---- writing ---- */

static void release_held(struct chat_stream *s, struct buf *out)
{
    if (s->held.len == 0)
        return;
    buf_puts(out, "data: ");
    put_json(out, &s->held);
    buf_puts(out, "\n\n");
    buf_reset(&s->held);
    s->passage.delivered = s->passage.delivered || s->held_output;
}

/* Remember what a usage chunk of our own would repeat. */
static void remember(struct chat_stream *s, const uint32_t *at)
{
    struct span raw;

    for (size_t i = 0; i <= CHAT_TOP_MODEL; i++) {
        /* Containers may hold line ends, and have no business here. */
        if (at[i] == JSON_NONE || json_kind(&s->frame.doc, at[i]) > JSON_STRING)
            continue;
        raw = json_raw(&s->frame.doc, at[i]);
        buf_reset(&s->last[i]);
        if (i == CHAT_TOP_MODEL &&
            completion_names_apply(&s->passage.names, &s->frame.doc, at[i]))
            completion_names_quote(&s->passage.names, &s->last[i]);
        else
            buf_put(&s->last[i], raw.p, raw.n);
    }
}

static void take_choices(
    struct chat_stream *s, const uint32_t *at, struct buf *out)
{
    uint32_t choices = at[CHAT_TOP_CHOICES];
    struct gist g = {0};
    uint32_t choice;

    for (choice = json_first(&s->frame.doc, choices); choice != JSON_NONE;
         choice = json_after(&s->frame.doc, choices, choice))
        read_choice(s, choice, &g);
    s->passage.quarters += g.quarters;
    release_held(s, out);
    /* Once all is finished any frame may be the last, which must be at hand
     * for the metering fields. */
    if (g.finish || chat_stream_complete(&s->passage.base)) {
        s->held_output = g.quarters > 0;
        chat_frame_write(
            &s->frame.doc, at, &s->passage.names, g.empty_role, &s->held);
    } else {
        buf_puts(out, "data: ");
        chat_frame_write(
            &s->frame.doc, at, &s->passage.names, g.empty_role, out);
        buf_puts(out, "\n\n");
        s->passage.delivered = s->passage.delivered || g.quarters > 0;
    }
}

static void take_frame(
    struct chat_stream *s, const uint32_t *at, struct buf *out)
{
    uint32_t choices = at[CHAT_TOP_CHOICES], usage = at[CHAT_TOP_USAGE];
    bool chunk = json_is(&s->frame.doc, choices, JSON_ARRAY);

    chat_usage_read(&s->frame.doc, usage, &s->usage);
    remember(s, at);
    if (chunk && json_size(&s->frame.doc, choices) > 0) {
        take_choices(s, at, out);
    } else if (chunk && s->include_usage &&
               json_is(&s->frame.doc, usage, JSON_OBJECT)) {
        buf_reset(&s->usage_chunk);
        chat_frame_write(
            &s->frame.doc, at, &s->passage.names, false, &s->usage_chunk);
    }
}

static bool memory_is_out(const struct chat_stream *s, const struct buf *out)
{
    return out->failed || s->held.failed || s->frame.scratch.failed ||
           s->usage_chunk.failed || last_failed(s);
}

static enum stream_frame chat_stream_frame(
    struct stream *base, struct span data, struct buf *out, struct fault *fault)
{
    struct chat_stream *s = (struct chat_stream *)base;
    uint32_t at[CHAT_TOP_COUNT];
    enum stream_frame rc = chat_frame_read(&s->frame, at, data, fault);

    if (rc != STREAM_TAKEN)
        return rc;
    take_frame(s, at, out);
    json_free(&s->frame.doc);
    return memory_is_out(s, out) ? STREAM_NO_MEMORY : STREAM_TAKEN;
}

/* ---- what a stream has come to ---- */

static bool chat_stream_complete(const struct stream *base)
{
    const struct chat_stream *s = (const struct chat_stream *)base;
    return s->seen_count > 0 && s->finished_count == s->seen_count;
}

static bool is_counted(const struct chat_stream *s)
{
    return s->usage.known && stream_has_counted(s->usage.tokens_in,
                                 chat_stream_complete(&s->passage.base));
}

static void chat_stream_usage(const struct stream *base, struct usage *usage)
{
    const struct chat_stream *s = (const struct chat_stream *)base;

    if (is_counted(s))
        *usage = s->usage;
    else
        *usage = (struct usage){
            false, s->passage.est_in, estimate_tokens(s->passage.quarters)};
}

static uint64_t chat_stream_output(const struct stream *base)
{
    const struct chat_stream *s = (const struct chat_stream *)base;

    return passage_stream_most(
        &s->passage, s->usage.known ? s->usage.tokens_out : 0);
}

/* ---- the end ---- */

/* A chunk of our own, as far as its choices. */
static void begin_chunk(const struct chat_stream *s, struct buf *chunk)
{
    buf_puts(chunk, "{\"id\":");
    put_json(chunk, &s->last[CHAT_TOP_ID]);
    buf_puts(chunk, ",\"object\":\"chat.completion.chunk\",\"created\":");
    put_json(chunk, &s->last[CHAT_TOP_CREATED]);
    buf_puts(chunk, ",\"model\":");
    put_json(chunk, &s->last[CHAT_TOP_MODEL]);
}

static void make_usage_chunk(struct chat_stream *s, const struct usage *u)
{
    struct buf *chunk = &s->usage_chunk;

    begin_chunk(s, chunk);
    buf_printf(chunk,
        ",\"choices\":[],\"usage\":{\"prompt_tokens\":%llu,"
        "\"completion_tokens\":%llu,\"total_tokens\":%llu}}",
        (unsigned long long)u->tokens_in, (unsigned long long)u->tokens_out,
        (unsigned long long)(u->tokens_in + u->tokens_out));
}

/* A frame with the metering fields before its last brace. */
static void put_metered(
    const struct buf *json, const struct credits *credits, struct buf *out)
{
    if (json->len == 0)
        return;
    buf_puts(out, "data: ");
    buf_put(out, json->data, json->len - 1);
    buf_puts(out, ",");
    credits_write(credits, out);
    buf_puts(out, "}\n\n");
}

static void chat_stream_finish(
    struct stream *base, const struct credits *credits, struct buf *out)
{
    struct chat_stream *s = (struct chat_stream *)base;
    if (memory_is_out(s, out))
        out->failed = true;
    if (s->held.len > 0) {
        put_metered(&s->held, credits, out);
        s->passage.delivered = s->passage.delivered || s->held_output;
        buf_reset(&s->held);
    }
    if (s->include_usage && s->usage_chunk.len == 0 && s->usage.known)
        make_usage_chunk(s, &s->usage);
    if (s->usage_chunk.failed)
        out->failed = true;
    put_metered(&s->usage_chunk, credits, out);
    buf_reset(&s->usage_chunk);
    buf_puts(out, "data: [DONE]\n\n");
}

/* A chunk that ends a choice. */
static void hold_stop(
    struct chat_stream *s, size_t index, enum turn_stop why, struct buf *out)
{
    release_held(s, out);
    s->held_output = false;
    begin_chunk(s, &s->held);
    buf_printf(&s->held,
        ",\"choices\":[{\"index\":%zu,\"delta\":{%s},\"finish_reason\":"
        "\"%s\"}]}",
        index, s->seen[index] ? "" : "\"role\":\"assistant\",\"content\":\"\"",
        why == TURN_STOP_FILTER ? "content_filter" : "length");
}

/* What is refused in one choice is refused in all that were asked for, whether
 * they have begun or not. */
static bool is_cut(
    const struct chat_stream *s, size_t index, enum turn_stop why)
{
    return s->seen[index] || (s->seen_count == 0 && index == 0) ||
           (why == TURN_STOP_FILTER && index < s->count);
}

static void chat_stream_cut(struct stream *base, enum turn_stop why,
    const struct credits *credits, struct buf *out)
{
    struct chat_stream *s = (struct chat_stream *)base;
    struct usage usage;

    for (size_t i = 0; i < CHOICES_MAX; i++)
        if (is_cut(s, i, why) && !s->finished[i])
            hold_stop(s, i, why, out);
    chat_stream_usage(base, &usage);
    if (s->include_usage && s->usage_chunk.len == 0)
        make_usage_chunk(s, &usage);
    chat_stream_finish(base, credits, out);
}

static void chat_stream_fail(struct stream *base, const struct fault *fault,
    const char *request_id, struct buf *out)
{
    (void)base;
    refusal_frame(fault, DIALECT_CHAT, request_id, out);
}

static void chat_stream_beat(struct stream *base, struct buf *out)
{
    (void)base;
    chat_beat(out);
}

static const struct stream_kind chat_stream_kind = {
    .free = chat_stream_free,
    .frame = chat_stream_frame,
    .complete = chat_stream_complete,
    .usage = chat_stream_usage,
    .missed = passage_stream_missed,
    .output = chat_stream_output,
    .delivered = passage_stream_delivered,
    .finish = chat_stream_finish,
    .cut = chat_stream_cut,
    .fail = chat_stream_fail,
    .beat = chat_stream_beat,
};
