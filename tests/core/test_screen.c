/* The output policy over the events of an answer: what may leave does, at once
 * and in its order; what is denied does not, in no kind of text and however it
 * is cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "screen_play.h"

/* A screen and what has left it: a line for each event. */
struct play {
    struct screening s;
    struct buf left;
    enum screen_state state;
};

static void begin(
    struct play *p, const char *action, bool enforced, bool joined)
{
    *p = (struct play){0};
    screening_begin(&p->s,
        "\"competitor-x\",\"gr\xc3\xb6\xc3\x9f"
        "e\",\"bad\"",
        action, enforced, joined);
}

static void end(struct play *p)
{
    screening_end(&p->s);
    buf_free(&p->left);
}

static void leave(void *cookie, const struct turn_event *e)
{
    static const char *const names[] = {[TURN_EVENT_BEGIN] = "begin",
        [TURN_EVENT_TEXT] = "text",
        [TURN_EVENT_REFUSAL] = "refusal",
        [TURN_EVENT_REASONING] = "reasoning",
        [TURN_EVENT_SIGNATURE] = "signature",
        [TURN_EVENT_REDACTED] = "redacted",
        [TURN_EVENT_CALL] = "call",
        [TURN_EVENT_ARGS] = "args",
        [TURN_EVENT_USAGE] = "usage",
        [TURN_EVENT_STOP] = "stop"};
    struct play *p = cookie;

    buf_printf(&p->left, "%s %u %.*s%.*s%s\n", names[e->kind],
        (unsigned)e->block, (int)e->text.n, e->text.p != NULL ? e->text.p : "",
        (int)e->name.n, e->name.p != NULL ? e->name.p : "",
        e->logprobs.n > 0 ? " with logprobs" : "");
}

static void send(struct play *p, const struct turn_event *e)
{
    const struct turn_sink to = {leave, p};

    p->state = screen_event(p->s.screen, e, &to);
}

static void say(
    struct play *p, enum turn_event_kind kind, uint32_t block, const char *text)
{
    send(p, &(struct turn_event){
                .kind = kind, .block = block, .text = {text, strlen(text)}});
}

static void call(struct play *p, uint32_t block, const char *name)
{
    send(p, &(struct turn_event){.kind = TURN_EVENT_CALL,
                .block = block,
                .name = {name, strlen(name)}});
}

static void left_is(struct play *p, const char *wanted)
{
    assert_string_equal(buf_terminate(&p->left), wanted);
    buf_reset(&p->left);
}

static void test_clean_text_leaves_at_once(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, false);
    say(&p, TURN_EVENT_BEGIN, 0, "");
    say(&p, TURN_EVENT_TEXT, 0, "hello ");
    left_is(&p, "begin 0 \ntext 0 hello \n");
    say(&p, TURN_EVENT_TEXT, 0, "a \\\"quote\\\" \\u00e4\\n");
    left_is(&p, "text 0 a \\\"quote\\\" \xc3\xa4\\n\n");
    say(&p, TURN_EVENT_STOP, 0, "");
    left_is(&p, "stop 0 \n");
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 0);
    end(&p);
}

static void test_only_what_may_be_denied_is_held_back(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, false);
    say(&p, TURN_EVENT_TEXT, 0, "my compet");
    left_is(&p, "text 0 my \n");
    say(&p, TURN_EVENT_TEXT, 0, "ence");
    left_is(&p, "text 0 competence\n");
    say(&p, TURN_EVENT_TEXT, 0, " compet");
    left_is(&p, "text 0  \n");
    say(&p, TURN_EVENT_STOP, 0, "");
    left_is(&p, "text 0 compet\nstop 0 \n");
    end(&p);
}

static void test_nothing_leaves_once_a_rule_has_fired(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, false);
    say(&p, TURN_EVENT_TEXT, 0, "it is ba");
    say(&p, TURN_EVENT_TEXT, 0, "d, I say");
    assert_int_equal(p.state, SCREEN_FIRED);
    left_is(&p, "text 0 it is \n");
    say(&p, TURN_EVENT_TEXT, 0, "more");
    say(&p, TURN_EVENT_CALL, 1, "");
    say(&p, TURN_EVENT_STOP, 0, "");
    assert_int_equal(p.state, SCREEN_FIRED);
    left_is(&p, "");
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 1);
    assert_int_equal(p.s.verdict.decision, POLICY_REFUSE);
    assert_int_equal(p.s.verdict.deny.count, 1);
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 0);
    end(&p);
}

static void test_a_rewrite_replaces_in_each_kind_of_text(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "rewrite", true, false);
    say(&p, TURN_EVENT_REASONING, 0, "a bad thought ");
    say(&p, TURN_EVENT_TEXT, 1, "a bad word ");
    say(&p, TURN_EVENT_REFUSAL, 2, "a bad no ");
    say(&p, TURN_EVENT_CALL, 3, "");
    say(&p, TURN_EVENT_ARGS, 3, "{\\\"q\\\":\\\"\\\\u0062ad\\\"}");
    say(&p, TURN_EVENT_STOP, 0, "");
    left_is(&p, "reasoning 0 a [removed] thought \n"
                "text 1 a [removed] word \n"
                "refusal 2 a [removed] no \n"
                "call 3 \n"
                "args 3 {\\\"q\\\":\\\"[removed]\\\"}\n"
                "stop 0 \n");
    assert_int_equal(p.state, SCREEN_GOES);
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 1);
    assert_int_equal(p.s.verdict.decision, POLICY_REWRITE);
    end(&p);
}

static void test_the_name_of_a_call_is_a_text_of_its_own(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "rewrite", true, true);
    call(&p, 0, "ask_compet");
    call(&p, 1, "ask_\\u0062ad_one");
    left_is(&p, "call 0 ask_compet\ncall 1 ask_[removed]_one\n");
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 1);
    end(&p);

    begin(&p, "block", true, true);
    say(&p, TURN_EVENT_TEXT, 0, "ba");
    call(&p, 1, "d");
    assert_int_equal(p.state, SCREEN_GOES);
    call(&p, 2, "bad_one");
    assert_int_equal(p.state, SCREEN_FIRED);
    left_is(&p, "call 1 d\n");
    end(&p);

    begin(&p, "block", false, true);
    call(&p, 0, "bad_one");
    left_is(&p, "call 0 bad_one\n");
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 1);
    end(&p);
}

static void test_a_new_block_ends_the_text_before_it(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, false);
    say(&p, TURN_EVENT_TEXT, 0, "ba");
    left_is(&p, "");
    say(&p, TURN_EVENT_CALL, 1, "");
    left_is(&p, "text 0 ba\ncall 1 \n");
    say(&p, TURN_EVENT_TEXT, 2, "d");
    assert_int_equal(p.state, SCREEN_GOES);
    end(&p);
}

static void test_where_there_are_no_blocks_texts_are_one(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, true);
    say(&p, TURN_EVENT_TEXT, 0, "ba");
    say(&p, TURN_EVENT_CALL, 1, "");
    say(&p, TURN_EVENT_REASONING, 2, "d");
    assert_int_equal(p.state, SCREEN_GOES);
    say(&p, TURN_EVENT_TEXT, 3, "d");
    assert_int_equal(p.state, SCREEN_FIRED);
    left_is(&p, "call 1 \nreasoning 2 d\n");
    end(&p);
}

static void test_arguments_of_each_call_are_for_themselves(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, true);
    say(&p, TURN_EVENT_CALL, 0, "");
    say(&p, TURN_EVENT_ARGS, 0, "[\\\"ba");
    say(&p, TURN_EVENT_CALL, 1, "");
    say(&p, TURN_EVENT_ARGS, 1, "[\\\"d ");
    assert_int_equal(p.state, SCREEN_GOES);
    say(&p, TURN_EVENT_ARGS, 0, "d");
    assert_int_equal(p.state, SCREEN_FIRED);
    left_is(&p, "call 0 \nargs 0 [\\\"\ncall 1 \nargs 1 [\\\"d \n");
    end(&p);
}

static void test_who_watches_changes_nothing_and_tells(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "rewrite", false, false);
    send(&p, &(struct turn_event){.kind = TURN_EVENT_TEXT,
                 .text = {"my b\\u0061", 10},
                 .logprobs = {"[1]", 3}});
    say(&p, TURN_EVENT_TEXT, 0, "d");
    say(&p, TURN_EVENT_STOP, 0, "");
    assert_int_equal(p.state, SCREEN_GOES);
    left_is(&p, "text 0 my b\\u0061 with logprobs\ntext 0 d\nstop 0 \n");
    assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 1);
    assert_int_equal(p.s.verdict.decision, POLICY_REWRITE);
    assert_int_equal(p.s.verdict.effective, POLICY_ALLOW);
    end(&p);
}

/* As under a policy that is on trial, in whose sample a call is not. */
static void test_a_screen_without_a_policy_tells_nothing(void **state)
{
    const struct screen_rules rules = {.joined = true};
    struct screen *screen = screen_make(&rules);
    struct play p;

    (void)state;
    begin(&p, "block", true, true);
    assert_non_null(screen);
    assert_true(screen_watches(screen));
    assert_int_equal(screen_tell(screen, &p.s.verdict), 0);
    assert_int_equal(p.s.verdict.decision, POLICY_ALLOW);
    screen_free(screen);
    end(&p);
}

static void test_logprobs_do_not_pass_a_screen(void **state)
{
    struct play p;

    (void)state;
    begin(&p, "block", true, true);
    send(&p, &(struct turn_event){.kind = TURN_EVENT_TEXT,
                 .text = {"word", 4},
                 .logprobs = {"[1]", 3}});
    left_is(&p, "text 0 word\n");
    end(&p);
}

/* Cut a text in two at each place where JSON strings may be cut, and in single
 * characters; nothing of the term leaves, and the rest does. */
static void check_cuts(
    enum turn_event_kind kind, const char *const *pieces, size_t count)
{
    struct play p;
    char text[128];

    for (size_t cut = 0; cut <= count; cut++) {
        begin(&p, "rewrite", true, true);
        say(&p, TURN_EVENT_CALL, 0, "");
        buf_reset(&p.left);
        text[0] = '\0';
        if (kind == TURN_EVENT_ARGS)
            say(&p, kind, 0, "[\\\"");
        for (size_t i = 0; i < count; i++) {
            strcat(text, pieces[i]);
            if (cut == count || i == cut) {
                say(&p, kind, 0, text);
                text[0] = '\0';
            }
        }
        say(&p, kind, 0, text);
        if (kind == TURN_EVENT_ARGS)
            say(&p, kind, 0, "\\\"]");
        say(&p, TURN_EVENT_STOP, 0, "");
        assert_int_equal(p.state, SCREEN_GOES);
        assert_int_equal(screen_tell(p.s.screen, &p.s.verdict), 1);
        buf_terminate(&p.left);
        assert_non_null(strstr(p.left.data, "[removed]"));
        assert_null(strstr(p.left.data, "gr"));
        assert_null(strstr(p.left.data, "e\\"));
        end(&p);
    }
}

static void test_a_term_is_found_wherever_it_is_cut(void **state)
{
    static const char *const plain[] = {
        "<", "g", "r", "\xc3\xb6", "\xc3\x9f", "e", ">"};
    static const char *const escaped[] = {
        "<", "\\u0067", "r", "\\u00f6", "\\u00DF", "\\u0065", ">"};
    static const char *const disguised[] = {
        "<", "G", "\\u200b", "R", "o", "\\u0308", "s", "s", "E", ">"};
    static const char *const twice[] = {"<", "\\\\", "u00", "67", "r", "\\\\u",
        "00f6", "\\\\u00", "DF", "e", ">"};

    (void)state;
    for (int kind = TURN_EVENT_TEXT; kind <= TURN_EVENT_ARGS; kind++) {
        if (kind > TURN_EVENT_REASONING && kind < TURN_EVENT_ARGS)
            continue;
        check_cuts((enum turn_event_kind)kind, plain, 7);
        check_cuts((enum turn_event_kind)kind, escaped, 7);
        check_cuts((enum turn_event_kind)kind, disguised, 10);
    }
    check_cuts(TURN_EVENT_ARGS, twice, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_text_leaves_at_once),
        cmocka_unit_test(test_only_what_may_be_denied_is_held_back),
        cmocka_unit_test(test_nothing_leaves_once_a_rule_has_fired),
        cmocka_unit_test(test_a_rewrite_replaces_in_each_kind_of_text),
        cmocka_unit_test(test_the_name_of_a_call_is_a_text_of_its_own),
        cmocka_unit_test(test_a_new_block_ends_the_text_before_it),
        cmocka_unit_test(test_where_there_are_no_blocks_texts_are_one),
        cmocka_unit_test(test_arguments_of_each_call_are_for_themselves),
        cmocka_unit_test(test_who_watches_changes_nothing_and_tells),
        cmocka_unit_test(test_a_screen_without_a_policy_tells_nothing),
        cmocka_unit_test(test_logprobs_do_not_pass_a_screen),
        cmocka_unit_test(test_a_term_is_found_wherever_it_is_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
