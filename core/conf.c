#include "conf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_entry.h"
#include "conf_origin.h"
#include "conf_value.h"

enum { ERROR_SIZE = 256 };

struct reading {
    struct conf *conf;
    struct conf_entries entries;
};

/* ---- the objects ---- */

static void *object_of(const struct conf *c, enum conf_scope scope, size_t i)
{
    switch (scope) {
    case CONF_UPSTREAM:
        return &c->upstreams[i];
    case CONF_MODEL:
        return &c->models[i];
    default:
        return (void *)c;
    }
}

static int read_into(const struct reading *r, const struct conf_entry *e)
{
    const struct conf_option *o = e->option;
    char *object = object_of(r->conf, o->scope, e->object);
    void *at = o->offset == CONF_NOWHERE ? NULL : object + o->offset;
    struct buf legal = {0};

    if (conf_value_read(o, e->setting.value, at) == 0)
        return 0;
    if (errno == ENOMEM)
        return conf_entry_fail_memory(&r->entries);
    conf_value_describe(o, &legal);
    if (buf_terminate(&legal))
        conf_entry_fail(&r->entries, &e->setting, "must be: %s", legal.data);
    else
        conf_entry_fail_memory(&r->entries);
    buf_free(&legal);
    return -1;
}

/* Defaults that are written in the table. */
static int set_defaults(
    const struct reading *r, enum conf_scope scope, size_t object)
{
    size_t count;
    const struct conf_option *o = conf_table(&count);

    for (; count > 0; count--, o++) {
        struct conf_entry e = {.option = o, .object = object};

        if (o->scope != scope || !o->fallback)
            continue;
        e.setting.key = (struct span){o->name, strlen(o->name)};
        e.setting.value = (struct span){o->fallback, strlen(o->fallback)};
        if (read_into(r, &e))
            return -1;
    }
    return 0;
}

static bool is_chosen(const struct reading *r, const struct conf_profile *p)
{
    const struct conf_entry *chosen =
        conf_entry_find(&r->entries, p->chooser, 0);

    return chosen && span_is(chosen->setting.value, p->choice);
}

/* The defaults that other settings have put in place of those. */
static int set_profiles(const struct reading *r)
{
    const struct conf_profile *p;
    size_t count;

    for (p = conf_table_profiles(&count); count > 0; count--, p++) {
        struct conf_entry e = {.setting.key = {p->name, strlen(p->name)},
            .setting.value = {p->fallback, strlen(p->fallback)}};

        if (!is_chosen(r, p))
            continue;
        e.option = conf_table_find(e.setting.key, &e.name);
        assert(e.option);
        if (read_into(r, &e))
            return -1;
    }
    return 0;
}

static size_t find_upstream(const struct conf *c, struct span name)
{
    size_t i = 0;

    while (i < c->n_upstreams && !span_is(name, c->upstreams[i].name))
        i++;
    return i;
}

static size_t find_model(const struct conf *c, struct span name)
{
    size_t i = 0;

    while (i < c->n_models && !span_is(name, c->models[i].name))
        i++;
    return i;
}

static int make_object(const struct reading *r, struct conf_entry *e)
{
    struct conf *c = r->conf;
    enum conf_scope scope = e->option->scope;
    char *name;

    if (scope == CONF_GLOBAL)
        return 0;
    e->object = scope == CONF_UPSTREAM ? find_upstream(c, e->name)
                                       : find_model(c, e->name);
    if (e->object < (scope == CONF_UPSTREAM ? c->n_upstreams : c->n_models))
        return 0;
    name = strndup(e->name.p, e->name.n);
    if (!name)
        return conf_entry_fail_memory(&r->entries);
    if (scope == CONF_UPSTREAM)
        c->upstreams[c->n_upstreams++].name = name;
    else
        c->models[c->n_models++].name = name;
    return set_defaults(r, scope, e->object);
}

static int make_objects(const struct reading *r)
{
    for (size_t i = 0; i < r->entries.count; i++) {
        if (make_object(r, &r->entries.rows[i]))
            return -1;
    }
    return 0;
}

/* ---- what one setting says about another ---- */

static void inherit(const struct reading *r, size_t model)
{
    size_t count;
    const struct conf_option *o = conf_table(&count);

    for (; count > 0; count--, o++) {
        const struct conf_option *from;
        struct span name;

        if (!o->inherit || conf_entry_find(&r->entries, o->name, model))
            continue;
        from = conf_table_find(
            (struct span){o->inherit, strlen(o->inherit)}, &name);
        assert(from && from->type == o->type && o->scope == CONF_MODEL);
        conf_value_copy(o, (char *)r->conf + from->offset,
            (char *)&r->conf->models[model] + o->offset);
    }
}

static size_t count_names(struct span list)
{
    struct span one;
    size_t count = 0;

    while (conf_value_name(&list, &one) == 1)
        count++;
    return count;
}

static int link_aliases(const struct reading *r, const struct conf_entry *e)
{
    struct conf_model *m = &r->conf->models[e->object];
    struct span one, list = e->setting.value;

    m->aliases = calloc(count_names(list) + 1, sizeof(*m->aliases));
    if (!m->aliases)
        return conf_entry_fail_memory(&r->entries);
    while (conf_value_name(&list, &one) == 1) {
        char *alias = strndup(one.p, one.n);

        if (!alias)
            return conf_entry_fail_memory(&r->entries);
        if (conf_model(r->conf, alias)) {
            free(alias);
            return conf_entry_fail(&r->entries, &e->setting,
                "names a model twice: %.*s", one.n < 60 ? (int)one.n : 60,
                one.p);
        }
        m->aliases[m->n_aliases++] = alias;
    }
    return 0;
}

static int link_upstreams(const struct reading *r, const struct conf_entry *e)
{
    struct conf *c = r->conf;
    struct conf_model *m = &c->models[e->object];
    struct span one, list = e->setting.value;

    m->upstreams = calloc(count_names(list), sizeof(*m->upstreams));
    if (!m->upstreams)
        return conf_entry_fail_memory(&r->entries);
    while (conf_value_name(&list, &one) == 1) {
        size_t u = find_upstream(c, one);

        if (u == c->n_upstreams)
            return conf_entry_fail(&r->entries, &e->setting,
                "names an unknown upstream: %.*s", one.n < 60 ? (int)one.n : 60,
                one.p);
        for (size_t i = 0; i < m->n_upstreams; i++) {
            if (m->upstreams[i] == u)
                return conf_entry_fail(
                    &r->entries, &e->setting, "names an upstream twice");
        }
        m->upstreams[m->n_upstreams++] = u;
    }
    return 0;
}

static int link_all_upstreams(const struct reading *r, struct conf_model *m)
{
    m->upstreams = calloc(r->conf->n_upstreams + 1, sizeof(*m->upstreams));
    if (!m->upstreams)
        return conf_entry_fail_memory(&r->entries);
    while (m->n_upstreams < r->conf->n_upstreams) {
        m->upstreams[m->n_upstreams] = m->n_upstreams;
        m->n_upstreams++;
    }
    return 0;
}

static int link_model(const struct reading *r, size_t model)
{
    const struct conf_entry *aliases =
        conf_entry_find(&r->entries, "model.NAME.alias", model);
    const struct conf_entry *upstreams =
        conf_entry_find(&r->entries, "model.NAME.upstreams", model);

    inherit(r, model);
    if (aliases && link_aliases(r, aliases))
        return -1;
    if (upstreams)
        return link_upstreams(r, upstreams);
    return link_all_upstreams(r, &r->conf->models[model]);
}

static int check_upstream(const struct reading *r, const struct conf_entry *e)
{
    const struct conf_upstream *u = &r->conf->upstreams[e->object];

    if (!u->origin)
        return conf_entry_fail(
            &r->entries, &e->setting, "needs an upstream.%.60s.url", u->name);
    if (u->key && u->key_file)
        return conf_entry_fail(
            &r->entries, &e->setting, "has both a key and a key_file");
    if (u->insecure_test_only && !conf_origin_loopback(u->origin))
        return conf_entry_fail(&r->entries, &e->setting,
            "belongs to an upstream with insecure_test_only that is not on "
            "a loopback address");
    return 0;
}

/* What cannot be without somebody to ask. */
static const struct {
    const char *option, *value;
} endpoints[] = {
    {"moderation.provider", "endpoint"}, {"moderation.images", "endpoint"}};

static int check_second_opinion(const struct reading *r)
{
    const struct conf_entry *e =
        conf_entry_find(&r->entries, "moderation.second_opinion.low", 0);

    if (r->conf->second_low <= r->conf->second_high)
        return 0;
    if (!e)
        e = conf_entry_find(&r->entries, "moderation.second_opinion.high", 0);
    return conf_entry_fail(&r->entries, &e->setting,
        "leaves no score from moderation.second_opinion.low to .high");
}

static int check_moderator(const struct reading *r)
{
    struct conf_upstream *u = &r->conf->moderator;
    const struct conf_entry *e;

    u->connect_ms = u->first_byte_ms = u->idle_ms = u->total_ms;
    e = conf_entry_find(&r->entries, "moderation.key_file", 0);
    if (e && u->key)
        return conf_entry_fail(
            &r->entries, &e->setting, "stands beside a moderation.key");
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        e = conf_entry_find(&r->entries, endpoints[i].option, 0);
        if (e && !u->origin && span_is(e->setting.value, endpoints[i].value))
            return conf_entry_fail(
                &r->entries, &e->setting, "needs a moderation.endpoint");
    }
    return check_second_opinion(r);
}

static int link_objects(const struct reading *r)
{
    if (check_moderator(r))
        return -1;
    for (size_t i = 0; i < r->entries.count; i++) {
        if (r->entries.rows[i].option->scope == CONF_UPSTREAM &&
            check_upstream(r, &r->entries.rows[i]))
            return -1;
    }
    for (size_t i = 0; i < r->conf->n_models; i++) {
        if (link_model(r, i))
            return -1;
    }
    return 0;
}

/* ---- the whole ---- */

static int read_values(const struct reading *r)
{
    for (size_t i = 0; i < r->entries.count; i++) {
        if (read_into(r, &r->entries.rows[i]))
            return -1;
    }
    return 0;
}

static int read_conf(
    struct reading *r, struct span text, char *const *overrides, size_t count)
{
    size_t n;

    if (conf_entry_read(&r->entries, text, overrides, count))
        return -1;
    n = r->entries.count;
    r->conf->upstreams = calloc(n, sizeof(*r->conf->upstreams));
    r->conf->models = calloc(n, sizeof(*r->conf->models));
    if (!r->conf->upstreams || !r->conf->models)
        return conf_entry_fail_memory(&r->entries);
    if (set_defaults(r, CONF_GLOBAL, 0) || set_profiles(r) || make_objects(r) ||
        read_values(r))
        return -1;
    return link_objects(r);
}

struct conf *conf_read(struct span text, char *const *overrides, size_t count,
    char error[ERROR_SIZE])
{
    struct reading r = {.entries.error = error};

    r.conf = calloc(1, sizeof(*r.conf));
    if (!r.conf) {
        conf_entry_fail_memory(&r.entries);
        return NULL;
    }
    if (read_conf(&r, text, overrides, count)) {
        conf_free(r.conf);
        r.conf = NULL;
    }
    free(r.entries.rows);
    return r.conf;
}

static void free_upstream(struct conf_upstream *u)
{
    if (u->key)
        explicit_bzero(u->key, strlen(u->key));
    free(u->key);
    free(u->key_file);
    free(u->ca_file);
    free(u->origin);
    free(u->name);
}

static void free_model(struct conf_model *m)
{
    for (size_t i = 0; i < m->n_aliases; i++)
        free(m->aliases[i]);
    free(m->aliases);
    free(m->upstreams);
    free(m->upstream_name);
    free(m->display_name);
    free(m->name);
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    for (size_t i = 0; i < conf->n_upstreams; i++)
        free_upstream(&conf->upstreams[i]);
    for (size_t i = 0; i < conf->n_models; i++)
        free_model(&conf->models[i]);
    free_upstream(&conf->moderator);
    free(conf->moderation_model);
    free(conf->upstreams);
    free(conf->models);
    free(conf->trusted_proxies);
    free(conf->request_id_param);
    free(conf->cors_origin);
    free(conf);
}

const struct conf_model *conf_model(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->n_models; i++) {
        const struct conf_model *m = &conf->models[i];

        if (strcmp(m->name, name) == 0)
            return m;
        for (size_t k = 0; k < m->n_aliases; k++) {
            if (strcmp(m->aliases[k], name) == 0)
                return m;
        }
    }
    return NULL;
}
