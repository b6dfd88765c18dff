#include "conf_entry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_value.h"

enum { ENTRIES_MAX = 10000, NAME_BYTES = 128, ERROR_SIZE = 256, SHOWN = 60 };

#define DEFAULT_MODEL "model.abliterated-model.alias=abliteration-model"

int conf_entry_fail(const struct conf_entries *entries,
    const struct conf_setting *s, const char *fmt, ...)
{
    char why[150], where[24] = "--set";
    int shown = s->key.n < SHOWN ? (int)s->key.n : SHOWN;
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    if (s->line > 0)
        snprintf(where, sizeof(where), "line %u", s->line);
    snprintf(entries->error, ERROR_SIZE, "%s: %.*s%s%s", where, shown,
        shown > 0 ? s->key.p : "", shown > 0 ? " " : "", why);
    return -1;
}

int conf_entry_fail_memory(const struct conf_entries *entries)
{
    snprintf(entries->error, ERROR_SIZE, "out of memory");
    return -1;
}

static struct conf_entry *find_key(
    const struct conf_entries *entries, struct span key)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct span have = entries->rows[i].setting.key;

        if (have.n == key.n && memcmp(have.p, key.p, key.n) == 0)
            return &entries->rows[i];
    }
    return NULL;
}

static bool is_name(struct span name)
{
    struct span one, rest = name;

    return name.n <= NAME_BYTES && conf_value_name(&rest, &one) == 1 &&
           rest.n == 0 && one.n == name.n;
}

static int add(struct conf_entries *entries, const struct conf_setting *s)
{
    struct conf_entry *e = find_key(entries, s->key);
    struct span name;
    const struct conf_option *option = conf_table_find(s->key, &name);

    if (!option)
        return conf_entry_fail(entries, s, "is not an option");
    if (option->scope != CONF_GLOBAL && !is_name(name))
        return conf_entry_fail(entries, s,
            "needs a name of 1 to %d visible characters", NAME_BYTES);
    if (e && s->line > 0)
        return conf_entry_fail(
            entries, s, "was set in line %u", e->setting.line);
    if (!e && entries->count == ENTRIES_MAX)
        return conf_entry_fail(entries, s, "is one setting too many");
    if (!e)
        e = &entries->rows[entries->count++];
    *e = (struct conf_entry){*s, option, name, 0};
    return 0;
}

static int add_text(struct conf_entries *entries, struct span text)
{
    struct conf_setting s;
    unsigned line = 0;
    int more;

    while ((more = conf_text_next(&text, &line, &s)) > 0) {
        if (add(entries, &s))
            return -1;
    }
    if (more == 0)
        return 0;
    s = (struct conf_setting){.line = line};
    return conf_entry_fail(entries, &s, "this is not \"key = value\"");
}

static int add_overrides(
    struct conf_entries *entries, char *const *overrides, size_t count)
{
    struct conf_setting s = {.line = 0};

    for (size_t i = 0; i < count; i++) {
        if (conf_text_override(overrides[i], &s)) {
            s = (struct conf_setting){.line = 0};
            return conf_entry_fail(entries, &s, "this is not KEY=VALUE");
        }
        if (add(entries, &s))
            return -1;
    }
    return 0;
}

static int add_default_model(struct conf_entries *entries)
{
    struct conf_setting s;

    for (size_t i = 0; i < entries->count; i++) {
        if (entries->rows[i].option->scope == CONF_MODEL)
            return 0;
    }
    conf_text_override(DEFAULT_MODEL, &s);
    return add(entries, &s);
}

int conf_entry_read(struct conf_entries *entries, struct span text,
    char *const *overrides, size_t count)
{
    entries->count = 0;
    entries->rows = calloc(ENTRIES_MAX, sizeof(*entries->rows));
    if (!entries->rows)
        return conf_entry_fail_memory(entries);
    if (add_text(entries, text) || add_overrides(entries, overrides, count))
        return -1;
    return add_default_model(entries);
}

const struct conf_entry *conf_entry_find(
    const struct conf_entries *entries, const char *option, size_t object)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct conf_entry *e = &entries->rows[i];

        if (e->object == object && strcmp(e->option->name, option) == 0)
            return e;
    }
    return NULL;
}
