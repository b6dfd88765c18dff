/* A text scores the same however it is cut, with scores asked for on the way,
 * and also when it rests between its pieces; scores are numbers from 0 to 1. A
 * damaged file of weights, with its sum made right, is refused or judges
 * without falling over. The first byte chooses which of the two, the next three
 * the cuts or the damage. */

#include <string.h>

#include "fuzz.h"
#include "tests/core/moderation_play.h"

static void check_scores(const double *scores)
{
    for (size_t i = 0; i < MODERATION_CATEGORIES; i++)
        FUZZ_CHECK(scores[i] >= 0 && scores[i] <= 1);
}

static void feed_pieces(const struct moderation_model *model, struct span text,
    size_t size, bool rests, double scores[MODERATION_CATEGORIES])
{
    struct moderation *m = moderation_begin(model);
    char *copy;
    size_t n;

    FUZZ_CHECK(m != NULL && (!rests || moderation_rest(m) == 0));
    for (size_t at = 0; at < text.n; at += n) {
        n = text.n - at < size ? text.n - at : size;
        copy = malloc(n);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, text.p + at, n);
        FUZZ_CHECK(moderation_feed(m, (struct span){copy, n}) == 0);
        free(copy);
        moderation_score(m, scores);
        check_scores(scores);
    }
    moderation_score(m, scores);
    moderation_free(m);
}

static void try_text(const struct moderation_model *model, struct span text,
    size_t size, bool rests)
{
    double whole[MODERATION_CATEGORIES], pieces[MODERATION_CATEGORIES];

    moderation_text(model, text, whole);
    check_scores(whole);
    feed_pieces(model, text, size, rests, pieces);
    FUZZ_CHECK(memcmp(whole, pieces, sizeof(whole)) == 0);
}

static void try_damage(
    struct span bytes, const uint8_t *where, struct span text)
{
    struct moderation_model model;
    struct moderation_head *head;
    char *copy = malloc(bytes.n);
    size_t at = (size_t)where[0] << 16 | (size_t)where[1] << 8 | where[2];
    size_t behind = offsetof(struct moderation_head, scale);
    double scores[MODERATION_CATEGORIES];

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, bytes.p, bytes.n);
    for (size_t i = 0; i < text.n && i < 16; i++)
        copy[(at + i) % bytes.n] = text.p[i];
    head = (void *)copy;
    if (at >= behind)
        head->check = moderation_model_check(copy + behind, bytes.n - behind);
    if (moderation_model_open(&model, (struct span){copy, bytes.n}) == 0)
        moderation_text(&model, text, scores);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct span bytes;
    static struct moderation_model model;
    struct span text;

    if (bytes.n == 0) {
        bytes = moderation_play_bytes();
        FUZZ_CHECK(moderation_model_open(&model, bytes) == 0);
    }
    if (size < 4)
        return 0;
    text = (struct span){(const char *)data + 4, size - 4};
    if (data[0] % 4 == 0)
        try_damage(bytes, data + 1, text);
    else
        try_text(&model, text, 1 + data[1] % 64u, (data[1] & 0x80) != 0);
    return 0;
}
