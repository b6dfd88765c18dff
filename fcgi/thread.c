#include "thread.h"

#include <signal.h>

int thread_start(pthread_t *thread, void *(*run)(void *cookie), void *cookie)
{
    sigset_t all, old;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(thread, NULL, run, cookie);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}
