#include "intake.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "core/dialect_messages.h"
#include "relay.h"

enum { IDEMPOTENCY_MAX = 255 };

/* What can be said of a body without the store: length, type, JSON, fields,
 * model. */

/* The value of a parameter of a media type. */
static bool charset_is_utf8(const char *type)
{
    const char *charset;
    size_t n;

    /* Most types have no parameter, which strchr() sees at once. */
    if (strchr(type, '=') == NULL ||
        (charset = strcasestr(type, "charset=")) == NULL)
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

    if (type != NULL && !type_is_json(type))
        return fault_set(&call->fault, REFUSE_UNSUPPORTED_MEDIA, NULL,
            "Content-Type must be application/json.");
    if (type != NULL && !charset_is_utf8(type))
        return fault_set(&call->fault, REFUSE_UNSUPPORTED_MEDIA, NULL,
            "The charset of Content-Type must be utf-8.");
    if (encoding != NULL && encoding[0] != '\0' &&
        strcasecmp(encoding, "identity") != 0)
        return fault_set(&call->fault, REFUSE_UNSUPPORTED_MEDIA, NULL,
            "The body must not be compressed: Content-Encoding is not read.");
    return 0;
}

static int check_length(struct call *call, uint64_t most)
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
    if (request_body_over(call->request) || length > most)
        return fault_set(&call->fault, REFUSE_TOO_LARGE, NULL,
            "The body is larger than %llu bytes.", (unsigned long long)most);
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
    const struct conf_model *model = conf_model(conf, call->completion.model);
    struct offer *offer = &call->offer;

    if (model == NULL && !conf->models_any)
        return fault_set(&call->fault, REFUSE_MODEL_NOT_FOUND, "model",
            "The model \"%s\" does not exist.", call->completion.model);
    offer->configured = model;
    offer->names.model = model != NULL ? model->name : call->completion.model;
    offer->names.upstream_model = model != NULL && model->upstream_name != NULL
                                      ? model->upstream_name
                                      : offer->names.model;
    offer->price = model != NULL ? model->price : conf->price;
    offer->context = model != NULL ? model->context : 0;
    offer->max_output = model != NULL ? model->max_output : conf->max_output;
    return 0;
}

/* The key's own rules; what it stands for is the raw body and the path. */
static int read_idempotency(struct call *call)
{
    const char *key = request_param(call->request, "HTTP_IDEMPOTENCY_KEY");
    struct span body = request_body(call->request);
    crypto_hash_sha256_state state;
    size_t n;

    if (key == NULL)
        return 0;
    n = strlen(key);
    for (size_t i = 0; i < n; i++)
        if (key[i] <= ' ' || key[i] > '~')
            n = 0;
    if (n == 0 || n > IDEMPOTENCY_MAX)
        return fault_set(&call->fault, REFUSE_INVALID_REQUEST,
            "Idempotency-Key",
            "Idempotency-Key must be 1 to 255 visible ASCII characters.");
    call->admit.has_idempotency = true;
    crypto_hash_sha256(
        call->admit.idempotency_key, (const unsigned char *)key, n);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)call->route->path,
        strlen(call->route->path) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)body.p, body.n);
    crypto_hash_sha256_final(&state, call->admit.idempotency_body);
    return 0;
}

static int read_fields(struct call *call)
{
    if (call->route->work == ROUTE_COUNT)
        return messages_count_read(&call->doc, &call->completion, &call->fault);
    return codec_of(call->dialect)
        ->read(&call->doc, &call->completion, &call->fault);
}

int intake_json(struct call *call, uint64_t most)
{
    if (check_length(call, most) != 0 || check_media(call) != 0)
        return -1;
    return parse_body(call);
}

void intake_body(struct call *call)
{
    if (intake_json(call, call->settings->conf->body_max) != 0)
        return;
    if (call->route->work == ROUTE_SIMULATION) {
        simulation_read(call);
        return;
    }
    if (read_fields(call) != 0)
        return;
    if (call->route->work == ROUTE_COUNT) {
        find_offer(call);
        return;
    }
    if (find_offer(call) == 0 && judge_body(call) == 0 &&
        exchange_begin(&call->exchange, call->dialect, relay_dialect(call),
            &call->doc, &call->fault) == 0)
        read_idempotency(call);
}
