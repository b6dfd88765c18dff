/* No object has a key twice, however it is written and wherever its twin is,
 * and keys that were made to collide never take more than n log n time. */

#include "json_play.h"

static void test_duplicate_keys_are_refused(void **state)
{
    CHECK(JSON_DUPLICATE_KEY, "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":1}",
        "{\"\":1,\"\":2}", "{\"a\":1,\"b\":2,\"a\":3}",
        "[{\"x\":{\"a\":1,\"a\":2}}]", "{\"a\":{},\"b\":[],\"a\":{}}",
        "{\"a\":{\"a\":1},\"a\":2}", "{\"abcdefgh\":1,\"abcdefgh\":2}",
        "{\"\xc3\xa4\":1,\"\xc3\xa4\":2}");
}

static void test_duplicate_keys_are_compared_decoded(void **state)
{
    CHECK(JSON_DUPLICATE_KEY, "{\"a\":1,\"\\u0061\":2}",
        "{\"\\u0061\":1,\"a\":2}", "{\"\\u0061\":1,\"\\u0061\":2}",
        "{\"/\":1,\"\\/\":2}", "{\"\\n\":1,\"\\u000a\":2}",
        "{\"\\u00e4\":1,\"\xc3\xa4\":2}",
        "{\"\\uD83D\\uDE00\":1,\"\xf0\x9f\x98\x80\":2}",
        "{\"\\u20ac\":1,\"\xe2\x82\xac\":2}",
        "{\"z\":0,\"ab\":1,\"y\":0,\"\\u0061b\":2}");
}

static void test_like_escapes_of_unlike_keys_are_accepted(void **state)
{
    CHECK(JSON_OK, "{\"\\u0061\":1,\"\\u0062\":2}", "{\"\\\\u0061\":1,\"a\":2}",
        "{\"\\n\":1,\"n\":2}", "{\"\\\"\":1,\"\\\\\":2}",
        "{\"ab\":1,\"\\u0061\":2}", "{\"a\":1,\"\\u0061b\":2}");
}

/* An object of count members; the last key is as the one of index twin. */
static enum json_error parse_members(
    size_t count, size_t twin, const char *format, const char *last)
{
    struct buf text = {0};
    enum json_error error;
    size_t i;

    buf_puts(&text, "{");
    for (i = 0; i + 1 < count; i++) {
        buf_puts(&text, "\"");
        buf_printf(&text, "%s%zu", format, i);
        buf_puts(&text, "\":[{}],");
    }
    buf_printf(&text, "\"%s%zu\":0}", last, twin);
    error = parse_bytes(text.data, text.len, NULL);
    buf_free(&text);
    return error;
}

static void test_a_twin_is_found_at_any_distance(void **state)
{
    size_t count, twin;

    (void)state;
    for (count = 2; count < 40; count++) {
        for (twin = 0; twin + 1 < count; twin++)
            assert_int_equal(
                parse_members(count, twin, "k", "k"), JSON_DUPLICATE_KEY);
        assert_int_equal(parse_members(count, count, "k", "k"), JSON_OK);
    }
}

static void test_an_escaped_twin_is_found_at_any_distance(void **state)
{
    size_t count;

    (void)state;
    for (count = 2; count < 40; count++) {
        assert_int_equal(
            parse_members(count, 0, "k", "\\u006b"), JSON_DUPLICATE_KEY);
        assert_int_equal(
            parse_members(count, 0, "\\u006b", "k"), JSON_DUPLICATE_KEY);
        assert_int_equal(parse_members(count, 99, "\\u006b", "k"), JSON_OK);
    }
}

static void test_many_keys_are_compared_within_their_object(void **state)
{
    struct buf text = {0};
    int object, i;

    (void)state;
    buf_puts(&text, "[");
    for (object = 0; object < 3; object++) {
        buf_puts(&text, object > 0 ? ",{" : "{");
        for (i = 0; i < 30; i++)
            buf_printf(&text, "%s\"k%d\":{\"k%d\":1}", i > 0 ? "," : "", i, i);
        buf_puts(&text, "}");
    }
    buf_puts(&text, "]");
    assert_int_equal(parse_bytes(text.data, text.len, NULL), JSON_OK);
    buf_free(&text);
}

static void test_as_many_keys_as_are_allowed_are_compared(void **state)
{
    (void)state;
    /* With the arrays and objects in them a third of the values are theirs. */
    assert_int_equal(parse_members(66000, 66000, "k", "k"), JSON_OK);
    assert_int_equal(parse_members(66000, 33000, "k", "k"), JSON_DUPLICATE_KEY);
}

/* Keys of sixteen bytes that all have one hash: the second word is solved for
 * the first. This knows how json_key.c mixes; should that change, the keys are
 * still unlike and the tests hold, but prove less. */
static void collide(char (*keys)[17], size_t count)
{
    const uint64_t target = UINT64_C(0x5a5a5a5a5a5a5a5a);
    uint64_t seed = 1, hash, word;
    size_t have = 0;
    int i;

    while (have < count) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        for (i = 0; i < 8; i++)
            keys[have][i] = (char)('a' + (seed >> 8 * i & 0xff) % 26);
        memcpy(&word, keys[have], 8);
        hash = (16 ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
        word = hash ^ target;
        memcpy(keys[have] + 8, &word, 8);
        keys[have][16] = '\0';
        for (i = 8; i < 16; i++) {
            if (keys[have][i] < '0' || keys[have][i] > '~' ||
                keys[have][i] == '\\')
                break;
        }
        have += i == 16;
    }
}

static enum json_error parse_colliding(size_t count, const char *more)
{
    char(*keys)[17] = calloc(count, sizeof(keys[0]));
    struct buf text = {0};
    enum json_error error;
    size_t i;

    assert_non_null(keys);
    collide(keys, count);
    buf_puts(&text, "{");
    for (i = 0; i < count; i++)
        buf_printf(&text, "\"%s\":0,", keys[i]);
    buf_printf(&text, "\"%s\":0}", more != NULL ? more : keys[count / 2]);
    error = parse_bytes(text.data, text.len, NULL);
    buf_free(&text);
    free(keys);
    return error;
}

static void test_unlike_keys_of_one_hash_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(parse_colliding(400, "other"), JSON_OK);
}

static void test_a_twin_among_keys_of_one_hash_is_found(void **state)
{
    (void)state;
    assert_int_equal(parse_colliding(400, NULL), JSON_DUPLICATE_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duplicate_keys_are_refused),
        cmocka_unit_test(test_duplicate_keys_are_compared_decoded),
        cmocka_unit_test(test_like_escapes_of_unlike_keys_are_accepted),
        cmocka_unit_test(test_a_twin_is_found_at_any_distance),
        cmocka_unit_test(test_an_escaped_twin_is_found_at_any_distance),
        cmocka_unit_test(test_many_keys_are_compared_within_their_object),
        cmocka_unit_test(test_as_many_keys_as_are_allowed_are_compared),
        cmocka_unit_test(test_unlike_keys_of_one_hash_are_accepted),
        cmocka_unit_test(test_a_twin_among_keys_of_one_hash_is_found),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
