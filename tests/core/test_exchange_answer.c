/* Answers under a policy that are not streamed, and answers of our own in the
 * place of a model's. What else answers become is proven by the golden cases.
 * Quotes are written '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "screen_play.h"

static const char chat[] =
    "{'id':'a','object':'chat.completion','created':1,'model':'up','choices':"
    "[{'index':0,'message':{'role':'assistant','content':'a bad thing'},"
    "'finish_reason':'stop'}],'usage':{'prompt_tokens':5,"
    "'completion_tokens':3,'total_tokens':8}}";

static void check_judged(
    const char *action, bool enforced, enum screen_state state)
{
    struct screening s;
    struct play p = play_begin(DIALECT_CHAT, DIALECT_CHAT);
    char *text = play_quoted(chat);
    struct json_doc doc = {0};

    screening_begin(&s, "\"bad\"", action, enforced, true);
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    assert_int_equal(
        exchange_judge(&p.exchange, &doc, &p.completion, s.screen), state);
    assert_int_equal(screen_tell(s.screen, &s.verdict), 1);
    json_free(&doc);
    free(text);
    play_end(&p);
    screening_end(&s);
}

static void test_an_answer_is_judged_as_a_whole(void **state)
{
    (void)state;
    check_judged("block", true, SCREEN_FIRED);
    check_judged("escalate", true, SCREEN_FIRED);
    check_judged("rewrite", true, SCREEN_GOES);
    check_judged("block", false, SCREEN_GOES);
}

static void check_shown(bool enforced, const char *has)
{
    struct screening s;
    struct play p = play_begin(DIALECT_CHAT, DIALECT_CHAT);
    char *text = play_quoted(chat);
    struct json_doc doc = {0};

    screening_begin(&s, "\"bad\"", "rewrite", enforced, true);
    assert_int_equal(json_parse(&doc, text, strlen(text)), JSON_OK);
    p.completion.stream = false;
    exchange_answer(&p.exchange, &doc, &p.completion, &p.tag, s.screen,
        &play_credits, &p.out);
    assert_true(play_out_has(&p, has));
    assert_true(play_out_has(&p, "'completion_tokens':3"));
    json_free(&doc);
    free(text);
    play_end(&p);
    screening_end(&s);
}

static void test_what_is_denied_is_replaced_unless_one_only_watches(
    void **state)
{
    (void)state;
    check_shown(true, "'content':'a [removed] thing'");
    check_shown(false, "'content':'a bad thing'");
}

static void check_notice(enum dialect caller, bool stream,
    const struct usage *usage, const char *says, const char *ends)
{
    static const struct span text = {"See \"here\".", 11};
    struct play p = play_begin(caller, caller);

    exchange_remember(&p.exchange, &p.request);
    p.tag.memo = (struct span){p.exchange.memo.data, p.exchange.memo.len};
    p.completion.stream = stream;
    exchange_notice(
        &p.exchange, &p.completion, &p.tag, text, usage, &play_credits, &p.out);
    assert_false(p.out.failed);
    assert_true(play_out_has(&p, says));
    assert_true(play_out_has(&p, ends));
    assert_true(play_out_has(&p, METER));
    p.stream = NULL;
    play_end(&p);
}

static void test_a_notice_is_a_whole_answer_in_each_dialect(void **state)
{
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        check_notice(DIALECT_CHAT, stream, NULL, "'content':'See \\'here\\'.'",
            "'finish_reason':'stop'");
        check_notice(DIALECT_MESSAGES, stream, NULL, "'See \\'here\\'.'",
            "'stop_reason':'end_turn'");
        check_notice(DIALECT_RESPONSES, stream, NULL, "'See \\'here\\'.'",
            "'status':'completed'");
    }
    check_notice(DIALECT_CHAT, true, NULL, "See", "data: [DONE]\n\n");
    check_notice(DIALECT_MESSAGES, true, NULL, "See", "event: message_stop\n");
    check_notice(
        DIALECT_RESPONSES, true, NULL, "See", "event: response.completed\n");
}

static void test_a_notice_tells_the_usage_of_what_it_stands_for(void **state)
{
    const struct usage usage = {
        .known = true, .tokens_in = 18, .tokens_out = 12};

    (void)state;
    check_notice(DIALECT_CHAT, false, &usage, "See",
        "'prompt_tokens':18,'completion_tokens':12");
    check_notice(DIALECT_CHAT, false, NULL, "See",
        "'prompt_tokens':0,'completion_tokens':0");
    check_notice(DIALECT_MESSAGES, true, &usage, "'message':{",
        "'stop_sequence':null,'usage':{'input_tokens':18,");
    check_notice(DIALECT_MESSAGES, true, NULL, "'message':{",
        "'stop_sequence':null,'usage':{'input_tokens':0,");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_is_judged_as_a_whole),
        cmocka_unit_test(
            test_what_is_denied_is_replaced_unless_one_only_watches),
        cmocka_unit_test(test_a_notice_is_a_whole_answer_in_each_dialect),
        cmocka_unit_test(test_a_notice_tells_the_usage_of_what_it_stands_for),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
