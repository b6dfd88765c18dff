#ifndef ADMIT_PLAY_H
#define ADMIT_PLAY_H

#include "fixture.h"

/* An admission that a test looks at. */

/**
 * admit_play(t, a):
 * Run ${a}, of which status and refusal must tell the same. Returns why it is
 * refused, or REFUSE_NONE.
 */
static inline enum refusal admit_play(struct trail *t, struct store_admit *a)
{
    fake_trail_run(t, a);
    assert_false(trail_failed(t));
    assert_int_equal(
        a->verb.status, a->refusal == REFUSE_NONE ? STORE_OK : STORE_REFUSED);
    return a->refusal;
}

#endif
