#include "thread.h"

#include <sched.h>
#include <signal.h>

int thread_start(pthread_t *thread, void *(*run)(void *cookie), void *cookie)
{
    const struct sched_param none = {0};
    sigset_t all, old;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(thread, NULL, run, cookie);
    pthread_sigmask(SIG_SETMASK, &old, NULL);

    /* Only costs less: where it is forbidden nothing else changes. */
    if (error == 0)
        pthread_setschedparam(*thread, SCHED_BATCH, &none);
    return error;
}
