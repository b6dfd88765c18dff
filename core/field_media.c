#include "estimate.h"
#include "field.h"

/* What a content has beside text: counted without looking into it. */

void field_told_but(struct field_reader *r, uint32_t whole, uint32_t but)
{
    const struct span all = json_raw(r->doc, whole);
    struct span out = {all.p + all.n, 0};
    const char *behind;

    if (but != JSON_NONE)
        out = json_raw(r->doc, but);
    behind = out.p + out.n;
    r->quarters += estimate_text((struct span){all.p, (size_t)(out.p - all.p)});
    r->quarters +=
        estimate_text((struct span){behind, (size_t)(all.p + all.n - behind)});
}

/* Counts the rest of the part. Returns the inside of the string; empty when
 * there is none. */
static struct span tell_rest(
    struct field_reader *r, uint32_t part, uint32_t holder, const char *key)
{
    uint32_t node = JSON_NONE;

    if (holder != JSON_NONE && json_has(r->doc, holder, key, JSON_STRING))
        node = json_member(r->doc, holder, key);
    field_told_but(r, part, node);
    return node != JSON_NONE ? json_inside(r->doc, node) : (struct span){"", 0};
}

void field_file(
    struct field_reader *r, uint32_t part, uint32_t holder, const char *key)
{
    r->quarters += estimate_file(tell_rest(r, part, holder, key));
}

void field_audio(struct field_reader *r, uint32_t part)
{
    const uint32_t holder = json_member(r->doc, part, "input_audio");

    r->quarters += estimate_audio(tell_rest(r, part, holder, "data"));
}

void field_image(
    struct field_reader *r, uint32_t part, uint32_t holder, const char *key)
{
    tell_rest(r, part, holder, key);
    r->quarters += 4 * ESTIMATE_PER_IMAGE;
}
