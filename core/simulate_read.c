#include <stdio.h>
#include <stdlib.h>

#include "simulate.h"

/* ---- faults ---- */

static int wrong(struct fault *fault, const char *param, const char *expect)
{
    return fault_set(
        fault, REFUSE_INVALID_REQUEST, param, "%s must be %s", param, expect);
}

static int no_memory(struct fault *fault)
{
    return fault_set(fault, REFUSE_OVERLOADED, NULL, "%s", "");
}

/* ---- the conversation ---- */

static bool is_content(const struct json_doc *doc, uint32_t node)
{
    enum json_kind kind;

    if (node == JSON_NONE)
        return true; /* calls of tools have none */
    kind = json_kind(doc, node);
    return kind == JSON_STRING || kind == JSON_ARRAY;
}

/* Items of an input need no role: calls of tools and their results have
 * none. */
static int check_message(const struct json_doc *doc, uint32_t message,
    const char *list, size_t index, bool needs_role, struct fault *fault)
{
    uint32_t role = json_present(doc, message, "role");
    char path[64];

    snprintf(path, sizeof(path), "%s[%zu]", list, index);
    if (json_kind(doc, message) != JSON_OBJECT)
        return wrong(fault, path, "an object");
    if (needs_role || role != JSON_NONE) {
        snprintf(path, sizeof(path), "%s[%zu].role", list, index);
        if (!json_is(doc, role, JSON_STRING))
            return wrong(fault, path, "a string");
    }
    snprintf(path, sizeof(path), "%s[%zu].content", list, index);
    if (!is_content(doc, json_present(doc, message, "content")))
        return wrong(fault, path, "a string or a list of parts");
    return 0;
}

static int check_list(const struct json_doc *doc, uint32_t list,
    const char *name, bool needs_role, struct fault *fault)
{
    uint32_t message = json_first(doc, list);
    size_t index = 0;

    if (json_kind(doc, list) != JSON_ARRAY || message == JSON_NONE)
        return wrong(fault, name, "a list that is not empty");
    for (; message != JSON_NONE; message = json_after(doc, list, message))
        if (check_message(doc, message, name, index++, needs_role, fault) != 0)
            return -1;
    return 0;
}

static int check_conversation(const struct simulate_ask *ask, uint32_t node,
    const char *name, struct fault *fault)
{
    const bool is_string = json_kind(ask->doc, node) == JSON_STRING;

    switch (ask->form) {
    case SIMULATE_PROMPT:
        return is_string ? 0 : wrong(fault, name, "a string");
    case SIMULATE_INPUT:
        if (is_string)
            return 0;
        break;
    case SIMULATE_MESSAGES:
        break;
    }
    return check_list(
        ask->doc, node, name, ask->form == SIMULATE_MESSAGES, fault);
}

static int read_said(struct simulate_ask *ask, uint32_t node)
{
    if (ask->form != SIMULATE_PROMPT)
        return said_read(&ask->said, ask->doc,
            ask->form == SIMULATE_INPUT ? DIALECT_RESPONSES : DIALECT_CHAT);
    ask->said.of = calloc(1, sizeof(*ask->said.of));
    if (ask->said.of == NULL)
        return -1;
    ask->said.of[0].node = node;
    ask->said.count = ask->said.cap = 1;
    return 0;
}

static int read_conversation(struct simulate_ask *ask, struct fault *fault)
{
    static const char *const names[] = {"messages", "input", "prompt"};
    const char *name = NULL;
    uint32_t node = JSON_NONE;

    for (int form = SIMULATE_MESSAGES; form <= SIMULATE_PROMPT; form++) {
        uint32_t at = json_present(ask->doc, 0, names[form]);

        if (at == JSON_NONE)
            continue;
        if (name != NULL)
            return fault_set(fault, REFUSE_INVALID_REQUEST, names[form],
                "%s must be left out beside %s", names[form], name);
        name = names[form];
        node = at;
        ask->form = (enum simulate_form)form;
    }
    if (name == NULL)
        return wrong(fault, "messages", "given, or input, or prompt");
    if (check_conversation(ask, node, name, fault) != 0)
        return -1;
    return read_said(ask, node) == 0 ? 0 : no_memory(fault);
}

/* ---- the rest ---- */

static struct span decode(struct simulate_ask *ask, uint32_t node)
{
    size_t begin = ask->room.len;

    json_string(ask->doc, node, &ask->room);
    return (struct span){ask->room.data + begin, ask->room.len - begin};
}

static bool has_controls(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            return true;
    return false;
}

/* The first of two names that says something. */
static int read_word(struct simulate_ask *ask, const char *const names[2],
    size_t most, struct span *to, struct fault *fault)
{
    for (int i = 0; i < 2 && names[i] != NULL; i++) {
        uint32_t node = json_present(ask->doc, 0, names[i]);
        struct span word;

        if (node == JSON_NONE)
            continue;
        if (json_kind(ask->doc, node) != JSON_STRING)
            return wrong(fault, names[i], "a string");
        word = decode(ask, node);
        if (word.n > most || has_controls(word))
            return fault_set(fault, REFUSE_INVALID_REQUEST, names[i],
                "%s must be at most %zu bytes without control characters",
                names[i], most);
        if (to->n == 0)
            *to = word;
    }
    return 0;
}

static int read_words(struct simulate_ask *ask, struct fault *fault)
{
    static const char *const ids[] = {"policy_id", "policyId"};
    static const char *const targets[] = {"policy_target", NULL};
    static const char *const users[] = {"policy_user", "policy_user_id"};
    static const char *const projects[] = {"policy_project_id", NULL};

    if (read_word(ask, ids, 128, &ask->policy_id, fault) != 0 ||
        read_word(ask, targets, 128, &ask->target, fault) != 0 ||
        read_word(ask, users, SIMULATE_WORD, &ask->user, fault) != 0)
        return -1;
    return read_word(ask, projects, 128, &ask->project, fault);
}

static int read_policy(struct simulate_ask *ask, struct fault *fault)
{
    static const struct {
        const char *name, *prefix;
    } places[] = {{"policy", "policy."}, {"config", "config."}};

    for (size_t i = 0; i < 2; i++) {
        uint32_t node = json_present(ask->doc, 0, places[i].name);

        if (node == JSON_NONE)
            continue;
        if (ask->policy != JSON_NONE)
            return fault_set(fault, REFUSE_INVALID_REQUEST, "config",
                "config must be left out beside policy");
        if (json_kind(ask->doc, node) != JSON_OBJECT)
            return wrong(fault, places[i].name, "an object");
        ask->policy = node;
        ask->prefix = places[i].prefix;
    }
    return 0;
}

static int read_categories(struct simulate_ask *ask, struct fault *fault)
{
    const char *const name = "scenario_categories";
    uint32_t list = json_present(ask->doc, 0, name), node;
    char path[64];
    size_t n;

    if (list == JSON_NONE)
        return 0;
    n = json_size(ask->doc, list);
    if (json_kind(ask->doc, list) != JSON_ARRAY || n > POLICY_LABELS)
        return wrong(fault, name, "a list of at most 256 strings");
    ask->spans = ask->categories.of = calloc(n + 1, sizeof(*ask->spans));
    if (ask->spans == NULL)
        return no_memory(fault);
    for (node = json_first(ask->doc, list); node != JSON_NONE;
         node = json_after(ask->doc, list, node)) {
        struct span *to = &ask->spans[ask->categories.count];

        snprintf(path, sizeof(path), "%s[%zu]", name, ask->categories.count);
        if (json_kind(ask->doc, node) != JSON_STRING ||
            json_raw(ask->doc, node).n > POLICY_LABEL_BYTES)
            return wrong(fault, path, "a short string");
        *to = decode(ask, node);
        ask->categories.count++;
    }
    return 0;
}

int simulate_read(
    struct simulate_ask *ask, const struct json_doc *doc, struct fault *fault)
{
    *ask = (struct simulate_ask){.doc = doc};
    if (json_kind(doc, 0) != JSON_OBJECT)
        return fault_set(
            fault, REFUSE_INVALID_REQUEST, NULL, "the body must be an object");
    /* What is decoded is never longer than it was; so it never moves. */
    if (buf_reserve(&ask->room, json_raw(doc, 0).n) == NULL)
        return no_memory(fault);
    if (read_conversation(ask, fault) != 0 || read_words(ask, fault) != 0 ||
        read_policy(ask, fault) != 0)
        return -1;
    return read_categories(ask, fault);
}

void simulate_free(struct simulate_ask *ask)
{
    said_free(&ask->said);
    buf_free(&ask->room);
    free(ask->spans);
    *ask = (struct simulate_ask){0};
}
