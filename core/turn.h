#ifndef TURN_H
#define TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "refusal.h"

/* A turn of a conversation in no dialect's words: what a request asks, and
 * what an answer says. Each dialect reads its own requests into a struct turn
 * and writes a struct turn as a request of its own; reads its own answers as
 * events and writes events as an answer of its own: 3 + 3 codecs, not 9
 * converters. DESIGN.md fixed point 7; CLIENTS.md section 4.
 *
 * Texts stay as they are in JSON. A span called a text is the inside of a JSON
 * string: no quotes, escapes as they stand; so it passes from one dialect to
 * another by a copy. A span called raw is a whole JSON value. p == NULL: there
 * is none. They point into the document that was read, or are kept by the
 * turn. */

enum turn_role { TURN_SYSTEM, TURN_DEVELOPER, TURN_USER, TURN_ASSISTANT };

enum turn_part_kind {
    TURN_TEXT,      /* text */
    TURN_REFUSAL,   /* text: the model declined in its own words */
    TURN_REASONING, /* text, signature */
    TURN_REDACTED,  /* data: reasoning that only its maker can read */
    TURN_IMAGE,     /* url, or media_type and data */
    TURN_FILE,      /* url, or media_type and data; name */
    TURN_CALL,      /* id, name, args */
    TURN_RESULT     /* id, failed; its content are the parts behind it that are
                     * inside */
};

/* One part of a message. Parts of one message have one number; the numbers
 * rise. */
struct turn_part {
    enum turn_part_kind kind;
    enum turn_role role;
    uint32_t message;
    bool inside; /* of the result before it */
    bool failed; /* a result that is an error */
    bool custom; /* a call whose args are plain text, not JSON; its result */

    struct span text;       /* text */
    struct span signature;  /* text */
    struct span url;        /* text */
    struct span media_type; /* text */
    struct span data;       /* text: base64, or what redacted is */
    struct span detail;     /* text: of an image */
    struct span id;         /* text: of a call or of what a result answers */
    struct span name;       /* text: of a call's tool, of a file */
    struct span space;      /* text: the namespace of a call's tool */
    struct span args;       /* text of a JSON object; or raw, see args_raw */
    bool args_raw;

    /* Where it was, for faults: input[item].content[at]. at < 0: the item. */
    uint32_t item;
    int32_t at;
};

struct turn_tool {
    bool custom;             /* takes plain text */
    struct span name;        /* text */
    struct span description; /* text */
    struct span parameters;  /* raw: a JSON schema */
    struct span strict;      /* raw */
    struct span space;       /* text: its namespace */
};

enum turn_choice {
    TURN_CHOICE_ABSENT,
    TURN_CHOICE_AUTO,
    TURN_CHOICE_NONE,
    TURN_CHOICE_REQUIRED,
    TURN_CHOICE_NAMED
};

enum turn_format { TURN_FORMAT_TEXT, TURN_FORMAT_OBJECT, TURN_FORMAT_SCHEMA };

enum { TURN_STOPS = 64 };

/* A request. {0} is empty. */
struct turn {
    enum dialect from;
    struct turn_part *parts;
    size_t part_count, part_cap;
    struct turn_tool *tools;
    size_t tool_count, tool_cap;

    enum turn_choice choice;
    struct span choice_name; /* text */
    int parallel;            /* calls side by side: 0 no, 1 yes, -1 absent */

    struct span temperature; /* raw, as all numbers */
    struct span top_p;
    struct span top_k;
    struct span presence_penalty;
    struct span frequency_penalty;
    struct span seed;
    struct span logit_bias;
    struct span top_logprobs;
    bool logprobs;
    struct span stops[TURN_STOPS]; /* texts */
    size_t stop_count;
    struct span user; /* text */
    uint32_t n;

    enum turn_format format;
    struct span format_name;   /* text */
    struct span format_schema; /* raw */
    struct span format_strict; /* raw */

    bool thinking;      /* the caller asked for reasoning */
    struct span budget; /* raw: tokens of it */
    struct span effort; /* text */

    char **kept; /* memory of texts that had to be made */
    size_t kept_count, kept_cap;
    bool out_of_memory;          /* latched */
    struct turn_part spare_part; /* what there is when memory is out */
    struct turn_tool spare_tool;
};

/**
 * turn_part(t), turn_tool(t):
 * Append an empty part or tool and return it; never NULL: when memory is out
 * the latch is set and what is returned is of no consequence. Legal until the
 * next call.
 */
struct turn_part *turn_part(struct turn *t);
struct turn_tool *turn_tool(struct turn *t);

/**
 * turn_keep(t, text):
 * A copy of ${text} that lives as long as ${t}.
 */
struct span turn_keep(struct turn *t, struct span text);

/**
 * turn_url(part, url):
 * Set the url of ${part}; or, when it is a data URL, media_type and data.
 */
void turn_url(struct turn_part *part, struct span url);

/**
 * turn_refused(role):
 * What a part of kind refusal is in a message of ${role}: only the model
 * declines, others quote.
 */
enum turn_part_kind turn_refused(enum turn_role role);

/**
 * turn_place(t, part, path):
 * The path of ${part} in the request that ${t} was read from, for a fault.
 */
void turn_place(
    const struct turn *t, const struct turn_part *part, char path[128]);

/**
 * turn_free(t):
 * Give back the memory of ${t} and leave it empty.
 */
void turn_free(struct turn *t);

/**
 * turn_string(out, text):
 * Append ${text} as a JSON string: with its quotes.
 */
void turn_string(struct buf *out, struct span text);

/**
 * turn_member_raw(out, key, raw):
 * Append ${raw} as the member ${key}, behind a comma; nothing when there is
 * none.
 */
void turn_member_raw(struct buf *out, const char *key, struct span raw);

/**
 * turn_member(out, key, text):
 * Append ${text} as the member ${key}, behind a comma.
 */
void turn_member(struct buf *out, const char *key, struct span text);

/**
 * turn_stops(t, key, out):
 * Append the stops of ${t} as the member ${key}, behind a comma; nothing when
 * there are none.
 */
void turn_stops(const struct turn *t, const char *key, struct buf *out);

/**
 * turn_schema(tool, out):
 * Append what ${tool} takes as a JSON schema: that of an object without known
 * members when it says nothing, and of one with the string "input" when it
 * takes plain text.
 */
void turn_schema(const struct turn_tool *tool, struct buf *out);

/**
 * turn_tools(t, write, out):
 * Append the tools of ${t}, each by ${write}, as the member "tools", behind a
 * comma. Returns whether there are any; where not, servers refuse what speaks
 * of them, too.
 */
bool turn_tools(const struct turn *t,
    void (*write)(const struct turn_tool *tool, struct buf *out),
    struct buf *out);

/**
 * turn_choice_word(choice):
 * What the dialects of OpenAI call ${choice}, which is auto, none or required.
 */
const char *turn_choice_word(enum turn_choice choice);

/**
 * turn_parallel(t, out):
 * Append whether calls may stand side by side as the member
 * "parallel_tool_calls" of these dialects, behind a comma; nothing when ${t}
 * does not say.
 */
void turn_parallel(const struct turn *t, struct buf *out);

/**
 * turn_format(t, out):
 * Append the schema that the answer shall be of, with its name and strictness,
 * as the members that these dialects have for it, without a comma before or
 * behind them. They want a name also where the caller gave none.
 */
void turn_format(const struct turn *t, struct buf *out);

/**
 * turn_user(t, out):
 * Append the user of ${t} as the member "user", behind a comma; nothing when
 * there is none. It is a hash when it is longer than servers take, for some
 * clients put a whole record there.
 */
void turn_user(const struct turn *t, struct buf *out);

/**
 * turn_silent(t, fault):
 * Set ${fault}: nothing is said in ${t} that could be answered. Returns -1.
 */
int turn_silent(const struct turn *t, struct fault *fault);

/**
 * turn_check(t, fault):
 * Whether ${t} says anything; and whether the system's words are words: no
 * dialect but a few servers takes images there. Returns 0, or -1 with ${fault}
 * set.
 */
int turn_check(const struct turn *t, struct fault *fault);

/**
 * turn_args_object(args, raw, out), turn_args_text(args, raw, out):
 * Append the arguments of a call as a JSON object; as a text that holds one
 * (without quotes). Empty ones become {}; a text that is no object becomes
 * {"arguments": text}.
 */
void turn_args_object(struct span args, bool raw, struct buf *out);
void turn_args_text(struct span args, bool raw, struct buf *out);

/**
 * turn_args(call, out):
 * Append the arguments of ${call} as such a text. What a tool got that takes
 * plain text is shown as what a function got that takes one string.
 */
void turn_args(const struct turn_part *call, struct buf *out);

/* ---- answers ---- */

enum turn_stop {
    TURN_STOP_END,      /* the model had no more to say */
    TURN_STOP_SEQUENCE, /* stop_sequence, if it is known which */
    TURN_STOP_LENGTH,
    TURN_STOP_CALLS, /* it wants its tools called */
    TURN_STOP_FILTER /* a content filter, or a refusal as such */
};

/* What an upstream states. in counts the cached tokens, too. */
struct turn_usage {
    uint64_t in;
    uint64_t out;
    uint64_t cached;    /* of in: read from a cache */
    uint64_t written;   /* of in: written to one */
    uint64_t reasoning; /* of out */
};

enum turn_event_kind {
    TURN_EVENT_BEGIN,     /* once a choice, first; usage.in when has_usage */
    TURN_EVENT_TEXT,      /* text of a block; logprobs (raw) */
    TURN_EVENT_REFUSAL,   /* the same */
    TURN_EVENT_REASONING, /* the same */
    TURN_EVENT_SIGNATURE, /* text: of a reasoning block */
    TURN_EVENT_REDACTED,  /* text: a block of its own */
    TURN_EVENT_CALL,      /* a block begins: id, name */
    TURN_EVENT_ARGS,      /* text of a call's block */
    TURN_EVENT_USAGE,     /* the last one said is true */
    TURN_EVENT_STOP       /* once a choice, behind all its blocks */
};

/* For a stop: each choice that has not come to one. */
enum { TURN_EACH = UINT32_MAX };

/* One thing that an answer says. Texts live until the sink returns. */
struct turn_event {
    enum turn_event_kind kind;
    uint32_t choice;      /* 0 where a dialect has but one */
    uint32_t block;       /* of the choice; events of one have one number */
    struct span text;     /* text */
    struct span logprobs; /* raw array of chat's and responses' form */
    struct span id;       /* text */
    struct span name;     /* text */
    enum turn_stop stop;
    struct span stop_sequence; /* text */
    bool has_usage;
    struct turn_usage usage;
};

struct turn_sink {
    void (*event)(void *cookie, const struct turn_event *e);
    void *cookie;
};

#endif
