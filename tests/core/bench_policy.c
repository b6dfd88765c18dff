/* What ten thousand terms cost, and a search for all that is of persons: to
 * read and to compile, in a prompt of 200 KB, and in each frame of a stream;
 * also where all of it is percent signs, or each line has one. By hand; it
 * checks nothing. The prompt is made of the words of the terms, so that much of
 * it begins like one, or is the file that is named. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/policy.h"
#include "core/policy_pii.h"
#include "core/policy_stream.h"

enum { TERMS = 10000, WORDS = 4000, PROMPT = 200000, ROUNDS = 200 };

static const uint32_t kinds = PII_ALL;

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1103515245u + 12345u;
    return (random_state >> 8) % limit;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *left, const void *right)
{
    double l = *(const double *)left, r = *(const double *)right;

    return l < r ? -1 : l > r;
}

static void tell(const char *what, double *times, size_t n)
{
    qsort(times, n, sizeof(times[0]), ascending);
    printf("%-24s p50 %9.2f us  p99 %9.2f us  max %9.2f us  (%zu)\n", what,
        times[n / 2], times[n * 99 / 100], times[n - 1], n);
}

static char words[WORDS][16];

static void make_words(void)
{
    static const char *const syllables[] = {"re", "fun", "ba", "den", "ko",
        "li", "ta", "mor", "ex", "pro", "ject", "sa", "ti", "on", "ver", "um"};

    for (size_t i = 0; i < WORDS; i++)
        for (uint32_t n = 2 + random_below(2); n > 0; n--)
            strcat(words[i], syllables[random_below(16)]);
}

static void make_document(struct buf *text)
{
    buf_puts(text, "{\"policy_id\":\"bench\",\"rules\":{\"denylist\":[");
    for (size_t i = 0; i < TERMS; i++)
        buf_printf(text, "%s\"%s %s\"", i > 0 ? "," : "",
            words[random_below(WORDS)], words[random_below(WORDS)]);
    buf_puts(text, "]}}");
}

/* Leave in times what each part of it took. */
static struct policy *make_policy(struct span text, double times[3])
{
    struct json_doc json = {0};
    struct policy *policy = NULL;
    struct policy_doc doc;
    struct fault fault;

    times[0] = now();
    if (json_parse(&json, text.p, text.n) == JSON_OK) {
        times[0] = now() - times[0];
        times[1] = now();
        if (policy_doc_read(&doc, &json, 0, "", &fault) == 0) {
            times[1] = now() - times[1];
            times[2] = now();
            policy = policy_make(&doc, &fault);
            times[2] = now() - times[2];
        }
    }
    json_free(&json);
    return policy;
}

static struct policy *bench_compile(struct span text)
{
    static const char *const names[] = {"parse", "read", "compile"};
    static double times[3][ROUNDS];
    struct policy *policy = NULL;
    double one[3] = {0};

    for (size_t i = 0; i < ROUNDS; i++) {
        policy_free(policy);
        policy = make_policy(text, one);
        for (size_t k = 0; k < 3; k++)
            times[k][i] = one[k];
    }
    for (size_t k = 0; k < 3; k++)
        tell(names[k], times[k], ROUNDS);
    return policy;
}

static void make_prompt(const char *path, struct buf *prompt)
{
    char *room = buf_reserve(prompt, PROMPT);
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;

    if (room != NULL && file != NULL)
        buf_commit(prompt, fread(room, 1, PROMPT, file));
    while (path == NULL && !prompt->failed && prompt->len < PROMPT) {
        buf_puts(prompt, words[random_below(WORDS)]);
        buf_puts(prompt, " ");
    }
    if (file != NULL)
        fclose(file);
}

static bool ignore(void *cookie, const struct terms_hit *hit)
{
    ++*(size_t *)cookie;
    return hit == NULL;
}

/* As much of the prompt as there is room for when one letter in so many is
 * written with a percent sign. */
static void encode(struct span prompt, size_t every, struct buf *out)
{
    for (size_t i = 0; i < prompt.n && out->len < PROMPT - 3; i++)
        if (i % every == 0)
            buf_printf(out, "%%%02x", (unsigned)(uint8_t)prompt.p[i]);
        else
            buf_put(out, prompt.p + i, 1);
}

static void bench_prompt(
    const char *what, const struct terms *t, struct span prompt)
{
    static double times[ROUNDS];
    size_t hits = 0;
    struct terms_sink sink = {ignore, &hits};

    for (size_t i = 0; i < ROUNDS; i++) {
        double begin = now();
        struct terms_scan *s = terms_scan_make(t);

        terms_scan_feed(s, prompt, &sink);
        terms_scan_end(s, &sink);
        terms_scan_free(s);
        times[i] = now() - begin;
    }
    printf("%zu bytes, %zu hits\n", prompt.n, hits / ROUNDS);
    tell(what, times, ROUNDS);
}

static void bench_pii(struct span prompt)
{
    static double times[ROUNDS];
    struct buf out = {0};
    uint32_t found = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        double begin = now();

        buf_reset(&out);
        found = pii_redact(prompt, PII_ALL, &out, NULL);
        times[i] = now() - begin;
    }
    printf("PII: kinds %x found\n", found);
    tell("prompt, PII", times, ROUNDS);
    buf_free(&out);
}

static void bench_frames(
    const char *what, struct policy_detector detector, struct span prompt)
{
    static double times[PROMPT];
    struct policy_stream *s = policy_stream_make(&detector, 1, false);
    struct buf out = {0};
    size_t channel, n = 0, step;

    if (s == NULL || policy_stream_channel(s, &channel) != 0)
        return;
    for (size_t at = 0; at < prompt.n; at += step) {
        step = 1 + random_below(8);
        step = prompt.n - at < step ? prompt.n - at : step;
        buf_reset(&out);
        times[n] = now();
        policy_stream_feed(
            s, channel, (struct span){prompt.p + at, step}, &out);
        times[n] = now() - times[n];
        n++;
    }
    tell(what, times, n);
    policy_stream_free(s);
    buf_free(&out);
}

static void bench_terms(const struct policy *policy, struct span prompt)
{
    static const struct {
        const char *prompt, *frames;
        size_t every;
    } ways[] = {{"prompt, sign a line", "frame, sign a line", 80},
        {"prompt, all signs", "frame, all signs", 1}};
    struct policy_detector replace = policy_terms_replace(policy->deny);
    struct buf encoded = {0};
    struct span text;

    bench_prompt("prompt", policy->deny, prompt);
    bench_frames("frame of 1 to 8 bytes", replace, prompt);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        buf_reset(&encoded);
        encode(prompt, ways[i].every, &encoded);
        text = (struct span){encoded.data, encoded.len};
        bench_prompt(ways[i].prompt, policy->deny, text);
        bench_frames(ways[i].frames, replace, text);
    }
    buf_free(&encoded);
}

int main(int argc, char **argv)
{
    struct buf prompt = {0}, document = {0};
    struct policy *policy;

    make_words();
    make_document(&document);
    make_prompt(argc > 1 ? argv[1] : NULL, &prompt);
    if (document.failed || prompt.failed)
        return 1;
    policy = bench_compile((struct span){document.data, document.len});
    if (policy == NULL)
        return 1;
    printf("%d terms of %zu bytes take %zu bytes\n", TERMS, document.len,
        terms_size(policy->deny));
    bench_terms(policy, (struct span){prompt.data, prompt.len});
    bench_pii((struct span){prompt.data, prompt.len});
    bench_frames("frame, PII", policy_pii_replace(&kinds),
        (struct span){prompt.data, prompt.len});
    policy_free(policy);
    buf_free(&prompt);
    buf_free(&document);
    return 0;
}
