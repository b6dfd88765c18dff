#include "said.h"
#include "splice.h"

/* ---- the note to the model ---- */

/* Where the note goes: in front of what stands at begin, or in place of it up
 * to end. */
struct place {
    uint32_t begin, end;
    const char *before; /* of the note, and what follows it */
    const char *after;
    bool quoted; /* the note is a string of its own */
};

static bool has_members(const struct json_doc *doc, uint32_t container)
{
    return json_size(doc, container) > 0;
}

/* At the head of an array. */
static struct place in_list(const struct json_doc *doc, uint32_t list,
    const char *before, const char *after, const char *alone)
{
    uint32_t at = doc->nodes[list].begin + 1;

    return (struct place){
        at, at, before, has_members(doc, list) ? after : alone, true};
}

/* In a string member, or as a new one. */
static struct place in_member(
    const struct json_doc *doc, uint32_t value, const char *fresh)
{
    uint32_t at;

    if (json_is(doc, value, JSON_STRING)) {
        at = doc->nodes[value].begin + 1;
        return (struct place){at, at, "", "\\n\\n", false};
    }
    if (value != JSON_NONE)
        return (struct place){
            doc->nodes[value].begin, doc->nodes[value].end, "", "", true};
    at = doc->nodes[0].begin + 1;
    return (struct place){at, at, fresh, ",", true};
}

/* Null and absent system words are none; the note takes their place. */
static struct place place_of(const struct json_doc *doc, enum dialect dialect)
{
    uint32_t system = json_member(doc, 0, "system");

    switch (dialect) {
    case DIALECT_MESSAGES:
        if (json_is(doc, system, JSON_ARRAY))
            return in_list(
                doc, system, "{\"type\":\"text\",\"text\":", "},", "}");
        return in_member(doc, system, "\"system\":");
    case DIALECT_RESPONSES:
        return in_member(
            doc, json_member(doc, 0, "instructions"), "\"instructions\":");
    default:
        return in_list(doc, json_member(doc, 0, "messages"),
            "{\"role\":\"system\",\"content\":", "},", "}");
    }
}

static void put_note(
    struct splice *s, const struct place *place, struct span note)
{
    struct buf quoted = {0};

    splice_at(s, place->begin, place->end);
    buf_puts(s->out, place->before);
    json_quote(&quoted, note);
    if (quoted.failed)
        s->out->failed = true;
    else if (place->quoted)
        buf_put(s->out, quoted.data, quoted.len);
    else
        buf_put(s->out, quoted.data + 1, quoted.len - 2);
    buf_puts(s->out, place->after);
    buf_free(&quoted);
}

void said_amend(const struct json_doc *doc, enum dialect dialect,
    const struct said_edit *edits, size_t count, struct span note,
    struct buf *out)
{
    struct place place = place_of(doc, dialect);
    bool noted = note.n == 0;
    struct splice s;

    splice_begin(&s, doc, out);
    for (size_t i = 0; i < count; i++) {
        if (!noted && place.begin <= doc->nodes[edits[i].node].begin) {
            put_note(&s, &place, note);
            noted = true;
        }
        splice_value(&s, edits[i].node, "");
        json_quote(out, edits[i].text);
    }
    if (!noted)
        put_note(&s, &place, note);
    splice_end(&s);
}
