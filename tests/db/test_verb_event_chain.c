/* Events are a chain in which every flipped byte, a forged event and a cut tail
 * show. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "event_play.h"
#include "fixture.h"

static struct store_event_row rows[EVENT_PLAY_ROWS];

static void test_sound_chains_have_no_breach(void **state)
{
    struct trail *t = *state;
    struct store_events_verify v;

    event_play_prepare(t);
    for (unsigned i = 1; i <= 9; i++)
        event_play_tell(t, i, i % 3 ? "bot" : "");
    v = event_play_verify(t, 1);
    assert_int_equal(v.breaches, 0);
    assert_int_equal(v.events, 9);
    assert_int_equal(v.chains, 2);
}

static bool is_event(struct span key)
{
    struct store_owner owner;
    uint64_t seq;

    return row_event_read(key, &owner, &seq) == 0;
}

static void test_every_flipped_byte_of_an_event_shows(void **state)
{
    struct trail *t = *state;
    struct span key, value;

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    event_play_tell(t, 2, "bot");
    for (size_t row = 0; row < fake_trail_rows(t, TABLE_EVENT); row++) {
        key = fake_trail_row(t, TABLE_EVENT, row, &value);
        if (!is_event(key))
            continue;
        for (size_t i = 0; i < value.n; i++) {
            ((char *)(uintptr_t)value.p)[i] ^= 1;
            assert_true(event_play_verify(t, 100).breaches > 0);
            ((char *)(uintptr_t)value.p)[i] ^= 1;
        }
    }
    assert_int_equal(event_play_verify(t, 100).breaches, 0);
}

/* With a CRC that fits, so that only the MAC can tell. */
static void test_forged_event_shows(void **state)
{
    struct trail *t = *state;
    struct store_owner owner = {.project = "bot"};
    struct store_event_row row;
    struct store_events v = event_play_read("bot", rows);

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    fake_trail_run(t, &v);
    row = rows[0];
    fake_trail_begin(t);
    row_event_put(t, &owner, &row, (struct span){"{}", 2});
    fake_trail_commit(t);
    assert_int_equal(event_play_verify(t, 100).breaches, 1);
    buf_free(&v.texts);
}

static void test_cut_tail_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 3};

    event_play_prepare(t);
    for (unsigned i = 1; i <= 3; i++)
        event_play_tell(t, i, "bot");
    event_play_cut(t, &row);
    assert_int_equal(event_play_verify(t, 100).breaches, 1);
    row.seq = 2;
    event_play_cut(t, &row);
    row.seq = 1;
    event_play_cut(t, &row);
    assert_int_equal(event_play_verify(t, 100).breaches, 1);
}

static void test_event_that_is_missing_in_the_middle_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 2};

    event_play_prepare(t);
    for (unsigned i = 1; i <= 3; i++)
        event_play_tell(t, i, "bot");
    event_play_cut(t, &row);
    assert_true(event_play_verify(t, 100).breaches > 0);
}

static void test_tail_that_was_cut_with_its_head_shows(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 3};
    struct chain head;

    event_play_prepare(t);
    for (unsigned i = 1; i <= 3; i++) {
        event_play_tell(t, i, "bot");
        if (i == 2)
            head = event_play_head(t);
    }
    memcpy(head.seal, event_play_head(t).seal, sizeof(head.seal));
    event_play_cut(t, &row);
    event_play_put_head(t, &head);
    assert_int_equal(event_play_verify(t, 100).breaches, 1);
}

static void test_every_flipped_byte_of_a_head_shows(void **state)
{
    struct trail *t = *state;
    struct chain head, odd;

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    event_play_tell(t, 2, "bot");
    head = event_play_head(t);
    for (size_t i = 0; i < sizeof(head); i++) {
        odd = head;
        ((uint8_t *)&odd)[i] ^= 1;
        event_play_put_head(t, &odd);
        assert_true(event_play_verify(t, 100).breaches > 0);
    }
    event_play_put_head(t, &head);
    assert_int_equal(event_play_verify(t, 100).breaches, 0);
}

static void test_audit_finds_it_too(void **state)
{
    struct trail *t = *state;
    struct store_event_row row = {.seq = 1};
    struct store_audit audit;

    event_play_prepare(t);
    event_play_tell(t, 1, "bot");
    event_play_tell(t, 2, "bot");
    event_play_cut(t, &row);
    audit = fixture_audit(t, 1);
    assert_true(audit.breaches > 0);
    assert_non_null(strstr(buf_terminate(&audit.report), "EV project bot"));
    buf_free(&audit.report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_sound_chains_have_no_breach),
        FIXTURE_TEST(test_every_flipped_byte_of_an_event_shows),
        FIXTURE_TEST(test_forged_event_shows),
        FIXTURE_TEST(test_cut_tail_shows),
        FIXTURE_TEST(test_event_that_is_missing_in_the_middle_shows),
        FIXTURE_TEST(test_tail_that_was_cut_with_its_head_shows),
        FIXTURE_TEST(test_every_flipped_byte_of_a_head_shows),
        FIXTURE_TEST(test_audit_finds_it_too),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
