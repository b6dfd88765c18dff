/* A stream that is cut for want of credits ends as the protocol knows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dialect_chat.h"

static const struct credits credits = {.remaining = 0,
    .used = 2,
    .tokens = 600,
    .price = {.usd_micro_per_mtok = 5000000, .tokens_per_credit = 500}};

#define METER                                                                  \
    ",\"remaining_credits\":0,\"estimated_credits_used\":2,"                   \
    "\"estimated_cost_usd\":0.003}\n\n"
#define HEAD                                                                   \
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,"       \
    "\"model\":\"m\""

struct play {
    struct stream *stream;
    struct buf out;
};

static struct play begin(bool include_usage)
{
    struct completion request = {
        .stream = true, .include_usage = include_usage, .n = 1, .est_in = 9};
    struct play p = {
        .stream = chat_stream(&request, &(struct completion_names){"m", "m"})};

    assert_non_null(p.stream);
    return p;
}

static void feed(struct play *p, const char *frame)
{
    struct fault fault = {0};

    assert_int_equal(stream_frame(p->stream,
                         (struct span){frame, strlen(frame)}, &p->out, &fault),
        STREAM_TAKEN);
}

static void cut_gives(struct play *p, const char *wanted)
{
    buf_reset(&p->out);
    stream_cut(p->stream, TURN_STOP_LENGTH, &credits, &p->out);
    assert_string_equal(buf_terminate(&p->out), wanted);
    buf_free(&p->out);
    stream_free(p->stream);
}

static void test_cut_ends_with_length_and_the_metering(void **state)
{
    struct play p = begin(false);

    (void)state;
    feed(
        &p, HEAD ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}");
    cut_gives(&p, "data: " HEAD ",\"choices\":[{\"index\":0,\"delta\":{},"
                  "\"finish_reason\":\"length\"}]" METER "data: [DONE]\n\n");
}

static void test_cut_before_any_frame_is_a_whole_stream(void **state)
{
    struct play p = begin(false);

    (void)state;
    cut_gives(&p,
        "data: {\"id\":\"\",\"object\":\"chat.completion.chunk\","
        "\"created\":0,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
        "\"role\":\"assistant\",\"content\":\"\"},"
        "\"finish_reason\":\"length\"}]" METER "data: [DONE]\n\n");
}

static void test_cut_ends_each_open_choice_and_no_other(void **state)
{
    struct play p = begin(false);

    (void)state;
    feed(&p, HEAD ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}},"
                  "{\"index\":1,\"delta\":{\"content\":\"b\"}},"
                  "{\"index\":2,\"delta\":{\"content\":\"c\"}}]}");
    feed(&p, HEAD ",\"choices\":[{\"index\":1,\"delta\":{},"
                  "\"finish_reason\":\"stop\"}]}");
    cut_gives(&p, "data: " HEAD ",\"choices\":[{\"index\":1,\"delta\":{},"
                  "\"finish_reason\":\"stop\"}]}\n\n"
                  "data: " HEAD ",\"choices\":[{\"index\":0,\"delta\":{},"
                  "\"finish_reason\":\"length\"}]}\n\n"
                  "data: " HEAD ",\"choices\":[{\"index\":2,\"delta\":{},"
                  "\"finish_reason\":\"length\"}]" METER "data: [DONE]\n\n");
}

static void test_cut_counts_usage_for_who_asked(void **state)
{
    struct play p = begin(true);

    (void)state;
    feed(&p, HEAD ",\"choices\":[{\"index\":0,\"delta\":"
                  "{\"content\":\"four more words here\"}}]}");
    assert_true(stream_output(p.stream) > 0);
    buf_reset(&p.out);
    stream_cut(p.stream, TURN_STOP_LENGTH, &credits, &p.out);
    assert_non_null(
        strstr(buf_terminate(&p.out), "\"choices\":[],\"usage\":{\"prompt_"
                                      "tokens\":9,\"completion_tokens\":"));
    assert_non_null(strstr(p.out.data, "data: [DONE]\n\n"));
    buf_free(&p.out);
    stream_free(p.stream);
}

static void test_output_is_what_was_stated_if_that_is_more(void **state)
{
    struct play p = begin(false);

    (void)state;
    feed(&p, HEAD ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],"
                  "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":70}}");
    assert_int_equal(stream_output(p.stream), 70);
    buf_free(&p.out);
    stream_free(p.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_ends_with_length_and_the_metering),
        cmocka_unit_test(test_cut_before_any_frame_is_a_whole_stream),
        cmocka_unit_test(test_cut_ends_each_open_choice_and_no_other),
        cmocka_unit_test(test_cut_counts_usage_for_who_asked),
        cmocka_unit_test(test_output_is_what_was_stated_if_that_is_more),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
