#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 256 /* bytes that are looked at at once */ };

/* ---- making ---- */

static struct terms *compile(const struct policy_doc *doc, enum fold_form form,
    const struct policy_texts *list, const char *path, struct fault *fault)
{
    char param[sizeof(fault->param)];
    struct terms *t;
    size_t bad;

    t = terms_make(form, list->of, list->count, &bad);
    if (t != NULL)
        return t;
    if (bad == list->count) {
        fault_set(fault, REFUSE_INTERNAL, NULL, "%s", "");
        return NULL;
    }
    snprintf(param, sizeof(param), "%s%s%s[%zu]", doc->prefix, doc->within,
        path, bad);
    fault_set(fault, REFUSE_INVALID_REQUEST, param,
        "%s must have something to be seen and, folded, at most %d characters",
        param, TERMS_BYTES);
    return NULL;
}

struct policy *policy_make(struct policy_doc *doc, struct fault *fault)
{
    struct policy *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        policy_doc_free(doc);
        fault_set(fault, REFUSE_INTERNAL, NULL, "%s", "");
        return NULL;
    }
    p->doc = *doc;
    *doc = (struct policy_doc){0};
    p->allow =
        compile(&p->doc, FOLD_PLAIN, &p->doc.allow, "rules.allowlist", fault);
    if (p->allow != NULL)
        p->deny = compile(
            &p->doc, FOLD_SKELETON, &p->doc.deny, "rules.denylist", fault);
    if (p->deny != NULL)
        return p;
    policy_free(p);
    return NULL;
}

void policy_free(struct policy *p)
{
    if (p == NULL)
        return;
    terms_free(p->allow);
    terms_free(p->deny);
    policy_doc_free(&p->doc);
    free(p);
}

/* ---- looking for terms ---- */

static bool mark(void *cookie, const struct terms_hit *hit)
{
    ((uint8_t *)cookie)[hit->term] = 1;
    return false;
}

/* Terms in texts as if there were a blank between them, as a phrase may be
 * split; and, while something may yet become a hit that began before the last
 * text, as if there were nothing, as a word may be. */
struct look {
    struct terms_scan *scan, *across; /* the latter: NULL while not needed */
    struct terms_sink sink;
    uint64_t at, across_at; /* bytes each has seen */
    uint64_t joint;         /* where the last text begins, in across */
    bool failed;            /* across has */
};

static void end_across(struct look *l)
{
    l->failed =
        l->failed || (l->across != NULL && terms_scan_failed(l->across));
    terms_scan_free(l->across);
    l->across = NULL;
}

static void feed_across(struct look *l, struct span text)
{
    struct span piece;

    for (; l->across != NULL && text.n > 0;
         text.p += piece.n, text.n -= piece.n) {
        piece = (struct span){text.p, text.n < PIECE ? text.n : PIECE};
        terms_scan_feed(l->across, piece, &l->sink);
        l->across_at += piece.n;
        if (terms_scan_live(l->across) >= l->joint)
            end_across(l);
    }
}

static void feed(struct look *l, struct span text)
{
    terms_scan_feed(l->scan, text, &l->sink);
    l->at += text.n;
}

/* One text is over, and another follows. */
static int join(struct look *l)
{
    if (l->across == NULL && terms_scan_live(l->scan) < l->at) {
        l->across = terms_scan_fork(l->scan);
        l->across_at = l->at;
        if (l->across == NULL)
            return -1;
    }
    l->joint = l->across_at;
    feed(l, (struct span){"\n", 1});
    return 0;
}

static int look(const struct terms *t, const struct policy_input *inputs,
    size_t count, uint8_t *marks)
{
    struct look l = {.scan = terms_scan_make(t), .sink = {mark, marks}};
    int rc = l.scan != NULL ? 0 : -1;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (i > 0)
            rc = join(&l);
        feed_across(&l, inputs[i].text);
        feed(&l, inputs[i].text);
    }
    if (rc == 0)
        terms_scan_end(l.scan, &l.sink);
    if (rc == 0 && l.across != NULL)
        terms_scan_end(l.across, &l.sink);
    end_across(&l);
    if (rc == 0 && (l.failed || terms_scan_failed(l.scan)))
        rc = -1;
    terms_scan_free(l.scan);
    return rc;
}

static int collect(const uint8_t *marks, size_t n, struct policy_hits *hits)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += marks[i];
    if (count == 0)
        return 0;
    hits->of = malloc(count * sizeof(hits->of[0]));
    if (hits->of == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (marks[i] != 0)
            hits->of[hits->count++] = (uint32_t)i;
    return 0;
}

/* The hits of a list in the inputs from the first on. */
static int find(const struct terms *t, size_t terms,
    const struct policy_ask *ask, size_t first, struct policy_hits *hits)
{
    uint8_t *marks;
    int rc = -1;

    if (terms == 0 || first == ask->input_count)
        return 0;
    marks = calloc(terms, 1);
    if (marks == NULL)
        return -1;
    if (look(t, ask->inputs + first, ask->input_count - first, marks) == 0)
        rc = collect(marks, terms, hits);
    free(marks);
    return rc;
}

static size_t last_turn(const struct policy_ask *ask)
{
    size_t i = ask->input_count;

    while (i > 0 && ask->inputs[--i].same_turn)
        ;
    return i;
}

/* ---- categories ---- */

bool policy_category_matches(struct span listed, struct span found)
{
    return listed.n > 0 && found.n >= listed.n &&
           memcmp(listed.p, found.p, listed.n) == 0 &&
           (found.n == listed.n || found.p[listed.n] == '/');
}

static int find_categories(const struct policy_doc *doc,
    const struct policy_ask *ask, struct policy_hits *hits)
{
    uint8_t marks[POLICY_LABELS] = {0};

    for (size_t i = 0; i < doc->categories.count; i++)
        for (size_t k = 0; k < ask->category_count; k++)
            if (policy_category_matches(
                    doc->categories.of[i], ask->categories[k]))
                marks[i] = 1;
    return collect(marks, doc->categories.count, hits);
}

/* ---- deciding ---- */

static const char *reason_of(enum policy_decision d)
{
    static const char *const reasons[POLICY_DECISIONS] = {
        [POLICY_ALLOW] = "ALLOW",
        [POLICY_REWRITE] = "REWRITE",
        [POLICY_SUMMARY] = "SUMMARY",
        [POLICY_ESCALATE] = "ESCALATE",
        [POLICY_REFUSE] = "REFUSE",
    };

    return reasons[d];
}

static void decide(struct policy_verdict *v, enum policy_decision decision)
{
    v->decision = decision;
    v->effective = v->enforced ? decision : POLICY_ALLOW;
    v->reason = reason_of(decision);
}

static enum policy_decision by_rules(const struct policy_verdict *v)
{
    const struct policy_doc *doc = &v->policy->doc;

    if (doc->allow.count > 0 && v->allow.count == 0)
        return POLICY_REFUSE;
    if (v->deny.count > 0 || v->categories.count > 0)
        return doc->action;
    return POLICY_ALLOW;
}

/* A quota is no part of the rollout: it refuses in every mode. */
static void refuse_by_quota(
    struct policy_verdict *v, enum policy_quota_state quota)
{
    v->decision = v->effective = POLICY_REFUSE;
    v->enforced = true;
    v->reason = quota == POLICY_USER_QUOTA_SPENT ? "USER_QUOTA_EXCEEDED"
                                                 : "PROJECT_QUOTA_EXCEEDED";
}

int policy_judge(const struct policy *p, const struct policy_ask *ask,
    struct policy_verdict *v)
{
    size_t last = last_turn(ask);

    *v = (struct policy_verdict){.policy = p,
        .mode = ask->arm.mode,
        .enforced = ask->arm.enforced,
        .target = ask->target};
    decide(v, POLICY_ALLOW);
    if (ask->arm.evaluated) {
        if (find(p->allow, p->doc.allow.count, ask, last, &v->allow) != 0 ||
            find(p->deny, p->doc.deny.count, ask, 0, &v->deny) != 0 ||
            find_categories(&p->doc, ask, &v->categories) != 0) {
            policy_verdict_free(v);
            return -1;
        }
        decide(v, by_rules(v));
    }
    if (ask->quota != POLICY_QUOTA_LEFT)
        refuse_by_quota(v, ask->quota);
    return 0;
}

void policy_verdict_free(struct policy_verdict *v)
{
    free(v->allow.of);
    free(v->deny.of);
    free(v->categories.of);
    v->allow = v->deny = v->categories = (struct policy_hits){0};
}

/* ---- output ---- */

static int by_index(const void *left, const void *right)
{
    uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;

    return l < r ? -1 : l > r;
}

static int add_hits(struct policy_hits *to, const struct policy_hits *more)
{
    size_t n = to->count + more->count, kept = 0;
    uint32_t *of;

    if (more->count == 0)
        return 0;
    of = realloc(to->of, n * sizeof(of[0]));
    if (of == NULL)
        return -1;
    memcpy(of + to->count, more->of, more->count * sizeof(of[0]));
    qsort(of, n, sizeof(of[0]), by_index);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || of[i] != of[kept - 1])
            of[kept++] = of[i];
    to->of = of;
    to->count = kept;
    return 0;
}

int policy_fire(struct policy_verdict *v, const struct policy_hits *deny,
    const struct policy_hits *categories)
{
    if (add_hits(&v->deny, deny) != 0 ||
        add_hits(&v->categories, categories) != 0)
        return -1;
    if (v->decision != POLICY_REFUSE)
        decide(v, v->policy->doc.action);
    return 0;
}
