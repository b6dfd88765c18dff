#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int corpus_open(struct corpus *c, const char *path, uint64_t seed)
{
    FILE *file = fopen(path, "r");
    struct buf text = {0};
    char *room, *line;
    size_t n = 1;

    *c = (struct corpus){.state = seed * 2 + 1};
    if (file == NULL)
        return -1;
    while (n > 0 && (room = buf_reserve(&text, 4096)) != NULL) {
        n = fread(room, 1, 4096, file);
        buf_commit(&text, n);
    }
    fclose(file);
    c->text = buf_terminate(&text) != NULL ? text.data : NULL;
    c->sentences = calloc(text.len + 1, sizeof(c->sentences[0]));
    if (c->text == NULL || c->sentences == NULL)
        return -1;
    for (line = strtok(c->text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        c->sentences[c->count++] = line;
    return c->count > 0 ? 0 : -1;
}

void corpus_close(struct corpus *c)
{
    free(c->sentences);
    free(c->text);
}

/* ---- chance ---- */

static unsigned below(struct corpus *c, unsigned limit)
{
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return (unsigned)((c->state >> 11) % limit);
}

#define ONE_OF(c, list) ((list)[below(c, sizeof(list) / sizeof((list)[0]))])

/* A pattern in which some characters stand for others: '#' for a digit, '%' for
 * one that is not 0, '~' for 2 to 9, '@' for a letter, '^' for a capital, '&'
 * for a letter or digit, '$' for a hexadecimal one; the rest for themselves. */
static void put_pattern(struct corpus *c, const char *pattern, struct buf *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const char any[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789";
    char put;

    for (; *pattern != '\0'; pattern++) {
        put = *pattern;
        if (put == '#')
            put = (char)('0' + below(c, 10));
        else if (put == '%')
            put = (char)('1' + below(c, 9));
        else if (put == '~')
            put = (char)('2' + below(c, 8));
        else if (put == '@')
            put = letters[below(c, 26)];
        else if (put == '^')
            put = (char)('A' + below(c, 26));
        else if (put == '&')
            put = any[below(c, 62)];
        else if (put == '$')
            put = "0123456789abcdef"[below(c, 16)];
        buf_put(out, &put, 1);
    }
}

static void put_many(
    struct corpus *c, const char *pattern, size_t times, struct buf *out)
{
    while (times-- > 0)
        put_pattern(c, pattern, out);
}

/* ---- mail ---- */

static void put_mail(struct corpus *c, struct buf *out)
{
    static const char *const names[] = {"anna", "j.smith", "maria_lopez",
        "k.o'brien", "info", "sales-team", "X.Y.Zhang", "m\xc3\xbcller",
        "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd", "no-reply", "user", "TheBoss",
        "jean-luc.p", "f+news"};
    static const char *const hosts[] = {"example.com", "mail.example.org",
        "example.co.uk", "firma.example.de",
        "b\xc3\xbc"
        "cher.example",
        "uni-example.edu", "EXAMPLE.NET", "x.io", "example.museum",
        "\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.\xd1\x80\xd1\x84",
        "xn--bcher-kva.example", "sub.sub2.example.com.br"};

    buf_puts(out, ONE_OF(c, names));
    if (below(c, 2) == 0)
        put_pattern(c, "##", out);
    buf_puts(out, below(c, 20) == 0 ? "%40" : "@");
    buf_puts(out, ONE_OF(c, hosts));
}

static const char *const not_mail[] = {"@@@@@@@ @ @@@@@@@", "@@@@@@@@",
    "@app.@@@@@(\"/@@@@\")", "@@@@-@@@@@#.#.#", "icon@#x.png",
    "@@@@@@@-lib-#.##.#.tgz", "git@code.example.org:@@@@@/@@@@@@.git",
    "@@@@@@_@", "x = a@b", "W@x + b", "@@@@@@#", "%### @@@", "@Override",
    "@@@@@[at]@@@@@"};

/* ---- telephones ---- */

static const char *const phones[] = {"(~##) ~##-####", "~##-~##-####",
    "~##.~##.####", "1-~##-~##-####", "+1 ~##-~##-####", "+1~##~######",
    "+1 (~##) ~##-####", "~## ~## ####", "+44 20 #### ####", "020 7### ####",
    "07### ######", "(0161) ### ####", "+44 7### ######", "+49 30 ########",
    "030 ########", "0171-#######", "+49 (0)171 #######", "0%## / ######",
    "06 ## ## ## ##", "+33 6 ## ## ## ##", "01.##.##.##.##", "+34 6## ## ## ##",
    "+39 06 #### ####", "06 #### ####", "+31 6 ########", "06-########",
    "+43 1 #######", "+41 44 ### ## ##", "044 ### ## ##", "+48 ### ### ###",
    "08-### ### ##", "+46 8 ### ### ##", "(11) 9####-####", "+55 11 9####-####",
    "+91 98### #####", "03-####-####", "090-####-####", "+81 3-####-####",
    "138 #### ####", "+86 138 #### ####", "010-####-####", "+82 10-####-####",
    "04## ### ###", "+61 4## ### ###", "0049 30 #######", "+7 9## ###-##-##",
    "+7 (9##) ### ## ##", "8 (9##) ###-##-##", "+30 21# ### ####",
    "+90 5## ### ## ##", "+972 5#-###-####", "+52 55 #### ####", "6## ## ## ##",
    "98### #####"};

static const char *const not_phones[] = {"20##-1#-2#", "1#/2#/20##",
    "2#.1#.20## 1#:3#", "17########", "17###########", "%##-#######-#######",
    "#%##-~##-####", "%,###,###,###", "$%,###.##", "3.14159#######",
    "0.#########", "+%# ### ###", "978-3-16-######-#", "0-306-#####-#",
    "1#:2#:3#.######", "12345-6789", "##########", "1 2 3 4 5 6 7 8 9",
    "20## 20## 20##", "PO-####-######", "1Z999AA1##########", "##.##%",
    "48.8###, 2.3###", "#### #### ####", "x = 1+4930######", "room %##-%##"};

/* ---- social security ---- */

static void put_ssn(struct corpus *c, struct buf *out)
{
    unsigned area = 1 + below(c, 899);
    char sep = below(c, 4) == 0 ? ' ' : '-';

    area = area == 666 ? 667 : area;
    buf_printf(out, "%03u%c%02u%c%04u", area, sep, 1 + below(c, 99), sep,
        1 + below(c, 9999));
}

static const char *const not_ssn[] = {"000-##-####", "666-##-####",
    "9##-##-####", "###-00-####", "###-##-0000", "078-05-1120", "#########",
    "%##-##-####-##", "^^-###-##-####", "%##/##/####", "###-##-###",
    "%###-##-####", "%##-##-#####", "20##-##-##"};

/* ---- cards ---- */

static unsigned luhn_digit(const char *digits, size_t n)
{
    unsigned sum = 0, d;

    for (size_t i = 0; i < n; i++) {
        d = (unsigned)(digits[n - 1 - i] - '0');
        if (i % 2 == 0)
            d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return (10 - sum % 10) % 10;
}

/* A card number with its check digit, or with any other one. */
static void put_card(struct corpus *c, bool good, struct buf *out)
{
    static const char *const forms[] = {"4###############", "51##############",
        "55##############", "2221############", "34#############",
        "37#############", "6011############", "65##############",
        "3530############", "36############", "62##############",
        "4###############"};
    static const char *const seps[] = {"", " ", "-", ""};
    const char *sep = ONE_OF(c, seps);
    struct buf digits = {0};
    size_t n, group, left;

    put_pattern(c, ONE_OF(c, forms), &digits);
    n = digits.len;
    digits.data[n - 1] = (char)('0' + (luhn_digit(digits.data, n - 1) +
                                          (good ? 0 : 1 + below(c, 9))) %
                                          10);
    for (size_t at = 0; at < n; at += group) {
        left = n - at;
        group = at == 4 && n < 16 ? 6 : 4;
        group = left < group || (n < 16 && at == 10) ? left : group;
        buf_puts(out, at > 0 ? sep : "");
        buf_put(out, digits.data + at, group);
    }
    buf_free(&digits);
}

static const char *const not_cards[] = {"17##############", "1###############",
    "9###-####-####-####", "978316#######", "0###########",
    "########################", "$$$$$$$$-$$$$-4$$$-a$$$-$$$$$$$$$$$$",
    "0.################", "#### #### ####", "20## 20## 20## 20##",
    "7### #### #### ####"};

/* ---- accounts ---- */

static unsigned mod97(const char *text, size_t n)
{
    unsigned rest = 0;
    char at;

    for (size_t i = 0; i < n; i++) {
        at = text[(i + 4) % n];
        if (at >= 'A')
            rest = (rest * 100 + (unsigned)(at - 'A') + 10) % 97;
        else
            rest = (rest * 10 + (unsigned)(at - '0')) % 97;
    }
    return rest;
}

static void put_iban(struct corpus *c, bool good, struct buf *out)
{
    static const char *const forms[] = {"DE00##################",
        "GB00^^^^##############", "FR00##########^#########&##",
        "ES00####################", "IT00^######################",
        "NL00^^^^##########", "PL00########################",
        "CH00#################", "AT00################",
        "SE00####################", "NO00###########", "BE00############",
        "TR00######################", "SA00####################",
        "MT00^^^^#######################"};
    struct buf text = {0};
    unsigned check;

    put_pattern(c, ONE_OF(c, forms), &text);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 'a')
            text.data[i] = (char)(text.data[i] - 32);
    check = 98 - mod97(text.data, text.len) + (good ? 0 : 1 + below(c, 90));
    check = good ? check : 2 + check % 97;
    text.data[2] = (char)('0' + check / 10);
    text.data[3] = (char)('0' + check % 10);
    if (!good && mod97(text.data, text.len) == 1)
        text.data[2] = 'X';
    good = below(c, 2) == 0;
    for (size_t i = 0; i < text.len; i++) {
        if (good && i > 0 && i % 4 == 0)
            buf_puts(out, " ");
        buf_put(out, text.data + i, 1);
    }
    buf_free(&text);
}

static const char *const not_ibans[] = {"DE##", "INV##^^##########",
    "SN-%###-^^##", "AB12CD34EF56", "ISO9001", "LOT%#####^"};

/* ---- hosts ---- */

static void put_ip(struct corpus *c, struct buf *out)
{
    switch (below(c, 4)) {
    case 0:
        buf_printf(out, "2001:db8:%x:%x::%x", below(c, 65536), below(c, 65536),
            below(c, 65536));
        break;
    case 1:
        buf_printf(out, "fe80::%x:%x:%x:%x", below(c, 65536), below(c, 65536),
            below(c, 65536), below(c, 65536));
        break;
    default:
        buf_printf(out, "%u.%u.%u.%u", 1 + below(c, 126), below(c, 256),
            below(c, 256), below(c, 256));
    }
}

static const char *const not_ips[] = {"v#.#.#.##", "version #.#.#.##", "#.#.#",
    "lib-#.#.#.#", "Chrome/1##.0.0.0", "#.#.#.#.#.#", "127.0.0.1",
    "255.255.255.0", "300.%##.##.#", "00:1a:$$:$$:$$:$$", "1#:2#:3#",
    "std::@@@@", "1.3.6.1.4.1.####", "pkg==#.#.#.#", "section #.#.#.#", "a::b",
    "%.##.20##"};

/* ---- keys ---- */

static void put_key(struct corpus *c, struct buf *out)
{
    static const struct {
        const char *prefix;
        const char *each;
        size_t times;
    } forms[] = {{"sk-", "&", 48}, {"sk-proj-", "&", 60},
        {"sk-ant-api03-", "&", 90}, {"ak_", "&", 46}, {"AKIA", "^", 14},
        {"ghp_", "&", 36}, {"gho_", "&", 36}, {"github_pat_11", "&", 70},
        {"xoxb-1234567890-", "&", 24}, {"AIza", "&", 33}, {"glpat-", "&", 18},
        {"npm_", "&", 36}, {"hf_", "&", 34}, {"sk_live_", "&", 24},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI", "&", 20}, {"Bearer ", "&", 40}};
    size_t i = below(c, sizeof(forms) / sizeof(forms[0]));

    buf_puts(out, forms[i].prefix);
    put_many(c, forms[i].each, forms[i].times, out);
    buf_puts(out, "7Q"); /* by chance there may be no digit */
    if (strncmp(forms[i].prefix, "eyJ", 3) == 0) {
        buf_puts(out, ".");
        put_many(c, "&", 43, out);
    }
}

static const char *const not_keys[] = {"sk-your-key-goes-here-please",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "sk-learn", "AKIA",
    "$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$",
    "$$$$$$$$-$$$$-4$$$-a$$$-$$$$$$$$$$$$", "the bearer of ####",
    "sha256:$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$", "npm_config_@@@@@@@",
    "hf_hub_@@@@@@@@", "eyJ", "break_even_####", "disk-usage-#####-report-###",
    "$$$$$$$", "data:image/png;base64,iVBORw0KGgo&&&&&&&&&&&&"};

/* ---- all ---- */

void corpus_value(struct corpus *c, enum pii_kind kind, struct buf *out)
{
    buf_reset(out);
    switch (kind) {
    case PII_EMAIL:
        put_mail(c, out);
        break;
    case PII_PHONE:
        put_pattern(c, ONE_OF(c, phones), out);
        break;
    case PII_SSN:
        put_ssn(c, out);
        break;
    case PII_CARD:
        put_card(c, true, out);
        break;
    case PII_IBAN:
        put_iban(c, true, out);
        break;
    case PII_IP:
        put_ip(c, out);
        break;
    default:
        put_key(c, out);
    }
}

void corpus_lookalike(struct corpus *c, enum pii_kind kind, struct buf *out)
{
    buf_reset(out);
    if (kind == PII_EMAIL)
        put_pattern(c, ONE_OF(c, not_mail), out);
    else if (kind == PII_PHONE)
        put_pattern(c, ONE_OF(c, not_phones), out);
    else if (kind == PII_SSN)
        put_pattern(c, ONE_OF(c, not_ssn), out);
    else if (kind == PII_CARD && below(c, 2) == 0)
        put_card(c, false, out);
    else if (kind == PII_CARD)
        put_pattern(c, ONE_OF(c, not_cards), out);
    else if (kind == PII_IBAN && below(c, 2) == 0)
        put_iban(c, false, out);
    else if (kind == PII_IBAN)
        put_pattern(c, ONE_OF(c, not_ibans), out);
    else if (kind == PII_IP)
        put_pattern(c, ONE_OF(c, not_ips), out);
    else
        put_pattern(c, ONE_OF(c, not_keys), out);
}

void corpus_put(struct corpus *c, struct buf *before, struct buf *after)
{
    const char *sentence = c->sentences[below(c, (unsigned)c->count)];
    const char *slot = strstr(sentence, "{}");

    buf_reset(before);
    buf_reset(after);
    if (slot == NULL)
        return;
    buf_put(before, sentence, (size_t)(slot - sentence));
    buf_puts(after, slot + 2);
}
