#include <string.h>

#include "codec.h"
#include "core/policy_play.h"
#include "core/webtools.h"
#include "fuzz.h"

static const struct credits credits = {48, 1, 30, {5000000, 500}};

/* ---- requests ---- */

void codec_play_begin(struct codec_play *play, enum dialect caller, bool stream)
{
    static const char *const plain[] = {
        [DIALECT_CHAT] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
                         "\"content\":\"hi\"}]}",
        [DIALECT_MESSAGES] =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
            "\"hi\"}],\"thinking\":{\"type\":\"enabled\"}}",
        [DIALECT_RESPONSES] =
            "{\"model\":\"m\",\"input\":\"hi\",\"tools\":[{\"type\":\"custom\","
            "\"name\":\"c\"},{\"type\":\"namespace\",\"name\":\"n\",\"tools\":["
            "{\"type\":\"function\",\"name\":\"f\"}]}]}",
    };
    const char *text = plain[caller];
    struct fault fault;

    *play = (struct codec_play){0};
    FUZZ_CHECK(json_parse(&play->request, text, strlen(text)) == JSON_OK);
    FUZZ_CHECK(
        codec_of(caller)->read(&play->request, &play->completion, &fault) == 0);
    play->completion.stream = stream;
    memcpy(play->tag.id, "0123456789abcdef0123456789abcdef", 33);
    play->tag.names = (struct completion_names){"m", "up"};
}

void codec_play_end(struct codec_play *play)
{
    json_free(&play->request);
}

/* Some documents are too deep or too long for our reader only once they are
 * told in other words. */
static bool is_readable(enum json_error error)
{
    FUZZ_CHECK(error == JSON_OK || error == JSON_TOO_DEEP ||
               error == JSON_TOO_MANY || error == JSON_LONG_KEY);
    return error == JSON_OK;
}

static void check_request(enum dialect upstream, const struct buf *text)
{
    struct completion completion;
    struct json_doc doc = {0};
    struct fault fault;

    FUZZ_CHECK(!text->failed);
    if (is_readable(json_parse(&doc, text->data, text->len)) &&
        codec_of(upstream)->read(&doc, &completion, &fault) != 0) {
        fprintf(
            stderr, "%s\n%.*s\n", fault.message, (int)text->len, text->data);
        abort();
    }
    json_free(&doc);
}

static void try_pair(enum dialect caller, enum dialect upstream,
    const struct json_doc *doc, const struct completion *completion)
{
    const struct completion_rewrite rewrite = {"up", 100};
    struct exchange exchange = {0};
    struct buf out = {0};
    struct fault fault = {0};

    if (exchange_begin(&exchange, caller, upstream, doc, &fault) == 0) {
        exchange_request(&exchange, doc, completion, &rewrite, &out);
        check_request(upstream, &out);
    } else {
        FUZZ_CHECK(fault.code == REFUSE_INVALID_REQUEST);
        FUZZ_CHECK(fault.param[0] != '\0');
    }
    exchange_free(&exchange);
    buf_free(&out);
}

/* What leaves when a request that is readable is held to ${rules}; empty when
 * there is nothing to say, or it is refused, or unreadable. */
static void confine(const struct webtools *rules, enum dialect caller,
    const struct buf *text, struct buf *out)
{
    struct json_doc doc = {0};
    struct fault fault = {0};

    if (is_readable(json_parse(&doc, text->data, text->len)) &&
        webtools_confine(rules, &doc, caller, out, &fault) != 0) {
        FUZZ_CHECK(fault.code == REFUSE_INVALID_REQUEST);
        FUZZ_CHECK(fault.param[0] != '\0');
        buf_reset(out);
    }
    json_free(&doc);
}

/* What is held to domains is a request, and one that stays as it is when it is
 * held to them again; but for white space the first time. All domains together
 * may then be too many. */
static void try_webtools(enum dialect caller, const struct json_doc *doc)
{
    static const char said[] =
        "{\"allowed_domains\":[\"example.com\",\"b.test\"],"
        "\"blocked_domains\":[\"a.example.com\",\"c.test\"]}";
    struct fault fault;
    struct webtools *rules =
        webtools_read((struct span){said, sizeof(said) - 1}, &fault);
    struct buf text = {0}, once = {0}, twice = {0}, again = {0};

    FUZZ_CHECK(rules != NULL);
    buf_put(&text, doc->text, doc->nodes[0].end);
    confine(rules, caller, &text, &once);
    if (once.len > 0) {
        check_request(caller, &once);
        confine(rules, caller, &once, &twice);
    }
    if (twice.len > 0) {
        confine(rules, caller, &twice, &again);
        FUZZ_CHECK(again.len == twice.len &&
                   memcmp(again.data, twice.data, again.len) == 0);
    }
    buf_free(&again);
    buf_free(&twice);
    buf_free(&once);
    buf_free(&text);
    webtools_free(rules);
}

void codec_try_request(enum dialect caller, const struct json_doc *doc)
{
    struct completion completion;
    struct fault fault = {0};

    if (codec_of(caller)->read(doc, &completion, &fault) != 0) {
        FUZZ_CHECK(fault.code == REFUSE_INVALID_REQUEST);
        return;
    }
    try_webtools(caller, doc);
    for (int upstream = DIALECT_CHAT; upstream <= DIALECT_MESSAGES; upstream++)
        try_pair(caller, (enum dialect)upstream, doc, &completion);
}

/* ---- answers that are not streamed ---- */

static void answer_pair(
    enum dialect caller, enum dialect upstream, const struct json_doc *doc)
{
    struct exchange exchange = {0};
    struct codec_play play;
    struct json_doc answer = {0};
    struct buf out = {0};
    struct fault fault;
    struct usage usage;
    uint64_t est_out;

    codec_play_begin(&play, caller, false);
    FUZZ_CHECK(exchange_begin(
                   &exchange, caller, upstream, &play.request, &fault) == 0);
    play.tag.memo = (struct span){exchange.memo.data, exchange.memo.len};
    exchange_answer(
        &exchange, doc, &play.completion, &play.tag, NULL, &credits, &out);
    FUZZ_CHECK(!out.failed);
    if (is_readable(json_parse(&answer, out.data, out.len)))
        FUZZ_CHECK(
            codec_of(caller)->answer_read(&answer, &usage, &est_out) == 0);
    json_free(&answer);
    buf_free(&out);
    exchange_free(&exchange);
    codec_play_end(&play);
}

#define DENYLIST                                                               \
    "{\"name\":\"a\",\"rules\":{\"enforcement_action\":\"rewrite\","           \
    "\"denylist\":[\"hello\",\"par is\",\"know\"]"

static const char terms[] = DENYLIST "}}";
static const char terms_and_pii[] = DENYLIST ",\"redact_pii\":true}}";

/* Takes out of an answer what is denied. Returns whether there was anything. */
static bool sift(enum dialect dialect, const char *document,
    const struct json_doc *doc, struct buf *out)
{
    struct policy_play policy;
    struct screen *screen;
    int told;

    FUZZ_CHECK(policy_play_begin(&policy, document, true) == 0);
    screen = policy_play_screen(&policy, false);
    FUZZ_CHECK(screen != NULL);
    FUZZ_CHECK(
        sift_answer(codec_of(dialect)->sift, screen, doc, out) == SCREEN_GOES);
    told = screen_tell(screen, &policy.verdict);
    FUZZ_CHECK(told >= 0 && !out->failed);
    screen_free(screen);
    policy_play_end(&policy);
    return told > 0;
}

/* It stays an answer, and has no term left that would be denied. Whether digits
 * are personal data depends on what is beside them, which may have been taken
 * out; so of these nothing is said. */
static void try_sift(enum dialect dialect, const struct json_doc *doc)
{
    struct buf once = {0}, twice = {0};
    struct json_doc answer = {0};

    sift(dialect, terms_and_pii, doc, &once);
    FUZZ_CHECK(json_parse(&answer, once.data, once.len) == JSON_OK);
    json_free(&answer);
    buf_reset(&once);
    sift(dialect, terms, doc, &once);
    FUZZ_CHECK(json_parse(&answer, once.data, once.len) == JSON_OK);
    FUZZ_CHECK(!sift(dialect, terms, &answer, &twice));
    FUZZ_CHECK(
        twice.len == once.len && memcmp(twice.data, once.data, once.len) == 0);
    json_free(&answer);
    buf_free(&twice);
    buf_free(&once);
}

void codec_try_answer(enum dialect upstream, const struct json_doc *doc)
{
    struct usage usage;
    uint64_t est_out;

    if (codec_of(upstream)->answer_read(doc, &usage, &est_out) != 0)
        return;
    for (int caller = DIALECT_CHAT; caller <= DIALECT_MESSAGES; caller++)
        answer_pair((enum dialect)caller, upstream, doc);
    try_sift(upstream, doc);
}
