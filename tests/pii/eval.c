/* How much of what is of persons is found, and how much that only looks like
 * it: a table by kind, over sentences made up from a seed. "found" is what was
 * replaced exactly, "other" what was replaced as another kind or with something
 * around it, so that nothing leaked; "leaked" is the rest; "altered" are
 * look-alikes that were touched. usage: eval [-v] [SAMPLES [SEED]] */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpus.h"

enum { SAMPLES = 2000 };

struct row {
    size_t found;
    size_t other;
    size_t leaked;
    size_t altered;
    size_t mistaken; /* anything that was replaced as this kind and is not */
};

/* What has to hold: of a thousand. */
static const struct {
    unsigned recall;
    unsigned precision;
} floors[PII_KINDS] = {
    [PII_EMAIL] = {990, 990},
    [PII_PHONE] = {940, 950},
    [PII_SSN] = {990, 950},
    [PII_CARD] = {990, 980},
    [PII_IBAN] = {990, 990},
    [PII_IP] = {990, 990},
    [PII_KEY] = {990, 990},
};

static bool verbose;

static void tell(const char *what, enum pii_kind kind, const struct buf *text,
    const struct buf *out)
{
    if (verbose)
        printf("# %s %s: %.*s => %.*s\n", what, pii_word(kind), (int)text->len,
            text->data, (int)out->len, out->data);
}

static void count_mistakes(
    struct row rows[PII_KINDS], uint32_t found, enum pii_kind but)
{
    for (int kind = 0; kind < PII_KINDS; kind++)
        if (kind != (int)but && (found & PII_BIT(kind)) != 0)
            rows[kind].mistaken++;
}

/* What may stay of a value: "Bearer " is no secret. */
static size_t open_part(const struct buf *value)
{
    return value->len > 7 && memcmp(value->data, "Bearer ", 7) == 0 ? 7 : 0;
}

static void try_value(
    struct corpus *c, enum pii_kind kind, struct row rows[PII_KINDS])
{
    struct buf value = {0}, before = {0}, after = {0}, text = {0}, out = {0};
    struct buf expect = {0};
    struct pii_span span = {.kind = kind};
    uint32_t found;
    size_t open;

    corpus_value(c, kind, &value);
    corpus_put(c, &before, &after);
    open = open_part(&value);
    buf_printf(&text, "%.*s%.*s%.*s", (int)before.len, before.data,
        (int)value.len, value.data, (int)after.len, after.data);
    buf_printf(&expect, "%.*s%.*s%s%.*s", (int)before.len, before.data,
        (int)open, value.data, pii_placeholder(&span), (int)after.len,
        after.data);
    found = pii_redact((struct span){text.data, text.len}, PII_ALL, &out, NULL);
    count_mistakes(rows, found, kind);
    if (out.len == expect.len && memcmp(out.data, expect.data, out.len) == 0) {
        rows[kind].found++;
    } else if (found != 0 &&
               memmem(out.data, out.len, value.data + open + 1,
                   value.len > 12 ? 6 : 3) == NULL &&
               memmem(out.data, out.len, value.data + value.len - 4, 4) ==
                   NULL) {
        rows[kind].other++;
        tell("other", kind, &text, &out);
    } else {
        rows[kind].leaked++;
        tell("leaked", kind, &text, &out);
    }
    buf_free(&value);
    buf_free(&before);
    buf_free(&after);
    buf_free(&text);
    buf_free(&out);
    buf_free(&expect);
}

static void try_lookalike(
    struct corpus *c, enum pii_kind kind, struct row rows[PII_KINDS])
{
    struct buf value = {0}, before = {0}, after = {0}, text = {0}, out = {0};
    uint32_t found;

    corpus_lookalike(c, kind, &value);
    corpus_put(c, &before, &after);
    buf_printf(&text, "%.*s%.*s%.*s", (int)before.len, before.data,
        (int)value.len, value.data, (int)after.len, after.data);
    found = pii_redact((struct span){text.data, text.len}, PII_ALL, &out, NULL);
    count_mistakes(rows, found, PII_KINDS);
    if (found != 0) {
        rows[kind].altered++;
        tell("altered", kind, &text, &out);
    }
    buf_free(&value);
    buf_free(&before);
    buf_free(&after);
    buf_free(&text);
    buf_free(&out);
}

static double share(size_t part, size_t other)
{
    return part + other > 0 ? 100.0 * (double)part / (double)(part + other) : 0;
}

static bool print_row(enum pii_kind kind, const struct row *r)
{
    size_t safe = r->found + r->other;
    double recall = share(safe, r->leaked);
    double precision = share(r->found, r->mistaken);
    bool good = 10 * recall >= floors[kind].recall &&
                10 * precision >= floors[kind].precision;

    printf("# %-6s %7zu %6zu %6zu %8zu %9zu %7.2f %10.2f\n", pii_word(kind),
        r->found, r->other, r->leaked, r->altered, r->mistaken, recall,
        precision);
    printf("%sok %d - %s is found and look-alikes are left\n",
        good ? "" : "not ", kind + 1, pii_word(kind));
    return good;
}

int main(int argc, char **argv)
{
    static struct row rows[PII_KINDS];
    size_t samples;
    struct corpus c;
    bool good = true;

    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        verbose = true;
        argc--;
        argv++;
    }
    samples = argc > 1 ? strtoul(argv[1], NULL, 10) : SAMPLES;
    if (corpus_open(&c, TESTS_DIR "/pii/sentences.txt",
            argc > 2 ? strtoul(argv[2], NULL, 10) : 1) != 0) {
        fprintf(stderr, "the sentences cannot be read\n");
        return 2;
    }
    printf("1..%d\n", PII_KINDS);
    for (int kind = 0; kind < PII_KINDS; kind++)
        for (size_t i = 0; i < samples; i++) {
            try_value(&c, (enum pii_kind)kind, rows);
            try_lookalike(&c, (enum pii_kind)kind, rows);
        }
    printf("# %-6s %7s %6s %6s %8s %9s %7s %10s\n", "kind", "found", "other",
        "leaked", "altered", "mistaken", "recall", "precision");
    for (int kind = 0; kind < PII_KINDS; kind++)
        good = print_row((enum pii_kind)kind, &rows[kind]) && good;
    corpus_close(&c);
    return good ? 0 : 1;
}
