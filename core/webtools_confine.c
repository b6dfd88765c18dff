#include "splice.h"
#include "webtools_private.h"

/* A request's web tools under what its project says of them. */

struct confining {
    const struct webtools *w;
    struct webtools_asked asked;
};

/* ---- what is allowed ---- */

/* Whether one of ${list} that has no path stands for ${d}, too. */
static bool is_covered(
    const struct webtools_domain *d, const struct webtools_domains *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->of[i].host == list->of[i].text.n &&
            webtools_within(d, &list->of[i]))
            return true;
    return false;
}

/* What a tool asks for is what the project allows, or a part of it. */
static int check_tool(const struct confining *c, const struct webtools_tool *t)
{
    const struct webtools *w = c->w;

    for (size_t i = 0; i < t->allowed.count; i++) {
        const struct webtools_domain *d = &t->allowed.of[i];
        bool beyond = w->allowed.count > 0 && !is_covered(d, &w->allowed);

        if (beyond || is_covered(d, &w->blocked))
            return fault_set(c->asked.fault, REFUSE_INVALID_REQUEST, t->path,
                "The project does not allow the domain %.*s.", (int)d->host,
                d->text.p);
    }
    return 0;
}

/* ---- what the upstream is told ---- */

/* Whether ${d} and one of ${list} have a page in common. */
static bool overlaps(
    const struct webtools_domain *d, const struct webtools_domains *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (webtools_within(d, &list->of[i]) ||
            webtools_within(&list->of[i], d))
            return true;
    return false;
}

static void put_domain(
    struct buf *out, const char *key, size_t index, struct span text)
{
    if (index == 0)
        buf_printf(out, "%s\"%s\":[", out->len > 0 ? "," : "", key);
    else
        buf_puts(out, ",");
    json_quote(out, text);
}

/* What stays allowed, which is left in ${kept}. Most upstreams take one of the
 * two lists, not both: a domain that is blocked as a whole is not allowed,
 * rather than named in both. */
static void put_allowed(const struct confining *c,
    const struct webtools_tool *t, struct webtools_domains *kept,
    struct buf *out)
{
    const struct webtools_domains *list =
        t->allowed.count > 0 ? &t->allowed : &c->w->allowed;

    for (size_t i = 0; i < list->count; i++) {
        const struct webtools_domain *d = &list->of[i];

        if (is_covered(d, &c->w->blocked) || is_covered(d, &t->blocked))
            continue;
        put_domain(out, t->keys->allowed, kept->count, d->text);
        kept->of[kept->count++] = *d;
    }
    if (kept->count > 0)
        buf_puts(out, "]");
}

/* What either blocks of that; of everything, where nothing is listed. */
static void put_blocked(const struct confining *c,
    const struct webtools_tool *t, const struct webtools_domains *kept,
    struct buf *out)
{
    const struct webtools_domains *lists[] = {&t->blocked, &c->w->blocked};
    size_t count = 0;

    for (size_t l = 0; l < 2 && t->keys->blocked != NULL; l++)
        for (size_t i = 0; i < lists[l]->count; i++) {
            const struct webtools_domain *d = &lists[l]->of[i];

            if ((kept->count > 0 && !overlaps(d, kept)) ||
                (l > 0 && is_covered(d, &t->blocked)))
                continue;
            put_domain(out, t->keys->blocked, count++, d->text);
        }
    if (count > 0)
        buf_puts(out, "]");
}

/* Both lists as members of an object. Returns 0, or -1 with the fault set: no
 * domain is left. */
static int put_lists(
    const struct confining *c, const struct webtools_tool *t, struct buf *out)
{
    struct webtools_domain room[WEBTOOLS_DOMAINS];
    struct webtools_domains kept = {.of = room};
    bool listed = t->allowed.count > 0 || c->w->allowed.count > 0;

    put_allowed(c, t, &kept, out);
    if (listed && kept.count == 0)
        return fault_set(c->asked.fault, REFUSE_INVALID_REQUEST, t->path,
            "%s has no domain left that it may reach", t->path);
    put_blocked(c, t, &kept, out);
    return 0;
}

/* The object ${node} with the members ${fresh} in place of those of ${keys},
 * which may be NULL. */
static void splice_object(struct splice *s, uint32_t node,
    const char *const keys[2], struct span fresh)
{
    struct splice_member m = {.object = node};
    uint32_t last = s->doc->nodes[node].end - 1;

    while (splice_next(&m, s->doc))
        for (size_t i = 0; i < 2; i++)
            if (keys[i] != NULL && json_string_is(s->doc, m.key, keys[i]))
                splice_drop(&m, s);
    splice_at(s, last, last);
    if (m.kept)
        buf_puts(s->out, ",");
    buf_put(s->out, fresh.p, fresh.n);
}

static void splice_lists(
    struct splice *s, const struct webtools_tool *t, struct span lists)
{
    const char *const keys[2] = {t->keys->allowed, t->keys->blocked};
    const char *const within[2] = {t->keys->within, NULL};
    struct buf whole = {0};

    if (t->lists != JSON_NONE) {
        splice_object(s, t->lists, keys, lists);
        return;
    }
    buf_printf(&whole, "\"%s\":{", t->keys->within);
    buf_put(&whole, lists.p, lists.n);
    buf_puts(&whole, "}");
    splice_object(s, t->node, within, (struct span){whole.data, whole.len});
    s->out->failed = s->out->failed || whole.failed;
    buf_free(&whole);
}

static int write_tool(
    const struct confining *c, const struct webtools_tool *t, struct splice *s)
{
    struct buf lists = {0};
    int rc = put_lists(c, t, &lists);

    if (rc == 0 && lists.len > 0)
        splice_lists(s, t, (struct span){lists.data, lists.len});
    s->out->failed = s->out->failed || lists.failed;
    buf_free(&lists);
    return rc;
}

/* ---- the whole ---- */

static int confine(struct confining *c, struct buf *out)
{
    const struct webtools_asked *a = &c->asked;
    struct splice s;

    for (size_t i = 0; i < a->count; i++)
        if (check_tool(c, &a->tools[i]) != 0)
            return -1;
    splice_begin(&s, a->doc, out);
    for (size_t i = 0; i < a->count; i++)
        if (write_tool(c, &a->tools[i], &s) != 0)
            return -1;
    splice_end(&s);
    if (!out->failed)
        return 0;
    return fault_set(a->fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
}

int webtools_confine(const struct webtools *w, const struct json_doc *doc,
    enum dialect dialect, struct buf *out, struct fault *fault)
{
    struct confining c = {.w = w, .asked = {.doc = doc, .fault = fault}};
    int rc = webtools_find(&c.asked, dialect);

    if (rc == 0 && c.asked.count > 0 && !w->enabled)
        rc = fault_set(fault, REFUSE_INVALID_REQUEST, c.asked.tools[0].path,
            "The project does not allow web tools.");
    else if (rc == 0 && c.asked.count > 0 &&
             w->allowed.count + w->blocked.count > 0)
        rc = webtools_lists(&c.asked) != 0 ? -1 : confine(&c, out);
    buf_free(&c.asked.text);
    return rc;
}
