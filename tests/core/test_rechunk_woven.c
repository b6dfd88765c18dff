/* Texts of a chat answer that are woven into each other: however the frames of
 * choices, calls and members of deltas come in turns, no term leaves. A text
 * that no other of its choice comes between leaves as if it were alone, and so
 * do arguments of calls. What is not denied passes to the byte. With a number
 * as its argument, that many streams instead of a sample. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rechunk_sieve_play.h"
#include "core/sse.h"

static unsigned long rounds = 5000;

/* A text of the answer: its frame, with a piece of it in place of $. */
struct voice {
    const char *frame;
    bool json;
    bool alone; /* nothing of its choice comes between */
};

#define SAYS(choice, said)                                                     \
    "{'choices':[{'index':" choice ",'delta':{" said "}}],'x_trace':'t'}\n"
#define CALLS(i)                                                               \
    SAYS("0", "'tool_calls':[{'index':" i ",'function':{'arguments':$,'x':0}}" \
                                          "]")
#define STOP(choice)                                                           \
    "{'choices':[{'index':" choice ",'delta':{},'finish_reason':'stop'}]}\n"

static const struct voice voices[] = {
    {SAYS("0", "'content':$"), false, false},
    {SAYS("0", "'reasoning_content':$"), false, false},
    {CALLS("0"), true, true},
    {CALLS("1"), true, true},
    {SAYS("1", "'content':$"), false, true},
    /* Of a member that nobody knows each piece may be a text, too. */
    {SAYS("2", "'x':{'y':[{'z':$}]}"), false, false},
};

enum { VOICES = sizeof(voices) / sizeof(voices[0]) };

static void weave(const struct buf *said, struct buf *out)
{
    const struct span none = {0};
    struct span rest[VOICES];
    size_t left = VOICES, i, n;

    buf_reset(out);
    for (i = 0; i < VOICES; i++)
        rest[i] = (struct span){said[i].data, said[i].len};
    while (left > 0) {
        i = rechunk_below(VOICES);
        if (rest[i].n == 0)
            continue;
        n = trial_step(rest[i], rechunk_size(rest[i].n));
        trial_frame(voices[i].frame, (struct span){rest[i].p, n}, out);
        rest[i].p += n;
        rest[i].n -= n;
        left -= rest[i].n == 0;
    }
    trial_frame(STOP("1") STOP("0") STOP("2"), none, out);
}

/* ---- texts that left ---- */

/* Whether the frame is one of the voice: the same but for the text. Returns
 * that. */
static struct span heard(const struct voice *v, struct span data)
{
    struct buf head = {0}, tail = {0};
    const char *at = strchr(v->frame, '$');
    const struct span none = {0};
    struct span text = {0};

    buf_put(&tail, v->frame, (size_t)(at - v->frame));
    trial_frame(buf_terminate(&tail), none, &head);
    buf_reset(&tail);
    trial_frame(at + 1, none, &tail);
    tail.len--; /* the end of the line */
    if (data.n > head.len + tail.len &&
        memcmp(data.p, head.data, head.len) == 0 &&
        memcmp(data.p + data.n - tail.len, tail.data, tail.len) == 0)
        text = (struct span){data.p + head.len, data.n - head.len - tail.len};
    buf_free(&head);
    buf_free(&tail);
    return text;
}

static int on_frame(void *cookie, struct span name, struct span data)
{
    struct buf *left = cookie;
    struct span text;

    (void)name;
    for (size_t i = 0; i < VOICES; i++) {
        text = heard(&voices[i], data);
        if (text.n >= 2)
            json_unescape((struct span){text.p + 1, text.n - 2}, &left[i]);
    }
    return 0;
}

static void hear(const struct buf *stream, struct buf *left)
{
    struct sse sse = {0};

    for (size_t i = 0; i < VOICES; i++)
        buf_reset(&left[i]);
    sse_feed(&sse, (struct span){stream->data, stream->len}, on_frame, left);
    sse_free(&sse);
}

/* ---- what must hold ---- */

struct scene {
    struct policy_trial trial;
    bool replaces;
    struct rechunk_sample sample;
    struct buf said[VOICES], left[VOICES];
    struct buf frames, out, plain, whole;
    struct trial_tally tally;
};

/* Some voices say what is denied. */
static bool speak(struct scene *s, bool clean)
{
    bool denied = false, any = false;

    for (size_t i = 0; i < VOICES; i++) {
        denied = !clean && rechunk_below(3) == 0;
        any = any || denied;
        trial_text(&s->sample, voices[i].json, !denied, &s->said[i]);
        rechunk_next(&s->sample);
    }
    weave(s->said, &s->frames);
    return any;
}

static void check_voice(struct scene *s, size_t i)
{
    struct policy_trial *t = &s->trial;
    bool json = voices[i].json;
    struct span said = {s->said[i].data, s->said[i].len};
    struct span left = {s->left[i].data, s->left[i].len};

    buf_reset(&s->whole);
    s->tally.leaks += rechunk_run(&t->finds[json], 1, left, left.n, &s->whole);
    if (!s->replaces || !voices[i].alone)
        return;
    buf_reset(&s->whole);
    rechunk_run(&t->of[json], 1, said, said.n, &s->whole);
    s->tally.differences +=
        !rechunk_same(&s->left[i], (struct span){s->whole.data, s->whole.len});
}

static void check_denied(struct scene *s)
{
    struct screen *screen = policy_play_screen(&s->trial.play, false);
    bool denied = speak(s, false);
    enum stream_frame rc;

    assert_non_null(screen);
    rc = trial_run(DIALECT_CHAT, screen, &s->frames, &s->out);
    s->tally.missed += (rc == STREAM_RULED) != (denied && !s->replaces);
    hear(&s->out, s->left);
    for (size_t i = 0; i < VOICES; i++)
        check_voice(s, i);
    screen_free(screen);
}

static void check_clean(struct scene *s)
{
    struct screen *screen = policy_play_screen(&s->trial.play, false);
    enum stream_frame rc;

    assert_non_null(screen);
    speak(s, true);
    trial_run(DIALECT_CHAT, NULL, &s->frames, &s->plain);
    rc = trial_run(DIALECT_CHAT, screen, &s->frames, &s->out);
    s->tally.altered +=
        rc != STREAM_DONE ||
        !rechunk_same(&s->out, (struct span){s->plain.data, s->plain.len});
    screen_free(screen);
}

static void check(const char *action)
{
    struct scene s = {
        .replaces = strcmp(action, "rewrite") == 0, .sample = SAMPLES};

    trial_begin(&s.trial, action);
    for (unsigned long i = 0; i < rounds; i++) {
        check_denied(&s);
        check_clean(&s);
    }
    trial_told(&s.tally, rounds);
    for (size_t i = 0; i < VOICES; i++) {
        buf_free(&s.said[i]);
        buf_free(&s.left[i]);
    }
    buf_free(&s.frames);
    buf_free(&s.out);
    buf_free(&s.plain);
    buf_free(&s.whole);
    policy_play_end(&s.trial.play);
}

static void test_what_fires_in_any_ends_the_stream(void **state)
{
    (void)state;
    check("block");
}

static void test_what_is_replaced_leaves_the_rest_in_its_frames(void **state)
{
    (void)state;
    check("rewrite");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fires_in_any_ends_the_stream),
        cmocka_unit_test(test_what_is_replaced_leaves_the_rest_in_its_frames),
    };

    if (argc > 1)
        rounds = strtoul(argv[1], NULL, 10);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
