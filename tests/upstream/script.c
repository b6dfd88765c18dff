#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "script.h"

enum kind { FLAG, COUNT, TEXT, USAGE, FINISH, DONE, BARRIER };

struct directive {
    const char *key;
    enum kind kind;
    size_t at;
    size_t room; /* TEXT: with its NUL */
};

#define AT(field) offsetof(struct script, field)
#define ROOM(field) AT(field), sizeof(((struct script *)0)->field)

/* A frame is one event of the answer; [DONE] is none. In an answer that is not
 * streamed the faults "after N" count bytes of the body. */
static const struct directive directives[] = {
    {"words", COUNT, AT(words), 0},           /* text tokens to say */
    {"text", TEXT, ROOM(text)},               /* each of them */
    {"reasoning", COUNT, AT(reasoning), 0},   /* tokens of thought first */
    {"tool", FLAG, AT(tool), 0},              /* call the first function */
    {"two_tools", FLAG, AT(two_tools), 0},    /* and the second */
    {"call", TEXT, ROOM(call)},               /* call this function */
    {"args", TEXT, ROOM(args)},               /* JSON for whatever is called */
    {"flag", TEXT, ROOM(flag)},               /* categories, by commas */
    {"huge_frame", COUNT, AT(huge_frame), 0}, /* KiB in the first text */
    {"finish", FINISH, ROOM(finish)},         /* reason, or none */
    {"usage", USAGE, 0, 0},                   /* see read_usage() */
    {"own_keys", FLAG, AT(own_keys), 0},      /* credits, policy of its own */
    {"ignore_max", FLAG, AT(ignore_max), 0},  /* deaf to max_tokens */
    {"gap", COUNT, AT(gap), 0},               /* ms between frames */
    {"unpaced", FLAG, AT(unpaced), 0},        /* gap=0 */
    {"first", COUNT, AT(first), 0},           /* ms before the status line */
    {"first_frame", COUNT, AT(first_frame), 0}, /* ms behind the head */
    {"barrier", BARRIER, 0, 0},                 /* NAME@N: wait there */
    {"split", COUNT, AT(split), 0},             /* bytes a write */
    {"slow", COUNT, AT(slow), 0},               /* ms a byte of the body */
    {"status", COUNT, AT(status), 0},           /* an error answer */
    {"retry_after", COUNT, AT(retry_after), 0}, /* its header */
    {"message", TEXT, ROOM(message)},           /* of the error */
    {"param", TEXT, ROOM(param)},               /* of the error */
    {"cut_headers", FLAG, AT(cut_headers), 0},  /* FIN instead of an answer */
    {"cut_after", COUNT, AT(cut_after), 0},     /* FIN */
    {"reset_after", COUNT, AT(reset_after), 0}, /* RST */
    {"stall_after", COUNT, AT(stall_after), 0}, /* silent for ever */
    {"error_after", COUNT, AT(error_after), 0}, /* error event, then FIN */
    {"garbage_after", COUNT, AT(garbage_after), 0}, /* data: not json */
    {"done", DONE, 0, 0},                           /* done=no: no [DONE] */
    {"after_done", FLAG, AT(after_done), 0},        /* data behind [DONE] */
    {"crlf", FLAG, AT(crlf), 0},                    /* line ends */
    {"cr", FLAG, AT(cr), 0}, {"bom", FLAG, AT(bom), 0},
    {"comments", FLAG, AT(comments), 0},           /* ": hi" before each */
    {"ids", FLAG, AT(ids), 0},                     /* id: and retry: lines */
    {"nospace", FLAG, AT(nospace), 0},             /* "data:" without space */
    {"role_empty", FLAG, AT(role_empty), 0},       /* role:"" in each delta */
    {"empty_choices", FLAG, AT(empty_choices), 0}, /* a first chunk [] */
    {"bad_utf8", FLAG, AT(bad_utf8), 0},           /* in the second token */
    {"gzip", FLAG, AT(gzip), 0},                   /* not streamed only */
    {"html", FLAG, AT(html), 0},                   /* 200 and a page */
    {"badjson", FLAG, AT(badjson), 0},             /* 200 and half an object */
    {"empty", FLAG, AT(empty), 0},                 /* 200 and nothing */
    {"redirect", FLAG, AT(redirect), 0},           /* 302 */
    {"bigheader", COUNT, AT(bigheader), 0},        /* KiB in one header */
    {"bigbody", COUNT, AT(bigbody), 0},            /* MiB, not streamed only */
    {"content_type", TEXT, ROOM(content_type)},
    {"until_close", FLAG, AT(until_close), 0}, /* no chunks, no length */
};

#undef ROOM
#undef AT

enum { MAX_COUNT = 1000000000 };

void script_init(struct script *s)
{
    memset(s, 0, sizeof(*s));
    for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++)
        if (directives[i].kind == COUNT)
            *(int64_t *)((char *)s + directives[i].at) = -1;
    s->prompt = s->completion = -1;
}

static int read_count(struct span v, int64_t *n)
{
    *n = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return -1;
        *n = *n * 10 + (v.p[i] - '0');
        if (*n > MAX_COUNT)
            return -1;
    }
    return v.n > 0 ? 0 : -1;
}

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

static int read_text(struct span v, char *to, size_t room)
{
    size_t n = 0;

    if (v.n == 0)
        return -1;
    for (size_t i = 0; i < v.n; i++) {
        int c = (unsigned char)v.p[i];

        if (c == '%' && i + 2 < v.n && hex(v.p[i + 1]) >= 0 &&
            hex(v.p[i + 2]) >= 0) {
            c = hex(v.p[i + 1]) * 16 + hex(v.p[i + 2]);
            i += 2;
        }
        if (n + 1 >= room || c == '\0')
            return -1;
        to[n++] = (char)c;
    }
    to[n] = '\0';
    return 0;
}

static int read_usage(struct script *s, struct span v)
{
    static const struct {
        const char *name;
        enum script_usage usage;
    } names[] = {
        {"none", SCRIPT_USAGE_NONE},
        {"zero", SCRIPT_USAGE_ZERO},
        {"negative", SCRIPT_USAGE_NEGATIVE},
        {"string", SCRIPT_USAGE_STRING},
        {"huge", SCRIPT_USAGE_HUGE},
        {"twice", SCRIPT_USAGE_TWICE},
        {"early", SCRIPT_USAGE_EARLY},
    };
    const char *comma = v.n > 0 ? memchr(v.p, ',', v.n) : NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (span_is(v, names[i].name)) {
            s->usage = names[i].usage;
            return 0;
        }
    if (comma == NULL)
        return -1;
    s->usage = SCRIPT_USAGE_GIVEN;
    return read_count((struct span){v.p, (size_t)(comma - v.p)}, &s->prompt) ||
                   read_count((struct span){comma + 1,
                                  v.n - (size_t)(comma + 1 - v.p)},
                       &s->completion)
               ? -1
               : 0;
}

static int read_finish(struct span v, char *to, size_t room)
{
    static const char *const reasons[] = {
        "stop", "length", "tool_calls", "content_filter", "none"};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (span_is(v, reasons[i]))
            return read_text(v, to, room);
    return -1;
}

static int read_barrier(struct script *s, struct span v)
{
    const char *sign = v.n > 0 ? memchr(v.p, '@', v.n) : NULL;
    struct script_barrier *b = &s->barriers[s->n_barriers];
    struct span name = v, at = {"0", 1};

    if (s->n_barriers == SCRIPT_BARRIERS)
        return -1;
    if (sign != NULL) {
        name.n = (size_t)(sign - v.p);
        at = (struct span){sign + 1, v.n - name.n - 1};
    }
    if (read_text(name, b->name, sizeof(b->name)) || read_count(at, &b->at))
        return -1;
    s->n_barriers++;
    return 0;
}

static int obey(
    struct script *s, const struct directive *d, bool valued, struct span v)
{
    char *field = (char *)s + d->at;

    if (valued != (d->kind != FLAG))
        return -1;
    switch (d->kind) {
    case FLAG:
        *(bool *)field = true;
        return 0;
    case COUNT:
        return read_count(v, (int64_t *)field);
    case TEXT:
        return read_text(v, field, d->room);
    case USAGE:
        return read_usage(s, v);
    case FINISH:
        return read_finish(v, field, d->room);
    case DONE:
        s->no_done = span_is(v, "no");
        return s->no_done ? 0 : -1;
    case BARRIER:
        return read_barrier(s, v);
    }
    return -1;
}

static int read_one(struct script *s, struct span word)
{
    const char *sign = memchr(word.p, '=', word.n);
    struct span key = word, value = {NULL, 0};

    if (sign != NULL) {
        key.n = (size_t)(sign - word.p);
        value = (struct span){sign + 1, word.n - key.n - 1};
    }
    for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++)
        if (span_is(key, directives[i].key))
            return obey(s, &directives[i], sign != NULL, value);
    return -1;
}

static bool is_apart(char c)
{
    return c == ' ' || c == '\t' || c == ';';
}

int script_read(struct script *s, struct span text, struct span *bad)
{
    size_t i = 0;

    while (i < text.n) {
        size_t begin = i;

        if (is_apart(text.p[i])) {
            i++;
            continue;
        }
        while (i < text.n && !is_apart(text.p[i]))
            i++;
        *bad = (struct span){text.p + begin, i - begin};
        if (read_one(s, *bad))
            return -1;
    }
    return 0;
}

struct span script_in_model(struct span model)
{
    const char *at = model.n > 0 ? memchr(model.p, ';', model.n) : NULL;

    if (at == NULL)
        return (struct span){"", 0};
    return (struct span){at, model.n - (size_t)(at - model.p)};
}

/* What is behind ${mark} in its line. */
static struct span behind(struct span text, const char *mark)
{
    const char *at =
        text.n > 0 ? memmem(text.p, text.n, mark, strlen(mark)) : NULL;
    size_t n = 0;

    if (at == NULL)
        return (struct span){"", 0};
    at += strlen(mark);
    while (at + n < text.p + text.n && at[n] != '\n' && at[n] != '\r')
        n++;
    return (struct span){at, n};
}

struct span script_in_message(struct span message)
{
    return behind(message, "script:");
}

struct span script_for_moderator(struct span text)
{
    return behind(text, "moderator:");
}
