#ifndef PORTABLE_PRIVATE_H
#define PORTABLE_PRIVATE_H

#include <stdbool.h>

#include "portable.h"

/* The fields of each kind of row: portable_fields.c. LONG is a struct buf, to
 * be freed once it was read. A field that may be absent is, when it is zero, so
 * that rows are as they were before there was such a field. */

enum type { HEX, TEXT, LONG, NUMBER, AMOUNT, TRUTH, NAMED };

struct field {
    const char *name; /* NULL: the end */
    enum type type;
    size_t offset;
    size_t size;
    const char *const *names;
    bool may_be_absent;
};

struct portable_table {
    const char *name;
    const struct field *fields;
};

extern const struct portable_table portable_tables[PORTABLE_COUNT];

#endif
