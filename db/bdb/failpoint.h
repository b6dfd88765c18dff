#ifndef FAILPOINT_H
#define FAILPOINT_H

/* Places at which a test can let a process die. They cost nothing unless the
 * build defines TURNPIKE_FAILPOINTS; then TURNPIKE_FAILPOINT=NAME:N in the
 * environment raises SIGKILL at the Nth passage of NAME. */

enum failpoint {
    FAILPOINT_TURNSTILE,      /* holds the turnstile, not yet the gate */
    FAILPOINT_GATE,           /* holds the gate, not yet inside */
    FAILPOINT_TXN,            /* in a transaction, after a verb */
    FAILPOINT_COMMITTED,      /* committed, in the gate */
    FAILPOINT_LEFT,           /* left the gate, not yet synced */
    FAILPOINT_SYNCED,         /* synced, not yet acknowledged */
    FAILPOINT_RECOVER_BEGIN,  /* recovery begun */
    FAILPOINT_RECOVER_MIDDLE, /* inside the library's recovery */
    FAILPOINT_RECOVER_END,    /* recovered, not yet published */
    FAILPOINT_CKPT_MIDDLE,    /* in a sync of the library's checkpoint */
    FAILPOINT_CKPT_END,       /* checkpointed, old logs not yet removed */
    FAILPOINT_SWITCH,         /* first batch in a new log file */
    FAILPOINT_JOIN,           /* joined, without a slot */
    FAILPOINT_COUNT
};

#ifdef TURNPIKE_FAILPOINTS
/**
 * failpoint(point):
 * Die here if the environment says so.
 */
void failpoint(enum failpoint point);

/**
 * failpoint_name(point):
 * What the environment calls ${point}.
 */
const char *failpoint_name(enum failpoint point);
#else
#define failpoint(point) ((void)0)
#endif

#endif
