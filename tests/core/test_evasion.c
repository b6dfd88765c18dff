/* Terms in disguise are found: at least 99 in 100 of a corpus that is made
 * here, of every kind 95. Ordinary texts of many languages are not taken for
 * terms. With files as arguments, also those are searched, and what is found
 * in them only in disguise is told. RELIABILITY.md 7.1 S9. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "core/terms.h"

static const char *const words[] = {"refund", "password", "competitor",
    "explosive", "secret project", "kill", "viagra", "bitcoin", "cocaine",
    "phishing", "hitman", "wire fraud", "malware", "jailbreak", "zero day",
    "keylogger", "ransom", "hijack", "weapon", "poison"};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

struct tally {
    unsigned caught;
    unsigned all;
};

static struct tally total;

static bool count(void *cookie, const struct terms_hit *hit)
{
    (void)hit;
    ++*(unsigned *)cookie;
    return false;
}

static struct terms *compile_form(enum fold_form form)
{
    struct span list[WORDS];
    struct terms *t;
    size_t bad;

    for (size_t i = 0; i < WORDS; i++)
        list[i] = (struct span){words[i], strlen(words[i])};
    t = terms_make(form, list, WORDS, &bad);
    assert_non_null(t);
    return t;
}

static unsigned hits(const struct terms *t, struct span text)
{
    struct terms_scan *s = terms_scan_make(t);
    unsigned n = 0;
    struct terms_sink sink = {count, &n};

    assert_non_null(s);
    terms_scan_feed(s, text, &sink);
    terms_scan_end(s, &sink);
    terms_scan_free(s);
    return n;
}

static void put(struct buf *b, int32_t cp)
{
    char *room = buf_reserve(b, 4);

    assert_non_null(room);
    buf_commit(b, (size_t)utf8proc_encode_char(cp, (uint8_t *)room));
}

static void try_one(
    const struct terms *t, const struct buf *text, struct tally *tally)
{
    bool caught = hits(t, (struct span){text->data, text->len}) > 0;

    tally->all++;
    tally->caught += caught;
    if (!caught)
        print_message("# missed: %.*s\n", (int)text->len, text->data);
}

static void finish(struct tally tally)
{
    print_message("# %u of %u caught\n", tally.caught, tally.all);
    assert_true(tally.all > 0);
    assert_true(tally.caught * 100 >= tally.all * 95);
    total.caught += tally.caught;
    total.all += tally.all;
}

/* ---- things put between letters ---- */

/* One of the characters in each place of each word, and in all places. */
static void check_inserted(const int32_t *between, size_t n)
{
    struct terms *t = compile_form(FOLD_SKELETON);
    struct tally tally = {0};
    struct buf text = {0};

    for (size_t w = 0; w < WORDS; w++)
        for (size_t c = 0; c < n; c++)
            for (size_t at = 1; at <= strlen(words[w]); at++) {
                buf_reset(&text);
                for (size_t i = 0; words[w][i] != '\0'; i++) {
                    if (i == at || (at == strlen(words[w]) && i > 0))
                        put(&text, between[c]);
                    put(&text, words[w][i]);
                }
                try_one(t, &text, &tally);
            }
    finish(tally);
    terms_free(t);
    buf_free(&text);
}

static void test_invisible_characters(void **state)
{
    static const int32_t between[] = {0x200b, 0x200c, 0x200d, 0x2060, 0xfeff,
        0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x3164, 0xfe0f, 0xe0100,
        0xe0041, 0x2063, 0x7f, 0x01};

    (void)state;
    check_inserted(between, sizeof(between) / sizeof(between[0]));
}

static void test_direction_controls(void **state)
{
    static const int32_t between[] = {0x200e, 0x200f, 0x202a, 0x202b, 0x202c,
        0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069};

    (void)state;
    check_inserted(between, sizeof(between) / sizeof(between[0]));
}

static void test_combining_marks(void **state)
{
    static const int32_t between[] = {0x301, 0x308, 0x323, 0x327, 0x335, 0x336,
        0x338, 0x489, 0x20dd, 0x20e3, 0x5b0, 0x64b, 0x94d, 0xe31, 0x1ab0,
        0x1dc4, 0xfe20};

    (void)state;
    check_inserted(between, sizeof(between) / sizeof(between[0]));
}

/* ---- other letters ---- */

/* Each letter alone, and all that can be, replaced by what a table has. */
static void check_replaced(const int32_t table[26], bool alone)
{
    struct terms *t = compile_form(FOLD_SKELETON);
    struct tally tally = {0};
    struct buf text = {0};

    for (size_t w = 0; w < WORDS; w++)
        for (size_t at = 0; at <= strlen(words[w]); at++) {
            bool all = words[w][at] == '\0';
            size_t changed = 0;

            if (alone && all)
                continue;
            buf_reset(&text);
            for (size_t i = 0; words[w][i] != '\0'; i++) {
                char c = words[w][i];
                int32_t by = c >= 'a' && c <= 'z' ? table[c - 'a'] : 0;

                changed += by != 0 && (all || i == at);
                put(&text, by != 0 && (all || i == at) ? by : c);
            }
            if (changed > 0)
                try_one(t, &text, &tally);
        }
    finish(tally);
    terms_free(t);
    buf_free(&text);
}

static void alphabet(int32_t first)
{
    int32_t table[26];

    for (int i = 0; i < 26; i++)
        table[i] = utf8proc_codepoint_valid(first + i) &&
                           utf8proc_category(first + i) != UTF8PROC_CATEGORY_CN
                       ? first + i
                       : 0;
    check_replaced(table, false);
}

static void test_full_width_letters(void **state)
{
    (void)state;
    alphabet(0xff21);
    alphabet(0xff41);
}

static void test_mathematical_and_framed_letters(void **state)
{
    static const int32_t firsts[] = {0x1d400, 0x1d41a, 0x1d44e, 0x1d482,
        0x1d4b6, 0x1d4ea, 0x1d51e, 0x1d552, 0x1d586, 0x1d5ba, 0x1d5ee, 0x1d622,
        0x1d656, 0x1d68a, 0x24b6, 0x24d0, 0x1f130, 0x1f150, 0x1f170};

    (void)state;
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        alphabet(firsts[i]);
}

static void test_cyrillic_letters(void **state)
{
    static const int32_t small[26] = {['a' - 'a'] = 0x430,
        ['c' - 'a'] = 0x441,
        ['d' - 'a'] = 0x501,
        ['e' - 'a'] = 0x435,
        ['h' - 'a'] = 0x4bb,
        ['i' - 'a'] = 0x456,
        ['j' - 'a'] = 0x458,
        ['k' - 'a'] = 0x43a,
        ['l' - 'a'] = 0x4cf,
        ['o' - 'a'] = 0x43e,
        ['p' - 'a'] = 0x440,
        ['q' - 'a'] = 0x51b,
        ['r' - 'a'] = 0x433,
        ['s' - 'a'] = 0x455,
        ['w' - 'a'] = 0x51d,
        ['x' - 'a'] = 0x445,
        ['y' - 'a'] = 0x443,
        ['v' - 'a'] = 0x475};
    static const int32_t capital[26] = {['a' - 'a'] = 0x410,
        ['b' - 'a'] = 0x412,
        ['c' - 'a'] = 0x421,
        ['e' - 'a'] = 0x415,
        ['h' - 'a'] = 0x41d,
        ['i' - 'a'] = 0x406,
        ['j' - 'a'] = 0x408,
        ['k' - 'a'] = 0x41a,
        ['m' - 'a'] = 0x41c,
        ['o' - 'a'] = 0x41e,
        ['p' - 'a'] = 0x420,
        ['s' - 'a'] = 0x405,
        ['t' - 'a'] = 0x422,
        ['x' - 'a'] = 0x425,
        ['y' - 'a'] = 0x423};

    (void)state;
    check_replaced(small, false);
    check_replaced(capital, false);
}

static void test_greek_letters(void **state)
{
    static const int32_t small[26] = {['a' - 'a'] = 0x3b1,
        ['i' - 'a'] = 0x3b9,
        ['j' - 'a'] = 0x3f3,
        ['k' - 'a'] = 0x3ba,
        ['n' - 'a'] = 0x3b7,
        ['o' - 'a'] = 0x3bf,
        ['p' - 'a'] = 0x3c1,
        ['t' - 'a'] = 0x3c4,
        ['u' - 'a'] = 0x3c5,
        ['v' - 'a'] = 0x3bd,
        ['w' - 'a'] = 0x3c9,
        ['x' - 'a'] = 0x3c7,
        ['y' - 'a'] = 0x3b3};
    static const int32_t capital[26] = {['a' - 'a'] = 0x391,
        ['b' - 'a'] = 0x392,
        ['e' - 'a'] = 0x395,
        ['i' - 'a'] = 0x399,
        ['k' - 'a'] = 0x39a,
        ['m' - 'a'] = 0x39c,
        ['n' - 'a'] = 0x39d,
        ['h' - 'a'] = 0x397,
        ['o' - 'a'] = 0x39f,
        ['p' - 'a'] = 0x3a1,
        ['t' - 'a'] = 0x3a4,
        ['x' - 'a'] = 0x3a7,
        ['y' - 'a'] = 0x3a5,
        ['z' - 'a'] = 0x396};

    (void)state;
    check_replaced(small, false);
    check_replaced(capital, true);
}

static void test_accented_phonetic_and_other_letters(void **state)
{
    static const int32_t accented[26] = {0xe0, 0x1e03, 0xe7, 0x10f, 0xea,
        0x1e1f, 0x11f, 0x125, 0xef, 0x135, 0x137, 0x13c, 0x1e41, 0xf1, 0xf5,
        0x1e55, 0, 0x155, 0x161, 0x163, 0xfc, 0x1e7d, 0x175, 0x1e8b, 0xff,
        0x17e};
    static const int32_t stroked[26] = {['b' - 'a'] = 0x180,
        ['d' - 'a'] = 0x111,
        ['h' - 'a'] = 0x127,
        ['i' - 'a'] = 0x131,
        ['l' - 'a'] = 0x142,
        ['o' - 'a'] = 0xf8,
        ['t' - 'a'] = 0x167,
        ['a' - 'a'] = 0x251,
        ['g' - 'a'] = 0x261};
    static const int32_t small_capitals[26] = {0x1d00, 0x299, 0x1d04, 0x1d05,
        0x1d07, 0xa730, 0x262, 0x29c, 0x26a, 0x1d0a, 0x1d0b, 0x29f, 0x1d0d,
        0x274, 0x1d0f, 0x1d18, 0, 0x280, 0xa731, 0x1d1b, 0x1d1c, 0x1d20, 0x1d21,
        0, 0x28f, 0x1d22};
    static const int32_t digits[26] = {
        ['i' - 'a'] = '1', ['l' - 'a'] = '1', ['o' - 'a'] = '0'};

    (void)state;
    check_replaced(accented, false);
    check_replaced(stroked, false);
    check_replaced(small_capitals, false);
    check_replaced(digits, true);
}

/* Models write many of these where users of a list write the ASCII ones. */
static void test_signs(void **state)
{
    static const char *const signed_words[] = {
        "competitor-x", "don't tell", "a 24/7 hitman", "say \"boom\""};
    static const struct {
        char ascii;
        int32_t cp;
    } signs[] = {{'-', 0x2010}, {'-', 0x2011}, {'-', 0x2012}, {'-', 0x2013},
        {'-', 0x2212}, {'-', 0xfe63}, {'-', 0xff0d}, {'\'', 0x2018},
        {'\'', 0x2019}, {'\'', 0x02bc}, {'\'', 0xff07}, {'"', 0x201c},
        {'"', 0x201d}, {'"', 0xff02}, {'/', 0x2044}, {'/', 0x2215}};
    const size_t n = sizeof(signed_words) / sizeof(signed_words[0]);
    struct span list[4];
    struct tally tally = {0};
    struct buf text = {0};
    struct terms *t;
    size_t bad;

    (void)state;
    for (size_t i = 0; i < n; i++)
        list[i] = (struct span){signed_words[i], strlen(signed_words[i])};
    t = terms_make(FOLD_SKELETON, list, n, &bad);
    assert_non_null(t);
    for (size_t w = 0; w < n; w++)
        for (size_t s = 0; s < sizeof(signs) / sizeof(signs[0]); s++) {
            if (strchr(signed_words[w], signs[s].ascii) == NULL)
                continue;
            buf_reset(&text);
            for (const char *p = signed_words[w]; *p != '\0'; p++)
                put(&text, *p == signs[s].ascii ? signs[s].cp : *p);
            try_one(t, &text, &tally);
        }
    finish(tally);
    terms_free(t);
    buf_free(&text);
}

/* ---- references ---- */

/* Each letter alone, and all, in a format; blanks in one of their own. */
static void check_written(const char *letter, const char *blank)
{
    struct terms *t = compile_form(FOLD_SKELETON);
    struct tally tally = {0};
    struct buf text = {0};

    for (size_t w = 0; w < WORDS; w++)
        for (size_t at = 0; at <= strlen(words[w]); at++) {
            buf_reset(&text);
            for (size_t i = 0; words[w][i] != '\0'; i++)
                if (i == at || words[w][at] == '\0')
                    buf_printf(&text, words[w][i] == ' ' ? blank : letter,
                        words[w][i]);
                else
                    put(&text, words[w][i]);
            try_one(t, &text, &tally);
        }
    finish(tally);
    terms_free(t);
    buf_free(&text);
}

static void test_references(void **state)
{
    static const char *const letters[] = {"&#%d;", "&#%d", "&#00%d;", "&#x%x;",
        "&#X%X;", "&#x000%x;", "%%%02x", "%%%02X", "&%cacute;", "&%copf;",
        "&%cfr;", "&%cscr;", "&%ccirc;", "%c&shy;", "&zwj;%c", "%c&zwnj;",
        "%c&#8203;", "%c%%E2%%80%%8B", "&lrm;%c&ZeroWidthSpace;"};
    static const char *const blanks[] = {"&nbsp;", "&#%d;", "%%%02x"};

    (void)state;
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        check_written(letters[i], blanks[i % 3]);
}

static void test_it_is_99_in_100(void **state)
{
    (void)state;
    print_message("# %u of %u caught in all\n", total.caught, total.all);
    assert_true(total.all >= 2000);
    assert_true(total.caught * 100 >= total.all * 99);
}

/* ---- what is no disguise ---- */

/* What is a hit only as a skeleton. */
static unsigned false_hits(struct span text)
{
    struct terms *plain = compile_form(FOLD_PLAIN);
    struct terms *skeleton = compile_form(FOLD_SKELETON);
    unsigned more = hits(skeleton, text) - hits(plain, text);

    terms_free(plain);
    terms_free(skeleton);
    return more;
}

/* "All human beings are born free and equal in dignity and rights." */
static void test_ordinary_texts_hold_no_terms(void **state)
{
    static const char *const texts[] = {
        "All human beings are born free and equal in dignity and rights. Fill "
        "the hall, mail 100 pills by 10:01 to hi-jack street 0110.",
        "Все люди рождаются свободными и равными в своем достоинстве и правах. "
        "Вот кот, рот, сор, нас, том; ракета, соре, рокот.",
        "Всі люди народжуються вільними і рівними у своїй гідності та правах.",
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και "
        "τα δικαιώματα. ΤΟ ΝΟΜΙΚΟ ΚΕΙΜΕΝΟ.",
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
        "Tous les êtres humains naissent libres et égaux en dignité.",
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng.",
        "人人生而自由,在尊严和权利上一律平等。",
        "すべての人間は、生まれながらにして自由であり、",
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता",
        "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
        "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்;",
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์",
        "كل الناس أحراراً متساوين في الكرامة والحقوق.",
        "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
        "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ։",
        "ყველა ადამიანი იბადება თავისუფალი და თანასწორი",
        "ሰብዓዊ ፍጡራን ሁሉ ነጻና እኩል ክብር ያላቸው ናቸው።", "ᎾᏍᎩᏯ ᏂᎦᏓ ᎠᏂᏴᏫ ᎤᎾᏛᎪᏅ ᎢᎦᎷᎬᎢ",
        "https://a.test/?q=caf%C3%A9%20ol%C3%A9&amp;r=100%25&k&#105;l",
        "🇺🇸🇩🇪 ① ② ½ ™ ℡ ㎏ 👨‍👩‍👧‍👦"};

    struct terms *t = compile_form(FOLD_SKELETON);

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(hits(t, (struct span){texts[i], strlen(texts[i])}), 0);
    terms_free(t);
}

static int search_files(char **paths, int n)
{
    struct buf text = {0};
    unsigned long long bytes = 0;
    unsigned more = 0;
    size_t got;

    for (int i = 0; i < n; i++) {
        FILE *file = fopen(paths[i], "rb");
        char *room;

        if (file == NULL)
            continue;
        buf_reset(&text);
        while ((room = buf_reserve(&text, 65536)) != NULL &&
               (got = fread(room, 1, 65536, file)) > 0)
            buf_commit(&text, got);
        fclose(file);
        got = false_hits((struct span){text.data, text.len});
        if (got > 0)
            printf("%s: %zu\n", paths[i], got);
        more += (unsigned)got;
        bytes += text.len;
    }
    buf_free(&text);
    printf("%d files, %llu bytes: %u hits in disguise\n", n, bytes, more);
    return more > 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_invisible_characters),
        cmocka_unit_test(test_direction_controls),
        cmocka_unit_test(test_combining_marks),
        cmocka_unit_test(test_full_width_letters),
        cmocka_unit_test(test_mathematical_and_framed_letters),
        cmocka_unit_test(test_cyrillic_letters),
        cmocka_unit_test(test_greek_letters),
        cmocka_unit_test(test_accented_phonetic_and_other_letters),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_it_is_99_in_100),
        cmocka_unit_test(test_ordinary_texts_hold_no_terms),
    };

    if (argc > 1)
        return search_files(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
