#include <stdlib.h>

#include "policy_field.h"
#include "utf8.h"

/* A policy that is to be kept. What nobody looked up while it was read is not
 * known, so there is no other list of names than the reading. */

/* ---- what is ignored ---- */

/* A member and the objects around it, from the inside out. */
struct way {
    const struct way *outer;
    uint32_t key;
};

static bool is_plain(struct span name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return name.n > 0;
}

/* As JSON writes it, but in ASCII: a letter of another script that looks like
 * the right one is told apart, and no terminal obeys a name. */
static void write_quoted(struct buf *out, struct span name)
{
    uint32_t c = 0;

    buf_puts(out, "[\"");
    for (size_t i = 0, n; i < name.n; i += n) {
        n = utf8_read(name.p + i, name.n - i, &c);
        if (c < 0x7f)
            json_escape(out, (struct span){name.p + i, n});
        else if (c < 0x10000)
            buf_printf(out, "\\u%04x", c);
        else
            buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10),
                0xdc00 + (c & 0x3ff));
    }
    buf_puts(out, "\"]");
}

static void write_way(
    const struct policy_reader *r, const struct way *way, struct buf *out)
{
    struct buf scratch = {0};
    struct span name = json_view(r->doc, way->key, &scratch);

    if (way->outer != NULL)
        write_way(r, way->outer, out);
    if (!is_plain(name)) {
        write_quoted(out, name);
    } else {
        buf_puts(out, way->outer != NULL ? "." : "");
        buf_put(out, name.p, name.n);
    }
    out->failed = out->failed || scratch.failed;
    buf_free(&scratch);
}

/* What is known and an object was read as one, so only as deep as policies
 * are. */
static void note_ignored(const struct policy_reader *r, uint32_t object,
    const struct way *outer, struct buf *out)
{
    struct way way = {.outer = outer};

    for (way.key = json_first(r->doc, object); way.key != JSON_NONE;
         way.key = json_after(r->doc, object, way.key + 1)) {
        if (r->known[way.key + 1]) {
            if (json_kind(r->doc, way.key + 1) == JSON_OBJECT)
                note_ignored(r, way.key + 1, &way, out);
            continue;
        }
        write_way(r, &way, out);
        buf_puts(out, "\n");
    }
}

/* ---- reading ---- */

/* Whether the member "config" at ${node} is more than what the newer form has
 * there: a whole policy. */
static bool is_whole(const struct json_doc *doc, uint32_t node)
{
    static const char *const members[] = {"policy_id", "name", "owner",
        "description", "classification", "org_controls", "rollout",
        "refusal_replacement", "config"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (json_member(doc, node, members[i]) != JSON_NONE)
            return true;
    return false;
}

static int read_kept(struct policy_reader *r)
{
    uint32_t config = json_member(r->doc, 0, "config");

    if (json_member(r->doc, 0, "policy_id") == JSON_NONE &&
        json_member(r->doc, 0, "name") == JSON_NONE &&
        is_whole(r->doc, config)) {
        r->known[config] = true;
        return policy_doc_at(r, config, "config.");
    }
    return policy_doc_at(r, 0, "");
}

int policy_doc_read_kept(struct policy_doc *p, const struct json_doc *doc,
    struct span id, struct buf *ignored, struct fault *fault)
{
    struct policy_reader r = {.doc = doc,
        .to = p,
        .fault = fault,
        .id = id,
        .kept = true,
        .known = calloc(doc->count, sizeof(bool))};
    int rc;

    *p = (struct policy_doc){0};
    if (r.known == NULL)
        return fault_set(fault, REFUSE_INTERNAL, NULL, "%s", "");
    rc = read_kept(&r);
    if (rc == 0)
        note_ignored(&r, 0, NULL, ignored);
    free(r.known);
    if (rc != 0 || !ignored->failed)
        return rc;
    policy_doc_free(p);
    return fault_set(fault, REFUSE_INTERNAL, NULL, "%s", "");
}
