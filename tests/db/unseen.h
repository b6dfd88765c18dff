#ifndef UNSEEN_H
#define UNSEEN_H

/* A function UNSEEN may be called by ThreadSanitizer's own runtime, before that
 * can look at the functions of the program. */
#ifdef __SANITIZE_THREAD__
#define UNSEEN __attribute__((no_sanitize("thread")))
#else
#define UNSEEN
#endif

#endif
