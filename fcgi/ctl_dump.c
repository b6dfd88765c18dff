#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { DUMP_SLICE = 500, LOAD_SLICE = 256 << 10, PIECE = 65536 };

/* A policy may be long, and twice as long with every quote escaped. */
enum { LINES_MAX = 4 * STORE_POLICY_MAX };

/* ---- dump ---- */

static int put_lines(struct ctl *c, struct buf *lines)
{
    if (lines->len > 0 && fwrite(lines->data, lines->len, 1, stdout) != 1)
        return ctl_fail(c, "the output cannot be written");
    buf_reset(lines);
    return CTL_OK;
}

int ctl_dump(struct ctl *c)
{
    struct store_dump dump = {
        .verb.kind = STORE_DUMP, .now = clock_real(), .most = DUMP_SLICE};
    enum store_status status;
    int result = CTL_OK;

    c->listing = true; /* what is wrong must not end up among the lines */
    do {
        status = ctl_run(c, &dump.verb);
        if (status == STORE_REFUSED)
            result = ctl_fail(
                c, "a late bill or a roll-up came between: dump again");
        else if (status != STORE_OK)
            result = ctl_refused(c, status, "dump");
        else
            result = put_lines(c, &dump.lines);
    } while (result == CTL_OK && !dump.done);
    store_dump_free(&dump);
    if (fflush(stdout) && result == CTL_OK)
        result = ctl_fail(c, "the output cannot be written");
    return result;
}

/* ---- load ---- */

/* Read lines of standard input until there is enough for a batch. What is no
 * line, too long or with a NUL, is left to be refused by the reader of JSON. */
static int read_lines(struct ctl *c, struct buf *lines)
{
    char piece[PIECE];
    bool whole = true;

    buf_reset(lines);
    while (!whole || lines->len < LOAD_SLICE) {
        if (lines->len >= LINES_MAX || !fgets(piece, sizeof(piece), stdin))
            break;
        buf_puts(lines, piece);
        whole = strchr(piece, '\n') != NULL;
    }
    if (ferror(stdin))
        return ctl_fail(c, "standard input: %s", strerror(errno));
    return lines->failed ? ctl_fail(c, "out of memory") : CTL_OK;
}

static int load_lines(struct ctl *c, struct store_load *load)
{
    enum store_status status = ctl_run(c, &load->verb);

    if (status == STORE_REFUSED)
        return ctl_fail(c, "line %llu: %s",
            (unsigned long long)load->next.lines, load->why);
    if (status != STORE_OK)
        return ctl_refused(c, status, "load");
    load->mark = load->next;
    return CTL_OK;
}

static int load_all(struct ctl *c, struct store_load *load)
{
    struct buf lines = {0};
    int result = CTL_OK;

    for (;;) {
        result =
            ctl_told() ? ctl_fail(c, "interrupted") : read_lines(c, &lines);
        if (result != CTL_OK || lines.len == 0)
            break;
        load->lines = (struct span){lines.data, lines.len};
        result = load_lines(c, load);
        if (result != CTL_OK)
            break;
    }
    buf_free(&lines);
    if (result == CTL_OK && !load->mark.ended)
        result = ctl_fail(c, "line %llu: the dump has no end",
            (unsigned long long)load->mark.lines + 1);
    return result;
}

static int run_load(struct ctl *c, const char *to, struct json_object *row)
{
    struct store_load load = {.verb.kind = STORE_LOAD};
    char error[256] = "";
    int result;

    if (ctl_store_open(c, c->unfinished, error))
        result = ctl_fail(c, "%s", error);
    else
        result = load_all(c, &load);
    ctl_store_close(c);
    ctl_add_int(row, "rows", (int64_t)load.mark.rows);
    return ctl_copy_finish(c, result, to, row);
}

int ctl_load(struct ctl *c)
{
    char to[1100], partial[1100];
    struct json_object *row;

    if (ctl_copy_begin_store(c, to, partial))
        return CTL_FAILED;
    row = ctl_row_new();
    ctl_add_text(row, "loaded", to);
    return ctl_print_if(c, run_load(c, to, row), row);
}
