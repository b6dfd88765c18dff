#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "core/estimate.h"
#include "core/redaction.h"
#include "judge_private.h"
#include "relay.h"

/* What the model gets instead of what the users said. */

struct amending {
    struct policy_input *texts; /* as they are to be; borrowed */
    size_t *ends;
    size_t count;
    struct buf rewritten; /* of which the texts are */
    struct buf redacted;
    struct buf edits; /* struct said_edit: of what is none of the users' */
    struct buf room;  /* of which these are */
};

static void free_amending(struct amending *a)
{
    buf_free(&a->room);
    buf_free(&a->edits);
    buf_free(&a->redacted);
    buf_free(&a->rewritten);
    free(a->ends);
    free(a->texts);
}

/* The texts are now what lies in room, up to their ends. */
static void take_texts(struct amending *a, const struct buf *room)
{
    size_t begin = 0;

    for (size_t i = 0; i < a->count; begin = a->ends[i++])
        a->texts[i].text =
            (struct span){room->data + begin, a->ends[i] - begin};
}

static int rewrite(struct amending *a, const struct policy *policy)
{
    policy_rewrite(policy, a->texts, a->count, &a->rewritten, a->ends);
    if (a->rewritten.failed)
        return -1;
    take_texts(a, &a->rewritten);
    return 0;
}

static int redact(struct amending *a, struct call *call)
{
    struct policy_verdict *v = &call_ruling(call)->verdict;

    v->redacted |= redaction_texts(a->texts, a->count, &a->redacted, a->ends);
    v->redacted |=
        redaction_rest(&call->doc, call->dialect, &a->edits, &a->room);
    if (a->redacted.failed || a->edits.failed)
        return -1;
    take_texts(a, &a->redacted);
    return 0;
}

static bool same(struct span a, struct span b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* What the answer repeats of a request is what the caller wrote. */
int judge_replace(struct call *call, const struct buf *request)
{
    struct exchange *x = &call->exchange;
    struct buf memo;
    int rc = -1;

    exchange_remember(x, &call->doc);
    memo = x->memo;
    x->memo = (struct buf){0};
    json_free(&call->doc);
    exchange_free(x);
    if (!request->failed &&
        json_parse(&call->doc, request->data, request->len) == JSON_OK)
        rc = exchange_begin(
            x, call->dialect, relay_dialect(call), &call->doc, &call->fault);
    buf_free(&x->memo);
    x->memo = memo;
    return memo.failed ? -1 : rc;
}

static int by_node(const void *left, const void *right)
{
    const struct said_edit *l = left, *r = right;

    return l->node < r->node ? -1 : l->node > r->node;
}

/* All that has changed, in the order in which it stands in the request. */
static int put_edits(struct amending *a, const struct said *said,
    const struct policy_input *inputs)
{
    struct said_edit edit;

    for (size_t i = 0; i < a->count; i++) {
        edit = (struct said_edit){said->of[i].node, a->texts[i].text};
        if (!same(edit.text, inputs[i].text))
            buf_put(&a->edits, &edit, sizeof(edit));
    }
    if (a->edits.failed)
        return -1;
    if (a->edits.len > 0)
        qsort(
            a->edits.data, a->edits.len / sizeof(edit), sizeof(edit), by_node);
    return 0;
}

/* Quarters of a token by which the texts are longer than those they replace,
 * with the note, which is a message of its own on chat. */
static uint64_t growth(
    const struct call *call, const struct amending *a, struct span note)
{
    const struct said_edit *edits = (void *)a->edits.data;
    uint64_t before = 0, after = estimate_text(note);
    struct buf scratch = {0};

    if (note.n > 0 && call->dialect == DIALECT_CHAT)
        after += 4 * ESTIMATE_PER_MESSAGE;
    for (size_t i = 0; i < a->edits.len / sizeof(*edits); i++) {
        uint32_t node = edits[i].node;

        before += estimate_text(json_kind(&call->doc, node) == JSON_STRING
                                    ? json_view(&call->doc, node, &scratch)
                                    : json_raw(&call->doc, node));
        after += estimate_text(edits[i].text);
    }
    buf_free(&scratch);
    return after > before ? after - before : 0;
}

/* Write the request with what has changed, if anything has. */
static int write_request(struct call *call, const struct amending *a)
{
    const struct said_edit *edits = (void *)a->edits.data;
    size_t count = a->edits.len / sizeof(*edits);
    struct buf note = {0};
    struct span words;
    int rc = 0;

    policy_note(&call_ruling(call)->verdict, &note);
    words = (struct span){note.data, note.len};
    if (note.failed) {
        rc = -1;
    } else if (count > 0 || note.len > 0) {
        said_amend(&call->doc, call->dialect, edits, count, words,
            &call_ruling(call)->request);
        call->completion.est_in += estimate_input(growth(call, a, words));
        rc = judge_replace(call, &call_ruling(call)->request);
    }
    buf_free(&note);
    return rc;
}

int judge_amend(struct call *call, const struct said *said,
    const struct policy_input *inputs)
{
    struct ruling *r = call_ruling(call);
    struct amending a = {.count = said->count};
    int rc = -1;

    a.texts = calloc(a.count + 1, sizeof(*a.texts));
    a.ends = calloc(a.count + 1, sizeof(*a.ends));
    if (a.texts == NULL || a.ends == NULL)
        goto err0;
    memcpy(a.texts, inputs, a.count * sizeof(*a.texts));
    if (r->verdict.effective == POLICY_REWRITE &&
        rewrite(&a, r->entry->policy) != 0)
        goto err0;
    if (judge_redacts(r) && redact(&a, call) != 0)
        goto err0;
    if (put_edits(&a, said, inputs) == 0)
        rc = write_request(call, &a);
err0:
    free_amending(&a);
    return rc;
}
