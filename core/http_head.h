#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdint.h>

#include "buf.h"

/* What we want to know of the head of an upstream's answer, whoever reads the
 * lines of it. */
struct http_head {
    int status;
    char content_type[128]; /* "" when absent; cut when longer */
    uint32_t retry_after;   /* seconds, a day at most; 0: none, or no number */
};

/**
 * http_head_begin(head, status):
 * The head of an answer with ${status}, without fields.
 */
void http_head_begin(struct http_head *head, int status);

/**
 * http_head_field(head, name, value):
 * Note a field if it is one of ours. Blanks around ${value} do not count.
 */
void http_head_field(
    struct http_head *head, struct span name, struct span value);

/**
 * http_name_is(name, lower):
 * Whether the name of a field is ${lower}, in whatever case it is written.
 */
bool http_name_is(struct span name, const char *lower);

/**
 * http_trim(value):
 * ${value} without the blanks and line ends around it.
 */
struct span http_trim(struct span value);

#endif
