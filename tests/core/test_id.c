/* Ids of requests are in the order of their time, and random behind it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "id.h"

static void test_later_id_is_greater_whatever_is_behind(void **state)
{
    uint8_t early[ID_SIZE], late[ID_SIZE] = {0};

    (void)state;
    memset(early, 0xff, sizeof(early));
    id_lead(early, INT64_C(1700000000) * 1000000);
    id_lead(late, INT64_C(1700000001) * 1000000);
    assert_true(memcmp(early, late, ID_SIZE) < 0);
}

static void test_ids_of_a_second_lead_alike(void **state)
{
    uint8_t a[ID_SIZE] = {0}, b[ID_SIZE] = {0};
    const uint8_t lead[ID_LEAD] = {0x65, 0x53, 0xf1, 0x00};

    (void)state;
    id_lead(a, INT64_C(1700000000) * 1000000);
    id_lead(b, INT64_C(1700000000) * 1000000 + 999999);
    assert_memory_equal(a, lead, ID_LEAD);
    assert_memory_equal(b, lead, ID_LEAD);
}

static void test_what_is_random_is_left_alone(void **state)
{
    uint8_t id[ID_SIZE], same[ID_SIZE];

    (void)state;
    memset(id, 0xa5, sizeof(id));
    memset(same, 0xa5, sizeof(same));
    id_lead(id, INT64_C(1700000000) * 1000000);
    assert_memory_equal(id + ID_LEAD, same, ID_SIZE - ID_LEAD);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_later_id_is_greater_whatever_is_behind),
        cmocka_unit_test(test_ids_of_a_second_lead_alike),
        cmocka_unit_test(test_what_is_random_is_left_alone),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
