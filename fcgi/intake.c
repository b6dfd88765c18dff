#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "intake.h"
#include "reply.h"

/* The first step: everything that can be judged without the store. What is
 * wrong with the line, the headers or the credential is told at once, and the
 * body left alone; what is wrong with that is kept in call->fault until the key
 * has been accepted. */

enum { URI_MAX = 8 << 10, PATH_MAX_BYTES = 2 << 10 };

/* A key in a query would end up in somebody's log. */
static bool holds_key(const char *query)
{
    for (const char *p = strstr(query, "ak_"); p != NULL;
         p = strstr(p + 1, "ak_"))
        if (p == query || p[-1] == '=' || p[-1] == '&' ||
            strncasecmp(p - 3 < query ? query : p - 3, "%20", 3) == 0)
            return true;
    return false;
}

static void read_path(struct call *call)
{
    const char *uri = request_param(call->request, "REQUEST_URI");
    const char *method = request_param(call->request, "REQUEST_METHOD");
    size_t n = uri != NULL ? strcspn(uri, "?") : 0;

    if (n >= sizeof(call->path))
        n = sizeof(call->path) - 1;
    if (n > 0)
        memcpy(call->path, uri, n);
    call->head_only = method != NULL && strcmp(method, "HEAD") == 0;
}

static int check_target(struct call *call)
{
    const char *uri = request_param(call->request, "REQUEST_URI");
    const char *query;

    if (uri == NULL || uri[0] == '\0')
        return fault_set(&call->fault, REFUSE_NOT_FOUND, NULL, "%s", "");
    if (strlen(uri) > URI_MAX)
        return fault_set(&call->fault, REFUSE_URI_TOO_LONG, NULL, "%s", "");
    if (strstr(uri, "%00") != NULL)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "The path must not contain NUL.");
    if ((query = strchr(uri, '?')) != NULL && holds_key(query + 1))
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "An API key must not be sent in the query. Use the Authorization "
            "header, and replace this key: queries end up in logs.");
    return 0;
}

/* The path of the URI, whole; call->path is only for the log. */
static const struct route *find_route(const struct call *call)
{
    const char *uri = request_param(call->request, "REQUEST_URI");
    char path[PATH_MAX_BYTES + 1];
    size_t n = uri != NULL ? strcspn(uri, "?") : 0;

    if (n == 0 || n > PATH_MAX_BYTES)
        return NULL;
    memcpy(path, uri, n);
    path[n] = '\0';
    return route_find(call->worker->program->surfaces, path);
}

/* Errors speak the language of the path even where there is no route. */
static void guess_dialect(struct call *call)
{
    call->cors = strncmp(call->path, "/v1/", 4) == 0;
    call->dialect = DIALECT_CHAT;
    if (strstr(call->path, "/messages") != NULL)
        call->dialect = DIALECT_MESSAGES;
    if (call->route != NULL) {
        call->dialect = call->route->dialect;
        call->cors = call->route->cors;
    }
}

static int check_method(struct call *call)
{
    static const char known[] = " GET HEAD POST PUT PATCH DELETE OPTIONS "
                                "TRACE CONNECT ";
    const char *method = request_param(call->request, "REQUEST_METHOD");
    const unsigned methods = call->route->methods;
    char word[16];

    if (method == NULL || strlen(method) > 10 || strchr(method, ' ') != NULL)
        method = "?";
    if (methods & METHOD_GET && (call->head_only || !strcmp(method, "GET")))
        return 0;
    if (methods & METHOD_POST && strcmp(method, "POST") == 0)
        return 0;
    snprintf(word, sizeof(word), " %s ", method);
    if (strstr(known, word) == NULL)
        return fault_set(&call->fault, REFUSE_NOT_IMPLEMENTED, NULL, "%s", "");
    return fault_set(&call->fault, REFUSE_METHOD_NOT_ALLOWED, NULL,
        "%s is not allowed on %s.", method, call->route->path);
}

static int check_headers(struct call *call)
{
    static const char *const once[] = {
        "HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "CONTENT_LENGTH"};

    if (request_params_over(call->request))
        return fault_set(
            &call->fault, REFUSE_HEADERS_TOO_LARGE, NULL, "%s", "");
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        if (request_param_count(call->request, once[i]) > 1)
            return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
                "A header came twice that may come once.");
    if (request_timed_out(call->request))
        return fault_set(&call->fault, REFUSE_BODY_TIMEOUT, NULL, "%s", "");
    return 0;
}

/* The web server's own id of this request: delivered twice, it is one. */
static void adopt_server_id(struct call *call)
{
    const char *param = call->settings->conf->request_id_param;
    const char *id = NULL;
    uint8_t digest[MAC_SIZE];
    struct span whole;

    if (param != NULL && param[0] != '\0')
        id = request_param(call->request, param);
    if (id == NULL || id[0] == '\0')
        return;
    whole = (struct span){id, strlen(id)};
    mac_sign(call->worker->state.ledger_key, &whole, 1, digest);
    memcpy(call->id, digest, sizeof(call->id));
    call->admit.unseen = false;
}

/* Callers may name their requests; the ledger keeps our own name. */
static void read_request_id(struct call *call)
{
    const char *id = request_param(call->request, "HTTP_X_REQUEST_ID");

    adopt_server_id(call);
    memcpy(call->request_id, "req_", 4);
    mac_hex(call->id, sizeof(call->id), call->request_id + 4);
    if (id != NULL && strlen(id) <= 64 && id[0] != '\0' &&
        id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789._-")] == '\0')
        strcpy(call->request_id, id);
}

static void read_credential(struct call *call)
{
    const char *authorization =
        request_param(call->request, "HTTP_AUTHORIZATION");
    const char *free_tier = request_param(call->request, "HTTP_X_FREE_TIER");

    if (authorization == NULL)
        authorization =
            request_param(call->request, "REDIRECT_HTTP_AUTHORIZATION");
    if (authorization != NULL && authorization[0] == '\0')
        authorization = NULL; /* what rewrite rules make of an absent one */
    credential_read(&call->credential, authorization,
        request_param(call->request, "HTTP_X_API_KEY"));
    if (call->credential.kind != CREDENTIAL_NONE || free_tier == NULL)
        return;
    call->free_tier =
        strcmp(free_tier, "1") == 0 || strcasecmp(free_tier, "true") == 0;
}

/* ---- the step ---- */

static enum walk_next refuse_now(struct call *call)
{
    reply_fault(call);
    call->step = STEP_FINISH;
    return WALK_ON;
}

static bool is_preflight(const struct call *call)
{
    const char *method = request_param(call->request, "REQUEST_METHOD");

    return call->cors && method != NULL && strcmp(method, "OPTIONS") == 0;
}

/* Routes and methods; what they refuse is told before any key is looked at. */
static int check_route(struct call *call)
{
    if (call->route == NULL)
        return fault_set(&call->fault, REFUSE_NOT_FOUND, NULL, "%s", "");
    return check_method(call);
}

enum walk_next intake_run(struct call *call)
{
    enum refusal code;

    read_request_id(call);
    read_path(call);
    call->route = find_route(call);
    guess_dialect(call);
    if (check_headers(call) != 0 || check_target(call) != 0)
        return refuse_now(call);
    if (is_preflight(call)) {
        reply_empty(call, 204);
        call->step = STEP_FINISH;
        return WALK_ON;
    }
    if (check_route(call) != 0)
        return refuse_now(call);
    read_credential(call);
    if ((code = admit_caller(call)) != REFUSE_NONE) {
        call_fail(call, code);
        return refuse_now(call);
    }
    if (judge_headers(call) == 0 && call->route->work != ROUTE_HERE)
        intake_body(call);
    call->step = STEP_ADMIT;
    return WALK_ON;
}
