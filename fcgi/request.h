#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "spool.h"

/* A spooled request as libfcgi reads it: the only file that knows libfcgi.
 * libfcgi parses from a memfd and never sees a socket; the spool holds nothing
 * that it would answer by writing (DESIGN.md fixed point 3, STYLE.md 6). */

struct request;

/* One memfd per loop, reused. */
struct request_parser;

/**
 * request_parser_create():
 * Starts libfcgi, and undoes what it does to the signals of the process. NULL
 * with errno when that fails. request_parser_free() takes NULL.
 */
struct request_parser *request_parser_create(void);
void request_parser_free(struct request_parser *p);

/**
 * request_parse(p, spool):
 * The request that lies in ${spool}, complete or cut; NULL when it is not well
 * formed, libfcgi refuses it or memory is out. A variable with a NUL inside is
 * not well formed. When there are too many variables those in front are kept.
 * The body is read here, so ${spool} may be reset afterwards.
 * Free with request_free(), which takes NULL.
 */
struct request *request_parse(
    struct request_parser *p, const struct spool *spool);
void request_free(struct request *r);

/**
 * request_param(r, name):
 * The value of a CGI variable, NULL when absent. Valid as long as ${r}.
 */
const char *request_param(const struct request *r, const char *name);

/**
 * request_param_count(r, name):
 * How often ${name} came; duplicates of a credential or a length are refused.
 */
size_t request_param_count(const struct request *r, const char *name);

/**
 * request_params_over(r):
 * Whether there were more than SPOOL_PARAMS_COUNT variables or
 * SPOOL_PARAMS_MAX bytes of them.
 */
bool request_params_over(const struct request *r);

/**
 * request_timed_out(r):
 * Whether the request was not whole in time: its body is missing.
 */
bool request_timed_out(const struct request *r);

/**
 * request_body(r), request_body_over(r):
 * The bytes of STDIN, and whether there were more than the cap allows (then
 * the body is cut).
 */
struct span request_body(const struct request *r);
bool request_body_over(const struct request *r);

#endif
