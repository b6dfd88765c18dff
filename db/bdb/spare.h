#ifndef SPARE_H
#define SPARE_H

#include <stdbool.h>
#include <stddef.h>

/* Berkeley DB 5.3 does not survive every allocation that fails: the page-in of
 * a table that is being opened follows a null pointer, and a mutex may stay
 * locked (RELIABILITY.md 1.10). So what it asks for in vain comes out of a
 * small store of memory that is set aside beforehand, and as long as something
 * lies there the store is closed to new batches unless the system has memory
 * again. The library has one allocator for the whole process and gives it no
 * cookie; one thread at a time is inside it. */

/**
 * spare_install():
 * Be the library's allocator from now on. Before its first use; may be called
 * again.
 */
void spare_install(void);

/**
 * spare_short():
 * Whether the library lives on the spare memory and the system has none to
 * give, so that nothing should be begun.
 */
bool spare_short(void);

/**
 * spare_malloc(n), spare_realloc(p, n), spare_free(p):
 * As malloc(), realloc() and free(), which they are as long as there is memory.
 * NULL when the spare memory is used up too.
 */
void *spare_malloc(size_t n);
void *spare_realloc(void *p, size_t n);
void spare_free(void *p);

#endif
