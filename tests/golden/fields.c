/* What becomes of each field of a request whose upstream speaks another
 * dialect is as the README's tables say: the rows of fields.tsv are tried, and
 * the README has exactly these rows. With --print: writes the tables.
 *
 * A row: dialect, field, members of a request that has it, members of the same
 * request without it ("" is a plain one), and what becomes of it at each of the
 * two other dialects: told, dropped or refused. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "golden.h"

enum { COLUMNS = 6, ROWS_MAX = 256 };

struct row {
    const char *column[COLUMNS];
};

struct table {
    char *text;
    struct row rows[ROWS_MAX];
    size_t count;
};

static const char *const dialects[] = {
    [DIALECT_CHAT] = "chat",
    [DIALECT_RESPONSES] = "responses",
    [DIALECT_MESSAGES] = "messages",
};

/* The dialects in the order of the tables. */
static const enum dialect order[] = {
    DIALECT_CHAT, DIALECT_MESSAGES, DIALECT_RESPONSES};

static int load(struct table *t)
{
    char *line, *rest, *next;
    size_t n;

    t->text = golden_read(TESTS_DIR "/golden/fields.tsv", &n);
    if (t->text == NULL)
        return -1;
    rest = t->text;
    while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
        if (t->count == ROWS_MAX)
            return -1;
        next = line;
        for (int i = 0; i < COLUMNS; i++) {
            t->rows[t->count].column[i] = strsep(&next, "\t");
            if (t->rows[t->count].column[i] == NULL)
                return -1;
        }
        t->count++;
    }
    return 0;
}

static enum dialect dialect_of(const char *name)
{
    for (size_t i = 0; i < 3; i++)
        if (strcmp(dialects[i], name) == 0)
            return (enum dialect)i;
    abort();
}

/* The other dialect in that column. */
static enum dialect other(enum dialect caller, int column)
{
    for (size_t i = 0; i < 3; i++)
        if (order[i] != caller && column-- == 0)
            return order[i];
    abort();
}

/* ---- trying ---- */

static void make_request(
    enum dialect caller, const char *members, struct buf *text)
{
    static const char *const lists[] = {"\"messages\":", "\"input\":"};
    bool has = strstr(members, lists[0]) == members ||
               strstr(members, lists[1]) == members;

    buf_puts(text, "{\"model\":\"m\"");
    if (!has && caller == DIALECT_RESPONSES)
        buf_puts(text, ",\"input\":\"hi\"");
    else if (!has)
        buf_puts(
            text, ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]");
    buf_printf(text, "%s%s}", *members != '\0' ? "," : "", members);
}

/* The request as the upstream gets it. 0; or -1: refused. */
static int translate(enum dialect caller, enum dialect upstream,
    const char *members, struct buf *out, struct fault *fault)
{
    const struct completion_rewrite rewrite = {"up", 100};
    struct exchange exchange = {0};
    struct completion completion;
    struct json_doc doc = {0};
    struct buf text = {0};
    int rc;

    make_request(caller, members, &text);
    rc = json_parse(&doc, text.data, text.len) == JSON_OK ? 0 : -1;
    if (rc == 0)
        rc = codec_of(caller)->read(&doc, &completion, fault);
    if (rc == 0)
        rc = exchange_begin(&exchange, caller, upstream, &doc, fault);
    if (rc == 0)
        exchange_request(&exchange, &doc, &completion, &rewrite, out);
    exchange_free(&exchange);
    json_free(&doc);
    buf_free(&text);
    return rc;
}

static const char *fate(const struct row *row, enum dialect upstream)
{
    enum dialect caller = dialect_of(row->column[0]);
    struct buf with = {0}, without = {0};
    struct fault fault = {0};
    const char *what = "told";

    if (translate(caller, upstream, row->column[3], &without, &fault) != 0)
        what = "not even without";
    else if (translate(caller, upstream, row->column[2], &with, &fault) != 0)
        what = fault.param[0] != '\0' ? "refused" : "refused without a name";
    else if (golden_same_json((struct span){with.data, with.len},
                 (struct span){without.data, without.len}))
        what = "dropped";
    buf_free(&with);
    buf_free(&without);
    return what;
}

/* ---- the tables ---- */

static void print_table(
    const struct table *t, enum dialect caller, struct buf *out)
{
    buf_printf(out, "    %-34s %-10s %s\n", dialects[caller],
        dialects[other(caller, 0)], dialects[other(caller, 1)]);
    for (size_t i = 0; i < t->count; i++)
        if (dialect_of(t->rows[i].column[0]) == caller)
            buf_printf(out, "    %-34s %-10s %s\n", t->rows[i].column[1],
                t->rows[i].column[4], t->rows[i].column[5]);
    buf_puts(out, "\n");
}

static bool readme_has(const struct table *t, enum dialect caller)
{
    size_t n;
    char *readme = golden_read(TESTS_DIR "/../README", &n);
    struct buf wanted = {0};
    bool found;

    print_table(t, caller, &wanted);
    found = readme != NULL && strstr(readme, buf_terminate(&wanted)) != NULL;
    buf_free(&wanted);
    free(readme);
    return found;
}

static unsigned check_row(const struct row *row, unsigned number, bool *failed)
{
    const char *got;
    bool good;

    for (int i = 0; i < 2; i++) {
        enum dialect upstream = other(dialect_of(row->column[0]), i);

        got = fate(row, upstream);
        good = strcmp(got, row->column[4 + i]) == 0;
        *failed = *failed || !good;
        printf("%s %u - %s of %s is %s at %s%s%s\n", good ? "ok" : "not ok",
            ++number, row->column[1], row->column[0], row->column[4 + i],
            dialects[upstream], good ? "" : ": it is ", good ? "" : got);
    }
    return number;
}

/* Returns whether all of it holds. */
static bool check(const struct table *t)
{
    unsigned number = 0;
    bool failed = false, found;

    for (size_t i = 0; i < t->count; i++)
        number = check_row(&t->rows[i], number, &failed);
    for (size_t i = 0; i < 3; i++) {
        found = readme_has(t, order[i]);
        failed = failed || !found;
        printf("%s %u - the README has the table of %s\n",
            found ? "ok" : "not ok", ++number, dialects[order[i]]);
    }
    printf("1..%u\n", number);
    return !failed;
}

int main(int argc, char **argv)
{
    struct table t = {0};
    struct buf out = {0};
    bool good = true;

    if (load(&t) != 0) {
        printf("Bail out! fields.tsv cannot be read\n");
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        for (size_t i = 0; i < 3; i++)
            print_table(&t, order[i], &out);
        fputs(buf_terminate(&out), stdout);
    } else {
        good = check(&t);
    }
    buf_free(&out);
    free(t.text);
    return good ? 0 : 1;
}
