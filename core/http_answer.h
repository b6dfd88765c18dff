#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "http_head.h"

/* Reads the answer to one POST in HTTP/1.x, however its bytes were cut (RFC
 * 9112). Interim answers are skipped. What a reader could take in two ways (two
 * lengths, a folded line, blanks before a colon, a coding we do not know) is
 * broken, or, where servers in earnest do it, read and the connection not kept:
 * an answer must not reach into the next one. */

enum {
    /* Bytes of lines without a piece of the body between them: of the head
     * with the interim ones before it, between two chunks, of the trailer. */
    HTTP_HEAD_MAX = 64 << 10
};

enum http_part {
    HTTP_MORE,  /* the bytes are used up */
    HTTP_HEAD,  /* the head is complete */
    HTTP_BODY,  /* a piece of the body */
    HTTP_END,   /* the answer is whole; what is behind it was not touched */
    HTTP_BROKEN /* not HTTP, above a limit, or memory is out */
};

/* How the body is packed. */
enum http_coding { HTTP_IDENTITY, HTTP_GZIP, HTTP_CODING_UNKNOWN };

/* {0} is a reader before the first byte. */
struct http_answer {
    struct http_head head;   /* of the answer; from HTTP_HEAD on */
    enum http_coding coding; /* of the body; from HTTP_HEAD on */
    bool keep;               /* at HTTP_END: the connection may serve again */
    bool begun;              /* a byte has come */

    int state;       /* private from here */
    struct buf line; /* the part of a line that came so far */
    size_t lines;    /* bytes of lines so far */
    uint64_t left;   /* of the body or the chunk */
    bool modern, sized, coded, chunked;
    bool last; /* on its connection, whatever else it says */
};

/**
 * http_answer_next(a, in, body):
 * Read on in ${in}, which moves to what was not read. HTTP_BODY sets ${body},
 * a part of ${in}, never empty. Call again until it says HTTP_MORE, HTTP_END
 * or HTTP_BROKEN; behind the last two ${a} is only fit for
 * http_answer_free().
 */
enum http_part http_answer_next(
    struct http_answer *a, struct span *in, struct span *body);

/**
 * http_answer_close(a):
 * The connection has ended: HTTP_END when that ends the answer, HTTP_BROKEN
 * when it breaks it off.
 */
enum http_part http_answer_close(const struct http_answer *a);

/**
 * http_answer_free(a):
 * Give back the memory of ${a} and leave it as before the first byte.
 */
void http_answer_free(struct http_answer *a);

#endif
