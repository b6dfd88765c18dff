#include "failpoint.h"

#ifdef TURNPIKE_FAILPOINTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[FAILPOINT_COUNT] = {
    [FAILPOINT_TURNSTILE] = "turnstile",
    [FAILPOINT_GATE] = "gate",
    [FAILPOINT_TXN] = "txn",
    [FAILPOINT_COMMITTED] = "committed",
    [FAILPOINT_LEFT] = "left",
    [FAILPOINT_SYNCED] = "synced",
    [FAILPOINT_RECOVER_BEGIN] = "recover_begin",
    [FAILPOINT_RECOVER_MIDDLE] = "recover_middle",
    [FAILPOINT_RECOVER_END] = "recover_end",
    [FAILPOINT_CKPT_MIDDLE] = "ckpt_middle",
    [FAILPOINT_CKPT_END] = "ckpt_end",
    [FAILPOINT_SWITCH] = "switch",
    [FAILPOINT_JOIN] = "join",
};

void failpoint(enum failpoint point)
{
    /* A count per process is what the environment variable asks for, and this
     * file is only compiled for tests. */
    static unsigned long passed[FAILPOINT_COUNT];
    const char *wish = getenv("TURNPIKE_FAILPOINT");
    size_t n = strlen(names[point]);

    if (wish == NULL || strncmp(wish, names[point], n) != 0 || wish[n] != ':')
        return;
    if (++passed[point] == strtoul(wish + n + 1, NULL, 10))
        kill(getpid(), SIGKILL);
}

const char *failpoint_name(enum failpoint point)
{
    return names[point];
}

#else

/* ISO C wants a translation unit to declare something. */
typedef int failpoint_none;

#endif
