#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "core/policy.h"
#include "core/policy_replay.h"

/* What a candidate would have decided of a project's calls, from its events. */

enum { MASKS = 1 << POLICY_DECISIONS };

/* A version of the policy that events name, against the candidate. */
struct version {
    struct version *next;
    uint64_t number;
    struct policy_doc doc;
    struct policy_replay *replay;
};

struct replaying {
    struct ctl *c;
    struct store_project project;
    struct policy *candidate;
    struct version *versions;
    int64_t since;
    int64_t kinds[POLICY_REPLAY_ILLEGIBLE + 1];
    int64_t counts[POLICY_DECISIONS][MASKS];
    struct json_object *changed;   /* events that would be decided otherwise */
    struct policy_unknown unknown; /* the most of any version */
};

/* ---- versions ---- */

static int read_version(
    struct ctl *c, struct store_policy_get *get, struct version *v)
{
    enum store_status status = ctl_run(c, &get->verb);
    struct json_doc json = {0};
    struct fault fault = {0};
    int result = CTL_OK;

    if (status != STORE_OK)
        return ctl_refused(c, status, "such version of the policy");
    if (json_parse(&json, get->document.data, get->document.len) != JSON_OK ||
        policy_doc_read(&v->doc, &json, 0, "", &fault) != 0)
        result = ctl_fail(c, "version %llu of the policy is not legible",
            (unsigned long long)v->number);
    json_free(&json);
    return result;
}

static void note_unknown(struct replaying *r, const struct version *v)
{
    struct policy_unknown u = policy_replay_unknown(v->replay);

    if (u.allow > r->unknown.allow)
        r->unknown.allow = u.allow;
    if (u.deny > r->unknown.deny)
        r->unknown.deny = u.deny;
    if (u.categories > r->unknown.categories)
        r->unknown.categories = u.categories;
}

static int add_version(struct replaying *r, uint64_t number)
{
    struct store_policy_get get = {
        .verb.kind = STORE_POLICY_GET, .version = number};
    struct version *v = calloc(1, sizeof(*v));
    int result;

    if (v == NULL)
        return ctl_fail(r->c, "out of memory");
    v->number = number;
    v->next = r->versions;
    r->versions = v;
    memcpy(get.account, r->project.account, STORE_ID);
    memcpy(get.id, r->project.policy, sizeof(get.id));
    result = read_version(r->c, &get, v);
    buf_free(&get.document);
    if (result != CTL_OK)
        return result;
    v->replay = policy_replay_make(&v->doc, &r->candidate->doc);
    if (v->replay == NULL)
        return ctl_fail(r->c, "out of memory");
    note_unknown(r, v);
    return CTL_OK;
}

static int find_version(
    struct replaying *r, uint64_t number, struct version **version)
{
    for (struct version *v = r->versions; v != NULL; v = v->next)
        if (v->number == number) {
            *version = v;
            return CTL_OK;
        }
    if (add_version(r, number) != CTL_OK)
        return CTL_FAILED;
    *version = r->versions;
    return CTL_OK;
}

static void free_versions(struct replaying *r)
{
    struct version *v, *next;

    for (v = r->versions; v != NULL; v = next) {
        next = v->next;
        policy_replay_free(v->replay);
        policy_doc_free(&v->doc);
        free(v);
    }
}

/* ---- events ---- */

static struct json_object *decisions(uint32_t mask)
{
    struct json_object *array = ctl_array_new();

    for (int d = 0; d < POLICY_DECISIONS; d++)
        if ((mask & 1u << d) != 0)
            ctl_append(array, policy_decision_word(d));
    return array;
}

static void note_event(struct replaying *r, const struct json_doc *event,
    const struct store_event_row *row, const struct policy_replayed *is)
{
    struct json_object *changed;
    struct buf id = {0};

    r->counts[is->from][is->to]++;
    if ((is->to & 1u << is->from) != 0)
        return;
    changed = ctl_row_new();
    if (json_has(event, 0, "event_id", JSON_STRING))
        json_string(event, json_member(event, 0, "event_id"), &id);
    ctl_add_int(changed, "seq", (int64_t)row->seq);
    ctl_add_text(changed, "event_id", buf_terminate(&id));
    ctl_add_text(changed, "from", policy_decision_word(is->from));
    ctl_add(changed, "to", decisions(is->to));
    ctl_append_row(r->changed, changed);
    buf_free(&id);
}

/* Whether the event is a decision by a version of the project's policy. */
static bool names_version(
    const struct replaying *r, const struct json_doc *event, uint64_t *number)
{
    uint32_t id = json_present(event, 0, "policy_id");
    int64_t n = 0;

    if (json_kind(event, 0) != JSON_OBJECT || id == JSON_NONE ||
        !json_string_is(event, id, r->project.policy) ||
        json_int(event, json_present(event, 0, "policy_version"), &n) != 0 ||
        n <= 0)
        return false;
    *number = (uint64_t)n;
    return true;
}

static int replay_event(
    struct replaying *r, const struct store_event_row *row, struct span text)
{
    struct json_doc event = {0};
    struct policy_replayed is = {.kind = POLICY_REPLAY_OTHER};
    struct version *v;
    uint64_t number;
    int result = CTL_OK;

    if (json_parse(&event, text.p, text.n) != JSON_OK) {
        is.kind = POLICY_REPLAY_ILLEGIBLE;
    } else if (names_version(r, &event, &number)) {
        result = find_version(r, number, &v);
        if (result == CTL_OK && policy_replay_event(v->replay, &event, &is))
            result = ctl_fail(r->c, "out of memory");
    }
    if (result == CTL_OK) {
        r->kinds[is.kind]++;
        if (is.kind == POLICY_REPLAYED)
            note_event(r, &event, row, &is);
    }
    json_free(&event);
    return result;
}

static int replay_all(struct replaying *r)
{
    struct store_event_row rows[CTL_SLICE];
    struct store_events page = {.verb.kind = STORE_EVENTS,
        .since = r->since,
        .rows = rows,
        .max = CTL_SLICE};
    enum store_status status;
    int result = CTL_OK;

    memcpy(page.owner.project, r->project.id, sizeof(r->project.id));
    do {
        status = ctl_run(r->c, &page.verb);
        if (status != STORE_OK)
            result = ctl_refused(r->c, status, "such events");
        for (size_t i = 0; i < page.count && result == CTL_OK; i++)
            result = replay_event(r, &rows[i],
                (struct span){page.texts.data + rows[i].text, rows[i].text_n});
    } while (result == CTL_OK && page.more);
    buf_free(&page.texts);
    return result;
}

/* ---- telling ---- */

static struct json_object *change_of(
    const struct replaying *r, int from, uint32_t to)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "from", policy_decision_word(from));
    ctl_add(row, "to", decisions(to));
    ctl_add_int(row, "count", r->counts[from][to]);
    return row;
}

static void tell_change(const struct replaying *r, int from, uint32_t to,
    struct json_object *changes)
{
    struct buf line = {0};
    const char *between = " -> ";

    if (r->c->json) {
        ctl_append_row(changes, change_of(r, from, to));
        return;
    }
    buf_puts(&line, policy_decision_word(from));
    for (int d = 0; d < POLICY_DECISIONS; d++)
        if ((to & 1u << d) != 0) {
            buf_printf(&line, "%s%s", between, policy_decision_word(d));
            between = " or ";
        }
    buf_printf(&line, ": %lld", (long long)r->counts[from][to]);
    ctl_append(changes, buf_terminate(&line));
    buf_free(&line);
}

static void tell_counts(const struct replaying *r, struct json_object *row)
{
    struct json_object *changes = ctl_array_new();
    int64_t same = 0, changed = 0, unknown = 0;

    for (int from = 0; from < POLICY_DECISIONS; from++)
        for (uint32_t to = 1; to < MASKS; to++) {
            const int64_t n = r->counts[from][to];

            if (to == 1u << from)
                same += n;
            else if ((to & 1u << from) != 0)
                unknown += n;
            else
                changed += n;
            if (n > 0)
                tell_change(r, from, to, changes);
        }
    ctl_add_int(row, "same", same);
    ctl_add_int(row, "changed", changed);
    ctl_add_int(row, "unknown", unknown);
    ctl_add(row, "changes", changes);
}

static void tell_fresh(
    struct json_object *lines, size_t n, const char *of, const char *what)
{
    char line[200];

    if (n == 0)
        return;
    snprintf(line, sizeof(line),
        "%zu of %s: %s, so events do not tell whether they would be hit", n, of,
        what);
    ctl_append(lines, line);
}

static void tell_unknown(const struct replaying *r, struct json_object *row)
{
    static const char new_term[] = "new terms, which nobody looked for";
    struct json_object *lines = ctl_array_new();

    tell_fresh(lines, r->unknown.allow, "rules.allowlist", new_term);
    tell_fresh(lines, r->unknown.deny, "rules.denylist", new_term);
    tell_fresh(lines, r->unknown.categories, "rules.flagged_categories",
        "new categories, which nobody looked for");
    ctl_add(row, "not_known", lines);
}

static int tell(struct replaying *r)
{
    struct json_object *row = ctl_row_new();

    ctl_add_text(row, "project_id", r->project.id);
    ctl_add_text(row, "policy_id", r->project.policy);
    ctl_add_int(row, "replayed", r->kinds[POLICY_REPLAYED]);
    tell_counts(r, row);
    ctl_add_int(row, "other_events", r->kinds[POLICY_REPLAY_OTHER]);
    ctl_add_int(row, "lost_calls", r->kinds[POLICY_REPLAY_LOST]);
    ctl_add_int(row, "not_looked_at", r->kinds[POLICY_REPLAY_UNSEEN]);
    ctl_add_int(row, "illegible", r->kinds[POLICY_REPLAY_ILLEGIBLE]);
    tell_unknown(r, row);
    if (r->c->json)
        ctl_add(row, "changed_events", json_object_get(r->changed));
    return ctl_print(r->c, row);
}

/* ---- the command ---- */

static int find_project(struct replaying *r)
{
    struct store_project_get get;
    int result = ctl_project_find(r->c, r->c->options.project, &get);

    if (result != CTL_OK)
        return result;
    buf_free(&get.web_tools);
    if (get.project.policy[0] == 0)
        return ctl_fail(r->c, "the project is not linked to a policy");
    r->project = get.project;
    return CTL_OK;
}

static int read_candidate(struct replaying *r)
{
    struct buf text = {0}, document = {0};
    int result =
        ctl_read_json(r->c, r->c->options.candidate, STORE_POLICY_MAX, &text);

    if (result == CTL_OK)
        r->candidate = ctl_policy_read(r->c, (struct span){text.data, text.len},
            r->project.policy, &document);
    if (result == CTL_OK && r->candidate == NULL)
        result = CTL_FAILED;
    buf_free(&text);
    buf_free(&document);
    return result;
}

int ctl_policy_replay(struct ctl *c)
{
    struct replaying r = {.c = c, .since = INT64_MIN};
    int result = CTL_OK;

    if (!c->options.project || !c->options.candidate)
        return ctl_usage(c, "policy replay needs --project and --candidate");
    if (c->options.since &&
        ctl_read_time(c->options.since, clock_real(), &r.since))
        return ctl_usage(
            c, "--since is a time such as 2030-01-31T00:00:00Z or -24h");
    r.changed = ctl_array_new();
    result = find_project(&r);
    if (result == CTL_OK)
        result = read_candidate(&r);
    if (result == CTL_OK)
        result = replay_all(&r);
    if (result == CTL_OK)
        result = tell(&r);
    free_versions(&r);
    policy_free(r.candidate);
    json_object_put(r.changed);
    return result;
}
