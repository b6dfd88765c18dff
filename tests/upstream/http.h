#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* The server side of HTTP/1.1 with the raw end of a connection in reach: what
 * is queued goes out as it stands, and a connection can be cut or reset in the
 * middle. One exchange at a time on each connection. */

struct http_conn;
struct http_server;
struct loop;

enum {
    HTTP_MAX_HEAD = 65536,
    HTTP_MAX_BODY = 64 << 20,
    HTTP_MAX_FIELDS = 100,
    HTTP_HIGH = 65536 /* unsent bytes at which to stop producing */
};

struct http_field {
    struct span name;
    struct span value;
};

/* Valid during the callback only. */
struct http_request {
    struct span method;
    struct span path; /* without the query */
    struct span body;
    struct http_field fields[HTTP_MAX_FIELDS];
    size_t n_fields;
};

/* Who is told about an exchange. In gone() http_sent() may still be asked, and
 * nothing else of the connection. */
struct http_owner {
    void (*drained)(void *cookie); /* all that was queued is with the kernel */
    void (*gone)(void *cookie);    /* the client left */
};

/**
 * http_listen(loop, host, port, asked, cookie):
 * Listen on the numeric ${host}, and call ${asked} for each request. It calls
 * http_finish(), http_cut() or http_reset() then or later, or http_own() if
 * later. Returns NULL with errno set.
 */
struct http_server *http_listen(struct loop *loop, const char *host,
    unsigned port,
    void (*asked)(
        void *cookie, struct http_conn *c, const struct http_request *r),
    void *cookie);

/**
 * http_close(server):
 * Close the listening socket and every connection; owners are told that the
 * client is gone. Takes NULL.
 */
void http_close(struct http_server *server);

/**
 * http_port(server):
 * The port that is listened on.
 */
unsigned http_port(const struct http_server *server);

/**
 * http_count(server):
 * Connections that are open.
 */
size_t http_count(const struct http_server *server);

/**
 * http_own(c, owner, cookie):
 * Tell ${owner} about the exchange on ${c} until it ends. The request that
 * was asked is gone from here on.
 */
void http_own(
    struct http_conn *c, const struct http_owner *owner, void *cookie);

/**
 * http_send(c, data, n):
 * Queue ${n} bytes; they leave at the end of this turn of the loop.
 */
void http_send(struct http_conn *c, const void *data, size_t n);

/**
 * http_backlog(c):
 * Bytes that were queued and are not with the kernel yet.
 */
size_t http_backlog(const struct http_conn *c);

/**
 * http_sent(c):
 * Bytes that the kernel has taken in this exchange.
 */
uint64_t http_sent(const struct http_conn *c);

/**
 * http_finish(c, keep):
 * The exchange is over: go on with the next request when ${keep} and the
 * client want that, close behind the last queued byte otherwise.
 */
void http_finish(struct http_conn *c, bool keep);

/**
 * http_cut(c), http_reset(c):
 * End ${c} with FIN or RST. What is queued is lost; a reset waits until the
 * peer has acknowledged what the kernel was given, so that it can be read.
 */
void http_cut(struct http_conn *c);
void http_reset(struct http_conn *c);

/**
 * http_answer(c, status, type, body):
 * Queue a whole answer and finish.
 */
void http_answer(
    struct http_conn *c, unsigned status, const char *type, struct span body);

/**
 * http_reason(status):
 * The phrase of ${status}.
 */
const char *http_reason(unsigned status);

#endif
