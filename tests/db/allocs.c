#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allocs.h"
#include "unseen.h"

#ifdef __SANITIZE_THREAD__
/* Its runtime allocates before dlsym() may be called. */
#define FIND(name, real) (*(real) = __interceptor_##name)

void *__interceptor_malloc(size_t n);
void *__interceptor_calloc(size_t count, size_t n);
void *__interceptor_realloc(void *old, size_t n);
#else
#define FIND(name, real) find(#name, real)

/* The C library's own; a pointer to a function comes out of dlsym() only by
 * way of its bytes. */
static void find(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    memcpy(function, &symbol, sizeof(symbol));
}
#endif

/* What is called has no cookie. */
static bool (*_Atomic ask)(void); /* any thread */
static __thread bool asking;

void allocs_hook(bool (*may)(void))
{
    ask = may;
}

static UNSEEN bool go(void)
{
    bool (*may)(void) = ask;
    bool yes;

    if (may == NULL || asking)
        return true;
    asking = true;
    yes = may();
    asking = false;
    if (!yes)
        errno = ENOMEM;
    return yes;
}

UNSEEN void *malloc(size_t n)
{
    static void *(*real)(size_t);

    if (real == NULL)
        FIND(malloc, &real);
    return go() ? real(n) : NULL;
}

UNSEEN void *calloc(size_t count, size_t n)
{
    static void *(*real)(size_t, size_t);

    if (real == NULL)
        FIND(calloc, &real);
    return go() ? real(count, n) : NULL;
}

UNSEEN void *realloc(void *old, size_t n)
{
    static void *(*real)(void *, size_t);

    if (real == NULL)
        FIND(realloc, &real);
    return go() ? real(old, n) : NULL;
}
