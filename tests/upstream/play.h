#ifndef PLAY_H
#define PLAY_H

#include "ask.h"
#include "http.h"

/* Scripted answers in time: delays, pieces, barriers, faults. */

struct dialect;
struct journal;
struct loop;
struct plays;

/**
 * plays_create(loop, journal), plays_free(all):
 * The company; NULL when memory is out. Freeing takes NULL and needs that no
 * play is on.
 */
struct plays *plays_create(struct loop *loop, struct journal *journal);
void plays_free(struct plays *all);

/**
 * plays_on(all), plays_waiting(all):
 * Plays that are on, and those of them that wait at a barrier.
 */
size_t plays_on(const struct plays *all);
size_t plays_waiting(const struct plays *all);

/**
 * plays_release(all, name):
 * Let everybody go on who waits at barrier ${name}; returns how many.
 */
size_t plays_release(struct plays *all, struct span name);

/**
 * play_start(all, conn, dialect, ask, number):
 * Answer ${ask} on ${conn} and note it in journal entry ${number}. Takes over
 * what ${ask} holds, also when it fails. Returns -1 when memory is out; then
 * ${conn} is as it was.
 */
int play_start(struct plays *all, struct http_conn *conn,
    const struct dialect *dialect, const struct ask *ask, uint64_t number);

#endif
