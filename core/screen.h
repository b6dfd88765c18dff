#ifndef SCREEN_H
#define SCREEN_H

#include "flag.h"
#include "policy.h"
#include "policy_stream.h"
#include "turn.h"

/* The output policy over the events of an answer. Between the reader of an
 * upstream's dialect and the writer of the caller's it lets pass what may
 * leave, takes out what is to be replaced, and tells when a rule ends the
 * answer. Choices are judged each for itself, and in each text, reasoning and
 * refusals block by block, the name and the arguments of each call for
 * themselves; what one choice may not say ends the answer for all. API.md 9.4,
 * 13.2 S15, DESIGN.md fixed point 8. */

struct screen;

enum screen_state { SCREEN_GOES, SCREEN_FIRED, SCREEN_NO_MEMORY };

/* What an answer is judged by. What a score says is not at one place of the
 * text: it ends the answer where it is seen, at the end of a sentence or after
 * so many bytes; what was before it has left. */
struct screen_rules {
    const struct policy_verdict *verdict; /* on the request; NULL: no policy */
    bool joined; /* the caller's dialect knows no blocks: texts of a kind are
                    one */
    struct flag_rules flags; /* without a model no text is scored */
    uint16_t blocked; /* categories that end it, whatever a policy says */
    uint16_t minded;  /* those that the policy may mind */
    uint32_t every;   /* bytes after which a score is looked at */
};

/**
 * screen_needed(rules):
 * Whether there is anything to look for in an answer.
 */
bool screen_needed(const struct screen_rules *rules);

/**
 * screen_make(rules):
 * Begin an answer that is judged by ${rules}, of which the policy and the model
 * must outlive the screen. Without a verdict that is enforced and takes
 * something out of texts it only watches: everything passes at once, until
 * something fires. Returns NULL when memory is out.
 */
struct screen *screen_make(const struct screen_rules *rules);

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

/* ---- answers that pass in the caller's own dialect ---- */

/* A text of such an answer: of a block, of a citation, of what a tool found. */
struct screen_text {
    bool json; /* it is JSON: its strings are what is judged */
    size_t channel;
};

/**
 * screen_reads(s), screen_scores(s):
 * Whether ${s} looks for words in texts; whether it scores them. The functions
 * below are for one that reads, screen_weigh() is for one that scores.
 */
bool screen_reads(const struct screen *s);
bool screen_scores(const struct screen *s);

/**
 * screen_weigh(s, e):
 * Score the event ${e} of an answer whose words screen_read() gets.
 */
enum screen_state screen_weigh(struct screen *s, const struct turn_event *e);

/**
 * screen_open(s, json, t):
 * Begin the text ${t}, which is JSON or not. Returns 0, or -1 when memory is
 * out.
 */
int screen_open(struct screen *s, bool json, struct screen_text *t);

/**
 * screen_read(s, t, text, ends):
 * Go on with the decoded ${text} of ${t}, which is whole if it ${ends} there.
 */
enum screen_state screen_read(
    struct screen *s, const struct screen_text *t, struct span text, bool ends);

/**
 * screen_held(s, t), screen_left(s, t), screen_cuts(s, t, count):
 * As policy_stream_held(), policy_stream_left() and policy_stream_cuts() of
 * ${t}.
 */
struct span screen_held(const struct screen *s, const struct screen_text *t);
uint64_t screen_left(const struct screen *s, const struct screen_text *t);
const struct policy_cut *screen_cuts(
    const struct screen *s, const struct screen_text *t, size_t *count);

/**
 * screen_close(s, t):
 * Let go of ${t}. Each that was begun must be.
 */
void screen_close(struct screen *s, const struct screen_text *t);

/**
 * screen_blocked(s):
 * The categories that have ended the answer whatever a policy says.
 */
uint16_t screen_blocked(const struct screen *s);

/**
 * screen_tell(s, v):
 * Change the verdict ${v} as what was found since the last time demands.
 * Returns 1 when it changed, 0, or -1 when memory is out.
 */
int screen_tell(struct screen *s, struct policy_verdict *v);

#endif
