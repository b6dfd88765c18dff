#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "state_file.h"
#include "weights.h"

enum {
    CONF_MAX = 1 << 20,
    TEXT_MAX = 32 << 20 /* bytes of a line */
};

/* What lines are judged by, and what is used again from one to the next. */
struct desk {
    struct ctl *c;
    struct weights weights;
    struct buf line;
    bool too_long; /* more of the line than was kept */
    struct json_doc doc;
    struct buf scratch;
    uint64_t threshold[MODERATION_CATEGORIES]; /* in millionths */
};

/* ---- a line ---- */

static const char *feed_text(
    struct desk *d, struct moderation *m, uint32_t node)
{
    moderation_feed(m, json_view(&d->doc, node, &d->scratch));
    return d->scratch.failed ? "out of memory" : NULL;
}

/* A string, or {"type":"text","text":STRING}. */
static const char *feed_part(
    struct desk *d, struct moderation *m, uint32_t node)
{
    uint32_t text;

    if (json_kind(&d->doc, node) == JSON_STRING)
        return feed_text(d, m, node);
    if (!json_has(&d->doc, node, "type", JSON_STRING) ||
        !json_has(&d->doc, node, "text", JSON_STRING) ||
        !json_string_is(&d->doc, json_member(&d->doc, node, "type"), "text"))
        return "a part of input is neither a string nor a text";
    text = json_member(&d->doc, node, "text");
    return feed_text(d, m, text);
}

/* Feed the input of the line; what is wrong with it, or NULL. */
static const char *feed_input(struct desk *d, struct moderation *m)
{
    uint32_t input = json_member(&d->doc, 0, "input"), part;
    const char *wrong = NULL;

    if (input == JSON_NONE)
        return "there is no input";
    if (json_kind(&d->doc, input) == JSON_STRING)
        return feed_text(d, m, input);
    if (json_kind(&d->doc, input) != JSON_ARRAY)
        return "input is neither a string nor an array";
    for (part = json_first(&d->doc, input); part != JSON_NONE && !wrong;
         part = json_after(&d->doc, input, part)) {
        wrong = feed_part(d, m, part);
        moderation_feed(m, (struct span){"\n", 1});
    }
    return wrong;
}

static struct json_object *scores_row(
    const struct desk *d, const struct moderation *m)
{
    double scores[MODERATION_CATEGORIES];
    struct json_object *row = ctl_row_new(), *numbers = ctl_row_new(),
                       *verdicts = ctl_row_new();
    char text[32];

    moderation_score(m, scores);
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++) {
        snprintf(text, sizeof(text), "%.9g", scores[i]);
        ctl_add(numbers, moderation_name(i),
            json_object_new_double_s(scores[i], text));
        ctl_add_bool(verdicts, moderation_name(i),
            scores[i] * 1e6 >= (double)d->threshold[i]);
    }
    ctl_add(row, "category_scores", numbers);
    ctl_add(row, "categories", verdicts);
    return row;
}

static struct json_object *error_row(const char *message)
{
    struct json_object *row = ctl_row_new(), *error = ctl_row_new();

    ctl_add_text(error, "message", message);
    ctl_add(row, "error", error);
    return row;
}

static struct json_object *judge(struct desk *d)
{
    const char *line = d->line.len > 0 ? d->line.data : "";
    enum json_error error = json_parse(&d->doc, line, d->line.len);
    struct moderation *m = moderation_begin(&d->weights.model);
    struct json_object *row;
    const char *wrong;
    char text[100];

    buf_reset(&d->scratch);
    if (!m || d->line.failed) {
        wrong = "out of memory";
    } else if (d->too_long) {
        wrong = "the line is too long";
    } else if (error != JSON_OK) {
        snprintf(text, sizeof(text), "invalid JSON: %s", json_strerror(error));
        wrong = text;
    } else {
        wrong = feed_input(d, m);
    }
    row = wrong ? error_row(wrong) : scores_row(d, m);
    moderation_free(m);
    return row;
}

/* ---- all lines ---- */

/* Read a line; of one that is too long what comes first. Returns whether there
 * was one. */
static bool read_line(struct desk *d)
{
    bool any = false;
    char byte;
    int c;

    buf_reset(&d->line);
    d->too_long = false;
    while ((c = getc_unlocked(stdin)) != EOF) {
        any = true;
        if (c == '\n')
            break;
        byte = (char)c;
        if (d->line.len < TEXT_MAX)
            buf_put(&d->line, &byte, 1);
        else
            d->too_long = true;
    }
    return any;
}

static int judge_lines(struct desk *d)
{
    int result = CTL_OK;

    d->c->json = true;
    while (result == CTL_OK && read_line(d))
        result = ctl_print(d->c, judge(d));
    if (result == CTL_OK && ferror(stdin))
        result = ctl_fail(d->c, "standard input: %s", strerror(errno));
    return result;
}

/* The configuration's text, where there is one. */
static int read_conf(struct ctl *c, struct buf *text)
{
    const char *path = c->conf_option;
    char in_state[1100], error[256] = "";

    if (!path && c->dir_option) {
        snprintf(
            in_state, sizeof(in_state), "%.1000s/turnpike.conf", c->dir_option);
        path = state_file_exists(in_state) ? in_state : NULL;
    } else if (!path) {
        path = getenv("TURNPIKE_CONF");
    }
    if (path && state_file_read(path, CONF_MAX, false, text, error))
        return ctl_fail(c, "%s", error);
    return CTL_OK;
}

/* Neither the state nor an upstream is needed. */
static int read_thresholds(struct desk *d)
{
    struct ctl *c = d->c;
    struct buf text = {0};
    struct conf *conf = NULL;
    char error[256] = "";
    int result = read_conf(c, &text);

    if (result == CTL_OK) {
        conf = conf_read((struct span){text.data, text.len}, c->state.overrides,
            c->state.n_overrides, error);
        if (!conf)
            result = ctl_fail(c, "%s", error);
    }
    if (conf)
        memcpy(d->threshold, conf->moderation_threshold, sizeof(d->threshold));
    conf_free(conf);
    buf_free(&text);
    return result;
}

int ctl_moderate(struct ctl *c)
{
    struct desk d = {.c = c};
    char error[256] = "";
    int result = read_thresholds(&d);

    if (result == CTL_OK && weights_open(&d.weights, error))
        result = ctl_fail(c, "%s", error);
    if (result == CTL_OK)
        result = judge_lines(&d);
    weights_close(&d.weights);
    json_free(&d.doc);
    buf_free(&d.scratch);
    buf_free(&d.line);
    return result;
}
