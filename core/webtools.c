#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "webtools_private.h"

/* ---- what a web tool is ---- */

/* Versions come and go; no new one may slip by. */
static bool is_kind(struct span type, const char *kind)
{
    const size_t n = strlen(kind);

    return type.n >= n && memcmp(type.p, kind, n) == 0 &&
           (type.n == n || type.p[n] == '_');
}

bool webtools_is(const struct json_doc *doc, uint32_t tool)
{
    uint32_t node = json_member(doc, tool, "type");
    struct buf scratch = {0};
    struct span type;
    bool is;

    if (!json_is(doc, node, JSON_STRING))
        return false;
    type = json_view(doc, node, &scratch);
    is = scratch.failed || is_kind(type, "web_search") ||
         is_kind(type, "web_fetch");
    buf_free(&scratch);
    return is;
}

uint32_t webtools_options(const struct json_doc *doc)
{
    uint32_t options = json_present(doc, 0, "tools_options");

    return options != JSON_NONE ? json_present(doc, options, "web_search")
                                : JSON_NONE;
}

/* ---- domains ---- */

enum { HOST_MAX = 253, LABEL_MAX = 63 };

static bool is_of_label(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_host(struct span host)
{
    size_t label = 0;

    if (host.n > HOST_MAX)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == '.' && label == 0)
            return false;
        if (host.p[i] != '.' && !is_of_label(host.p[i]))
            return false;
        label = host.p[i] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

int webtools_domain(struct span text, struct webtools_domain *d)
{
    const char *slash = text.n > 0 ? memchr(text.p, '/', text.n) : NULL;

    d->text = text;
    d->host = slash != NULL ? (size_t)(slash - text.p) : text.n;
    for (size_t i = d->host; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~')
            return -1;
    return is_host((struct span){text.p, d->host}) ? 0 : -1;
}

bool webtools_within(
    const struct webtools_domain *a, const struct webtools_domain *b)
{
    size_t above;

    if (a->host < b->host)
        return false;
    above = a->host - b->host;
    if (strncasecmp(a->text.p + above, b->text.p, b->host) != 0)
        return false;
    return above == 0 || a->text.p[above - 1] == '.';
}

/* ---- what a project says ---- */

static int read_enabled(
    struct webtools *w, const struct json_doc *doc, struct fault *fault)
{
    uint32_t node = json_present(doc, 0, "enabled");

    w->enabled = node == JSON_NONE || json_kind(doc, node) == JSON_TRUE;
    if (w->enabled || json_kind(doc, node) == JSON_FALSE)
        return 0;
    return fault_set(
        fault, REFUSE_INVALID_REQUEST, "enabled", "enabled must be a boolean");
}

static int read_domain(struct webtools *w, const struct json_doc *doc,
    uint32_t node, struct webtools_domain *d)
{
    const size_t begin = w->text.len;
    struct span text;

    if (json_kind(doc, node) != JSON_STRING)
        return -1;
    json_string(doc, node, &w->text);
    text = (struct span){w->text.data + begin, w->text.len - begin};
    if (webtools_domain(text, d) != 0)
        return -1;
    return d->host == text.n ? 0 : -1; /* pages are the caller's to ask for */
}

static int read_list(struct webtools *w, const struct json_doc *doc,
    const char *key, struct webtools_domains *list, struct fault *fault)
{
    uint32_t array = json_present(doc, 0, key), node;

    if (array == JSON_NONE)
        return 0;
    if (json_kind(doc, array) != JSON_ARRAY ||
        json_size(doc, array) > WEBTOOLS_DOMAINS)
        return fault_set(fault, REFUSE_INVALID_REQUEST, key,
            "%s must be an array of at most %d domains", key, WEBTOOLS_DOMAINS);
    list->of = calloc(json_size(doc, array) + 1, sizeof(*list->of));
    if (list->of == NULL)
        return fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    for (node = json_first(doc, array); node != JSON_NONE;
         node = json_after(doc, array, node)) {
        if (read_domain(w, doc, node, &list->of[list->count]) != 0)
            return fault_set(fault, REFUSE_INVALID_REQUEST, key,
                "%s[%zu] must be a domain such as example.com", key,
                list->count);
        list->count++;
    }
    return 0;
}

/* What is misspelt would confine nothing. */
static int check_keys(const struct json_doc *doc, struct fault *fault)
{
    static const char *const keys[] = {
        "enabled", "allowed_domains", "blocked_domains"};
    const size_t count = sizeof(keys) / sizeof(keys[0]);
    uint32_t key;

    if (doc->count == 0 || json_kind(doc, 0) != JSON_OBJECT)
        return fault_set(
            fault, REFUSE_INVALID_REQUEST, NULL, "it must be a JSON object");
    for (key = json_first(doc, 0); key != JSON_NONE;
         key = json_after(doc, 0, key + 1))
        if (json_which(doc, key, keys, count) == count)
            return fault_set(fault, REFUSE_INVALID_REQUEST, NULL,
                "it has no member %.*s", (int)json_raw(doc, key).n,
                json_raw(doc, key).p);
    return 0;
}

static int read_all(
    struct webtools *w, const struct json_doc *doc, struct fault *fault)
{
    if (check_keys(doc, fault) != 0 || read_enabled(w, doc, fault) != 0)
        return -1;
    /* All domains together are no longer, so that none of them moves. */
    if (buf_reserve(&w->text, doc->nodes[0].end) == NULL)
        return fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    if (read_list(w, doc, "allowed_domains", &w->allowed, fault) != 0)
        return -1;
    return read_list(w, doc, "blocked_domains", &w->blocked, fault);
}

struct webtools *webtools_read(struct span text, struct fault *fault)
{
    struct webtools *w = calloc(1, sizeof(*w));
    struct json_doc doc = {0};
    enum json_error error = json_parse(&doc, text.p, text.n);
    int rc = -1;

    if (w == NULL || error == JSON_NO_MEMORY)
        fault_set(fault, REFUSE_OVERLOADED, NULL, "Memory is out.");
    else if (error != JSON_OK)
        fault_set(fault, REFUSE_INVALID_REQUEST, NULL, "invalid JSON: %s",
            json_strerror(error));
    else
        rc = read_all(w, &doc, fault);
    json_free(&doc);
    if (rc == 0)
        return w;
    webtools_free(w);
    return NULL;
}

void webtools_free(struct webtools *w)
{
    if (w == NULL)
        return;
    free(w->allowed.of);
    free(w->blocked.of);
    buf_free(&w->text);
    free(w);
}
