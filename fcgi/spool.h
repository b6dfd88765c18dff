#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "record.h"

/* Collects the records of one request until STDIN ends, looking at headers
 * only. The spool keeps nothing but well-ordered records of that one request:
 * management records, second requests and STDIN beyond the cap are left out.
 * No descriptor, no clock: bytes in, a verdict out. */

enum { SPOOL_PARAMS_MAX = 64 << 10, SPOOL_PARAMS_COUNT = 200 };

enum spool_state {
    SPOOL_MORE,     /* give it more bytes */
    SPOOL_COMPLETE, /* a whole request lies in bytes */
    SPOOL_ABORTED,  /* the web server gave the request up */
    SPOOL_GARBAGE   /* not FastCGI: close the connection */
};

/* {0} with the first two set is a spool at the start of a request. */
struct spool {
    size_t body_max;    /* STDIN above it is counted but not kept */
    uint32_t most;      /* connections at once, for GET_VALUES */
    uint16_t answering; /* an earlier request whose ABORT counts too; 0: none */
    struct buf bytes;   /* records for libfcgi; complete: ends in empty STDIN */
    struct buf reply;   /* records to send to the web server at once */
    size_t body;        /* bytes of STDIN that came, also those not kept */
    size_t params;      /* bytes of PARAMS that came, also those not kept */
    uint16_t id;
    bool begun;
    bool keep;        /* FCGI_KEEP_CONN */
    bool body_over;   /* STDIN passed body_max */
    bool params_over; /* PARAMS passed SPOOL_PARAMS_MAX */
    bool params_ended;
    bool cut;                      /* by spool_cut() */
    size_t head;                   /* params_ended: bytes in front of STDIN */
    uint8_t header[RECORD_HEADER]; /* of the record under way */
    uint8_t have;                  /* bytes of it that came */
    bool dropping;                 /* its content is not kept */
    uint32_t left;                 /* content and padding still to come */
};

/**
 * spool_feed(s, bytes, used):
 * Take ${bytes} as far as the end of the request and set ${used} to how many
 * were taken. On SPOOL_COMPLETE the rest belongs to the next request. Replies
 * (GET_VALUES_RESULT, END_REQUEST for a second request or a wrong role) are
 * appended to s->reply. Out of memory is SPOOL_GARBAGE.
 */
enum spool_state spool_feed(struct spool *s, struct span bytes, size_t *used);

/**
 * spool_under_way(s):
 * Whether anything of a request, or of a record, has come.
 */
bool spool_under_way(const struct spool *s);

/**
 * spool_cut(s):
 * Make the request that is under way complete without a body, so that it can
 * be parsed and refused. Returns 0, or -1 when its PARAMS have not ended or
 * memory is out. Only spool_reset() and spool_free() may follow it.
 */
int spool_cut(struct spool *s);

/**
 * spool_reset(s), spool_free(s):
 * Start over for the next request of the connection; memory is given back,
 * body_max, most and answering are kept.
 */
void spool_reset(struct spool *s);
void spool_free(struct spool *s);

#endif
