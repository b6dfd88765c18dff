#include <string.h>

#include "frame.h"
#include "utf8.h"
#include "words.h"

/* ---- reading ---- */

struct span frame_trim(struct span s)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};

    while (s.n > 0 && memchr(blanks, s.p[0], sizeof(blanks)) != NULL) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && memchr(blanks, s.p[s.n - 1], sizeof(blanks)) != NULL)
        s.n--;
    return s;
}

/* Whether text begins with an escape from \uDH.. where H is one of digits. */
static bool is_surrogate(struct span text, const char *digits)
{
    return text.n >= 6 && text.p[0] == '\\' && text.p[1] == 'u' &&
           (text.p[2] == 'd' || text.p[2] == 'D') && text.p[3] != '\0' &&
           strchr(digits, text.p[3]) != NULL;
}

/* Escapes can spell half a character, too. */
static void repair_surrogates(char *text, size_t n)
{
    struct span rest;
    size_t i = 0;

    while (i < n) {
        rest = (struct span){text + i, n - i};
        if (text[i] != '\\') {
            i++;
        } else if (is_surrogate(rest, "89abAB") && n - i >= 12 &&
                   is_surrogate(
                       (struct span){text + i + 6, n - i - 6}, "cdefCDEF")) {
            i += 12;
        } else if (is_surrogate(rest, "89abcdefABCDEF")) {
            memcpy(text + i, "\\ufffd", 6);
            i += 6;
        } else {
            i += 2;
        }
    }
}

enum json_error frame_parse(
    struct json_doc *doc, struct span data, struct buf *repaired)
{
    enum json_error error = json_parse(doc, data.p, data.n);

    if (error != JSON_BAD_UTF8)
        return error;
    buf_reset(repaired);
    utf8_repair(data, repaired);
    if (repaired->failed)
        return JSON_NO_MEMORY;
    repair_surrogates(repaired->data, repaired->len);
    return json_parse(doc, repaired->data, repaired->len);
}

/* ---- errors ---- */

void frame_fault(const struct json_doc *doc, uint32_t error,
    struct buf *scratch, struct fault *fault)
{
    uint32_t node = json_member(doc, error, "message");
    struct span text = {"", 0};

    if (json_is(doc, node, JSON_STRING))
        text = json_view(doc, node, scratch);
    if (!words_fit(text))
        text.n = 0;
    fault_set(fault, REFUSE_UPSTREAM_ERROR, NULL, "%.*s", (int)text.n, text.p);
}

/* ---- writing ---- */

static void blank_out(char *p, size_t n, char c)
{
    char *end = p + n;

    while ((p = memchr(p, c, (size_t)(end - p))) != NULL)
        *p++ = ' ';
}

void frame_join(struct buf *out, size_t from)
{
    if (out->failed || out->len == from)
        return;
    blank_out(out->data + from, out->len - from, '\n');
    blank_out(out->data + from, out->len - from, '\r');
}
