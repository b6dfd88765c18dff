/* What judging costs, in CPU time: prompts of a kilobyte at once, and a long
 * answer in frames of twelve bytes that rests between them and is scored after
 * every twentieth.
 *
 * Usage: bench_moderation FILE    a file of prose, 100 KB or more */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/core/moderation_play.h"

enum { PROMPT = 1024, FRAME = 12, FRAMES = 20, MOST = 1 << 20, ROUNDS = 15 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double prompts(const struct moderation_model *model, struct span text)
{
    double scores[MODERATION_CATEGORIES], start = now();

    for (size_t at = 0; at + PROMPT <= text.n; at += PROMPT)
        moderation_text(model, (struct span){text.p + at, PROMPT}, scores);
    return (now() - start) / (double)(text.n / PROMPT);
}

static double frames(const struct moderation_model *model, struct span text)
{
    struct moderation *m = moderation_begin(model);
    double scores[MODERATION_CATEGORIES], start = now();
    size_t count = 0;

    if (m)
        moderation_rest(m);
    for (size_t at = 0; m && at + FRAME <= text.n; at += FRAME) {
        moderation_feed(m, (struct span){text.p + at, FRAME});
        if (++count % FRAMES == 0)
            moderation_score(m, scores);
    }
    moderation_free(m);
    return (now() - start) / (double)(count > 0 ? count : 1);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void report(const char *what, const struct moderation_model *model,
    struct span text,
    double (*run)(const struct moderation_model *model, struct span text))
{
    double times[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++)
        times[i] = run(model, text);
    qsort(times, ROUNDS, sizeof(times[0]), ascending);
    printf("%-24s %6.2f us at best, %6.2f p50\n", what, times[0],
        times[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
    static char text[MOST];
    struct span bytes = moderation_play_bytes();
    struct moderation_model model;
    FILE *in = argc == 2 ? fopen(argv[1], "re") : NULL;
    size_t n = in ? fread(text, 1, MOST, in) : 0;

    if (n < PROMPT || moderation_model_open(&model, bytes)) {
        fputs("usage: bench_moderation FILE\n", stderr);
        return 2;
    }
    report("a prompt of 1 KB", &model, (struct span){text, n}, prompts);
    report("a frame of 12 bytes", &model, (struct span){text, n}, frames);
    fclose(in);
    free((char *)bytes.p);
    return 0;
}
