/* A stream that passes as it is while a screen looks on. Quotes are written
 * '. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "screen_play.h"

#define SAYS(text) "{'choices':[{'index':0,'delta':{'content':'" text "'}}]}"
#define STOP "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"

static void test_frames_pass_as_they_are_and_hits_are_told(void **state)
{
    struct screening s;
    struct play p = play_begin(DIALECT_CHAT, DIALECT_CHAT);

    screening_begin(&s, "\"bad\"", "block", false, true);
    (void)state;
    play_open_screened(&p, s.screen);
    play_take(&p, SAYS("a b"));
    play_out_is(&p, "data: " SAYS("a b") "\n\n");
    assert_int_equal(screen_tell(s.screen, &s.verdict), 0);
    play_take(&p, SAYS("ad one"));
    play_out_is(&p, "data: " SAYS("ad one") "\n\n");
    assert_int_equal(screen_tell(s.screen, &s.verdict), 1);
    assert_int_equal(s.verdict.decision, POLICY_REFUSE);
    assert_int_equal(s.verdict.effective, POLICY_ALLOW);
    assert_true(stream_delivered(p.stream));
    play_take(&p, STOP);
    assert_true(stream_complete(p.stream));
    assert_int_equal(play_feed(&p, "[DONE]"), STREAM_DONE);
    assert_int_equal(stream_end(p.stream, &p.out), STREAM_DONE);
    stream_finish(p.stream, &play_credits, &p.out);
    assert_true(play_out_has(&p, "[DONE]"));
    play_end(&p);
    screening_end(&s);
}

static void test_a_broken_frame_is_still_broken(void **state)
{
    struct screening s;
    struct play p = play_begin(DIALECT_CHAT, DIALECT_CHAT);

    screening_begin(&s, "\"bad\"", "block", false, true);
    (void)state;
    play_open_screened(&p, s.screen);
    assert_int_equal(play_feed(&p, "nonsense"), STREAM_BROKEN);
    assert_int_equal(play_feed(&p, "{'error':{'message':'no'}}"), STREAM_ERROR);
    play_end(&p);
    screening_end(&s);
}

static void test_a_watched_stream_is_cut_as_others(void **state)
{
    struct screening s;
    struct play p = play_begin(DIALECT_CHAT, DIALECT_CHAT);

    screening_begin(&s, "\"bad\"", "block", false, true);
    (void)state;
    play_open_screened(&p, s.screen);
    play_take(&p, SAYS("a"));
    stream_beat(p.stream, &p.out);
    assert_true(play_out_has(&p, ": keepalive"));
    stream_cut(p.stream, TURN_STOP_LENGTH, &play_credits, &p.out);
    assert_true(play_out_has(&p, "'finish_reason':'length'"));
    play_end(&p);
    screening_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_pass_as_they_are_and_hits_are_told),
        cmocka_unit_test(test_a_broken_frame_is_still_broken),
        cmocka_unit_test(test_a_watched_stream_is_cut_as_others),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
