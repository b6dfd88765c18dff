#ifndef ALLOCS_H
#define ALLOCS_H

#include <stdbool.h>

/* A program that is linked with allocs.c comes between everything in it,
 * libraries included, and the C library's malloc(), calloc() and realloc(). */

/**
 * allocs_hook(may):
 * From now on ask ${may} before each allocation, which fails with ENOMEM when
 * that returns false. Nobody is asked when it is NULL, nor while it runs.
 */
void allocs_hook(bool (*may)(void));

#endif
