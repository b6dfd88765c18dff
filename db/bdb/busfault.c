#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "busfault.h"
#include "place.h"

/* A signal handler brings no cookie. */
static struct members *caught_for;
static struct sigaction before;
static volatile sig_atomic_t caught;

static const char line[] =
    "turnpike: SIGBUS: a mapped file of the store could not be read or "
    "written (disk or /dev/shm full?)\n";

/* The table's own pages may be the ones that fail: then this comes again. */
static void busfault_on_signal(int signo)
{
    struct members_table *t;
    uint32_t slot;
    uint64_t incarnation;

    (void)signo;
    if (caught++ || write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
        _exit(BUSFAULT_STATUS);
    if (caught_for != NULL && members_self(caught_for, &slot, &incarnation)) {
        t = members_table(caught_for);
        if (t->inside == 1 + slot)
            t->region_place = place_instead((enum place_region)t->region_place);
    }
    _exit(BUSFAULT_STATUS);
}

int busfault_catch(struct members *m)
{
    const struct sigaction action = {
        .sa_handler = busfault_on_signal, .sa_flags = SA_NODEFER};
    sigset_t bus;

    caught_for = m;
    if (sigaction(SIGBUS, &action, &before) < 0)
        return -1;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &bus, NULL);
    return 0;
}

void busfault_forget(void)
{
    if (caught_for == NULL)
        return;
    sigaction(SIGBUS, &before, NULL);
    caught_for = NULL;
}
