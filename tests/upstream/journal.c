#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/json.h"
#include "journal.h"

enum {
    ENTRIES = 16384, /* kept at most; a power of two */
    BYTES = 64 << 20 /* of their requests */
};

struct journal {
    struct journal_entry *ring;
    uint64_t first, next; /* numbers kept: first <= n < next */
    uint64_t shown_from;  /* the number that is shown as 1 */
    size_t bytes;
};

struct journal *journal_create(void)
{
    struct journal *j = calloc(1, sizeof(*j));

    if (j == NULL)
        return NULL;
    j->first = j->next = j->shown_from = 1;
    j->ring = calloc(ENTRIES, sizeof(*j->ring));
    if (j->ring == NULL)
        goto err0;
    return j;

err0:
    free(j);
    return NULL;
}

static struct journal_entry *at(const struct journal *j, uint64_t number)
{
    return &j->ring[number % ENTRIES];
}

static void drop_first(struct journal *j)
{
    struct journal_entry *e = at(j, j->first++);

    j->bytes -= e->request.len;
    buf_free(&e->request);
}

void journal_reset(struct journal *j)
{
    while (j->first < j->next)
        drop_first(j);
    j->shown_from = j->next;
}

void journal_free(struct journal *j)
{
    if (j == NULL)
        return;
    journal_reset(j);
    free(j->ring);
    free(j);
}

static bool is_wanted(struct span name)
{
    static const char *const names[] = {"authorization", "content-type",
        "user-agent", "accept", "accept-encoding", "connection", "host",
        "content-length", "transfer-encoding"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (name.n == strlen(names[i]) &&
            strncasecmp(name.p, names[i], name.n) == 0)
            return true;
    return (name.n > 2 && strncasecmp(name.p, "x-", 2) == 0) ||
           (name.n > 10 && strncasecmp(name.p, "anthropic-", 10) == 0);
}

/* As a JSON string, with '?' for what is not ASCII. */
static void put_ascii(struct buf *out, struct span s, bool lower)
{
    struct buf copy = {0};
    char *to = buf_reserve(&copy, s.n + 1);

    for (size_t i = 0; to != NULL && i < s.n; i++) {
        char c = (s.p[i] & 0x80) != 0 || s.p[i] == '\0' ? '?' : s.p[i];

        to[i] = lower ? (char)tolower((unsigned char)c) : c;
    }
    if (to != NULL)
        json_quote(out, (struct span){to, s.n});
    buf_free(&copy);
}

static bool is_repeated(const struct http_request *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (r->fields[k].name.n == r->fields[i].name.n &&
            strncasecmp(r->fields[k].name.p, r->fields[i].name.p,
                r->fields[i].name.n) == 0)
            return true;
    return false;
}

static void put_request(struct buf *out, const struct http_request *r)
{
    struct json_doc doc = {0};
    const char *comma = "";

    buf_puts(out, "\"method\":");
    put_ascii(out, r->method, false);
    buf_puts(out, ",\"path\":");
    put_ascii(out, r->path, false);
    buf_puts(out, ",\"headers\":{");
    for (size_t i = 0; i < r->n_fields; i++) {
        if (!is_wanted(r->fields[i].name) || is_repeated(r, i))
            continue;
        buf_puts(out, comma);
        put_ascii(out, r->fields[i].name, true);
        buf_puts(out, ":");
        put_ascii(out, r->fields[i].value, false);
        comma = ",";
    }
    buf_puts(out, "},\"body\":");
    if (r->body.n > 0 && json_parse(&doc, r->body.p, r->body.n) == JSON_OK)
        buf_put(out, r->body.p, r->body.n);
    else
        buf_puts(out, "null");
    json_free(&doc);
}

uint64_t journal_add(struct journal *j, const struct http_request *request)
{
    struct journal_entry e = {0};

    put_request(&e.request, request);
    if (e.request.failed)
        goto err0;
    j->bytes += e.request.len;
    while (j->first < j->next &&
           (j->next - j->first == ENTRIES || j->bytes > BYTES))
        drop_first(j);
    *at(j, j->next) = e;
    return j->next++;

err0:
    buf_free(&e.request);
    return 0;
}

struct journal_entry *journal_find(struct journal *j, uint64_t number)
{
    return number >= j->first && number < j->next ? at(j, number) : NULL;
}

uint64_t journal_total(const struct journal *j)
{
    return j->next - 1;
}

void journal_write(const struct journal *j, struct buf *out)
{
    static const char *const ends[] = {
        [JOURNAL_OPEN] = "open",
        [JOURNAL_COMPLETE] = "complete",
        [JOURNAL_CLIENT_GONE] = "client_gone",
        [JOURNAL_FAULT] = "fault",
    };

    buf_puts(out, "[");
    for (uint64_t n = j->first; n < j->next; n++) {
        const struct journal_entry *e = at(j, n);

        buf_printf(out, "%s{\"n\":%llu,", n > j->first ? ",\n" : "",
            (unsigned long long)(n - j->shown_from + 1));
        buf_put(out, e->request.data, e->request.len);
        buf_printf(out,
            ",\"status\":%u,\"streamed\":%s,\"frames_sent\":%llu,"
            "\"bytes_sent\":%llu,\"ended\":\"%s\",\"prompt_tokens\":%llu,"
            "\"completion_tokens\":%llu}",
            e->status, e->streamed ? "true" : "false",
            (unsigned long long)e->frames, (unsigned long long)e->bytes,
            ends[e->end], (unsigned long long)e->prompt,
            (unsigned long long)e->completion);
    }
    buf_puts(out, "]\n");
}
