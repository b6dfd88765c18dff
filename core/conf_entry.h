#ifndef CONF_ENTRY_H
#define CONF_ENTRY_H

#include "conf_table.h"
#include "conf_text.h"

/* All settings of a configuration, each with the option that it sets. */

struct conf_entry {
    struct conf_setting setting;
    const struct conf_option *option;
    struct span name; /* of the upstream or model */
    size_t object;    /* its index; for the reader of the entries */
};

struct conf_entries {
    struct conf_entry *rows;
    size_t count;
    char *error; /* 256 bytes, for the sentence about what is wrong */
};

/**
 * conf_entry_fail(entries, s, fmt, ...), conf_entry_fail_memory(entries):
 * Write a sentence that names line and key of ${s}. Never put a value in: it
 * may be a secret. Return -1.
 */
int conf_entry_fail(const struct conf_entries *entries,
    const struct conf_setting *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int conf_entry_fail_memory(const struct conf_entries *entries);

/**
 * conf_entry_read(entries, text, overrides, count):
 * Collect the settings of ${text}, and of the ${count} "KEY=VALUE"
 * ${overrides} in place of those of the same key. Without a model there is
 * then a setting that makes one. The rows point into both. Returns 0, or -1
 * with the error written. Give rows to free() in any case.
 */
int conf_entry_read(struct conf_entries *entries, struct span text,
    char *const *overrides, size_t count);

/**
 * conf_entry_find(entries, option, object):
 * The setting of ${option} for the upstream or model of index ${object}, or
 * NULL.
 */
const struct conf_entry *conf_entry_find(
    const struct conf_entries *entries, const char *option, size_t object);

#endif
