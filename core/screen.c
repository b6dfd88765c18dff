#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "policy_pii.h"
#include "policy_unescape.h"
#include "screen_private.h"

/* ---- making ---- */

static const struct policy_doc *doc_of(const struct screen_rules *rules)
{
    return &rules->verdict->policy->doc;
}

/* Rules of the policy that are about the words of a text. */
static bool has_words(const struct screen_rules *rules)
{
    const struct policy_verdict *v = rules->verdict;

    return v != NULL && (v->policy->doc.deny.count > 0 ||
                            (v->policy->doc.redact && v->enforced));
}

bool screen_needed(const struct screen_rules *rules)
{
    return rules->flags.model != NULL || has_words(rules);
}

/* Rules that change an answer rather than end it. */
static bool replaces(const struct policy_doc *doc)
{
    return doc->action == POLICY_REWRITE || doc->action == POLICY_SUMMARY;
}

static size_t set_detectors(struct screen *s)
{
    static const uint32_t all = PII_ALL;
    const struct policy *policy = s->rules.verdict->policy;

    s->detectors[DETECT_DENY] = replaces(&policy->doc) && !s->watch
                                    ? policy_terms_replace(policy->deny)
                                    : policy_terms_fire(policy->deny);
    if (!policy->doc.redact || s->watch)
        return DETECT_DENY + 1;
    s->detectors[DETECT_PII] = policy_pii_replace(&all);
    return DETECT_PII + 1;
}

static int make_streams(struct screen *s)
{
    struct policy_detector behind[DETECTORS];
    size_t n = set_detectors(s);

    for (size_t i = 0; i < n; i++)
        behind[i] = policy_unescape(&s->detectors[i]);
    s->words.stream = policy_stream_make(s->detectors, n, s->watch);
    s->args.stream = policy_stream_make(behind, n, s->watch);
    return s->words.stream != NULL && s->args.stream != NULL ? 0 : -1;
}

struct screen *screen_make(const struct screen_rules *rules)
{
    struct screen *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->rules = *rules;
    s->watch = !has_words(rules) || !rules->verdict->enforced;
    if (has_words(rules) && make_streams(s) != 0)
        goto err0;
    if (rules->flags.model != NULL &&
        (s->scores = scores_make(&rules->flags, rules->every)) == NULL)
        goto err0;
    return s;

err0:
    screen_free(s);
    return NULL;
}

void screen_free(struct screen *s)
{
    if (s == NULL)
        return;
    scores_free(s->scores);
    policy_stream_free(s->words.stream);
    policy_stream_free(s->args.stream);
    free(s->words.texts);
    free(s->args.texts);
    buf_free(&s->plain);
    buf_free(&s->passed);
    buf_free(&s->escaped);
    free(s);
}

bool screen_watches(const struct screen *s)
{
    return s->watch;
}

uint16_t screen_blocked(const struct screen *s)
{
    return s->flags & s->rules.blocked;
}

/* ---- scores ---- */

/* The policy's own categories end an answer where they are enforced: what they
 * are about is at no place that could be taken out. */
static void note(struct screen *s, uint16_t reached)
{
    uint16_t ends = s->rules.blocked;

    s->flags |= reached & (s->rules.blocked | s->rules.minded);
    if (s->rules.verdict != NULL && s->rules.verdict->enforced)
        ends |= s->rules.minded;
    s->fired = s->fired || (s->flags & ends) != 0;
}

static void weigh(struct screen *s, const struct turn_event *e)
{
    struct span text = {s->plain.data, s->plain.len};
    int reached = 0;

    if (s->scores != NULL)
        reached = e->kind == TURN_EVENT_ARGS
                      ? scores_args(s->scores, e->choice, e->block, text)
                      : scores_feed(s->scores, e->choice, text);
    if (reached < 0)
        s->failed = true;
    else
        note(s, (uint16_t)reached);
}

/* ---- texts ---- */

static struct text *add(struct strand *strand, const struct turn_event *e)
{
    struct text *texts = strand->texts;
    struct text *t;

    if (strand->count == strand->cap) {
        texts = reallocarray(texts, strand->cap * 2 + 4, sizeof(*texts));
        if (texts == NULL)
            return NULL;
        strand->texts = texts;
        strand->cap = strand->cap * 2 + 4;
    }
    t = &texts[strand->count];
    *t = (struct text){.kind = e->kind, .choice = e->choice, .block = e->block};
    if (policy_stream_channel(strand->stream, &t->channel) != 0)
        return NULL;
    strand->count++;
    return t;
}

/* Send on what may leave, which is in s->passed. */
static void pass(struct screen *s, const struct text *t)
{
    struct turn_event e = {
        .kind = t->kind, .choice = t->choice, .block = t->block};

    if (s->passed.len == 0)
        return;
    buf_reset(&s->escaped);
    json_escape(&s->escaped, (struct span){s->passed.data, s->passed.len});
    s->failed = s->failed || s->escaped.failed;
    e.text = (struct span){s->escaped.data, s->escaped.len};
    if (!s->failed)
        s->to->event(s->to->cookie, &e);
}

static void judge(
    struct screen *s, const struct text *t, enum policy_stream_state state)
{
    s->fired = s->fired || state == POLICY_STREAM_FIRED;
    s->failed = s->failed || state == POLICY_STREAM_NO_MEMORY;
    if (!s->failed && !s->watch)
        pass(s, t);
}

/* The text is whole: what was held back may leave, or fires after all. */
static void end_text(struct screen *s, struct strand *strand, struct text *t)
{
    buf_reset(&s->passed);
    judge(s, t, policy_stream_end(strand->stream, t->channel, &s->passed));
    policy_stream_close(strand->stream, t->channel);
}

static void end_all(struct screen *s, struct strand *strand, uint32_t choice)
{
    size_t kept = 0;

    for (size_t i = 0; i < strand->count; i++) {
        struct text *t = &strand->texts[i];

        if (t->choice == choice && !s->fired && !s->failed)
            end_text(s, strand, t);
        else
            strand->texts[kept++] = *t;
    }
    strand->count = kept;
}

/* The text that an event goes on with. Where there are blocks, a new one ends
 * those of its choice before it. */
static struct text *text_of(
    struct screen *s, struct strand *strand, const struct turn_event *e)
{
    bool joined = s->rules.joined && strand == &s->words;

    for (size_t i = 0; i < strand->count; i++) {
        struct text *t = &strand->texts[i];

        if (t->kind == e->kind && t->choice == e->choice &&
            (joined || t->block == e->block)) {
            t->block = e->block;
            return t;
        }
    }
    if (!s->rules.joined)
        end_all(s, &s->words, e->choice);
    return s->fired || s->failed ? NULL : add(strand, e);
}

static void look_at(
    struct screen *s, struct strand *strand, const struct turn_event *e)
{
    struct text *t = text_of(s, strand, e);

    if (t == NULL) {
        s->failed = s->failed || !s->fired;
        return;
    }
    buf_reset(&s->passed);
    judge(s, t,
        policy_stream_feed(strand->stream, t->channel,
            (struct span){s->plain.data, s->plain.len}, &s->passed));
}

static void set_plain(struct screen *s, struct span text)
{
    buf_reset(&s->plain);
    if (text.n > 0)
        json_unescape(text, &s->plain);
    s->failed = s->failed || s->plain.failed;
}

static void take_text(
    struct screen *s, struct strand *strand, const struct turn_event *e)
{
    set_plain(s, e->text);
    if (s->failed)
        return;
    weigh(s, e);
    if (!s->fired && !s->failed && strand->stream != NULL)
        look_at(s, strand, e);
}

/* The name of a call is a text of its own, and whole. */
static void take_name(struct screen *s, const struct turn_event *e)
{
    struct turn_event named = *e;
    struct screen_text t;

    set_plain(s, e->name);
    if (s->failed || screen_open(s, false, &t) != 0)
        return;
    screen_read(s, &t, (struct span){s->plain.data, s->plain.len}, true);
    screen_close(s, &t);
    if (s->watch || s->fired || s->failed)
        return;
    buf_reset(&s->escaped);
    json_escape(&s->escaped, (struct span){s->passed.data, s->passed.len});
    s->failed = s->failed || s->escaped.failed;
    named.name = (struct span){s->escaped.data, s->escaped.len};
    if (!s->failed)
        s->to->event(s->to->cookie, &named);
}

/* ---- events ---- */

static void end_scores(struct screen *s)
{
    if (s->scores != NULL && !s->fired)
        note(s, scores_end(s->scores));
}

static enum screen_state state_of(const struct screen *s)
{
    if (s->failed)
        return SCREEN_NO_MEMORY;
    return s->fired ? SCREEN_FIRED : SCREEN_GOES;
}

static void weigh_text(struct screen *s, const struct turn_event *e)
{
    set_plain(s, e->text);
    if (!s->failed)
        weigh(s, e);
}

enum screen_state screen_weigh(struct screen *s, const struct turn_event *e)
{
    if (s->failed || s->fired)
        return state_of(s);
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
    case TURN_EVENT_REASONING:
    case TURN_EVENT_ARGS:
        weigh_text(s, e);
        break;
    case TURN_EVENT_STOP:
        end_scores(s);
        break;
    default:
        break;
    }
    return state_of(s);
}

static void take(struct screen *s, const struct turn_event *e)
{
    switch (e->kind) {
    case TURN_EVENT_TEXT:
    case TURN_EVENT_REFUSAL:
    case TURN_EVENT_REASONING:
        take_text(s, &s->words, e);
        return;
    case TURN_EVENT_ARGS:
        take_text(s, &s->args, e);
        return;
    case TURN_EVENT_CALL:
    case TURN_EVENT_SIGNATURE:
    case TURN_EVENT_REDACTED:
        if (!s->rules.joined)
            end_all(s, &s->words, e->choice);
        break;
    case TURN_EVENT_STOP:
        end_all(s, &s->words, e->choice);
        end_all(s, &s->args, e->choice);
        end_scores(s);
        break;
    default:
        break;
    }
    if (s->fired || s->failed)
        return;
    if (e->kind == TURN_EVENT_CALL && s->words.stream != NULL)
        take_name(s, e);
    else if (!s->watch)
        s->to->event(s->to->cookie, e);
}

enum screen_state screen_event(
    struct screen *s, const struct turn_event *e, const struct turn_sink *to)
{
    s->to = to;
    if (!s->failed && !s->fired)
        take(s, e);
    if (s->watch && !s->fired)
        to->event(to->cookie, e);
    return state_of(s);
}

/* ---- telling ---- */

/* The terms found, as hits of the policy's list. */
static int terms_of(const struct strand *strand, struct policy_hits *deny)
{
    const struct policy_finding *found;
    size_t count;

    found = policy_stream_found(strand->stream, &count);
    deny->of = malloc((count + 1) * sizeof(deny->of[0]));
    if (deny->of == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (found[i].detector == DETECT_DENY)
            deny->of[deny->count++] = found[i].what;
    return 0;
}

static int tell_words(struct strand *strand, struct policy_verdict *v)
{
    struct policy_hits deny = {0}, none = {0};
    size_t count = 0;
    int rc = 0;

    if (strand->stream != NULL)
        policy_stream_found(strand->stream, &count);
    if (count == strand->told)
        return 0;
    strand->told = count;
    v->redacted |= policy_stream_whats(strand->stream, DETECT_PII);
    if (terms_of(strand, &deny) != 0)
        return -1;
    if (deny.count > 0)
        rc = policy_fire(v, &deny, &none);
    free(deny.of);
    return rc != 0 ? -1 : 1;
}

/* The categories reached, as hits of the policy's list. */
static int tell_flags(struct screen *s, struct policy_verdict *v)
{
    const struct policy_texts *listed = &doc_of(&s->rules)->categories;
    uint16_t flags = s->flags & s->rules.minded;
    struct policy_hits hits = {0}, none = {0};
    int rc;

    if (flags == s->told)
        return 0;
    s->told = flags;
    hits.of = malloc((listed->count + 1) * sizeof(hits.of[0]));
    if (hits.of == NULL)
        return -1;
    for (size_t i = 0; i < listed->count; i++)
        if (flag_meant(listed->of[i]) & flags)
            hits.of[hits.count++] = (uint32_t)i;
    rc = policy_fire(v, &none, &hits);
    free(hits.of);
    return rc != 0 ? -1 : 1;
}

int screen_tell(struct screen *s, struct policy_verdict *v)
{
    int words, args, flags;

    if (s->rules.verdict == NULL)
        return 0;
    words = tell_words(&s->words, v);
    args = tell_words(&s->args, v);
    flags = tell_flags(s, v);
    if (words < 0 || args < 0 || flags < 0)
        return -1;
    return words | args | flags;
}
