#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An archive is sound when every roll-up of the store finds all of its entries
 * in the file of its day, and these lead from the MAC before the first to the
 * MAC of the last. Lines may be there twice; lines of no roll-up are of entries
 * that are still in the store. */

enum { LINE_MOST = 4096 };

/* A roll-up, as far as it matters. */
struct mark {
    int64_t day;
    uint8_t account[STORE_ID];
    uint64_t first, last;
    uint8_t before[MAC_SIZE], mac[MAC_SIZE];
};

struct line {
    uint64_t number; /* in its file */
    struct ledger_entry entry;
};

struct proof {
    struct ctl *c;
    const char *dir;
    struct buf marks; /* struct mark[], by day, account and first */
    char name[CTL_TIME_TEXT];
    struct buf lines; /* of the file of that name: struct line[] */
    int64_t line_count;
    struct json_object *report;
};

void ctl_archive_name(int64_t day, char name[CTL_TIME_TEXT])
{
    char time[CTL_TIME_TEXT];

    ctl_write_time(day * 86400 * 1000000, time);
    snprintf(name, CTL_TIME_TEXT, "%.*s.jsonl", (int)strcspn(time, "T"), time);
}

static void breach(struct proof *p, const struct mark *m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void breach(struct proof *p, const struct mark *m, const char *fmt, ...)
{
    char hex[2 * STORE_ID + 1], what[160], text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    if (m) {
        mac_hex(m->account, STORE_ID, hex);
        snprintf(text, sizeof(text), "%s: acct_%s: %s", p->name, hex, what);
    } else {
        snprintf(text, sizeof(text), "%s: %s", p->name, what);
    }
    ctl_append(p->report, text);
}

/* ---- the roll-ups of the store ---- */

static void add_mark(struct proof *p, const struct rollup *r)
{
    struct mark m = {.day = r->day, .first = r->sum.first, .last = r->sum.seq};

    memcpy(m.account, r->sum.account, STORE_ID);
    memcpy(m.before, r->before, MAC_SIZE);
    memcpy(m.mac, r->sum.mac, MAC_SIZE);
    buf_put(&p->marks, &m, sizeof(m));
}

static enum store_status add_journal(
    struct proof *p, const uint8_t account[STORE_ID])
{
    struct rollup rows[CTL_SLICE];
    struct store_ledger list = {
        .verb.kind = STORE_LEDGER, .rollups = rows, .max = CTL_SLICE};
    enum store_status status;

    memcpy(list.account, account, STORE_ID);
    do {
        status = ctl_run(p->c, &list.verb);
        for (size_t i = 0; status == STORE_OK && i < list.count; i++)
            add_mark(p, &rows[i]);
    } while (status == STORE_OK && list.more);
    return status;
}

static int by_mark(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    int order = memcmp(x->account, y->account, STORE_ID);

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (order != 0)
        return order;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int find_marks(struct proof *p)
{
    struct store_account rows[CTL_SLICE];
    struct store_account_list list = {
        .verb.kind = STORE_ACCOUNT_LIST, .rows = rows, .max = CTL_SLICE};
    enum store_status status;

    do {
        status = ctl_run(p->c, &list.verb);
        for (size_t i = 0; status == STORE_OK && i < list.count; i++)
            status = add_journal(p, rows[i].id);
    } while (status == STORE_OK && list.more);
    if (status != STORE_OK)
        return ctl_refused(p->c, status, "audit of the archive");
    if (p->marks.failed)
        return ctl_fail(p->c, "out of memory");
    if (p->marks.len > 0)
        qsort(p->marks.data, p->marks.len / sizeof(struct mark),
            sizeof(struct mark), by_mark);
    return CTL_OK;
}

/* ---- the file of a day ---- */

static int by_line(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = memcmp(x->entry.account, y->entry.account, STORE_ID);

    if (order != 0)
        return order;
    if (x->entry.seq != y->entry.seq)
        return x->entry.seq < y->entry.seq ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void read_lines(struct proof *p, FILE *file)
{
    char text[LINE_MOST];
    struct line line = {0};

    while (fgets(text, sizeof(text), file)) {
        size_t n = strlen(text);

        line.number++;
        if (n == 0 || text[n - 1] != '\n' ||
            store_entry_read((struct span){text, n - 1}, &line.entry) < 0)
            breach(p, NULL, "line %" PRIu64 " is damaged", line.number);
        else
            buf_put(&p->lines, &line, sizeof(line));
    }
    p->line_count += (int64_t)line.number;
}

/* A file that is missing has no lines, and these will be missed. */
static int read_file(struct proof *p, int64_t day)
{
    char path[1200];
    FILE *file;
    bool bad;

    buf_reset(&p->lines);
    ctl_archive_name(day, p->name);
    snprintf(path, sizeof(path), "%s/%s", p->dir, p->name);
    file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return CTL_OK;
    if (!file)
        return ctl_fail(p->c, "%s: %s", path, strerror(errno));
    read_lines(p, file);
    bad = ferror(file);
    fclose(file);
    if (bad)
        return ctl_fail(p->c, "%s cannot be read", path);
    if (p->lines.failed)
        return ctl_fail(p->c, "out of memory");
    if (p->lines.len > 0)
        qsort(p->lines.data, p->lines.len / sizeof(struct line),
            sizeof(struct line), by_line);
    return CTL_OK;
}

/* The first line that is not before the first entry of ${m}. */
static const struct line *find_line(const struct proof *p, const struct mark *m)
{
    const struct line *lines = (const struct line *)(const void *)p->lines.data;
    size_t low = 0, high = p->lines.len / sizeof(*lines);
    struct line wanted = {.entry.seq = m->first};

    memcpy(wanted.entry.account, m->account, STORE_ID);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_line(&lines[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return lines + low;
}

/* ---- comparing ---- */

/* A journal on its way from one MAC of a roll-up to the other. */
struct journal {
    const struct mark *mark;
    const struct line *at, *end;
    uint64_t seq;          /* the next one */
    uint8_t mac[MAC_SIZE]; /* of the one before */
    bool broken;           /* that one is missing */
};

/* The number of the next line of the roll-up, or one that it has not. */
static uint64_t chain_next(const struct journal *h)
{
    const struct mark *m = h->mark;

    if (h->at < h->end && h->at->entry.seq <= m->last &&
        memcmp(h->at->entry.account, m->account, STORE_ID) == 0)
        return h->at->entry.seq;
    return m->last + 1;
}

/* All lines of the next entry. The chain goes on with a good one, or else so
 * that one breach is one line of the report. */
static void chain_entry(struct proof *p, struct journal *h)
{
    uint8_t mac[MAC_SIZE];
    bool good = false;

    memcpy(mac, h->at->entry.mac, MAC_SIZE);
    for (; chain_next(h) == h->seq; h->at++) {
        const struct ledger_entry *e = &h->at->entry;

        if (!h->broken && !ledger_verify(p->c->state.ledger_key, h->mac, e)) {
            breach(p, h->mark,
                "line %" PRIu64 ", entry %" PRIu64
                ", was changed, or the one before it",
                h->at->number, h->seq);
        } else if (!good) {
            good = true;
            memcpy(mac, e->mac, MAC_SIZE);
        }
    }
    memcpy(h->mac, mac, MAC_SIZE);
    h->broken = false;
    h->seq++;
}

static void check_mark(struct proof *p, const struct mark *m)
{
    const size_t count = p->lines.len / sizeof(struct line);
    struct journal h = {.mark = m, .at = find_line(p, m), .seq = m->first};

    h.end = (const struct line *)(const void *)p->lines.data + count;
    memcpy(h.mac, m->before, MAC_SIZE);
    while (h.seq <= m->last) {
        uint64_t found = chain_next(&h);

        if (found > h.seq) {
            breach(p, m, "entries %" PRIu64 " to %" PRIu64 " are missing",
                h.seq, found - 1);
            h.broken = true;
            h.seq = found;
        } else {
            chain_entry(p, &h);
        }
    }
    if (!h.broken && memcmp(h.mac, m->mac, MAC_SIZE) != 0)
        breach(p, m, "entry %" PRIu64 " is not the one that was rolled up",
            m->last);
}

static int check_all(struct proof *p)
{
    const struct mark *marks = (const struct mark *)(const void *)p->marks.data;
    size_t count = p->marks.len / sizeof(*marks);

    for (size_t i = 0; i < count; i++) {
        if (ctl_told())
            return ctl_fail(p->c, "interrupted");
        if ((i == 0 || marks[i].day != marks[i - 1].day) &&
            read_file(p, marks[i].day) != CTL_OK)
            return CTL_FAILED;
        check_mark(p, &marks[i]);
    }
    return CTL_OK;
}

int ctl_archive_audit(struct ctl *c, const char *dir)
{
    struct proof p = {.c = c, .dir = dir, .report = ctl_array_new()};
    struct json_object *row = ctl_row_new();
    int64_t breaches;
    int result = find_marks(&p);

    if (result == CTL_OK)
        result = check_all(&p);
    breaches = (int64_t)json_object_array_length(p.report);
    ctl_add_int(row, "rollups", (int64_t)(p.marks.len / sizeof(struct mark)));
    ctl_add_int(row, "lines", p.line_count);
    ctl_add_int(row, "breaches", breaches);
    ctl_add(row, "report", p.report);
    buf_free(&p.marks);
    buf_free(&p.lines);
    result = ctl_print_if(c, result, row);
    return breaches > 0 ? CTL_FAILED : result;
}
