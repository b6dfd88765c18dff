#include "login.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "hasher.h"
#include "intake.h"
#include "log.h"
#include "reply.h"
#include "token.h"

enum { BODY_MAX = 1 << 20 };

/* What the logins of a worker share; made for the first of them. */
struct logins {
    struct hasher *hasher;
};

struct login {
    enum walk_step_id next; /* behind LOOKUP */
    struct store_account_get get;
    uint64_t whom; /* how the throttle knows the e-mail */
    struct buf password;
    struct hasher_job job;
};

/* ---- for all of them ---- */

void logins_free(struct logins *logins)
{
    if (logins == NULL)
        return;
    hasher_stop(logins->hasher);
    free(logins);
}

static struct logins *logins_create(const struct worker *worker)
{
    struct logins *logins = calloc(1, sizeof(*logins));

    if (logins == NULL)
        goto err0;
    logins->hasher = hasher_start(worker->loop, worker->throttle);
    if (logins->hasher == NULL)
        goto err1;
    return logins;

err1:
    free(logins);
err0:
    return NULL;
}

/* Without a sound throttle nobody signs in. */
static int ready_logins(struct call *call)
{
    struct worker *worker = call->worker;
    bool sound = worker_throttle(worker) != NULL;

    if (sound && worker->logins == NULL)
        worker->logins = logins_create(worker);
    if (sound && worker->logins != NULL && worker->state.jwt.count > 0)
        return 0;
    log_event("login_closed",
        worker->state.jwt.count == 0
            ? "there is no secret to sign tokens with; turnpikectl init "
              "makes one"
            : "the file that counts logins cannot be used");
    return fault_set(&call->fault, REFUSE_LOGIN_CLOSED, NULL, "%s", "");
}

/* ---- the body ---- */

/* A member that is a string of at most ${most} bytes. */
static int read_text(
    struct call *call, const char *name, size_t most, struct buf *out)
{
    uint32_t node = json_member(&call->doc, 0, name);

    if (node == JSON_NONE || json_kind(&call->doc, node) != JSON_STRING)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, name,
            "%s is required and must be a string.", name);
    json_string(&call->doc, node, out);
    if (out->failed)
        return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
    if (out->len == 0 || out->len > most)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, name,
            "%s must have 1 to %zu bytes.", name, most);
    return 0;
}

/* E-mails are kept in lower case. */
static int read_email(struct call *call, char email[STORE_EMAIL_MAX + 1])
{
    struct buf text = {0};
    int result = read_text(call, "email", STORE_EMAIL_MAX, &text);

    for (size_t i = 0; result == 0 && i < text.len; i++)
        email[i] = (char)tolower((unsigned char)text.data[i]);
    buf_free(&text);
    return result;
}

static int read_fields(struct call *call)
{
    struct login *login = call->login;

    if (intake_json(call, BODY_MAX) != 0 ||
        read_email(call, login->get.email) != 0 ||
        read_text(call, "password", PASSWORD_MAX, &login->password) != 0)
        return -1;
    if (json_size(&call->doc, 0) != 2)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "The body has email and password, and nothing else.");
    return 0;
}

/* ---- the throttle ---- */

static uint64_t hash_email(const struct call *call, const char *email)
{
    const struct span parts[] = {{"login", 5}, {email, strlen(email)}};
    uint8_t mac[MAC_SIZE];
    uint64_t hash;

    mac_sign(call->worker->state.pepper, parts, 2, mac);
    memcpy(&hash, mac, sizeof(hash));
    return hash;
}

/* An address that has had enough costs nobody else anything. */
static int throttle_try(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    struct throttle *throttle = call->worker->throttle;
    struct login *login = call->login;
    uint64_t now = throttle_now();
    uint32_t wait;

    login->whom = hash_email(call, login->get.email);
    wait = throttle_take(throttle, THROTTLE_ADDRESS, conf->rate_login_address,
        admit_address(call), now);
    if (wait == 0)
        wait = throttle_take(throttle, THROTTLE_ALL, conf->rate_login, 0, now);
    if (wait == 0)
        wait = throttle_take(throttle, THROTTLE_ACCOUNT,
            conf->rate_login_account, login->whom, now);
    if (wait == 0)
        return 0;
    call->retry_after = wait;
    return fault_set(&call->fault, REFUSE_LOGIN_LIMITED, NULL, "%s", "");
}

/* ---- the steps ---- */

static enum walk_next refuse(struct call *call, enum refusal code)
{
    call_fail(call, code);
    reply_fault(call);
    call->step = STEP_FINISH;
    return WALK_ON;
}

static int prepare(struct call *call, enum walk_step_id next)
{
    call->login = calloc(1, sizeof(*call->login));
    if (call->login == NULL)
        return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
    call->login->next = next;
    call->login->get.verb.kind = STORE_ACCOUNT_GET;
    return 0;
}

void login_begin(struct call *call)
{
    if (prepare(call, STEP_PASSWORD) != 0 || read_fields(call) != 0 ||
        ready_logins(call) != 0 || throttle_try(call) != 0)
        reply_fault(call);
    else
        call->step = STEP_LOOKUP;
}

void login_show(struct call *call)
{
    if (prepare(call, STEP_PROFILE) != 0) {
        reply_fault(call);
        return;
    }
    memcpy(call->login->get.id, call->admit.account, STORE_ID);
    call->step = STEP_LOOKUP;
}

static void lookup_done(void *cookie)
{
    struct call *call = cookie;

    call->step = call->login->next;
    walk_on(call);
}

enum walk_next login_lookup(struct call *call)
{
    call->job.verb = &call->login->get.verb;
    call->job.done = lookup_done;
    jobs_submit(call->worker->jobs, &call->job);
    return WALK_WAIT;
}

static void password_done(void *cookie)
{
    struct call *call = cookie;

    call->step = STEP_TOKEN;
    walk_on(call);
}

enum walk_next login_password(struct call *call)
{
    struct login *login = call->login;
    struct hasher_job *job = &login->job;

    if (login->get.verb.status == STORE_CLOSED)
        return refuse(call, REFUSE_STORE_CLOSED);
    if (login->get.verb.status == STORE_OK)
        memcpy(job->hash, login->get.account.password, sizeof(job->hash));
    job->password = (struct span){login->password.data, login->password.len};
    job->done = password_done;
    job->cookie = call;
    if (hasher_submit(call->worker->logins->hasher, job))
        return WALK_WAIT;
    call->retry_after = 1;
    return refuse(call, REFUSE_LOGIN_LIMITED);
}

static void put_user(struct buf *out, const struct store_account *account)
{
    char id[2 * STORE_ID + 1];

    mac_hex(account->id, STORE_ID, id);
    buf_puts(out, "\"id\":\"acct_");
    buf_puts(out, id);
    buf_puts(out, "\",\"email\":");
    json_quote(out, (struct span){account->email, strlen(account->email)});
}

static int write_answer(const struct call *call, struct buf *out)
{
    const struct store_account *account = &call->login->get.account;
    struct buf token = {0};
    int result = token_write(&call->worker->state.jwt, account->id,
        account->token_version, time(NULL), &token);

    if (result == 0) {
        buf_puts(out, "{\"access_token\":\"");
        buf_put(out, token.data, token.len);
        buf_puts(out, "\",\"token\":\"");
        buf_put(out, token.data, token.len);
        buf_printf(
            out, "\",\"token_type\":\"bearer\",\"expires_in\":%d", JWT_LIFE);
        buf_puts(out, ",\"user\":{");
        put_user(out, account);
        buf_puts(out, "}}");
        sodium_memzero(token.data, token.len);
    }
    buf_free(&token);
    return out->failed ? -1 : result;
}

static enum walk_next welcome(struct call *call)
{
    struct throttle *throttle = worker_throttle(call->worker);
    struct buf body = {0};

    if (throttle != NULL)
        throttle_forgive(throttle, THROTTLE_ACCOUNT, call->login->whom);
    if (write_answer(call, &body) != 0) {
        buf_free(&body);
        return refuse(call, REFUSE_LOGIN_CLOSED);
    }
    reply_json(call, 200, (struct span){body.data, body.len});
    sodium_memzero(body.data, body.len);
    buf_free(&body);
    call->step = STEP_FINISH;
    return WALK_ON;
}

enum walk_next login_token(struct call *call)
{
    const struct login *login = call->login;

    switch (login->job.answer) {
    case HASHER_RIGHT:
        return login->get.account.suspended ? refuse(call, REFUSE_LOGIN_WRONG)
                                            : welcome(call);
    case HASHER_WRONG:
        return refuse(call, REFUSE_LOGIN_WRONG);
    case HASHER_BUSY:
        call->retry_after = 1;
        return refuse(call, REFUSE_LOGIN_LIMITED);
    default:
        return refuse(call, REFUSE_LOGIN_CLOSED);
    }
}

enum walk_next login_profile(struct call *call)
{
    const struct store_account *account = &call->login->get.account;
    struct buf body = {0};

    if (call->login->get.verb.status != STORE_OK)
        return refuse(call, REFUSE_STORE_CLOSED);
    buf_puts(&body, "{");
    put_user(&body, account);
    buf_printf(&body, ",\"plan\":\"%s\",\"credits\":%lld}",
        account->plan == PLAN_POLICY ? "policy" : "standard",
        (long long)account->balance.posted);
    reply_json(call, 200, (struct span){body.data, body.len});
    buf_free(&body);
    call->step = STEP_FINISH;
    return WALK_ON;
}

void login_free(struct call *call)
{
    struct login *login = call->login;

    if (login == NULL)
        return;
    if (login->password.data != NULL)
        sodium_memzero(login->password.data, login->password.len);
    buf_free(&login->password);
    sodium_memzero(login, sizeof(*login));
    free(login);
    call->login = NULL;
}
