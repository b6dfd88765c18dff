/* Every verb has its row in the table, and a store begins with the rows of its
 * format, once, or is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/bdb/rec.h"
#include "db/bdb/verbs.h"
#include "fixture.h"
#include <string.h>

static void test_only_holds_and_their_growth_need_not_be_on_disk(void **state)
{
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++)
        assert_int_equal(verbs_must_sync((enum store_kind)kind),
            kind != STORE_ADMIT && kind != STORE_EXTEND);
    (void)state;
}

static void test_every_verb_has_a_name(void **state)
{
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++)
        assert_non_null(verbs_name((enum store_kind)kind));
    (void)state;
}

static void test_preparing_twice_changes_nothing(void **state)
{
    struct trail *t = *state;
    unsigned writes = fake_trail_writes(t);

    assert_int_equal(verbs_prepare(t), 0);
    assert_int_equal(fake_trail_writes(t), writes);
}

static void test_store_of_another_format_is_refused(void **state)
{
    struct trail *t = *state;
    const char other[] = {1, 0, 0, 0, 3, 0, 0, 0, 0};
    uint8_t row[9];
    uint32_t crc = rec_crc32c((const uint8_t *)other, 5);

    memcpy(row, other, sizeof(row));
    for (int i = 0; i < 4; i++)
        row[5 + i] = (uint8_t)(crc >> (24 - 8 * i));
    trail_put(t, TABLE_META, (struct span){"format", 6},
        (struct span){(const char *)row, sizeof(row)});
    assert_int_equal(verbs_prepare(t), -1);
    assert_string_equal(fake_trail_why(t),
        "the store has format 3, of a newer program; this one knows format 2");
}

static void test_checkpoint_is_done_by_the_batch(void **state)
{
    struct trail *t = *state;
    struct store_checkpoint checkpoint = {.verb.kind = STORE_CHECKPOINT};

    assert_int_equal(fake_trail_run(t, &checkpoint), STORE_OK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_only_holds_and_their_growth_need_not_be_on_disk),
        FIXTURE_TEST(test_every_verb_has_a_name),
        FIXTURE_TEST(test_preparing_twice_changes_nothing),
        FIXTURE_TEST(test_store_of_another_format_is_refused),
        FIXTURE_TEST(test_checkpoint_is_done_by_the_batch),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
