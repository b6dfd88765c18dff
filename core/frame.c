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

enum stream_frame frame_read(struct frame *f, struct span data)
{
    enum json_error error =
        frame_parse(&f->doc, frame_trim(data), &f->repaired);

    if (error == JSON_NO_MEMORY)
        return STREAM_NO_MEMORY;
    if (error != JSON_OK || json_kind(&f->doc, 0) != JSON_OBJECT)
        return STREAM_BROKEN;
    return STREAM_TAKEN;
}

enum stream_frame frame_read_typed(struct frame *f, struct span data)
{
    enum stream_frame rc = frame_read(f, data);

    if (rc == STREAM_TAKEN && !json_has(&f->doc, 0, "type", JSON_STRING))
        rc = STREAM_BROKEN;
    return rc;
}

void frame_free(struct frame *f)
{
    buf_free(&f->scratch);
    buf_free(&f->repaired);
    json_free(&f->doc);
}

/* ---- errors ---- */

void frame_fault(struct frame *f, uint32_t error, struct fault *fault)
{
    uint32_t node = json_member(&f->doc, error, "message");
    struct span text = {"", 0};

    if (json_is(&f->doc, node, JSON_STRING))
        text = json_view(&f->doc, node, &f->scratch);
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
