#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "moderation_model.h"
#include "price.h"
#include "rota.h"

/* The configuration: lines of "key = value", '#' begins a comment. Keys are
 * declared in one table (name, type, range, default, help) from which the
 * parser, the manual page and the check of the README are made. Upstreams and
 * models are families of keys: upstream.NAME.url, model.NAME.alias. */

enum conf_wire { WIRE_CHAT = 1, WIRE_MESSAGES = 2, WIRE_RESPONSES = 4 };

/* What becomes of a stream, and of its bill, when its client leaves. */
enum conf_leaver {
    LEAVER_ESTIMATE, /* cancel it and bill what came */
    LEAVER_DRAIN,    /* read on for the exact bill, within bounds */
    LEAVER_FREE      /* cancel it and bill nothing */
};

/* Who judges what users say, where there is an endpoint to ask; what becomes of
 * calls that it does not judge; what becomes of images. */
enum conf_moderator { MODERATOR_BOTH, MODERATOR_ENDPOINT };
enum conf_failure { FAILURE_OPEN, FAILURE_CLOSED };
enum conf_images { IMAGES_PASS, IMAGES_REFUSE, IMAGES_ENDPOINT };

/* upstream.NAME.* */
struct conf_upstream {
    char *name;
    char *origin;   /* scheme://host:port, no path, no slash at the end */
    char *key;      /* API key for it, or NULL; never printed */
    char *key_file; /* a 0400 file that holds it, or NULL; the caller reads */
    char *ca_file;  /* PEM file of the authorities it is verified by, or NULL */
    unsigned wires; /* enum conf_wire: what it speaks natively */
    unsigned on_disconnect; /* enum conf_leaver */
    bool insecure_test_only; /* no TLS verification; loopback hosts only */
    bool http2;              /* behind TLS: calls share connections */
    uint32_t connect_ms;     /* until connected, TLS included */
    uint32_t first_byte_ms;  /* until the first byte of the answer */
    uint32_t idle_ms;        /* between two reads of an answer */
    uint32_t total_ms;       /* whole call; 0: none */
    struct rota_rules rota;  /* its place among others */
};

/* model.NAME.* */
struct conf_model {
    char *name;          /* as callers see it */
    char *display_name;  /* or NULL */
    char *upstream_name; /* as the upstream knows it; NULL: the same */
    char **aliases;
    size_t n_aliases;
    size_t *upstreams; /* indexes into conf.upstreams, in order */
    size_t n_upstreams;
    uint32_t context;    /* tokens */
    uint32_t max_output; /* tokens of one choice */
    struct price price;
};

struct conf {
    struct conf_upstream *upstreams;
    size_t n_upstreams;
    struct conf_model *models;
    size_t n_models;

    bool fcgid;               /* server.mode = resident | fcgid */
    bool models_any;          /* models.any: any name passes at the default */
    struct price price;       /* price.usd_per_mtok, .tokens_per_credit */
    uint32_t max_output;      /* models.max_output, of models without one */
    uint32_t rate_count_tokens; /* rate.count_tokens: the same, of its own */
    uint32_t rate_key;        /* rate.key: requests a minute, 0: no limit */
    uint32_t rate_jwt;        /* rate.jwt */
    uint32_t rate_login;      /* rate.login: tries to sign in, a second */
    uint32_t rate_login_account; /* rate.login_account: a minute */
    uint32_t rate_login_address; /* rate.login_address: a minute */
    uint32_t rate_wrong_key;     /* rate.wrong_key: a second */
    uint32_t rate_wrong_key_address; /* rate.wrong_key_address: a minute */
    uint32_t rate_tokens;     /* rate.tokens: reported only */
    bool free_enabled;        /* free.enabled: anonymous calls */
    uint32_t events_keep_days; /* events.keep_days */
    uint32_t events_history;  /* events.history: the newest ones */
    bool policy_strict_keys;   /* policy.strict_project_keys */
    uint32_t free_days;       /* free.days */
    uint32_t free_daily_cap;  /* free.daily_cap */
    uint32_t free_max_tokens; /* free.max_tokens: output of a free call */
    uint64_t body_max;        /* body.max */
    uint32_t body_seconds;    /* body.seconds */
    uint32_t drain_seconds;   /* drain.seconds */
    uint32_t stall_seconds;   /* stream.stall_seconds: a reader that stands */
    uint32_t grace_seconds;   /* stream.grace: silence until a stream opens */
    uint32_t heartbeat_seconds; /* stream.heartbeat: of an open one */
    uint32_t stream_seconds;  /* stream.seconds of a whole one, 0: no end */
    uint32_t answer_seconds;  /* answer.seconds, 0: no end */
    uint64_t answer_max;      /* upstream.answer_max: bytes, decoded */
    uint32_t upstream_tries;  /* upstream.tries: of a call, at most */
    uint32_t connections_max; /* connections.max of a worker */
    bool moderation;                  /* moderation.enabled */
    bool moderation_output;           /* moderation.output */
    bool moderation_responses;        /* moderation.responses */
    bool moderation_recall;           /* moderation.recall */
    uint32_t moderation_stream_bytes; /* moderation.stream_bytes */
    /* moderation.threshold.CATEGORY, by enum moderation_category: the score
     * from which a text is of it, in millionths */
    uint64_t moderation_threshold[MODERATION_CATEGORIES];
    /* moderation.action.CATEGORY: whether it is blocked for everybody; not of
     * those that always are */
    bool moderation_block[MODERATION_CATEGORIES];
    struct conf_upstream moderator; /* moderation.endpoint; origin NULL: none */
    char *moderation_model;         /* moderation.model, that it is asked for */
    unsigned moderation_provider;   /* enum conf_moderator */
    unsigned moderation_on_failure; /* enum conf_failure */
    unsigned moderation_images;     /* enum conf_images */
    uint64_t second_low, second_high; /* moderation.second_opinion.*: scores, in
                                         millionths, for which it is asked */
    char *trusted_proxies;    /* addresses and prefixes, comma separated */
    char *request_id_param;   /* request.id_param, or "" */
    char *cors_origin;        /* cors.origin, "" switches it off */
    uint32_t loop_spin;       /* loop.spin: us, 0: none */
    bool durability_full;     /* durability = full | relaxed */
    uint32_t store_stuck_seconds;
    uint64_t store_cache;      /* store.cache, bytes */
    uint64_t store_log;        /* store.log, bytes of a log file */
    uint64_t store_checkpoint; /* store.checkpoint, bytes */
    uint64_t store_reserve;    /* store.reserve, bytes; 0: off */
    uint32_t ledger_keep_days; /* ledger.keep_days, 0: for ever */
};

/**
 * conf_read(text, overrides, count, error):
 * A configuration from the file's ${text} and then ${count} "KEY=VALUE"
 * ${overrides}. Without any model key there is the one model
 * abliterated-model, alias abliteration-model, on all upstreams. NULL with a
 * sentence that names the line and key in ${error} when anything is wrong;
 * nothing is guessed. Free with conf_free(), which takes NULL and wipes keys.
 */
struct conf *conf_read(struct span text, char *const *overrides,
    size_t count, char error[256]);
void conf_free(struct conf *conf);

/**
 * conf_model(conf, name):
 * The model that is called or aliased ${name}, or NULL. With models_any a name
 * that is not configured is not found here either: the caller decides.
 */
const struct conf_model *conf_model(
    const struct conf *conf, const char *name);

/**
 * conf_manual(out):
 * Append every option as "NAME (TYPE, RANGE, default DEFAULT)\n    HELP\n".
 */
void conf_manual(struct buf *out);

#endif
