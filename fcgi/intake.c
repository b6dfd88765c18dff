#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "reply.h"

/* The first step: everything that can be judged without the store. What is
 * wrong with the line or the headers is told at once; what is wrong with the
 * body is kept in call->fault until the key has been accepted. */

enum { URI_MAX = 8 << 10, PATH_MAX_BYTES = 2 << 10 };

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0'
                                     : tolower((unsigned char)c) - 'a' + 10;
}

/* Whether the escapes of ${path} hide a NUL. */
static bool hides_nul(const char *path)
{
    for (const char *p = strchr(path, '%'); p != NULL; p = strchr(p + 1, '%'))
        if (isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]) &&
            hex_digit(p[1]) * 16 + hex_digit(p[2]) == 0)
            return true;
    return false;
}

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

static int read_target(struct call *call)
{
    const char *uri = request_param(call->request, "REQUEST_URI");
    size_t n;

    if (uri == NULL || uri[0] == '\0')
        return fault_set(&call->fault, REFUSE_NOT_FOUND, NULL, "%s", "");
    n = strcspn(uri, "?");
    snprintf(call->path, sizeof(call->path), "%.*s", (int)n, uri);
    if (strlen(uri) > URI_MAX)
        return fault_set(&call->fault, REFUSE_URI_TOO_LONG, NULL, "%s", "");
    if (hides_nul(uri))
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "The path must not contain NUL.");
    if (uri[n] == '?' && holds_key(uri + n + 1))
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
    size_t n = strcspn(uri, "?");

    if (n > PATH_MAX_BYTES)
        return NULL;
    memcpy(path, uri, n);
    path[n] = '\0';
    return route_find(call->worker->routes, path);
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
    call->head_only = strcmp(method, "HEAD") == 0;
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

static void read_request_id(struct call *call)
{
    const char *id = request_param(call->request, "HTTP_X_REQUEST_ID");
    const char *param = call->settings->conf->request_id_param;
    uint8_t digest[MAC_SIZE];
    struct span whole;

    if (id != NULL && strlen(id) <= 64 && id[0] != '\0' &&
        id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789._-")] == '\0')
        strcpy(call->request_id, id);
    if (param == NULL || param[0] == '\0' ||
        (id = request_param(call->request, param)) == NULL || id[0] == '\0')
        return;
    /* The web server's own id of this request: delivered twice, it is one. */
    whole = (struct span){id, strlen(id)};
    mac_sign(call->worker->state.ledger_key, &whole, 1, digest);
    memcpy(call->id, digest, sizeof(call->id));
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

/* ---- the body ---- */

/* The value of a parameter of a media type. */
static bool charset_is_utf8(const char *type)
{
    const char *charset = strcasestr(type, "charset=");
    size_t n;

    if (charset == NULL)
        return true;
    charset += 8;
    if (*charset == '"')
        charset++;
    n = strcspn(charset, "\"; \t");
    return (n == 5 && strncasecmp(charset, "utf-8", 5) == 0) ||
           (n == 4 && strncasecmp(charset, "utf8", 4) == 0);
}

static bool type_is_json(const char *type)
{
    size_t n = strcspn(type, "; \t");

    if (n == 0)
        return true;
    if (n == 16 && strncasecmp(type, "application/json", 16) == 0)
        return true;
    return n > 17 && strncasecmp(type, "application/", 12) == 0 &&
           strncasecmp(type + n - 5, "+json", 5) == 0;
}

static int check_media(struct call *call)
{
    const char *type = request_param(call->request, "CONTENT_TYPE");
    const char *encoding =
        request_param(call->request, "HTTP_CONTENT_ENCODING");

    if (type != NULL && (!type_is_json(type) || !charset_is_utf8(type)))
        return fault_set(
            &call->fault, REFUSE_UNSUPPORTED_MEDIA, NULL, "%s", "");
    if (encoding != NULL && encoding[0] != '\0' &&
        strcasecmp(encoding, "identity") != 0)
        return fault_set(
            &call->fault, REFUSE_UNSUPPORTED_MEDIA, NULL, "%s", "");
    return 0;
}

static int check_length(struct call *call)
{
    const char *text = request_param(call->request, "CONTENT_LENGTH");
    struct span body = request_body(call->request);
    unsigned long long length = 0;
    bool stated = text != NULL && text[0] != '\0';

    if (stated && (strlen(text) > 18 || text[strspn(text, "0123456789")]))
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "Content-Length must be a plain number.");
    if (stated)
        length = strtoull(text, NULL, 10);
    if (request_body_over(call->request) ||
        length > call->settings->conf->body_max)
        return fault_set(&call->fault, REFUSE_TOO_LARGE, NULL,
            "The body is larger than %llu bytes.",
            (unsigned long long)call->settings->conf->body_max);
    if (stated && body.n != length)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "The body has not the length that Content-Length states.");
    if (body.n == 0)
        return fault_set(
            &call->fault, REFUSE_INVALID_REQUEST, NULL, "The body is empty.");
    return 0;
}

static int parse_body(struct call *call)
{
    struct span body = request_body(call->request);
    enum json_error error = json_parse(&call->doc, body.p, body.n);

    if (error == JSON_NO_MEMORY)
        return fault_set(&call->fault, REFUSE_OVERLOADED, NULL, "%s", "");
    if (error == JSON_DUPLICATE_KEY)
        return fault_set(&call->fault, REFUSE_DUPLICATE_KEY, NULL,
            "The body names the same key twice in one object, at byte %u.",
            call->doc.fault_at);
    if (error != JSON_OK)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "invalid JSON: %s, at byte %u", json_strerror(error),
            call->doc.fault_at);
    if (json_kind(&call->doc, 0) != JSON_OBJECT)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST, NULL,
            "The body must be a JSON object.");
    return 0;
}

/* What the named model is sold as. */
static int find_offer(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    const struct conf_model *model = conf_model(conf, call->chat.model);
    struct offer *offer = &call->offer;

    if (model == NULL && !conf->models_any)
        return fault_set(&call->fault, REFUSE_MODEL_NOT_FOUND, "model",
            "The model \"%s\" does not exist.", call->chat.model);
    offer->configured = model;
    offer->model = model != NULL ? model->name : call->chat.model;
    offer->upstream_model = model != NULL && model->upstream_name != NULL
                                ? model->upstream_name
                                : offer->model;
    offer->price = model != NULL ? model->price : conf->price;
    offer->max_output = model != NULL ? model->max_output : conf->max_output;
    return 0;
}

static void read_body(struct call *call)
{
    if (check_length(call) != 0 || check_media(call) != 0 ||
        parse_body(call) != 0 ||
        chat_request_read(&call->doc, &call->chat, &call->fault) != 0)
        return;
    find_offer(call);
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

enum walk_next intake_run(struct call *call)
{
    read_request_id(call);
    if (read_target(call) != 0)
        return refuse_now(call);
    call->route = find_route(call);
    guess_dialect(call);
    if (check_headers(call) != 0)
        return refuse_now(call);
    if (is_preflight(call)) {
        reply_empty(call, 204);
        call->step = STEP_FINISH;
        return WALK_ON;
    }
    if (call->route == NULL) {
        call_fail(call, REFUSE_NOT_FOUND);
        return refuse_now(call);
    }
    if (check_method(call) != 0)
        return refuse_now(call);
    read_credential(call);
    if (call->route->upstream != NULL)
        read_body(call);
    call->step = STEP_ADMIT;
    return WALK_ON;
}
