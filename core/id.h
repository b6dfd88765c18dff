#ifndef ID_H
#define ID_H

#include <stdint.h>

enum { ID_SIZE = 16, ID_LEAD = 4 };

/**
 * id_lead(id, now):
 * Overwrite the first bytes of the random ${id} by the seconds of ${now}, which
 * is in microseconds since 1970. Rows by id then lie in the order of their
 * time: new ones come behind each other on a few pages of a table of any size,
 * and old ones are at its beginning. The 96 bits behind stay random, so that
 * nobody can guess an id.
 */
void id_lead(uint8_t id[ID_SIZE], int64_t now);

#endif
