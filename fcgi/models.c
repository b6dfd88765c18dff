#include "models.h"

#include <json-c/json.h>
#include <string.h>

#include "call.h"
#include "core/hex.h"
#include "core/utf8.h"
#include "reply.h"

/* USD for one token, as the decimal text that price lists use. */
static struct json_object *price_text(const struct price *price)
{
    struct buf text = {0};
    struct json_object *string;

    price_cost(price, 1, &text);
    string = json_object_new_string_len(text.data, (int)text.len);
    buf_free(&text);
    return string;
}

static struct json_object *pricing_of(const struct conf_model *model)
{
    struct json_object *pricing = json_object_new_object();

    json_object_object_add(pricing, "prompt", price_text(&model->price));
    json_object_object_add(pricing, "completion", price_text(&model->price));
    return pricing;
}

static struct json_object *describe(const struct conf_model *model)
{
    const char *display =
        model->display_name != NULL ? model->display_name : model->name;
    struct json_object *o = json_object_new_object();

    json_object_object_add(o, "id", json_object_new_string(model->name));
    json_object_object_add(o, "object", json_object_new_string("model"));
    json_object_object_add(o, "created", json_object_new_int64(0));
    json_object_object_add(o, "owned_by", json_object_new_string("turnpike"));
    json_object_object_add(o, "type", json_object_new_string("model"));
    json_object_object_add(o, "display_name", json_object_new_string(display));
    json_object_object_add(
        o, "created_at", json_object_new_string("1970-01-01T00:00:00Z"));
    json_object_object_add(
        o, "context_length", json_object_new_int64(model->context));
    json_object_object_add(
        o, "max_output_length", json_object_new_int64(model->max_output));
    json_object_object_add(o, "pricing", pricing_of(model));
    return o;
}

static void answer(struct call *call, struct json_object *o)
{
    size_t n;
    const char *text = json_object_to_json_string_length(
        o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

    reply_json(call, 200, (struct span){text, n});
    json_object_put(o);
}

static struct json_object *id_or_null(const struct conf *conf, size_t i)
{
    return conf->n_models == 0 ? NULL
                               : json_object_new_string(conf->models[i].name);
}

void models_list(struct call *call)
{
    const struct conf *conf = call->settings->conf;
    struct json_object *o = json_object_new_object();
    struct json_object *data = json_object_new_array();

    for (size_t i = 0; i < conf->n_models; i++)
        json_object_array_add(data, describe(&conf->models[i]));
    json_object_object_add(o, "object", json_object_new_string("list"));
    json_object_object_add(o, "data", data);
    json_object_object_add(o, "has_more", json_object_new_boolean(0));
    json_object_object_add(o, "first_id", id_or_null(conf, 0));
    json_object_object_add(o, "last_id", id_or_null(conf, conf->n_models - 1));
    answer(call, o);
}

/* The last segment of the path, escapes decoded: names may hold a slash. */
static void read_name(const struct call *call, char name[MODEL_NAME_MAX + 1])
{
    const char *p = strrchr(call->path, '/') + 1;
    size_t n = 0;

    while (*p != '\0' && n < MODEL_NAME_MAX) {
        if (*p == '%' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
            name[n++] = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
            p += 3;
        } else {
            name[n++] = *p++;
        }
    }
    name[n] = '\0';
}

void models_show(struct call *call)
{
    char name[MODEL_NAME_MAX + 1];
    const struct conf_model *model;

    read_name(call, name);
    model = conf_model(call->settings->conf, name);
    if (model == NULL && !utf8_valid((struct span){name, strlen(name)})) {
        call_fail(call, REFUSE_NOT_FOUND);
        reply_fault(call);
        return;
    }
    if (model == NULL) {
        fault_set(&call->fault, REFUSE_NOT_FOUND, "model",
            "The model \"%s\" does not exist.", name);
        reply_fault(call);
        return;
    }
    answer(call, describe(model));
}
