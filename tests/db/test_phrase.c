/* Whatever is packed must come back byte for byte, as long as there are stores
 * that have it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/bdb/phrase.h"

#define EVENT                                                                  \
    "{\"event_id\":\"20993ec5-be92-44a0-96f1-a4813e782535\","                  \
    "\"event_type\":\"enforcement\",\"source\":\"policy_gateway\","            \
    "\"created_at\":\"2026-03-01T00:00:00Z\",\"user_id\":\"user_2f64\","       \
    "\"org_id\":null,\"policy_id\":\"demo\",\"policy_name\":\"A\\u0001,\","    \
    "\"data_classification\":null,\"history_id\":null,\"decision\":\"allow\"," \
    "\"effective_decision\":\"allow\",\"enforced\":true,"                      \
    "\"rollout_mode\":\"enforced\",\"reason_code\":\"ALLOW\","                 \
    "\"triggered_categories\":[],\"allowlist_hits\":[],"                       \
    "\"denylist_hits\":[],\"policy_target\":\"bot\",\"policy_user\":null,"     \
    "\"quota_subject\":\"user_2f64\",\"project_id\":\"demo\","                 \
    "\"project_label\":\"Demo\",\"model\":\"m\",\"policy_version\":1}"

static size_t assert_comes_back(struct span text)
{
    struct buf packed = {0}, out = {0};
    size_t n;

    phrase_pack(text, &packed);
    assert_false(packed.failed);
    n = packed.len;
    assert_int_equal(
        phrase_unpack((struct span){packed.data, packed.len}, &out), 0);
    assert_int_equal(out.len, text.n);
    if (text.n > 0)
        assert_memory_equal(out.data, text.p, text.n);
    buf_free(&packed);
    buf_free(&out);
    return n;
}

static void test_event_takes_less_than_a_third(void **state)
{
    const struct span event = {EVENT, strlen(EVENT)};

    (void)state;
    assert_true(assert_comes_back(event) < event.n / 3);
}

static void test_any_bytes_come_back(void **state)
{
    char all[2 * 256 + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    for (size_t n = 0; n <= sizeof(all); n++)
        assert_comes_back((struct span){all + sizeof(all) - n, n});
    for (size_t n = 0; n <= strlen(EVENT); n++)
        assert_comes_back((struct span){EVENT, n});
}

static void test_text_without_phrases_is_not_longer(void **state)
{
    (void)state;
    assert_int_equal(assert_comes_back((struct span){"{\"a\":1}", 7}), 7);
}

static void test_text_that_lies_as_it_was_is_read(void **state)
{
    struct buf out = {0};

    (void)state;
    assert_int_equal(
        phrase_unpack((struct span){EVENT, strlen(EVENT)}, &out), 0);
    assert_int_equal(out.len, strlen(EVENT));
    assert_memory_equal(out.data, EVENT, out.len);
    buf_free(&out);
}

/* What stores have: a phrase never gets another number. */
static void test_numbers_of_phrases_stay(void **state)
{
    static const char packed[] =
        "\001\001a\"\003b\"\004c\"\005d\"\006e\007f\011g\012h\014i\015j"
        "\016k\017l\020m\022]\023]\024]\025n\027o\030p\031q\032r\033s\0341"
        "\002\010\013\021\026\037\037}";
    static const char text[] =
        "{\"event_id\":\"a\",\"event_type\":\"b\",\"source\":"
        "\"policy_gateway\",\"created_at\":\"c\",\"user_id\":\"user_d\","
        "\"org_id\":null,\"policy_id\":e,\"policy_name\":f,"
        "\"data_classification\":g,\"history_id\":h,\"decision\":i,"
        "\"effective_decision\":j,\"enforced\":k,\"rollout_mode\":l,"
        "\"reason_code\":m,\"triggered_categories\":[],\"allowlist_hits\":[],"
        "\"denylist_hits\":[],\"policy_target\":n,\"policy_user\":o,"
        "\"quota_subject\":p,\"project_id\":q,\"project_label\":r,\"model\":s,"
        "\"policy_version\":1,\"event_type\":\"enforcement\",\"source\":"
        "\"policy_gateway\",\"created_at\":\",\"data_classification\":null,"
        "\"history_id\":null,\"decision\":\"allow\","
        "\"effective_decision\":\"allow\",\"enforced\":true,"
        "\"rollout_mode\":\"enforced\",\"reason_code\":\"ALLOW\","
        "\"triggered_categories\":[],\"allowlist_hits\":[],"
        "\"denylist_hits\":[],\"policy_target\":,\"policy_user\":null,"
        "\"quota_subject\":\"user_\037}";
    struct buf out = {0};

    (void)state;
    assert_int_equal(
        phrase_unpack((struct span){packed, sizeof(packed) - 1}, &out), 0);
    assert_int_equal(out.len, sizeof(text) - 1);
    assert_memory_equal(out.data, text, out.len);
    buf_free(&out);
}

static void test_what_was_never_packed_is_refused(void **state)
{
    struct buf out = {0};

    (void)state;
    assert_int_equal(phrase_unpack((struct span){"\001\035", 2}, &out), -1);
    assert_int_equal(phrase_unpack((struct span){"\001\000", 2}, &out), -1);
    assert_int_equal(phrase_unpack((struct span){"\001a\037", 3}, &out), -1);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_takes_less_than_a_third),
        cmocka_unit_test(test_any_bytes_come_back),
        cmocka_unit_test(test_text_without_phrases_is_not_longer),
        cmocka_unit_test(test_text_that_lies_as_it_was_is_read),
        cmocka_unit_test(test_numbers_of_phrases_stay),
        cmocka_unit_test(test_what_was_never_packed_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
