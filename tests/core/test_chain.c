/* Whatever is changed in an event, left out or cut off shows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"

static const uint8_t key[MAC_KEY] = {7};
static const uint8_t other[MAC_KEY] = {8};
static const struct span owner = {"p1", 2};

static struct chain_link sample(void)
{
    return (struct chain_link){.owner = owner,
        .id = {1, 2, 3},
        .time = 12,
        .target = {"bot", 3},
        .text = {"{}", 2}};
}

static void test_event_is_verified_as_it_was_appended(void **state)
{
    const struct chain_link link = sample();
    struct chain c = {0};
    uint8_t first[MAC_SIZE];

    (void)state;
    chain_append(key, &c, &link);
    assert_int_equal(c.seq, 1);
    assert_true(
        chain_verify(key, (const uint8_t[MAC_SIZE]){0}, 1, &link, c.mac));
    memcpy(first, c.mac, MAC_SIZE);
    chain_append(key, &c, &link);
    assert_int_equal(c.seq, 2);
    assert_true(chain_verify(key, first, 2, &link, c.mac));
    assert_true(chain_sound(key, &c, owner));
}

static void test_every_part_of_an_event_is_covered(void **state)
{
    static const uint8_t none[MAC_SIZE];
    static const uint8_t wrong[MAC_SIZE] = {1};
    struct chain_link link = sample();
    struct chain c = {0};

    (void)state;
    chain_append(key, &c, &link);
    assert_false(chain_verify(other, none, 1, &link, c.mac));
    assert_false(chain_verify(key, wrong, 1, &link, c.mac));
    assert_false(chain_verify(key, none, 2, &link, c.mac));
    link.owner.p = "p2";
    assert_false(chain_verify(key, none, 1, &link, c.mac));
    link = sample();
    link.id[15] = 1;
    assert_false(chain_verify(key, none, 1, &link, c.mac));
    link = sample();
    link.time++;
    assert_false(chain_verify(key, none, 1, &link, c.mac));
    link = sample();
    link.target.n--;
    assert_false(chain_verify(key, none, 1, &link, c.mac));
    link = sample();
    link.text.p = "[]";
    assert_false(chain_verify(key, none, 1, &link, c.mac));
}

static void test_every_byte_of_the_head_is_covered(void **state)
{
    const struct chain_link link = sample();
    struct chain c = {0};

    (void)state;
    chain_append(key, &c, &link);
    chain_append(key, &c, &link);
    assert_true(chain_sound(key, &c, owner));
    c.seq--;
    assert_false(chain_sound(key, &c, owner));
    c.seq++;
    c.pruned++;
    assert_false(chain_sound(key, &c, owner));
    c.pruned--;
    for (int i = 0; i < MAC_SIZE; i++) {
        c.mac[i] ^= 1;
        assert_false(chain_sound(key, &c, owner));
        c.mac[i] ^= 1;
        c.anchor[i] ^= 1;
        assert_false(chain_sound(key, &c, owner));
        c.anchor[i] ^= 1;
        c.seal[i] ^= 1;
        assert_false(chain_sound(key, &c, owner));
        c.seal[i] ^= 1;
    }
    assert_true(chain_sound(key, &c, owner));
    assert_false(chain_sound(key, &c, (struct span){"p2", 2}));
}

static void test_empty_chain_is_sound_and_nothing_like_it(void **state)
{
    struct chain c = {0};

    (void)state;
    assert_true(chain_sound(key, &c, owner));
    c.seal[3] = 1;
    assert_false(chain_sound(key, &c, owner));
    c = (struct chain){.pruned = 1};
    assert_false(chain_sound(key, &c, owner));
}

static void test_pruning_leaves_a_sealed_anchor(void **state)
{
    const struct chain_link link = sample();
    struct chain c = {0};
    uint8_t first[MAC_SIZE];

    (void)state;
    chain_append(key, &c, &link);
    memcpy(first, c.mac, MAC_SIZE);
    chain_append(key, &c, &link);
    chain_prune(key, &c, owner, 1, first);
    assert_int_equal(c.pruned, 1);
    assert_true(chain_sound(key, &c, owner));
    assert_true(chain_verify(key, c.anchor, 2, &link, c.mac));
    chain_append(key, &c, &link);
    assert_true(chain_sound(key, &c, owner));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_is_verified_as_it_was_appended),
        cmocka_unit_test(test_every_part_of_an_event_is_covered),
        cmocka_unit_test(test_every_byte_of_the_head_is_covered),
        cmocka_unit_test(test_empty_chain_is_sound_and_nothing_like_it),
        cmocka_unit_test(test_pruning_leaves_a_sealed_anchor),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
