/* Rows of events must give back what was put in, also those of the first
 * version, whose text was not packed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocs.h"
#include "db/bdb/row_event.h"
#include "fixture.h"
#include <string.h>

enum { HEAD = 2 /* bytes of the length of the fields' row */ };

static const struct store_owner owner = {.project = "p1"};
static const struct span text = {
    "{\"event_id\":\"a\",\"event_type\":\"enforcement\","
    "\"source\":\"policy_gateway\",\"created_at\":\"b\"}",
    86};

static struct store_event_row sample(void)
{
    return (struct store_event_row){
        .seq = 7, .id = {1, 2}, .time = -3, .target = "bot", .mac = {4, 5}};
}

static void assert_reads(struct span value)
{
    const struct store_event_row in = sample();
    struct store_event_row out;
    struct buf said = {0};

    assert_int_equal(row_event_decode(value, &out, &said), 0);
    assert_int_equal(out.seq, 7);
    assert_int_equal(out.time, -3);
    assert_string_equal(out.target, "bot");
    assert_memory_equal(out.id, in.id, sizeof(in.id));
    assert_memory_equal(out.mac, in.mac, sizeof(in.mac));
    assert_int_equal(said.len, text.n);
    assert_memory_equal(said.data, text.p, text.n);
    buf_free(&said);
}

static void test_event_reads_as_it_was_written(void **state)
{
    struct trail *t = *state;
    const struct store_event_row in = sample();
    struct store_event_row out;
    struct span value;

    row_event_put(t, &owner, &in, text);
    assert_int_equal(row_event_get(t, &owner, 7, &out), TRAIL_FOUND);
    assert_int_equal(row_event_get(t, &owner, 8, &out), TRAIL_NONE);
    fake_trail_row(t, TABLE_EVENT, 0, &value);
    assert_null(memmem(value.p, value.n, "policy_gateway", 14));
    assert_reads(value);
    assert_false(trail_failed(t));
}

/* A text that would have room once it is packed has none all the same. */
static void test_event_that_is_too_long_is_not_written(void **state)
{
    struct trail *t = *state;
    const struct store_event_row in = sample();
    struct buf long_text = {0};

    while (long_text.len <= STORE_EVENT_MAX)
        buf_put(&long_text, text.p, text.n);
    row_event_put(t, &owner, &in, row_span(long_text.data, long_text.len));
    assert_true(trail_failed(t));
    assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 0);
    buf_free(&long_text);
}

/* The fields as they were written then, and the text behind them. */
static struct span first_version(struct span now, uint8_t *row)
{
    const size_t fields = (size_t)(uint8_t)now.p[0] << 8 | (uint8_t)now.p[1];
    const uint32_t crc = rec_crc32c((const uint8_t *)text.p, text.n);
    uint8_t *end = row + HEAD + fields;
    uint32_t sum;

    memcpy(row, now.p, HEAD + fields);
    row[HEAD] = 1;
    end[-9] = (uint8_t)text.n; /* the low byte of the length */
    for (int i = 0; i < 4; i++)
        end[i - 8] = (uint8_t)(crc >> (24 - 8 * i));
    sum = rec_crc32c(row + HEAD, fields - 4);
    for (int i = 0; i < 4; i++)
        end[i - 4] = (uint8_t)(sum >> (24 - 8 * i));
    memcpy(end, text.p, text.n);
    return row_span(row, HEAD + fields + text.n);
}

static void test_event_of_the_first_version_is_read(void **state)
{
    struct trail *t = *state;
    const struct store_event_row in = sample();
    uint8_t row[2 * REC_MAX];
    struct span value;

    row_event_put(t, &owner, &in, text);
    fake_trail_row(t, TABLE_EVENT, 0, &value);
    assert_reads(first_version(value, row));
}

static void test_event_that_was_changed_is_none(void **state)
{
    struct trail *t = *state;
    const struct store_event_row in = sample();
    struct store_event_row out;
    uint8_t row[2 * REC_MAX];
    struct span value;
    size_t n;

    row_event_put(t, &owner, &in, text);
    fake_trail_row(t, TABLE_EVENT, 0, &value);
    memcpy(row, value.p, n = value.n);
    for (size_t i = 0; i < n; i++) {
        row[i] ^= 1;
        assert_int_equal(row_event_decode(row_span(row, n), &out, NULL), -1);
        row[i] ^= 1;
        assert_int_equal(row_event_decode(row_span(row, i), &out, NULL), -1);
    }
}

/* ---- without memory ---- */

enum { PUT_ALLOCATIONS = 2 /* what comes behind is the trail's */ };

static unsigned left;

static bool may_allocate(void)
{
    return left == 0 || --left > 0;
}

static void test_event_without_memory_is_not_written(void **state)
{
    struct trail *t = *state;
    const struct store_event_row in = sample();

    for (unsigned n = 1; n <= PUT_ALLOCATIONS; n++) {
        fake_trail_begin(t);
        left = n;
        allocs_hook(may_allocate);
        row_event_put(t, &owner, &in, text);
        allocs_hook(NULL);
        assert_int_equal(left, 0);
        assert_true(trail_failed(t));
        assert_int_equal(fake_trail_rows(t, TABLE_EVENT), 0);
        fake_trail_abort(t);
    }
}

static void test_event_without_memory_is_not_cut(void **state)
{
    struct trail *t = *state;
    const struct store_event_row in = sample();
    struct store_event_row out;
    struct buf said = {0};
    struct span value;

    row_event_put(t, &owner, &in, text);
    fake_trail_row(t, TABLE_EVENT, 0, &value);
    left = 1;
    allocs_hook(may_allocate);
    assert_int_equal(row_event_decode(value, &out, &said), 0);
    allocs_hook(NULL);
    assert_true(said.failed);
    buf_free(&said);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_event_reads_as_it_was_written),
        FIXTURE_TEST(test_event_that_is_too_long_is_not_written),
        FIXTURE_TEST(test_event_of_the_first_version_is_read),
        FIXTURE_TEST(test_event_that_was_changed_is_none),
        FIXTURE_TEST(test_event_without_memory_is_not_written),
        FIXTURE_TEST(test_event_without_memory_is_not_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
