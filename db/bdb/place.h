#ifndef PLACE_H
#define PLACE_H

#include <limits.h>
#include <stdint.h>

/* Where a store may lie. The data directory belongs to us alone and is on a
 * local file system; the library's regions, which are shared memory, lie on
 * tmpfs if there is one. RELIABILITY.md 1.4. */

enum place_region {
    PLACE_UNDECIDED,
    PLACE_SHM, /* a directory of ours in /dev/shm */
    PLACE_DATA /* the data directory itself */
};

/**
 * place_refuses(magic):
 * The name of the file systems of type ${magic}, as told by statfs(2), if the
 * store's locks, shared mappings and syncs can not be trusted there; else NULL.
 */
const char *place_refuses(uint32_t magic);

/**
 * place_data(dir, path, error):
 * Make ${dir} if it is missing, see that it is fit for a store and put its
 * absolute name into ${path}. Returns 0, or -1 with a sentence in ${error}.
 */
int place_data(const char *dir, char path[PATH_MAX], char error[256]);

/**
 * place_region(place, data, path):
 * Put the directory for the regions of the store in ${data} into ${path},
 * made if it is missing. Returns 0, or -1 when ${place} can not be used.
 */
int place_region(
    enum place_region place, const char *data, char path[PATH_MAX]);

/**
 * place_instead(place):
 * Where to try after ${place} has failed: with the data what failed in shared
 * memory; else wherever there is room. Safe in a signal handler.
 */
enum place_region place_instead(enum place_region place);

#endif
