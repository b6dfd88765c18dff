#include "opinion.h"

#include <string.h>

#include "picture.h"

static void begin(const char *model, struct buf *out)
{
    buf_puts(out, "{\"model\":\"");
    json_escape(out, (struct span){model, strlen(model)});
    buf_puts(out, "\",\"input\":");
}

void opinion_ask_text(const char *model, struct span text, struct buf *out)
{
    begin(model, out);
    buf_puts(out, "\"");
    json_escape(out, text);
    buf_puts(out, "\"}");
}

void opinion_ask_image(const char *model, const struct json_doc *doc,
    uint32_t picture, struct buf *out)
{
    begin(model, out);
    buf_puts(out, "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"");
    picture_url(doc, picture, out);
    buf_puts(out, "\"}}]}");
}

/* Whether the result speaks of categories that are known, and says yes or no of
 * each; null is no. */
static bool read_result(
    const struct json_doc *doc, uint32_t result, uint16_t *flags)
{
    uint32_t categories = json_member(doc, result, "categories"), verdict;
    enum json_kind kind;
    bool known = false;

    if (categories == JSON_NONE)
        return false;
    for (unsigned i = 0; i < MODERATION_CATEGORIES; i++) {
        verdict = json_member(doc, categories, moderation_name(i));
        if (verdict == JSON_NONE)
            continue;
        kind = json_kind(doc, verdict);
        if (kind != JSON_TRUE && kind != JSON_FALSE && kind != JSON_NULL)
            return false;
        if (kind == JSON_TRUE)
            *flags |= (uint16_t)(1u << i);
        known = known || kind != JSON_NULL;
    }
    return known;
}

static int read_results(const struct json_doc *doc, uint16_t *flags)
{
    uint32_t all = json_member(doc, 0, "results"), result;

    if (!json_is(doc, all, JSON_ARRAY))
        return -1;
    if ((result = json_first(doc, all)) == JSON_NONE)
        return -1;
    for (; result != JSON_NONE; result = json_after(doc, all, result))
        if (!read_result(doc, result, flags))
            return -1;
    return 0;
}

int opinion_read(struct span answer, uint16_t *flags)
{
    struct json_doc doc = {0};
    int rc = -1;

    *flags = 0;
    if (json_parse(&doc, answer.p, answer.n) == JSON_OK)
        rc = read_results(&doc, flags);
    json_free(&doc);
    return rc;
}
