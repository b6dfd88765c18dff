#ifndef DISK_PLAY_H
#define DISK_PLAY_H

#include "scratch.h"

/* A store of the test's own, in a directory that may be a small disk. */

/* Where the test that runs has it. */
extern struct scratch disk_play;

/**
 * disk_play_set_up(state), disk_play_tear_down(state):
 * What runs before and after each test. Return 0.
 */
int disk_play_set_up(void **state);
int disk_play_tear_down(void **state);

#define DISK_PLAY_TEST(f)                                                      \
    cmocka_unit_test_setup_teardown(f, disk_play_set_up, disk_play_tear_down)

/**
 * disk_play_grant(s, n), disk_play_grant_long(s, n):
 * Make the grant ${n}; make one of which the row fills pages. Return its
 * status.
 */
enum store_status disk_play_grant(struct store *s, unsigned n);
enum store_status disk_play_grant_long(struct store *s, unsigned n);

/**
 * disk_play_exists(name):
 * Whether the store has a file ${name}.
 */
bool disk_play_exists(const char *name);

/**
 * disk_play_open_and_close(NULL):
 * The body of a child that does no more with the store.
 */
int disk_play_open_and_close(void *none);

/**
 * disk_play_mount_or_skip(options):
 * Let the directory be a small disk, of ${options} of a tmpfs, until the test
 * ends; a test that may not is skipped.
 */
void disk_play_mount_or_skip(const char *options);

/**
 * disk_play_small(reserve):
 * Open a store for it, which asks for ${reserve} bytes and makes checkpoints
 * often; exits with status 99 when that fails.
 */
struct store *disk_play_small(uint64_t reserve);

/**
 * disk_play_filler(), disk_play_fill(fd, bytes):
 * Open a file on the disk that is none of the store's; append ${bytes} to it.
 * Returns whether there was room.
 */
int disk_play_filler(void);
bool disk_play_fill(int fd, size_t bytes);

#endif
