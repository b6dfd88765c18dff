#ifndef HTTP_STUB_H
#define HTTP_STUB_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "loop.h"

/* A web server for tests, on the loop of what is tested: it collects whole
 * requests and leaves every byte of the answers to the test. */

struct http_stub;

/* One connection of a client. */
struct http_stub_conn;

struct http_stub_events {
    /* A whole request has come, head and body. */
    void (*request)(void *cookie, struct http_stub_conn *c, struct span text);
    /* The client has closed ${c}, which is gone when this returns. */
    void (*closed)(void *cookie, struct http_stub_conn *c);
};

/**
 * http_stub_create(loop, events, cookie):
 * Listen on a free port of 127.0.0.1. Never NULL: a failed assertion ends the
 * test. http_stub_free() closes everything without a word.
 */
struct http_stub *http_stub_create(
    struct loop *loop, const struct http_stub_events *events, void *cookie);
void http_stub_free(struct http_stub *stub);

/**
 * http_stub_port(stub), http_stub_connections(stub), http_stub_requests(stub):
 * Where it listens; how many connections and requests there have been.
 */
unsigned http_stub_port(const struct http_stub *stub);
size_t http_stub_connections(const struct http_stub *stub);
size_t http_stub_requests(const struct http_stub *stub);

/**
 * http_stub_put(c, bytes), http_stub_puts(c, text):
 * Send, at once as far as the socket takes it. What it does not take follows
 * when there is room.
 */
void http_stub_put(struct http_stub_conn *c, struct span bytes);
void http_stub_puts(struct http_stub_conn *c, const char *text);

/**
 * http_stub_unsent(c):
 * Bytes that the socket has not taken yet.
 */
size_t http_stub_unsent(const struct http_stub_conn *c);

/**
 * http_stub_close(c):
 * Close now; ${c} is gone.
 */
void http_stub_close(struct http_stub_conn *c);

#endif
