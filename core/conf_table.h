#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* The one declaration of every option. */

enum conf_type {
    CONF_BOOL,       /* bool */
    CONF_INT,        /* uint32_t */
    CONF_COUNT,      /* uint64_t, written like CONF_INT */
    CONF_SIZE,       /* uint64_t, bytes */
    CONF_MONEY,      /* uint64_t, millionths: of USD, of a share */
    CONF_TEXT,       /* char *, UTF-8 without control characters */
    CONF_WORD,       /* char *, visible ASCII */
    CONF_PROXIES,    /* char *, addresses and prefixes */
    CONF_DURABILITY, /* bool: full */
    CONF_MODE,       /* bool: fcgid */
    CONF_PROFILE,    /* name of a set of defaults; CONF_NOWHERE */
    CONF_WIRES,      /* unsigned, enum conf_wire */
    CONF_LEAVER,     /* unsigned, enum conf_leaver */
    CONF_MODERATOR,  /* unsigned, enum conf_moderator */
    CONF_FAILURE,    /* unsigned, enum conf_failure */
    CONF_IMAGES,     /* unsigned, enum conf_images */
    CONF_ACTION,     /* bool: block */
    CONF_ORIGIN,     /* char * */
    CONF_NAMES       /* names, interpreted by conf.c; CONF_NOWHERE */
};

/* Whose option it is: the word NAME of a family's option stands for the
 * upstream's or model's name. */
enum conf_scope { CONF_GLOBAL, CONF_UPSTREAM, CONF_MODEL };

/* The option is checked, but kept by somebody else. */
#define CONF_NOWHERE SIZE_MAX

struct conf_option {
    const char *name;
    enum conf_scope scope;
    enum conf_type type;
    uint64_t min, max;    /* of the number; of the length of a text or word;
                             of the count of names */
    const char *fallback; /* the default, as it would be written; or NULL */
    const char *inherit;  /* the option whose value is the default; or NULL */
    size_t offset;        /* in struct conf, conf_upstream or conf_model */
    const char *help;
};

/**
 * conf_table(count):
 * All options; their number in ${count}.
 */
const struct conf_option *conf_table(size_t *count);

/* A default that depends on another option: while ${chooser} is ${choice},
 * ${name} is ${fallback} where nothing sets it. */
struct conf_profile {
    const char *chooser, *choice;
    const char *name, *fallback;
};

/**
 * conf_table_profiles(count):
 * All of them; their number in ${count}.
 */
const struct conf_profile *conf_table_profiles(size_t *count);

/**
 * conf_table_find(key, name):
 * The option that ${key} sets, or NULL. ${name} is then what stands for NAME,
 * between the first dot and the last; empty for a global option.
 */
const struct conf_option *conf_table_find(struct span key, struct span *name);

#endif
