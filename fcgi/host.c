#include "host.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

enum {
    USUAL_BODY_LIMIT = 128 << 10, /* mod_fcgid's FcgidMaxRequestLen */
    USUAL_TIME_LIMIT = 300        /* seconds, its FcgidBusyTimeout */
};

enum finding { FINE, BROKEN, UNKNOWN };

static bool is_given(const struct call *call, const char *name)
{
    const char *value = request_param(call->request, name);

    return value != NULL && value[0] != '\0';
}

static enum finding look_at_authorization(const struct call *call)
{
    if (is_given(call, "HTTP_AUTHORIZATION") ||
        is_given(call, "REDIRECT_HTTP_AUTHORIZATION"))
        return FINE;
    return host_wants_probe(call) ? BROKEN : UNKNOWN;
}

static enum finding look_at_body(const struct call *call)
{
    return request_body(call->request).n > USUAL_BODY_LIMIT ? FINE : UNKNOWN;
}

/* Only the reader of an answer can see how it comes, and only the host what
 * lies on its disk. */
static enum finding look_elsewhere(const struct call *call)
{
    (void)call;
    return UNKNOWN;
}

static enum finding look_at_time(const struct call *call)
{
    uint32_t seconds = call->settings->conf->stream_seconds;

    return seconds == 0 || seconds > USUAL_TIME_LIMIT ? FINE : BROKEN;
}

static enum finding look_at_state(const struct call *call)
{
    return host_exposes_state(call) ? BROKEN : FINE;
}

static const struct check {
    const char *name;
    enum finding (*look)(const struct call *call);
    const char *sign; /* by which it is known to be broken */
    const char *ask;
} checks[] = {
    {"authorization", look_at_authorization,
        "/health/ready?probe calls this broken when it was asked with an "
        "Authorization header",
        "Please let FastCGI programs see the Authorization header: "
        "\"CGIPassAuth On\", which needs AllowOverride AuthConfig in "
        ".htaccess, or \"FcgidPassHeader Authorization\" in the server's "
        "configuration."},
    {"buffering", look_elsewhere,
        "all lines of /health/ready?probe come at once, after two seconds",
        "Please pass the answers of FastCGI programs on as they come: "
        "\"FcgidOutputBufferSize 0\" for mod_fcgid, \"flushpackets=on\" for "
        "mod_proxy_fcgi, and no compression of text/event-stream."},
    {"body_limit", look_at_body,
        "a body of 200 KiB to /health/ready?probe is answered with 413 or 500",
        "Please allow request bodies of 32 MiB: \"FcgidMaxRequestLen "
        "33554432\" for mod_fcgid, and no smaller LimitRequestBody."},
    {"body_files", look_elsewhere,
        "mod_fcgid writes bodies of more than 64 KiB to a temporary file "
        "unless it is told otherwise",
        "Please keep request bodies in memory, as they are confidential: "
        "\"FcgidMaxRequestInMem 33554432\" for mod_fcgid."},
    {"time_limit", look_at_time,
        "mod_fcgid ends every request after 300 seconds unless it is told "
        "otherwise; so streams end at stream.seconds, and other calls at "
        "answer.seconds",
        "Please let requests last longer: \"FcgidBusyTimeout 3600\" and "
        "\"FcgidIOTimeout 300\" for mod_fcgid. Then set stream.seconds and "
        "answer.seconds to what is allowed."},
    {"state", look_at_state,
        "the state directory lies in the document root, where the web server "
        "may hand it out",
        "Move the state directory out of the document root and name its new "
        "place as state.dir."},
};

static const char *const findings[] = {
    [FINE] = "fine", [BROKEN] = "broken", [UNKNOWN] = "unknown"};

bool host_wants_probe(const struct call *call)
{
    const char *uri = request_param(call->request, "REQUEST_URI");
    const char *query = uri != NULL ? strchr(uri, '?') : NULL;

    return query != NULL && strcmp(query, "?probe") == 0;
}

static bool lies_in(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    while (n > 0 && dir[n - 1] == '/')
        n--;
    return n > 0 && strncmp(path, dir, n) == 0 &&
           (path[n] == '/' || path[n] == '\0');
}

bool host_exposes_state(const struct call *call)
{
    const char *root = request_param(call->request, "DOCUMENT_ROOT");
    char *dir, *shown;
    bool result = false;

    if (root == NULL || root[0] == '\0')
        return false;
    dir = realpath(call->worker->state.dir, NULL);
    shown = realpath(root, NULL);
    if (dir != NULL && shown != NULL)
        result = lies_in(dir, shown);
    free(dir);
    free(shown);
    return result;
}

static struct json_object *describe(
    const struct check *check, const struct call *call)
{
    enum finding found = check->look(call);
    struct json_object *o = json_object_new_object();

    json_object_object_add(o, "check", json_object_new_string(check->name));
    json_object_object_add(o, "state", json_object_new_string(findings[found]));
    if (found != FINE) {
        json_object_object_add(o, "sign", json_object_new_string(check->sign));
        json_object_object_add(o, "ask", json_object_new_string(check->ask));
    }
    return o;
}

void host_report(const struct call *call, const char *status, struct buf *out)
{
    const char *server = request_param(call->request, "SERVER_SOFTWARE");
    struct json_object *o = json_object_new_object();
    struct json_object *list = json_object_new_array();
    const char *text;
    size_t n;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        json_object_array_add(list, describe(&checks[i], call));
    json_object_object_add(o, "status", json_object_new_string(status));
    if (server != NULL)
        json_object_object_add(o, "server", json_object_new_string(server));
    json_object_object_add(o, "host", list);
    text = json_object_to_json_string_length(
        o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
    buf_put(out, text, n);
    json_object_put(o);
}
