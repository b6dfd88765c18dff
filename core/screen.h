#ifndef SCREEN_H
#define SCREEN_H

#include "policy.h"
#include "turn.h"

/* The output policy over the events of an answer. Between the reader of an
 * upstream's dialect and the writer of the caller's it lets pass what may
 * leave, takes out what is to be replaced, and tells when a rule ends the
 * answer. Choices are judged each for itself, and in each text, reasoning and
 * refusals block by block, the arguments of each call for themselves; what one
 * choice may not say ends the answer for all. API.md 9.4, 13.2 S15, DESIGN.md
 * fixed point 8. */

struct screen;

enum screen_state { SCREEN_GOES, SCREEN_FIRED, SCREEN_NO_MEMORY };

/**
 * screen_needed(v):
 * Whether the policy of the verdict ${v} has anything to look for in an
 * answer.
 */
bool screen_needed(const struct policy_verdict *v);

/**
 * screen_make(v, joined):
 * Begin an answer to a request of which ${v} is the verdict; its policy must
 * outlive the screen. A verdict that is not enforced makes a screen that only
 * watches: everything passes at once. ${joined}: the caller's dialect knows no
 * blocks, so that all texts of a kind are one. Returns NULL when memory is out.
 */
struct screen *screen_make(const struct policy_verdict *v, bool joined);

/**
 * screen_free(s):
 * Let go of ${s}, which may be NULL.
 */
void screen_free(struct screen *s);

/**
 * screen_watches(s):
 * Whether ${s} only watches.
 */
bool screen_watches(const struct screen *s);

/**
 * screen_event(s, e, to):
 * Take the event ${e} and send what may leave to ${to}. When a rule fires
 * nothing passes any more, not even the stop: the caller ends the answer.
 * Logarithms of probabilities, which repeat the text, pass only a screen that
 * watches.
 */
enum screen_state screen_event(
    struct screen *s, const struct turn_event *e, const struct turn_sink *to);

/**
 * screen_tell(s, v):
 * Change the verdict ${v} as what was found since the last time demands.
 * Returns 1 when it changed, 0, or -1 when memory is out.
 */
int screen_tell(struct screen *s, struct policy_verdict *v);

#endif
