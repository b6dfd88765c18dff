#include "policy_field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct policy_choice policy_decisions[] = {
    {"allow", POLICY_ALLOW},
    {"rewrite", POLICY_REWRITE},
    {"refuse", POLICY_REFUSE},
    {"block", POLICY_REFUSE},
    {"deny", POLICY_REFUSE},
    {"summary", POLICY_SUMMARY},
    {"summarize", POLICY_SUMMARY},
    {"escalate", POLICY_ESCALATE},
    {NULL, 0},
};
const struct policy_choice *const policy_actions = &policy_decisions[1];

/* Set the fault for element index of the list at a place; index < 0: for the
 * place. */
static int element_fault(struct policy_reader *r, const struct policy_place *at,
    long index, const char *expect)
{
    char path[sizeof(r->fault->param)];
    char element[24] = "";

    if (index >= 0)
        snprintf(element, sizeof(element), "[%ld]", index);
    snprintf(path, sizeof(path), "%s%s%s%s", r->to->prefix,
        at->within ? r->to->within : "", at->path, element);
    return fault_set(
        r->fault, REFUSE_INVALID_REQUEST, path, "%s must be %s", path, expect);
}

int policy_fault(struct policy_reader *r, const struct policy_place *at,
    const char *expect, ...)
{
    char words[256];
    va_list ap;

    va_start(ap, expect);
    vsnprintf(words, sizeof(words), expect, ap);
    va_end(ap);
    return element_fault(r, at, -1, words);
}

uint32_t policy_look_up(struct policy_reader *r, const struct policy_place *at)
{
    uint32_t node;

    if (at->object == JSON_NONE && !at->root)
        return JSON_NONE;
    node = json_member(r->doc, at->object, at->key);
    if (node == JSON_NONE)
        return JSON_NONE;
    if (r->known != NULL)
        r->known[node] = true;
    return json_kind(r->doc, node) != JSON_NULL ? node : JSON_NONE;
}

int policy_object(
    struct policy_reader *r, const struct policy_place *at, uint32_t *node)
{
    *node = policy_look_up(r, at);
    if (*node != JSON_NONE && json_kind(r->doc, *node) != JSON_OBJECT)
        return policy_fault(r, at, "an object");
    return 0;
}

int policy_boolean(
    struct policy_reader *r, const struct policy_place *at, bool *value)
{
    uint32_t node = policy_look_up(r, at);

    if (node == JSON_NONE)
        return 0;
    if (json_kind(r->doc, node) != JSON_TRUE &&
        json_kind(r->doc, node) != JSON_FALSE)
        return policy_fault(r, at, "true or false");
    *value = json_kind(r->doc, node) == JSON_TRUE;
    return 0;
}

struct span policy_keep(struct policy_reader *r, struct span text)
{
    struct span kept = {r->to->text + r->text_used, text.n};

    if (text.n > 0)
        memcpy(r->to->text + r->text_used, text.p, text.n);
    r->text_used += text.n;
    return kept;
}

int policy_text(struct policy_reader *r, const struct policy_place *at,
    size_t most, struct span *value)
{
    uint32_t node = policy_look_up(r, at);
    struct span text;

    if (node == JSON_NONE)
        return 0;
    if (json_kind(r->doc, node) != JSON_STRING)
        return policy_fault(r, at, "a string");
    text = json_view(r->doc, node, &r->scratch);
    if (text.n > most)
        return policy_fault(r, at, "at most %zu bytes long", most);
    *value = policy_keep(r, text);
    return 0;
}

int policy_count(struct policy_reader *r, const struct policy_place *at,
    int64_t low, int64_t high, int64_t *value)
{
    uint32_t node = policy_look_up(r, at);
    int64_t number;

    if (node == JSON_NONE)
        return 0;
    if (json_int(r->doc, node, &number) != 0 || number < low || number > high)
        return policy_fault(r, at, "a whole number from %lld to %lld",
            (long long)low, (long long)high);
    *value = number;
    return 0;
}

int policy_share(struct policy_reader *r, const struct policy_place *at,
    double high, uint32_t *share)
{
    uint32_t node = policy_look_up(r, at);
    double number;

    if (node == JSON_NONE)
        return 0;
    if (json_double(r->doc, node, &number) != 0 ||
        !(number >= 0 && number <= high))
        return policy_fault(r, at, "a number from 0 to %g", high);
    *share = (uint32_t)(number / high * POLICY_ALL + 0.5);
    return 0;
}

/* ---- words ---- */

static int choose(struct policy_reader *r, const struct policy_place *at,
    long index, uint32_t node, const struct policy_choice *choices)
{
    struct buf expect = {0};

    for (const struct policy_choice *c = choices; c->word != NULL; c++)
        if (json_kind(r->doc, node) == JSON_STRING &&
            json_string_is(r->doc, node, c->word))
            return c->value;
    buf_puts(&expect, "one of ");
    for (const struct policy_choice *c = choices; c->word != NULL; c++)
        buf_printf(&expect, "%s%s", c == choices ? "" : ", ", c->word);
    element_fault(
        r, at, index, expect.failed ? "known" : buf_terminate(&expect));
    buf_free(&expect);
    return -1;
}

int policy_word(struct policy_reader *r, const struct policy_place *at,
    const struct policy_choice *choices, int *value)
{
    uint32_t node = policy_look_up(r, at);
    int choice;

    if (node == JSON_NONE)
        return 0;
    choice = choose(r, at, -1, node, choices);
    if (choice < 0)
        return -1;
    *value = choice;
    return 0;
}

int policy_words(struct policy_reader *r, const struct policy_place *at,
    const struct policy_choice *choices, uint32_t *bits)
{
    uint32_t list = policy_look_up(r, at), node;
    uint32_t sum = 0;
    int choice;
    long i = 0;

    if (list == JSON_NONE)
        return 0;
    if (json_kind(r->doc, list) != JSON_ARRAY)
        return policy_fault(r, at, "a list of words");
    for (node = json_first(r->doc, list); node != JSON_NONE;
         node = json_after(r->doc, list, node), i++) {
        choice = choose(r, at, i, node, choices);
        if (choice < 0)
            return -1;
        sum |= 1u << choice;
    }
    *bits = sum;
    return 0;
}

/* ---- lists ---- */

static int one_text(struct policy_reader *r, const struct policy_place *at,
    long index, uint32_t node, size_t bytes)
{
    char expect[64];
    struct span text;

    if (json_kind(r->doc, node) != JSON_STRING)
        return element_fault(r, at, index, "a string");
    text = json_view(r->doc, node, &r->scratch);
    if (text.n > 0 && text.n <= bytes) {
        r->to->spans[r->spans_used++] = policy_keep(r, text);
        return 0;
    }
    snprintf(expect, sizeof(expect), "from 1 to %zu bytes long", bytes);
    return element_fault(r, at, index, expect);
}

int policy_texts(struct policy_reader *r, const struct policy_place *at,
    size_t most, size_t bytes, struct policy_texts *texts)
{
    uint32_t list = policy_look_up(r, at), node;
    long i = 0;

    if (list == JSON_NONE)
        return 0;
    if (json_kind(r->doc, list) != JSON_ARRAY)
        return policy_fault(r, at, "a list of strings");
    if (json_size(r->doc, list) > most)
        return policy_fault(r, at, "a list of at most %zu strings", most);
    texts->of = r->to->spans + r->spans_used;
    for (node = json_first(r->doc, list); node != JSON_NONE;
         node = json_after(r->doc, list, node), i++)
        if (one_text(r, at, i, node, bytes) != 0)
            return -1;
    texts->count = (size_t)i;
    return 0;
}
