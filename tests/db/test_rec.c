/* The record codec must give back what was put in, big-endian, and refuse
 * every row that is not exactly what was written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "db/bdb/rec.h"

struct sample {
    uint8_t small;
    uint32_t medium;
    uint64_t large;
    int64_t negative;
    bool yes;
    uint8_t bytes[3];
    char text[8];
};

static const struct sample sample = {
    7, 0x01020304, UINT64_MAX, -5, true, {1, 2, 3}, "seven c"};

static void sample_fields(struct rec *r, struct sample *s)
{
    rec_u8(r, &s->small);
    rec_u32(r, &s->medium);
    rec_u64(r, &s->large);
    rec_i64(r, &s->negative);
    rec_bool(r, &s->yes);
    rec_bytes(r, s->bytes, sizeof(s->bytes));
    rec_text(r, s->text, sizeof(s->text));
}

static struct span sample_write(uint8_t space[REC_MAX])
{
    struct rec r;
    struct sample s = sample;

    rec_write(&r, 1, space);
    sample_fields(&r, &s);
    return (struct span){(const char *)space, rec_seal(&r)};
}

static bool sample_read(struct span row, struct sample *s)
{
    struct rec r;

    rec_read(&r, 1, row);
    sample_fields(&r, s);
    return rec_done(&r);
}

/* Give a changed row the CRC that belongs to it. */
static void sample_reseal(uint8_t *space, size_t n)
{
    uint32_t crc = rec_crc32c(space, n - 4);

    for (int i = 0; i < 4; i++)
        space[n - 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
}

static void test_crc32c_has_the_published_check_value(void **state)
{
    assert_int_equal(rec_crc32c((const uint8_t *)"123456789", 9), 0xe3069283);
    (void)state;
}

/* RFC 3720, B.4. */
static void test_crc32c_has_the_values_of_iscsi(void **state)
{
    uint8_t bytes[32];

    (void)state;
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(rec_crc32c(bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(rec_crc32c(bytes, sizeof(bytes)), 0x62a8ab43);
    for (uint8_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = i;
    assert_int_equal(rec_crc32c(bytes, sizeof(bytes)), 0x46dd794e);
}

static void test_crc32c_of_nothing_is_zero(void **state)
{
    assert_int_equal(rec_crc32c(NULL, 0), 0);
    (void)state;
}

static void test_row_reads_as_it_was_written(void **state)
{
    uint8_t space[REC_MAX];
    struct sample s;

    assert_true(sample_read(sample_write(space), &s));
    assert_int_equal(s.small, sample.small);
    assert_int_equal(s.medium, sample.medium);
    assert_true(s.large == sample.large);
    assert_int_equal(s.negative, sample.negative);
    assert_true(s.yes);
    assert_memory_equal(s.bytes, sample.bytes, 3);
    assert_string_equal(s.text, sample.text);
    (void)state;
}

static void test_fields_are_big_endian_after_the_version(void **state)
{
    uint8_t space[REC_MAX];
    const uint8_t expected[] = {1, 7, 1, 2, 3, 4, 0xff};

    sample_write(space);
    assert_memory_equal(space, expected, sizeof(expected));
    (void)state;
}

static void test_every_changed_byte_is_noticed(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    for (size_t i = 0; i < row.n; i++) {
        space[i] ^= 0x10;
        assert_false(sample_read(row, &s));
        space[i] ^= 0x10;
    }
    (void)state;
}

static void test_every_shortened_row_is_noticed(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    while (row.n-- > 0)
        assert_false(sample_read(row, &s));
    (void)state;
}

static void test_unknown_version_is_refused_with_a_good_crc(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    space[0] = 2;
    sample_reseal(space, row.n);
    assert_false(sample_read(row, &s));
    (void)state;
}

static void test_bytes_left_over_are_refused(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    row.n++;
    sample_reseal(space, row.n);
    assert_false(sample_read(row, &s));
    (void)state;
}

static void test_bad_row_reads_as_zero(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    space[5] ^= 1;
    assert_false(sample_read(row, &s));
    assert_int_equal(s.medium, 0);
    assert_string_equal(s.text, "");
    (void)state;
}

static void test_bool_that_is_two_is_refused(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    assert_int_equal(space[22], 1);
    space[22] = 2;
    sample_reseal(space, row.n);
    assert_false(sample_read(row, &s));
    (void)state;
}

static void test_text_with_a_nul_inside_is_refused(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    assert_int_equal(space[28], 's');
    space[28] = 0;
    sample_reseal(space, row.n);
    assert_false(sample_read(row, &s));
    (void)state;
}

static void test_text_without_room_for_its_nul_is_refused(void **state)
{
    uint8_t space[REC_MAX];
    char wide[16] = "eight ch", narrow[8];
    struct rec r;
    struct span row = {(const char *)space, 0};

    rec_write(&r, 1, space);
    rec_text(&r, wide, sizeof(wide));
    row.n = rec_seal(&r);
    rec_read(&r, 1, row);
    rec_text(&r, narrow, sizeof(narrow));
    assert_false(rec_done(&r));
    (void)state;
}

static void test_unterminated_text_is_not_written(void **state)
{
    uint8_t space[REC_MAX];
    char text[3] = {'a', 'b', 'c'};
    struct rec r;

    rec_write(&r, 1, space);
    rec_text(&r, text, sizeof(text));
    assert_int_equal(rec_seal(&r), 0);
    (void)state;
}

static void test_row_that_is_too_long_is_not_written(void **state)
{
    uint8_t space[REC_MAX], bytes[REC_MAX] = {0};
    struct rec r;

    rec_write(&r, 1, space);
    rec_bytes(&r, bytes, sizeof(bytes));
    assert_int_equal(rec_seal(&r), 0);
    (void)state;
}

static void test_earlier_version_is_read_as_what_it_is(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;
    struct rec r;

    rec_read(&r, 2, row);
    assert_int_equal(r.version, 1);
    sample_fields(&r, &s);
    assert_true(rec_done(&r));
    (void)state;
}

static void test_version_zero_is_refused(void **state)
{
    uint8_t space[REC_MAX];
    struct span row = sample_write(space);
    struct sample s;

    space[0] = 0;
    sample_reseal(space, row.n);
    assert_false(sample_read(row, &s));
    (void)state;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc32c_has_the_published_check_value),
        cmocka_unit_test(test_crc32c_has_the_values_of_iscsi),
        cmocka_unit_test(test_crc32c_of_nothing_is_zero),
        cmocka_unit_test(test_row_reads_as_it_was_written),
        cmocka_unit_test(test_fields_are_big_endian_after_the_version),
        cmocka_unit_test(test_every_changed_byte_is_noticed),
        cmocka_unit_test(test_every_shortened_row_is_noticed),
        cmocka_unit_test(test_unknown_version_is_refused_with_a_good_crc),
        cmocka_unit_test(test_earlier_version_is_read_as_what_it_is),
        cmocka_unit_test(test_version_zero_is_refused),
        cmocka_unit_test(test_bytes_left_over_are_refused),
        cmocka_unit_test(test_bad_row_reads_as_zero),
        cmocka_unit_test(test_bool_that_is_two_is_refused),
        cmocka_unit_test(test_text_with_a_nul_inside_is_refused),
        cmocka_unit_test(test_text_without_room_for_its_nul_is_refused),
        cmocka_unit_test(test_unterminated_text_is_not_written),
        cmocka_unit_test(test_row_that_is_too_long_is_not_written),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
