#ifndef SPOOL_PLAY_H
#define SPOOL_PLAY_H

#include "spool.h"
#include "wire.h"

/* What the tests of spools share. A failed assertion ends the test. */

/**
 * play_fresh():
 * A spool for bodies of 4096 bytes at most, that tells of 400 connections. The
 * caller frees it.
 */
struct spool play_fresh(void);

/**
 * play_feed(s, b, piece, used):
 * Feed ${b} in pieces of at most ${piece} bytes until the spool has enough of
 * it. Returns what it said last, and in ${used} how many bytes it took.
 */
enum spool_state play_feed(
    struct spool *s, const struct buf *b, size_t piece, size_t *used);

/**
 * play_feed_all(s, b):
 * The same in one piece.
 */
enum spool_state play_feed_all(struct spool *s, const struct buf *b);

#endif
