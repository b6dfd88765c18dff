#include <string.h>

#include "core/json.h"
#include "turn.h"

enum { FILLERS = 8, FRAGMENT = 8, HUGE_KIB = 65536 };

static const char *const filler[] = {"and", "so", "the", "demo", "model",
    "goes", "on", "to", "answer", "with", "a", "few", "more", "plain", "words",
    "here"};

static const char *const thoughts[] = {
    "Let", "me", "think", "about", "this", "for", "a", "while."};

static struct span nth_word(struct span text, unsigned i)
{
    size_t n = 0;

    while (i > 0 && text.n > 0) {
        const char *blank = memchr(text.p, ' ', text.n);
        size_t skip = blank != NULL ? (size_t)(blank - text.p) + 1 : text.n;

        text.p += skip;
        text.n -= skip;
        i--;
    }
    while (n < text.n && text.p[n] != ' ')
        n++;
    return (struct span){text.p, n};
}

static unsigned echo_words(const struct ask *a)
{
    unsigned n = a->echo.len > 0 ? 1 : 0;

    for (size_t i = 0; i < a->echo.len; i++)
        n += a->echo.data[i] == ' ';
    return n;
}

/* Word ${i} of an answer in words. */
static struct span get_word(const struct turn *t, unsigned i)
{
    const struct ask *a = t->ask;
    unsigned echoed = echo_words(a);
    const char *w;

    if (a->script.text[0] != '\0')
        w = a->script.text;
    else if (i < 2)
        w = i == 0 ? "You" : "said:";
    else if (i - 2 < echoed)
        return nth_word((struct span){a->echo.data, a->echo.len}, i - 2);
    else
        w = filler[(i - 2 - echoed) % (sizeof(filler) / sizeof(*filler))];
    return (struct span){w, strlen(w)};
}

/* Piece ${i} of ${text}; no character is torn. */
static struct span get_fragment(struct span text, unsigned i)
{
    size_t begin = (size_t)i * FRAGMENT, end = begin + FRAGMENT;

    while (begin < text.n && (text.p[begin] & 0xc0) == 0x80)
        begin++;
    while (end < text.n && (text.p[end] & 0xc0) == 0x80)
        end++;
    if (begin > text.n)
        begin = text.n;
    if (end > text.n)
        end = text.n;
    return (struct span){text.p + begin, end - begin};
}

static unsigned count_fragments(size_t n)
{
    return (unsigned)((n + FRAGMENT - 1) / FRAGMENT);
}

static unsigned count_arguments(const struct turn *t)
{
    struct buf args = {0};
    unsigned n;

    turn_arguments(t, &args);
    n = count_fragments(args.len);
    buf_free(&args);
    return n;
}

static bool is_stop(const struct turn *t, unsigned i)
{
    struct span w = get_word(t, i);
    const char *p = t->ask->stops.data, *end = p + t->ask->stops.len;

    for (; p < end; p += strlen(p) + 1)
        if (*p != '\0' && memmem(w.p, w.n, p, strlen(p)) != NULL)
            return true;
    return false;
}

static void plan_words(struct turn *t)
{
    const struct ask *a = t->ask;

    if (a->sample.len > 0 && a->script.words < 0) {
        t->words = count_fragments(a->sample.len);
        return;
    }
    t->words = a->script.words >= 0 ? (unsigned)a->script.words
                                    : 2 + echo_words(a) + FILLERS;
    for (unsigned i = 0; a->stops.len > 0 && i < t->words; i++)
        if (is_stop(t, i))
            t->words = i;
}

static void obey_limit(struct turn *t)
{
    const struct ask *a = t->ask;

    if (a->limit < 0 || a->script.ignore_max || t->calls > 0 ||
        (int64_t)t->reasoning + t->words <= a->limit)
        return;
    if (t->reasoning > a->limit)
        t->reasoning = (unsigned)a->limit;
    t->words = (unsigned)a->limit - t->reasoning;
    t->finish = "length";
}

/* A function that the script names need not be among those of the request. */
static bool is_calling(const struct ask *a)
{
    const struct script *s = &a->script;

    if (a->tool_results)
        return false;
    if (s->call[0] != '\0')
        return true;
    return a->n_tools > 0 && (a->tool_wanted || s->tool || s->two_tools);
}

void turn_plan(struct turn *t, const struct ask *ask, uint64_t serial)
{
    const struct script *s = &ask->script;

    *t = (struct turn){.ask = ask, .serial = serial, .finish = "stop"};
    if (s->reasoning > 0)
        t->reasoning = (unsigned)s->reasoning;
    if (is_calling(ask)) {
        t->calls = s->two_tools ? 2 : 1;
        t->finish = "tool_calls";
    } else {
        plan_words(t);
    }
    obey_limit(t);
    if (s->finish[0] != '\0')
        t->finish = strcmp(s->finish, "none") != 0 ? s->finish : NULL;
}

unsigned turn_items(const struct turn *t)
{
    return (t->reasoning > 0) + (t->calls > 0 ? t->calls : 1);
}

struct turn_item turn_item(const struct turn *t, unsigned k)
{
    if (t->reasoning > 0 && k-- == 0)
        return (struct turn_item){TURN_THOUGHT, 0, t->reasoning};
    if (t->calls == 0)
        return (struct turn_item){TURN_TEXT, 0, t->words};
    return (struct turn_item){TURN_CALL, k, count_arguments(t)};
}

static void put_escaped(struct buf *out, struct span s)
{
    struct buf quoted = {0};

    json_quote(&quoted, s);
    if (quoted.failed)
        out->failed = true;
    else
        buf_put(out, quoted.data + 1, quoted.len - 2);
    buf_free(&quoted);
}

static void put_filler(struct buf *out, size_t n)
{
    char *to = buf_reserve(out, n);

    if (to == NULL)
        return;
    memset(to, 'x', n);
    buf_commit(out, n);
}

static void put_text(const struct turn *t, unsigned i, struct buf *out)
{
    const struct ask *a = t->ask;

    if (a->sample.len > 0 && a->script.words < 0) {
        put_escaped(
            out, get_fragment((struct span){a->sample.data, a->sample.len}, i));
        return;
    }
    if (i > 0)
        buf_puts(out, " ");
    if (i == 0 && a->script.huge_frame > 0)
        put_filler(out, (size_t)(a->script.huge_frame % HUGE_KIB) << 10);
    else
        put_escaped(out, get_word(t, i));
    if (i == 1 && a->script.bad_utf8)
        buf_puts(out, "\xff\xc3");
}

void turn_piece(const struct turn *t, const struct turn_item *item, unsigned i,
    struct buf *out)
{
    struct buf args = {0};

    switch (item->kind) {
    case TURN_TEXT:
        put_text(t, i, out);
        break;
    case TURN_THOUGHT:
        buf_printf(out, "%s%s", i > 0 ? " " : "",
            thoughts[i % (sizeof(thoughts) / sizeof(*thoughts))]);
        break;
    case TURN_CALL:
        turn_arguments(t, &args);
        put_escaped(out, get_fragment((struct span){args.data, args.len}, i));
        buf_free(&args);
        break;
    }
}

void turn_quote(
    const struct turn *t, const struct turn_item *item, struct buf *out)
{
    buf_puts(out, "\"");
    for (unsigned i = 0; i < item->count; i++)
        turn_piece(t, item, i, out);
    if (item->kind == TURN_TEXT && t->ask->script.bigbody > 0 &&
        !t->ask->stream)
        put_filler(out, (size_t)(t->ask->script.bigbody % 1024) << 20);
    buf_puts(out, "\"");
}

void turn_arguments(const struct turn *t, struct buf *out)
{
    struct span echo = {t->ask->echo.data, t->ask->echo.len};

    if (t->ask->script.args[0] != '\0') {
        buf_puts(out, t->ask->script.args);
        return;
    }
    buf_puts(out, "{\"query\":");
    json_quote(out, echo.n > 0 ? echo : (struct span){"nothing", 7});
    buf_puts(out, "}");
}

struct span turn_tool(const struct turn *t, unsigned call)
{
    const struct buf *name = &t->ask->tools[call < t->ask->n_tools ? call : 0];
    const char *scripted = t->ask->script.call;

    if (scripted[0] != '\0')
        return (struct span){scripted, strlen(scripted)};
    return (struct span){name->data, name->len};
}

uint64_t turn_tokens(const struct turn *t)
{
    uint64_t each = 0;

    for (unsigned k = 0; k < turn_items(t); k++)
        each += turn_item(t, k).count;
    return each * t->ask->n;
}

void turn_usage(const struct turn *t, const char *in, const char *answered,
    const char *total, struct buf *out)
{
    const struct script *s = &t->ask->script;
    int64_t p = (int64_t)t->ask->prompt_tokens;
    bool so_far = t->ask->stream && s->usage != SCRIPT_USAGE_EARLY;
    int64_t c = (int64_t)(so_far ? t->produced : turn_tokens(t));
    const char *quote = s->usage == SCRIPT_USAGE_STRING ? "\"" : "";

    if (s->usage == SCRIPT_USAGE_ZERO)
        p = c = 0;
    else if (s->usage == SCRIPT_USAGE_NEGATIVE)
        p = c = -5;
    else if (s->usage == SCRIPT_USAGE_HUGE)
        p = c = INT64_MAX / 2;
    else if (s->usage == SCRIPT_USAGE_GIVEN)
        p = s->prompt, c = s->completion;
    buf_printf(out, "{\"%s\":%s%lld%s,\"%s\":%s%lld%s", in, quote, (long long)p,
        quote, answered, quote, (long long)c, quote);
    if (total != NULL)
        buf_printf(
            out, ",\"%s\":%s%lld%s", total, quote, (long long)(p + c), quote);
    buf_puts(out, "}");
}

void turn_own_keys(const struct turn *t, struct buf *out)
{
    if (t->ask->script.own_keys)
        buf_puts(out,
            ",\"remaining_credits\":999,\"estimated_credits_used\":0"
            ",\"estimated_cost_usd\":0,\"policy\":{\"from\":\"upstream\"}");
}

void turn_model(const struct turn *t, struct buf *out)
{
    json_quote(out, (struct span){t->ask->model.data, t->ask->model.len});
}
