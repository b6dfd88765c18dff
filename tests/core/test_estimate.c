/* The token estimate must follow its rule exactly, must not be far from what
 * tokenizers count, must add up from pieces and must never be rounded down,
 * since money is held by it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "estimate.h"

static uint64_t quarters(const char *text)
{
    return estimate_text((struct span){text, strlen(text)});
}

static uint64_t escaped(const char *text)
{
    return estimate_escaped((struct span){text, strlen(text)});
}

static void test_escapes_count_as_what_they_stand_for(void **state)
{
    (void)state;
    assert_int_equal(escaped("ab1"), quarters("ab1"));
    assert_int_equal(escaped("\\n\\\"\\\\\\/"), quarters("\n\"\\/"));
    assert_int_equal(escaped("\\u0061\\u000a"), quarters("a\n"));
    assert_int_equal(
        escaped("\\u00e9\\u4e2d"), quarters("\xc3\xa9\xe4\xb8\xad"));
    assert_int_equal(escaped("\\ud83d\\ude00"), quarters("\xf0\x9f\x98\x80"));
    assert_int_equal(escaped("\xc3\xa9"), quarters("\xc3\xa9"));
}

static void test_empty_text_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(quarters(""), 0);
}

static void test_small_letters_are_a_quarter_each(void **state)
{
    (void)state;
    assert_int_equal(quarters("azmn"), 4);
}

static void test_digits_are_three_quarters_each(void **state)
{
    (void)state;
    assert_int_equal(quarters("0459"), 12);
}

static void test_capitals_are_one_each(void **state)
{
    (void)state;
    assert_int_equal(quarters("AMZ"), 12);
}

static void test_other_ascii_is_a_half_each(void **state)
{
    (void)state;
    assert_int_equal(quarters(" \n\t.,/:@[`{~\x7f\x01"), 28);
}

static void test_neighbours_of_the_alphanumeric_ranges_are_a_half(void **state)
{
    (void)state;
    assert_int_equal(quarters("/:@[`{"), 12);
}

static void test_other_characters_count_by_their_first_byte(void **state)
{
    (void)state;
    assert_int_equal(quarters("\xc3\xa9"), 4);
    assert_int_equal(quarters("\xc4\x99"), 6);
    assert_int_equal(quarters("\xd0\xb6"), 3);
    assert_int_equal(quarters("\xe4\xb8\xad"), 5);
    assert_int_equal(quarters("\xe1\x83\x90"), 8);
    assert_int_equal(quarters("\xe2\x80\xa6"), 4);
    assert_int_equal(quarters("\xf0\x9f\x98\x80"), 12);
}

static void test_continuation_bytes_count_nothing(void **state)
{
    (void)state;
    assert_int_equal(quarters("\x80\xbf"), 0);
}

/* Long texts are weighed in blocks. */
static void test_long_text_weighs_what_its_bytes_weigh(void **state)
{
    char text[300];
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i < 256 ? i : 'a');
        sum += estimate_text((struct span){text + i, 1});
    }
    for (size_t i = 0; i < sizeof(text); i++) {
        assert_int_equal(
            estimate_text((struct span){text + i, sizeof(text) - i}), sum);
        sum -= estimate_text((struct span){text + i, 1});
    }
    (void)state;
}

static void test_long_text_of_the_heaviest_bytes_does_not_wrap(void **state)
{
    char text[1000];

    memset(text, 'A', sizeof(text));
    assert_int_equal(estimate_text((struct span){text, sizeof(text)}), 4000);
    (void)state;
}

/* Counted by the tokenizers of GPT-4o (o200k), GPT-4 (cl100k) and Llama 3. */
static const struct sample {
    const char *kind;
    uint64_t o200k, cl100k, llama3;
    const char *text;
} samples[] = {
    {"English", 17, 17, 17,
        "The bill is written once, and it is on disk before the caller reads "
        "it."},
    {"German", 19, 24, 24,
        "Die Rechnung wird einmal geschrieben und liegt auf der Platte, bevor "
        "der Anrufer sie liest."},
    {"Polish", 22, 25, 25,
        "Rachunek zapisuje si\xc4\x99 raz, zanim przeczyta go klient, "
        "wi\xc4\x99"
        "c nic si\xc4\x99 nie gubi."},
    {"Vietnamese", 16, 28, 16,
        "S\xe1\xbb\x91 d\xc6\xb0 \xc4\x91\xc6\xb0\xe1\xbb\xa3"
        "c gi\xe1\xbb\xaf tr\xc6\xb0\xe1\xbb\x9b"
        "c m\xe1\xbb\x97i l\xe1\xba\xa7n g\xe1\xbb\x8di v\xc3\xa0 "
        "\xc4\x91\xc6\xb0\xe1\xbb\xa3"
        "c quy\xe1\xba\xbft to\xc3\xa1n sau \xc4\x91\xc3\xb3."},
    {"C", 29, 29, 29,
        "for (size_t i = 0; i < text.n; i++)\n    quarters += "
        "quarters_of[(unsigned char)text.p[i]];\n"},
    {"Python", 34, 33, 33,
        "def settle(self, usage):\n    if usage is None:\n        raise "
        "ValueError(\"no usage\")\n    return max(1, -(-usage.total // "
        "500))\n"},
    {"JSON", 30, 28, 28,
        "{\"model\":\"abliterated-model\",\"stream\":true,\"max_tokens\":500,"
        "\"messages\":[{\"role\":\"user\",\"content\":\"Good morning\"}]}"},
    {"Chinese", 15, 22, 16,
        "\xe6\xaf\x8f\xe4\xb8\x80\xe6\xac\xa1\xe8\xb0\x83\xe7\x94\xa8\xe4\xb9"
        "\x8b\xe5\x89\x8d\xe5\x85\x88\xe9\xa2\x84\xe7\x95\x99\xe9\xa2\x9d\xe5"
        "\xba\xa6\xef\xbc\x8c\xe8\xb0\x83\xe7\x94\xa8\xe4\xb9\x8b\xe5\x90\x8e"
        "\xe5\x86\x8d\xe7\xbb\x93\xe7\xae\x97\xe3\x80\x82"},
    {"Japanese", 22, 29, 20,
        "\xe5\x91\xbc\xe3\x81\xb3\xe5\x87\xba\xe3\x81\x97\xe3\x81\xae\xe5\x89"
        "\x8d\xe3\x81\xab\xe6\xae\x8b\xe9\xab\x98\xe3\x82\x92\xe7\xa2\xba\xe4"
        "\xbf\x9d\xe3\x81\x97\xe3\x80\x81\xe7\xb5\x82\xe3\x82\x8f\xe3\x81\xa3"
        "\xe3\x81\x9f\xe3\x82\x89\xe7\xb2\xbe\xe7\xae\x97\xe3\x81\x97\xe3\x81"
        "\xbe\xe3\x81\x99\xe3\x80\x82"},
    {"Korean", 19, 25, 18,
        "\xed\x98\xb8\xec\xb6\x9c\xed\x95\x98\xea\xb8\xb0 "
        "\xec\xa0\x84\xec\x97\x90 \xec\x9e\x94\xec\x95\xa1\xec\x9d\x84 "
        "\xec\x9e\xa1\xec\x95\x84 \xeb\x91\x90\xea\xb3\xa0 "
        "\xeb\x81\x9d\xeb\x82\x98\xeb\xa9\xb4 "
        "\xec\xa0\x95\xec\x82\xb0\xed\x95\xa9\xeb\x8b\x88\xeb\x8b\xa4."},
    {"Russian", 22, 33, 22,
        "\xd0\xa1\xd1\x87\xd1\x91\xd1\x82 "
        "\xd0\xb7\xd0\xb0\xd0\xbf\xd0\xb8\xd1\x81\xd1\x8b\xd0\xb2\xd0\xb0\xd0"
        "\xb5\xd1\x82\xd1\x81\xd1\x8f \xd0\xbe\xd0\xb4\xd0\xb8\xd0\xbd "
        "\xd1\x80\xd0\xb0\xd0\xb7 \xd0\xb8 "
        "\xd0\xbb\xd0\xb5\xd0\xb6\xd0\xb8\xd1\x82 \xd0\xbd\xd0\xb0 "
        "\xd0\xb4\xd0\xb8\xd1\x81\xd0\xba\xd0\xb5 "
        "\xd1\x80\xd0\xb0\xd0\xbd\xd1\x8c\xd1\x88\xd0\xb5, "
        "\xd1\x87\xd0\xb5\xd0\xbc \xd0\xb5\xd0\xb3\xd0\xbe "
        "\xd1\x83\xd0\xb2\xd0\xb8\xd0\xb4\xd0\xb8\xd1\x82 "
        "\xd0\xba\xd0\xbb\xd0\xb8\xd0\xb5\xd0\xbd\xd1\x82."},
    {"Greek", 23, 53, 25,
        "\xce\x9f "
        "\xce\xbb\xce\xbf\xce\xb3\xce\xb1\xcf\x81\xce\xb9\xce\xb1\xcf\x83\xce"
        "\xbc\xcf\x8c\xcf\x82 "
        "\xce\xb3\xcf\x81\xce\xac\xcf\x86\xce\xb5\xcf\x84\xce\xb1\xce\xb9 "
        "\xce\xbc\xce\xaf\xce\xb1 \xcf\x86\xce\xbf\xcf\x81\xce\xac, "
        "\xcf\x80\xcf\x81\xce\xb9\xce\xbd \xcf\x84\xce\xbf\xce\xbd "
        "\xce\xb4\xce\xb9\xce\xb1\xce\xb2\xce\xac\xcf\x83\xce\xb5\xce\xb9 "
        "\xce\xbf \xcf\x80\xce\xb5\xce\xbb\xce\xac\xcf\x84\xce\xb7\xcf\x82."},
    {"Arabic", 14, 33, 17,
        "\xd9\x8a\xd8\xad\xd8\xac\xd8\xb2 "
        "\xd8\xa7\xd9\x84\xd8\xb1\xd8\xb5\xd9\x8a\xd8\xaf "
        "\xd9\x82\xd8\xa8\xd9\x84 \xd9\x83\xd9\x84 \xd8\xb7\xd9\x84\xd8\xa8 "
        "\xd8\xab\xd9\x85 \xd9\x8a\xd8\xb3\xd9\x88\xd9\x89 "
        "\xd8\xa7\xd9\x84\xd8\xad\xd8\xb3\xd8\xa7\xd8\xa8 "
        "\xd8\xa8\xd8\xb9\xd8\xaf\xd9\x87."},
    {"Hindi", 17, 54, 31,
        "\xe0\xa4\xb9\xe0\xa4\xb0 \xe0\xa4\x95\xe0\xa5\x89\xe0\xa4\xb2 "
        "\xe0\xa4\xb8\xe0\xa5\x87 "
        "\xe0\xa4\xaa\xe0\xa4\xb9\xe0\xa4\xb2\xe0\xa5\x87 "
        "\xe0\xa4\xb0\xe0\xa4\xbe\xe0\xa4\xb6\xe0\xa4\xbf "
        "\xe0\xa4\xb0\xe0\xa5\x8b\xe0\xa4\x95\xe0\xa5\x80 "
        "\xe0\xa4\x9c\xe0\xa4\xbe\xe0\xa4\xa4\xe0\xa5\x80 "
        "\xe0\xa4\xb9\xe0\xa5\x88 \xe0\xa4\x94\xe0\xa4\xb0 "
        "\xe0\xa4\xac\xe0\xa4\xbe\xe0\xa4\xa6 "
        "\xe0\xa4\xae\xe0\xa5\x87\xe0\xa4\x82 "
        "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xb8\xe0\xa4\xbe\xe0\xa4\xac "
        "\xe0\xa4\xb9\xe0\xa5\x8b\xe0\xa4\xa4\xe0\xa4\xbe "
        "\xe0\xa4\xb9\xe0\xa5\x88\xe0\xa5\xa4"},
    {"emoji", 19, 23, 23,
        "\xf0\x9f\x98\x80\xf0\x9f\x8e\x89\xf0\x9f\x9a\x80\xf0\x9f\x90\x98\xf0"
        "\x9f\xa7\x8a\xf0\x9f\xa6\x89\xf0\x9f\xaa\x90\xf0\x9f\xab\x96"},
    {"base64", 42, 45, 45,
        "q83vEjRWeJq83v8BI0VniavN7wEjRWeJq7zd7/4hQ2WHqcvtDyFDZYepy+0P"},
    {"hexadecimal", 43, 43, 43,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"a number", 17, 17, 17,
        "31415926535897932384626433832795028841971693993751"},
    {"a UUID", 21, 21, 21, "7d444840-9dc0-11d1-b245-5ffdce74fad2"},
};

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static uint64_t most(const struct sample *s)
{
    uint64_t n = s->o200k > s->cl100k ? s->o200k : s->cl100k;

    return n > s->llama3 ? n : s->llama3;
}

static void test_true_tokens_of_every_kind_of_text_are_held(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t held = estimate_input(quarters(samples[i].text));

        if (held * 100 < most(&samples[i]) * 95)
            fail_msg("%s: %d is held for %d tokens", samples[i].kind, (int)held,
                (int)most(&samples[i]));
    }
}

static void test_true_tokens_of_language_and_code_are_not_missed(void **state)
{
    static const int language_and_code = 14;

    (void)state;
    for (int i = 0; i < language_and_code; i++)
        if (estimate_tokens(quarters(samples[i].text)) < most(&samples[i]))
            fail_msg("%s is estimated too low", samples[i].kind);
}

static void test_estimates_are_not_beyond_reason(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES; i++)
        if (estimate_tokens(quarters(samples[i].text)) > 4 * most(&samples[i]))
            fail_msg("%s is estimated too high", samples[i].kind);
}

static void test_pieces_add_up_to_the_whole(void **state)
{
    const char *text = "Hello, w\xc3\xb6rld";
    size_t n = strlen(text);

    (void)state;
    for (size_t i = 0; i <= n; i++)
        assert_int_equal(estimate_text((struct span){text, i}) +
                             estimate_text((struct span){text + i, n - i}),
            quarters(text));
}

static void test_nul_byte_counts_as_other_ascii(void **state)
{
    (void)state;
    assert_int_equal(estimate_text((struct span){"\0", 1}), 2);
}

static void test_tokens_are_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(estimate_tokens(0), 0);
    assert_int_equal(estimate_tokens(1), 1);
    assert_int_equal(estimate_tokens(4), 1);
    assert_int_equal(estimate_tokens(5), 2);
}

static void test_tokens_of_the_largest_count_do_not_wrap(void **state)
{
    (void)state;
    assert_true(estimate_tokens(UINT64_MAX) == UINT64_C(1) << 62);
}

static void test_input_has_fifteen_percent_on_top(void **state)
{
    (void)state;
    assert_int_equal(estimate_input(400), 115);
    assert_int_equal(estimate_input(4000), 1150);
}

static void test_input_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(estimate_input(0), 0);
    assert_int_equal(estimate_input(1), 1);
    assert_int_equal(estimate_input(4), 2);
    assert_int_equal(estimate_input(401), 116);
}

static void test_input_is_exact_around_every_remainder(void **state)
{
    (void)state;
    for (uint64_t q = 0; q < 1000; q++)
        assert_int_equal(estimate_input(q), (q * 115 + 399) / 400);
}

static void test_input_of_the_largest_count_does_not_wrap(void **state)
{
    (void)state;
    assert_true(estimate_input(UINT64_MAX) > UINT64_MAX / 4);
}

/* ---- what is not text ---- */

/* What is made of a base64 of n characters that begins so. */
static uint64_t sized(
    uint64_t (*estimate)(struct span data), const char *head, size_t n)
{
    char *data = malloc(n + 1);
    uint64_t found;

    assert_non_null(data);
    memset(data, 'A', n);
    memcpy(data, head, strlen(head));
    found = estimate((struct span){data, n});
    free(data);
    return found;
}

static uint64_t file(const char *data)
{
    return estimate_file((struct span){data, strlen(data)});
}

static uint64_t audio(const char *data)
{
    return estimate_audio((struct span){data, strlen(data)});
}

static void test_file_counts_half_a_token_for_each_of_its_bytes(void **state)
{
    (void)state;
    assert_int_equal(file("AAAA"), 2 * 3);
    assert_int_equal(file("AAAAAA=="), 2 * 6);
    assert_int_equal(sized(estimate_file, "", 4000), 2 * 3000);
    assert_int_equal(sized(estimate_file, "", 40000000), 2 * 30000000);
}

static void test_head_of_a_data_url_is_no_part_of_the_file(void **state)
{
    (void)state;
    assert_int_equal(file("data:text/plain;base64,AAAA"), file("AAAA"));
    assert_int_equal(file("DATA:text/plain;base64,AAAA"), file("AAAA"));
    assert_int_equal(file("data:AAAA"), 2 * 9);
}

static void test_document_has_at_least_one_page(void **state)
{
    (void)state;
    assert_int_equal(file("JVBERi0xLjc="), 4 * ESTIMATE_PER_PAGE);
    assert_int_equal(file("UEsDBBQA"), 4 * ESTIMATE_PER_PAGE);
    assert_int_equal(file("data:application/pdf;base64,JVBERi0xLjc="),
        4 * ESTIMATE_PER_PAGE);
}

static void test_document_counts_by_its_size_between_the_bounds(void **state)
{
    (void)state;
    assert_int_equal(sized(estimate_file, "JVBERi", 80000), 2 * 60000);
}

static void test_document_has_no_more_pages_than_models_read(void **state)
{
    (void)state;
    assert_int_equal(sized(estimate_file, "JVBERi", 14000000),
        4 * ESTIMATE_PER_PAGE * ESTIMATE_PAGES_MAX);
    assert_int_equal(sized(estimate_file, "UEsDB", 14000000),
        4 * ESTIMATE_PER_PAGE * ESTIMATE_PAGES_MAX);
}

static void test_file_that_is_elsewhere_counts_as_some_pages(void **state)
{
    const uint64_t unseen = 4 * ESTIMATE_PER_PAGE * ESTIMATE_PAGES_UNSEEN;

    (void)state;
    assert_int_equal(file(""), unseen);
    assert_int_equal(estimate_file((struct span){NULL, 0}), unseen);
    assert_int_equal(file("https://example.org/a.pdf"), unseen);
    assert_int_equal(file("gs://bucket/a.pdf"), unseen);
}

static void test_sound_counts_by_its_size(void **state)
{
    (void)state;
    assert_int_equal(audio(""), 0);
    assert_int_equal(estimate_audio((struct span){NULL, 0}), 0);
    assert_int_equal(audio("AAAA"), 1);
    assert_int_equal(audio("data:audio/wav;base64,AAAA"), 1);
    assert_int_equal(sized(estimate_audio, "", 500), 12);
    assert_int_equal(sized(estimate_audio, "", 14000000), 4 * 84000);
}

static void test_what_is_taken_away_is_at_most_all(void **state)
{
    (void)state;
    assert_int_equal(estimate_add(5, 3), 8);
    assert_int_equal(estimate_add(5, -3), 2);
    assert_int_equal(estimate_add(5, -6), 0);
    assert_int_equal(estimate_add(5, INT64_MIN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes_count_as_what_they_stand_for),
        cmocka_unit_test(test_empty_text_is_nothing),
        cmocka_unit_test(test_small_letters_are_a_quarter_each),
        cmocka_unit_test(test_digits_are_three_quarters_each),
        cmocka_unit_test(test_capitals_are_one_each),
        cmocka_unit_test(test_other_ascii_is_a_half_each),
        cmocka_unit_test(test_neighbours_of_the_alphanumeric_ranges_are_a_half),
        cmocka_unit_test(test_other_characters_count_by_their_first_byte),
        cmocka_unit_test(test_continuation_bytes_count_nothing),
        cmocka_unit_test(test_long_text_weighs_what_its_bytes_weigh),
        cmocka_unit_test(test_long_text_of_the_heaviest_bytes_does_not_wrap),
        cmocka_unit_test(test_true_tokens_of_every_kind_of_text_are_held),
        cmocka_unit_test(test_true_tokens_of_language_and_code_are_not_missed),
        cmocka_unit_test(test_estimates_are_not_beyond_reason),
        cmocka_unit_test(test_pieces_add_up_to_the_whole),
        cmocka_unit_test(test_file_counts_half_a_token_for_each_of_its_bytes),
        cmocka_unit_test(test_head_of_a_data_url_is_no_part_of_the_file),
        cmocka_unit_test(test_document_has_at_least_one_page),
        cmocka_unit_test(test_document_counts_by_its_size_between_the_bounds),
        cmocka_unit_test(test_document_has_no_more_pages_than_models_read),
        cmocka_unit_test(test_file_that_is_elsewhere_counts_as_some_pages),
        cmocka_unit_test(test_sound_counts_by_its_size),
        cmocka_unit_test(test_what_is_taken_away_is_at_most_all),
        cmocka_unit_test(test_nul_byte_counts_as_other_ascii),
        cmocka_unit_test(test_tokens_are_rounded_up),
        cmocka_unit_test(test_tokens_of_the_largest_count_do_not_wrap),
        cmocka_unit_test(test_input_has_fifteen_percent_on_top),
        cmocka_unit_test(test_input_is_rounded_up),
        cmocka_unit_test(test_input_is_exact_around_every_remainder),
        cmocka_unit_test(test_input_of_the_largest_count_does_not_wrap),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
