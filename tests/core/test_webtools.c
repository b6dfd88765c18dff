/* A request's web tools reach what its project allows and no more, however
 * they say it; and what has none is left alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect_play.h"
#include "webtools.h"

#define CHAT(members)                                                          \
    "{'model':'m','messages':[{'role':'user','content':'a'}]" members "}"
#define RESPONSES(members) "{'model':'m','input':'a'" members "}"
#define TOOL(members) ",'tools':[{'type':'web_search','name':'s'" members "}]"

#define ALLOW "{'allowed_domains':['example.com','docs.test']}"
#define BLOCK "{'blocked_domains':['bad.test','secret.example.com']}"

static struct webtools *rules_of(const char *text, struct fault *fault)
{
    char *json = play_quoted(text);
    struct webtools *w =
        webtools_read((struct span){json, strlen(json)}, fault);

    free(json);
    return w;
}

/* What becomes of a request; the fault when it is refused. */
static struct fault confine(
    const char *rules, enum dialect dialect, const char *text, struct buf *out)
{
    char *json = play_quoted(text);
    struct completion completion;
    struct fault fault = {0};
    struct json_doc doc = {0};
    struct webtools *w = rules_of(rules, &fault);
    int rc;

    assert_non_null(w);
    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    assert_int_equal(codec_of(dialect)->read(&doc, &completion, &fault), 0);
    rc = webtools_confine(w, &doc, dialect, out, &fault);
    assert_int_equal(rc, fault.code == REFUSE_NONE ? 0 : -1);
    json_free(&doc);
    webtools_free(w);
    free(json);
    return fault;
}

static void becomes(const char *rules, enum dialect dialect, const char *text,
    const char *expected)
{
    struct buf out = {0};
    struct fault fault = confine(rules, dialect, text, &out);
    char *wanted = play_quoted(expected);

    assert_string_equal(fault.message, "");
    assert_string_equal(buf_terminate(&out), wanted);
    free(wanted);
    buf_free(&out);
}

static void refused(const char *rules, enum dialect dialect, const char *text,
    const char *param)
{
    struct buf out = {0};
    struct fault fault = confine(rules, dialect, text, &out);

    assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    assert_string_equal(fault.param, param);
    buf_free(&out);
}

/* A Messages tool that asks for one domain. */
static void asks(const char *rules, const char *domain, bool allowed)
{
    char text[2048];
    struct buf out = {0};
    struct fault fault;

    snprintf(
        text, sizeof(text), CHAT(TOOL(",'allowed_domains':['%s']")), domain);
    fault = confine(rules, DIALECT_MESSAGES, text, &out);
    assert_int_equal(
        fault.code, allowed ? REFUSE_NONE : REFUSE_INVALID_REQUEST);
    buf_free(&out);
}

/* ---- which tools ---- */

static bool counts(enum dialect dialect, const char *text)
{
    char *json = play_quoted(text);
    struct completion completion;
    struct fault fault = {0};
    struct json_doc doc = {0};

    assert_int_equal(json_parse(&doc, json, strlen(json)), JSON_OK);
    assert_int_equal(codec_of(dialect)->read(&doc, &completion, &fault), 0);
    json_free(&doc);
    free(json);
    return completion.web_tools;
}

static void test_search_and_fetch_of_any_version_are_web_tools(void **state)
{
    static const char *const types[] = {"web_search", "web_search_preview",
        "web_search_2025_08_26", "web_search_preview_2025_03_11",
        "web_search_20250305", "web_fetch_2025_03_05", "web\\u005fsearch"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        snprintf(text, sizeof(text),
            CHAT(",'tools':[{'type':'%s','name':'a'}]"), types[i]);
        assert_true(counts(DIALECT_CHAT, text));
        assert_true(counts(DIALECT_MESSAGES, text));
        snprintf(text, sizeof(text), RESPONSES(",'tools':[{'type':'%s'}]"),
            types[i]);
        assert_true(counts(DIALECT_RESPONSES, text));
    }
    assert_true(counts(DIALECT_CHAT, CHAT(",'web_search_options':{}")));
    assert_true(counts(
        DIALECT_RESPONSES, RESPONSES(",'tools_options':{'web_search':{}}")));
}

static void test_tools_that_callers_run_are_none(void **state)
{
    (void)state;
    assert_false(counts(DIALECT_CHAT, CHAT("")));
    assert_false(
        counts(DIALECT_CHAT, CHAT(",'tools':[{'type':'function','function':"
                                  "{'name':'web_search'}}]")));
    assert_false(counts(DIALECT_MESSAGES,
        CHAT(",'tools':[{'name':'web_search','input_schema':{}}]")));
    assert_false(counts(DIALECT_MESSAGES,
        CHAT(",'tools':[{'type':'web_searcher','name':'a'}]")));
    assert_false(counts(DIALECT_RESPONSES,
        RESPONSES(",'tools':[{'type':'function','name':'web_fetch'}],"
                  "'tools_options':{'web_search':null}")));
}

/* ---- what a project says ---- */

static void test_rules_that_cannot_be_read_are_refused(void **state)
{
    static const char *const bad[] = {"", "{", "[]", "{'enabled':1}",
        "{'allow_domains':['a.test']}", "{'allowed_domains':'a.test'}",
        "{'allowed_domains':[1]}", "{'blocked_domains':['https://a.test']}",
        "{'blocked_domains':['a.test/docs']}", "{'blocked_domains':['']}",
        "{'blocked_domains':['*.a.test']}"};
    struct fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fault = (struct fault){0};
        assert_null(rules_of(bad[i], &fault));
        assert_int_equal(fault.code, REFUSE_INVALID_REQUEST);
    }
}

static void test_rules_name_at_most_200_domains(void **state)
{
    struct buf text = {0};
    struct fault fault = {0};
    struct webtools *w;

    (void)state;
    for (int i = 0; i < 200; i++)
        buf_printf(
            &text, "%s'a%d.test'", i == 0 ? "{'blocked_domains':[" : ",", i);
    buf_puts(&text, "]}");
    w = rules_of(buf_terminate(&text), &fault);
    assert_non_null(w);
    webtools_free(w);
    text.len -= 2;
    buf_puts(&text, ",'a.test']}");
    assert_null(rules_of(buf_terminate(&text), &fault));
    assert_string_equal(fault.param, "blocked_domains");
    buf_free(&text);
}

static void test_no_rule_leaves_requests_as_they_are(void **state)
{
    static const char *const none[] = {
        "{}", "{'enabled':true}", "{'allowed_domains':[]}"};

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        becomes(none[i], DIALECT_MESSAGES,
            CHAT(TOOL(",'allowed_domains':['https://any']")), "");
    becomes(ALLOW, DIALECT_MESSAGES, CHAT(""), "");
}

static void test_what_is_not_enabled_is_refused(void **state)
{
    static const char off[] = "{'enabled':false}";

    (void)state;
    refused(off, DIALECT_CHAT, CHAT(",'web_search_options':{}"),
        "web_search_options");
    refused(off, DIALECT_MESSAGES,
        CHAT(",'tools':[{'name':'a','input_schema':{}},"
             "{'type':'web_fetch_20250910','name':'web_fetch'}]"),
        "tools[1]");
    refused(off, DIALECT_RESPONSES, RESPONSES(TOOL("")), "tools[0]");
    refused(off, DIALECT_RESPONSES,
        RESPONSES(",'tools_options':{'web_search':{}}"),
        "tools_options.web_search");
    becomes(off, DIALECT_CHAT, CHAT(""), "");
}

/* ---- domains ---- */

static void test_domain_stands_for_all_below_it(void **state)
{
    (void)state;
    asks(ALLOW, "example.com", true);
    asks(ALLOW, "EXAMPLE.com", true);
    asks(ALLOW, "api.example.com", true);
    asks(ALLOW, "example.com\\/docs", true);
    asks(ALLOW, "ex\\u0061mple.com/docs?q=1", true);
    asks(ALLOW, "evilexample.com", false);
    asks(ALLOW, "example.com.evil.test", false);
    asks(ALLOW, "com", false);
}

static void test_blocked_domain_may_not_be_asked_for(void **state)
{
    (void)state;
    asks(BLOCK, "example.com", true);
    asks(BLOCK, "bad.test", false);
    asks(BLOCK, "very.bad.test/x", false);
    asks(BLOCK, "verybad.test", true);
    asks("{'allowed_domains':['a.test'],'blocked_domains':['b.a.test']}",
        "b.a.test", false);
}

static void test_what_is_no_domain_is_refused(void **state)
{
    static const char *const bad[] = {"", "https://example.com",
        "//example.com", "example.com:80", "*.example.com", "user@example.com",
        ".example.com", "example.com.", "a..example.com", "exa mple.com",
        "b\xc3\xbc.example.com", "example.com/a b", "example.com/\xc3\xbc"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        asks(ALLOW, bad[i], false);
    refused(ALLOW, DIALECT_MESSAGES, CHAT(TOOL(",'allowed_domains':[1]")),
        "tools[0].allowed_domains");
    refused(ALLOW, DIALECT_MESSAGES, CHAT(TOOL(",'blocked_domains':'a.test'")),
        "tools[0].blocked_domains");
    refused(ALLOW, DIALECT_RESPONSES, RESPONSES(TOOL(",'filters':[]")),
        "tools[0].filters");
    refused(ALLOW, DIALECT_RESPONSES,
        RESPONSES(TOOL(",'filters':{'allowed_domains':[null]}")),
        "tools[0].filters.allowed_domains");
    refused(ALLOW, DIALECT_RESPONSES,
        RESPONSES(",'tools_options':{'web_search':true}"),
        "tools_options.web_search.filters");
}

static void test_refusal_names_the_domain(void **state)
{
    struct buf out = {0};
    struct fault fault = confine(ALLOW, DIALECT_MESSAGES,
        CHAT(TOOL(",'allowed_domains':['example.com','other.test/x']")), &out);

    (void)state;
    assert_string_equal(fault.param, "tools[0]");
    assert_string_equal(
        fault.message, "The project does not allow the domain other.test.");
    buf_free(&out);
}

static void test_request_names_at_most_100_domains_and_16_tools(void **state)
{
    struct buf text = {0};

    (void)state;
    buf_puts(&text, "{'model':'m','max_tokens':1,'messages':[{'role':'user',"
                    "'content':'a'}],'tools':[{'type':'web_search','name':'a',"
                    "'blocked_domains':['a.test'");
    for (int i = 1; i < 101; i++)
        buf_printf(&text, ",'a%d.test'", i);
    buf_puts(&text, "]}]}");
    refused(BLOCK, DIALECT_MESSAGES, buf_terminate(&text),
        "tools[0].blocked_domains");
    buf_reset(&text);
    buf_puts(&text, "{'model':'m','input':'a','tools':[");
    for (int i = 0; i < 17; i++)
        buf_printf(&text, "%s{'type':'web_search'}", i > 0 ? "," : "");
    buf_puts(&text, "]}");
    refused(BLOCK, DIALECT_RESPONSES, buf_terminate(&text), "tools");
    buf_free(&text);
}

/* ---- what the upstream is told ---- */

static void test_lists_are_put_where_the_dialect_has_them(void **state)
{
    (void)state;
    becomes(ALLOW, DIALECT_MESSAGES, CHAT(TOOL("")),
        CHAT(TOOL(",'allowed_domains':['example.com','docs.test']")));
    becomes(ALLOW, DIALECT_RESPONSES, RESPONSES(TOOL("")),
        RESPONSES(TOOL(
            ",'filters':{'allowed_domains':['example.com','docs.test']}")));
    becomes(ALLOW, DIALECT_CHAT, CHAT(TOOL(",'filters':null")),
        CHAT(TOOL(
            ",'filters':{'allowed_domains':['example.com','docs.test']}")));
    becomes(BLOCK, DIALECT_CHAT, CHAT(",'web_search_options': { } ,'n':1"),
        CHAT(",'web_search_options': { 'filters':{'blocked_domains':["
             "'bad.test','secret.example.com']}} ,'n':1"));
    becomes(ALLOW, DIALECT_CHAT,
        CHAT(",'web_search_options':{'filters':{'x':1},'y':2}"),
        CHAT(",'web_search_options':{'filters':{'x':1,'allowed_domains':["
             "'example.com','docs.test']},'y':2}"));
}

static void test_tools_beside_each_other_are_all_held(void **state)
{
    (void)state;
    becomes("{'allowed_domains':['a.test']}", DIALECT_RESPONSES,
        "{'tools_options':{'web_search':{'filters':"
        "{'include_domains':['b.a.test']}}},'model':'m','input':'a',"
        "'tools':[{'type':'web_search'},{'type':'function','name':'f'},"
        "{'type':'web_search_preview'}]}",
        "{'tools_options':{'web_search':{'filters':"
        "{'include_domains':['b.a.test']}}},'model':'m','input':'a',"
        "'tools':[{'type':'web_search','filters':{'allowed_domains':["
        "'a.test']}},{'type':'function','name':'f'},"
        "{'type':'web_search_preview','filters':{'allowed_domains':["
        "'a.test']}}]}");
    refused("{'allowed_domains':['a.test']}", DIALECT_RESPONSES,
        RESPONSES(TOOL("") ",'tools_options':{'web_search':{'filters':"
                           "{'include_domains':['b.test']}}}"),
        "tools_options.web_search");
    becomes(BLOCK, DIALECT_RESPONSES,
        RESPONSES(",'tools_options':{'web_search':{'x':1}}"),
        RESPONSES(",'tools_options':{'web_search':{'x':1}}"));
}

static void test_request_keeps_the_part_that_it_asks_for(void **state)
{
    (void)state;
    becomes(ALLOW, DIALECT_MESSAGES,
        CHAT(TOOL(",'allowed_domains':['api.example.com/v1'],'max_uses':3")),
        CHAT(TOOL(",'max_uses':3,'allowed_domains':['api.example.com/v1']")));
    becomes(ALLOW, DIALECT_MESSAGES, CHAT(TOOL(",'allowed_domains':[]")),
        CHAT(TOOL(",'allowed_domains':['example.com','docs.test']")));
}

static void test_block_lists_are_united(void **state)
{
    (void)state;
    becomes(BLOCK, DIALECT_MESSAGES,
        CHAT(TOOL(",'blocked_domains':['Bad.test','more.test/x']")),
        CHAT(TOOL(",'blocked_domains':['Bad.test','more.test/x',"
                  "'secret.example.com']")));
}

static void test_blocked_part_of_what_is_allowed_is_told_so(void **state)
{
    (void)state;
    becomes(BLOCK, DIALECT_MESSAGES,
        CHAT(TOOL(",'allowed_domains':['example.com']")),
        CHAT(TOOL(",'allowed_domains':['example.com'],"
                  "'blocked_domains':['secret.example.com']")));
    becomes(BLOCK, DIALECT_MESSAGES,
        CHAT(TOOL(",'allowed_domains':['docs.test']")),
        CHAT(TOOL(",'allowed_domains':['docs.test']")));
    becomes(ALLOW, DIALECT_MESSAGES,
        CHAT(TOOL(",'blocked_domains':['docs.test','example.com/x']")),
        CHAT(TOOL(",'allowed_domains':['example.com'],"
                  "'blocked_domains':['example.com/x']")));
}

static void test_tool_without_a_domain_left_is_refused(void **state)
{
    (void)state;
    refused(ALLOW, DIALECT_MESSAGES,
        CHAT(TOOL(",'blocked_domains':['example.com','docs.test']")),
        "tools[0]");
    refused("{'allowed_domains':['a.test'],'blocked_domains':['test']}",
        DIALECT_CHAT, CHAT(",'web_search_options':{}"), "web_search_options");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_and_fetch_of_any_version_are_web_tools),
        cmocka_unit_test(test_tools_that_callers_run_are_none),
        cmocka_unit_test(test_rules_that_cannot_be_read_are_refused),
        cmocka_unit_test(test_rules_name_at_most_200_domains),
        cmocka_unit_test(test_no_rule_leaves_requests_as_they_are),
        cmocka_unit_test(test_what_is_not_enabled_is_refused),
        cmocka_unit_test(test_domain_stands_for_all_below_it),
        cmocka_unit_test(test_blocked_domain_may_not_be_asked_for),
        cmocka_unit_test(test_what_is_no_domain_is_refused),
        cmocka_unit_test(test_refusal_names_the_domain),
        cmocka_unit_test(test_request_names_at_most_100_domains_and_16_tools),
        cmocka_unit_test(test_lists_are_put_where_the_dialect_has_them),
        cmocka_unit_test(test_tools_beside_each_other_are_all_held),
        cmocka_unit_test(test_request_keeps_the_part_that_it_asks_for),
        cmocka_unit_test(test_block_lists_are_united),
        cmocka_unit_test(test_blocked_part_of_what_is_allowed_is_told_so),
        cmocka_unit_test(test_tool_without_a_domain_left_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
