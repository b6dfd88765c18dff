#ifndef JSON_PLAY_H
#define JSON_PLAY_H

/* What the tests of the JSON reader share: a text, and what it is said to
 * be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Parse from memory of exactly the size of the text, so that a sanitizer sees
 * a look beyond it. Leaves in at, unless it is NULL, where the fault is. */
static inline enum json_error parse_bytes(
    const char *text, size_t n, uint32_t *at)
{
    struct json_doc doc = {0};
    char *copy = malloc(n > 0 ? n : 1);
    enum json_error error;

    assert_non_null(copy);
    memcpy(copy, text, n);
    error = json_parse(&doc, copy, n);
    if (at != NULL)
        *at = doc.fault_at;
    json_free(&doc);
    free(copy);
    return error;
}

static inline void check_each(
    const char *const *texts, size_t count, enum json_error expect)
{
    enum json_error error;
    size_t i;

    for (i = 0; i < count; i++) {
        error = parse_bytes(texts[i], strlen(texts[i]), NULL);
        if (error != expect)
            fail_msg("'%s' is %s", texts[i], json_strerror(error));
    }
}

/* Each of the texts is that; for tests that do nothing else. */
#define CHECK(expect, ...)                                                     \
    do {                                                                       \
        static const char *const texts[] = {__VA_ARGS__};                      \
                                                                               \
        (void)state;                                                           \
        check_each(texts, COUNT(texts), expect);                               \
    } while (0)

#endif
