#ifndef HASHER_H
#define HASHER_H

#include "aside.h"
#include "password.h"
#include "throttle.h"

/* A thread that compares passwords with their hashes, one at a time, as long as
 * the whole host has a place for it. The loop hands it jobs and is told. */

enum { HASHER_QUEUE = 4 }; /* jobs that may wait */

enum hasher_answer {
    HASHER_RIGHT,
    HASHER_WRONG,
    HASHER_BUSY,  /* the host computes as many as it may */
    HASHER_FAILED /* no memory, or no way to know how many there are */
};

struct hasher;

/* Lies in the caller's memory, with the password, until done. */
struct hasher_job {
    char hash[PASSWORD_HASH]; /* empty: see password_check() */
    struct span password;
    void (*done)(void *cookie); /* from the loop */
    void *cookie;
    enum hasher_answer answer;
    struct hasher *hasher; /* private */
    struct aside_job aside;
};

/**
 * hasher_start(loop, throttle):
 * Start the thread; its places are those of ${throttle}. NULL when that cannot
 * be done.
 */
struct hasher *hasher_start(struct loop *loop, struct throttle *throttle);

/**
 * hasher_submit(h, job):
 * Queue ${job}; job->done is called later, never from here. Returns false when
 * too many wait already.
 */
bool hasher_submit(struct hasher *h, struct hasher_job *job);

/**
 * hasher_stop(h):
 * End the thread, behind the hash that it works on. Jobs that nobody has been
 * told about are forgotten. Blocks that long. Takes NULL.
 */
void hasher_stop(struct hasher *h);

#endif
