#include "ctl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "core/policy_event.h"
#include "core/policy_save.h"

/* Others may add versions meanwhile, but not for ever. */
enum { TRIES = 32 };

/* What is there already. */
struct before {
    uint64_t version; /* 0: nothing */
    bool audit;       /* and its events are wanted */
};

static bool wants_events(const struct buf *document)
{
    struct json_doc json = {0};
    struct fault fault;
    struct policy_doc doc;
    bool wants = true;

    if (json_parse(&json, document->data, document->len) == JSON_OK &&
        policy_doc_read(&doc, &json, 0, "", &fault) == 0) {
        wants = doc.audit;
        policy_doc_free(&doc);
    }
    json_free(&json);
    return wants;
}

static enum store_status look_before(
    struct ctl *c, const struct store_policy_put *put, struct before *before)
{
    struct store_policy_get get = {.verb.kind = STORE_POLICY_GET};
    enum store_status status;

    *before = (struct before){0};
    memcpy(get.account, put->account, STORE_ID);
    memcpy(get.id, put->id, sizeof(get.id));
    status = ctl_run(c, &get.verb);
    if (status == STORE_OK) {
        before->version = get.policy.version;
        before->audit = wants_events(&get.document);
    }
    buf_free(&get.document);
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

/* The event of the version that comes behind ${before}. That nothing more will
 * be told is told. */
static void write_event(const struct policy *p, const struct before *before,
    uint64_t restored, struct store_policy_put *put, struct buf *text)
{
    char user[POLICY_EVENT_USER], id[POLICY_EVENT_ID];
    struct policy_event e = {.created_at = (uint64_t)(put->now / 1000000)};
    struct policy_revision r = {.doc = &p->doc,
        .version = before->version + 1,
        .restored = restored,
        .change = restored != 0          ? POLICY_RESTORED
                  : before->version != 0 ? POLICY_UPDATED
                                         : POLICY_CREATED};

    put->event = (struct store_event_add){0};
    if (!p->doc.audit && !before->audit)
        return;
    randombytes_buf(put->event.id, sizeof(put->event.id));
    policy_event_id(put->event.id, id);
    policy_event_user(put->account, user);
    e.event_id = (struct span){id, strlen(id)};
    e.user_id = (struct span){user, strlen(user)};
    buf_reset(text);
    policy_event_revision(&e, &r, text);
    put->event.text = (struct span){text->data, text->len};
}

static struct quota_limit limit_of(
    const struct policy_quota *quota, bool in_force)
{
    static const enum quota_window windows[] = {
        [POLICY_DAILY] = QUOTA_DAILY,
        [POLICY_WEEKLY] = QUOTA_WEEKLY,
        [POLICY_MONTHLY] = QUOTA_MONTHLY,
    };

    if (!in_force)
        return (struct quota_limit){0};
    return (struct quota_limit){
        quota->requests, quota->tokens, windows[quota->period]};
}

static enum store_status put_behind(struct ctl *c, const struct policy *p,
    uint64_t restored, struct store_policy_put *put, struct buf *text)
{
    struct before before;
    enum store_status status = look_before(c, put, &before);

    if (status != STORE_OK)
        return status;
    put->verb.kind = STORE_POLICY_PUT;
    put->now = clock_real();
    put->only_behind = true;
    put->behind = before.version;
    randombytes_buf(put->put, sizeof(put->put));
    put->budget = limit_of(&p->doc.project_quota, true);
    put->user_quota = limit_of(&p->doc.user_quota, p->doc.user_quotas);
    write_event(p, &before, restored, put, text);
    if (text->failed)
        return STORE_CLOSED;
    return ctl_run(c, &put->verb);
}

static int save(struct ctl *c, const struct policy *p, uint64_t restored,
    struct store_policy_put *put)
{
    struct buf text = {0};
    enum store_status status = STORE_REFUSED;

    for (int i = 0; i < TRIES && status == STORE_REFUSED; i++)
        status = put_behind(c, p, restored, put, &text);
    put->event.text = (struct span){0};
    buf_free(&text);
    if (status == STORE_REFUSED)
        return ctl_fail(c, "others keep changing this policy; try again");
    return status == STORE_OK ? CTL_OK : ctl_refused(c, status, "such account");
}

/* Beside the answer, whatever form that has: what was read is good. */
static void tell_ignored(const struct buf *paths)
{
    const char *path, *newline;

    for (size_t at = 0; at < paths->len; at += (size_t)(newline - path) + 1) {
        path = paths->data + at;
        newline = memchr(path, '\n', paths->len - at);
        fprintf(stderr, "turnpikectl: %.*s is not known: ignored\n",
            (int)(newline - path), path);
    }
}

struct policy *ctl_policy_read(
    struct ctl *c, struct span text, const char *id, struct buf *document)
{
    const struct span name = {id, strlen(id)};
    struct fault fault = {0};
    struct buf ignored = {0};
    struct policy *p = policy_save_read(
        text, name, STORE_POLICY_MAX, document, &ignored, &fault);

    if (p != NULL)
        tell_ignored(&ignored);
    else
        ctl_fail(c, "%s", refusal_message(&fault));
    buf_free(&ignored);
    return p;
}

int ctl_policy_save(struct ctl *c, struct span text, uint64_t restored,
    struct store_policy_put *put)
{
    struct buf document = {0};
    struct policy *p = ctl_policy_read(c, text, put->id, &document);
    int result = CTL_FAILED;

    if (p != NULL) {
        put->document = (struct span){document.data, document.len};
        result = save(c, p, restored, put);
        put->document = (struct span){0};
    }
    policy_free(p);
    buf_free(&document);
    return result;
}
