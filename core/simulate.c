#include "simulate.h"

#include <stdlib.h>
#include <string.h>

#include "redaction.h"

/* ---- judging ---- */

static struct span target_of(const struct simulate_ask *ask)
{
    static const char *const surfaces[] = {
        [SIMULATE_MESSAGES] = "chat.completions",
        [SIMULATE_INPUT] = "responses",
        [SIMULATE_PROMPT] = "chat.completions",
    };
    const char *surface = surfaces[ask->form];

    return ask->target.n > 0 ? ask->target
                             : (struct span){surface, strlen(surface)};
}

static int score(struct simulate *s, const struct policy_input *inputs)
{
    const struct simulate_ask *ask = s->ask;
    struct moderation *m;

    if (ask->flags.model == NULL)
        return 0;
    m = moderation_begin(ask->flags.model);
    if (m == NULL)
        return -1;
    said_feed(inputs, ask->said.count, m);
    s->flags = flag_reached(&ask->flags, m);
    moderation_free(m);
    return 0;
}

/* What is assumed counts like what was found. What is blocked whatever the
 * policy says is told, too. */
static int judge(struct simulate *s, const struct policy_input *inputs,
    struct policy_arm arm)
{
    const struct simulate_ask *ask = s->ask;
    struct span found[MODERATION_CATEGORIES + POLICY_LABELS];
    size_t count = flag_list(s->flags & ask->minded, found);
    const struct policy_ask of = {
        .inputs = inputs,
        .input_count = ask->said.count,
        .categories = found,
        .category_count = count + ask->categories.count,
        .target = target_of(ask),
        .arm = arm,
    };

    for (size_t i = 0; i < ask->categories.count; i++)
        found[count + i] = ask->categories.of[i];
    if (policy_judge(s->policy, &of, &s->verdict) != 0)
        return -1;
    if (s->flags & FLAG_ALWAYS)
        s->verdict.moderated = flag_word(s->flags);
    return 0;
}

/* ---- redacting ---- */

/* A request with the ${edits} made, of which only the conversation is kept. */
static int keep_messages(
    struct simulate *s, const struct said_edit *edits, size_t count)
{
    static const char *const keys[] = {
        [SIMULATE_MESSAGES] = "messages",
        [SIMULATE_INPUT] = "input",
        [SIMULATE_PROMPT] = "prompt",
    };
    const struct span no_note = {"", 0};
    struct json_doc doc = {0};
    struct buf whole = {0};
    struct span raw;
    uint32_t node;
    int rc = -1;

    said_amend(s->ask->doc, DIALECT_CHAT, edits, count, no_note, &whole);
    if (!whole.failed && json_parse(&doc, whole.data, whole.len) == JSON_OK) {
        node = json_member(&doc, 0, keys[s->ask->form]);
        raw = json_raw(&doc, node);
        if (json_kind(&doc, node) == JSON_STRING)
            buf_puts(&s->messages, "[{\"role\":\"user\",\"content\":");
        buf_put(&s->messages, raw.p, raw.n);
        if (json_kind(&doc, node) == JSON_STRING)
            buf_puts(&s->messages, "}]");
        rc = s->messages.failed ? -1 : 0;
    }
    json_free(&doc);
    buf_free(&whole);
    return rc;
}

static bool redacts(const struct simulate *s)
{
    return s->policy->doc.redact && s->verdict.enforced;
}

/* Each text as it leaves the redactor; the spans come last, as room moves. */
static int redact(struct simulate *s, const struct policy_input *inputs)
{
    const struct said *said = &s->ask->said;
    struct said_edit *edits = calloc(said->count + 1, sizeof(*edits));
    size_t *ends = calloc(said->count + 1, sizeof(*ends));
    struct buf room = {0};
    size_t at = 0;
    int rc = -1;

    if (edits == NULL || ends == NULL)
        goto err0;
    if (redacts(s))
        s->verdict.redacted |=
            redaction_texts(inputs, said->count, &room, ends);
    for (size_t i = 0; i < said->count && !room.failed; at = ends[i++]) {
        edits[i] = (struct said_edit){said->of[i].node, inputs[i].text};
        if (redacts(s) && room.len > 0)
            edits[i].text = (struct span){room.data + at, ends[i] - at};
        else if (redacts(s))
            edits[i].text = (struct span){"", 0};
    }
    if (!room.failed)
        rc = keep_messages(s, edits, said->count);
err0:
    buf_free(&room);
    free(ends);
    free(edits);
    return rc;
}

int simulate_judge(struct simulate *s, const struct simulate_ask *ask,
    const struct policy *policy, struct policy_arm arm)
{
    struct policy_input *inputs = calloc(ask->said.count + 1, sizeof(*inputs));
    struct buf room = {0};
    int rc = -1;

    *s = (struct simulate){.ask = ask, .policy = policy};
    if (inputs == NULL)
        return -1;
    if (said_inputs(&ask->said, ask->doc, inputs, &room) == 0 &&
        score(s, inputs) == 0 && judge(s, inputs, arm) == 0) {
        rc = redact(s, inputs);
        if (rc != 0)
            simulate_end(s);
    }
    buf_free(&room);
    free(inputs);
    return rc;
}

void simulate_end(struct simulate *s)
{
    policy_verdict_free(&s->verdict);
    buf_free(&s->messages);
}

/* ---- telling ---- */

void simulate_write(const struct simulate *s, struct buf *out)
{
    const struct span tag = s->policy->doc.classification;

    policy_metadata(&s->verdict, out);
    if (out->failed)
        return;
    out->len--;      /* the brace */
    if (!redacts(s)) /* or the metadata have them */
        buf_puts(out, ",\"redacted_spans\":[]");
    buf_puts(out, ",\"audit_tags\":{\"data_classification\":");
    if (tag.n > 0)
        json_quote(out, tag);
    else
        buf_puts(out, "null");
    buf_puts(out, "},\"redacted_messages\":");
    buf_put(out, s->messages.data, s->messages.len);
    buf_puts(out, "}");
}
