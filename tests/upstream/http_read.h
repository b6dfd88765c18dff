#ifndef HTTP_READ_H
#define HTTP_READ_H

#include "http.h"

/* One request as its bytes come in. {0} is ready for the first byte. */

enum http_read_step {
    HTTP_READ_HEAD,
    HTTP_READ_BODY,
    HTTP_READ_CHUNK_LINE,
    HTTP_READ_CHUNK,
    HTTP_READ_CHUNK_END,
    HTTP_READ_TRAILER,
    HTTP_READ_DONE
};

struct http_read {
    enum http_read_step step;
    struct buf head; /* with its blank line */
    struct buf body;
    size_t left;    /* of the body or chunk */
    bool keep;      /* the client wants the connection afterwards */
    bool expectant; /* wants "100 Continue" before it sends the body */
};

/**
 * http_read_feed(r, in):
 * Take what belongs to this request from the front of ${in}. Returns 0, or the
 * status with which the request is to be refused. r->step says whether it is
 * complete.
 */
unsigned http_read_feed(struct http_read *r, struct buf *in);

/**
 * http_read_view(r, request):
 * Point ${request} into ${r}, whose request is complete. Returns 0, or the
 * status with which it is to be refused.
 */
unsigned http_read_view(
    const struct http_read *r, struct http_request *request);

/**
 * http_read_free(r):
 * Give the memory of ${r} back and make it ready for the next request.
 */
void http_read_free(struct http_read *r);

#endif
