#include "conf_table.h"

#include <string.h>

#include "conf.h"
#include "conf_value.h"
#include "moderation.h"

#define MINUTE 60000u
#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define USD 1000000ull

#define AT(field) offsetof(struct conf, field)
#define AT_UPSTREAM(field) offsetof(struct conf_upstream, field)
#define AT_MODEL(field) offsetof(struct conf_model, field)

#define THRESHOLD(category, index)                                             \
    {                                                                          \
        "moderation.threshold." category, CONF_GLOBAL, CONF_MONEY, 0, USD,     \
            "0.5", NULL, AT(moderation_threshold[index]),                      \
            "The score from which a text is of the category " category "."     \
    }

#define ACTION(category, index)                                                \
    {                                                                          \
        "moderation.action." category, CONF_GLOBAL, CONF_ACTION, 0, 0,         \
            "asked", NULL, AT(moderation_block[index]),                        \
            "block: the category " category " is blocked for everybody. "      \
            "asked: for those who ask for it."                                 \
    }

/* clang-format off */
static const struct conf_option table[] = {
    /* name, scope, type, min, max, default, inherits, offset, help */
    {"state.dir", CONF_GLOBAL, CONF_TEXT, 1, 900, NULL, NULL, CONF_NOWHERE,
        "State directory when neither --state nor anything else names it; "
        "relative to the directory of this file."},
    {"server.mode", CONF_GLOBAL, CONF_MODE, 0, 0, "resident", NULL, AT(fcgid),
        "resident: processes that stay and serve many calls at once. fcgid: "
        "for servers like mod_fcgid that start and end processes as they "
        "please and give each one call at a time; each looks before a call "
        "whether this file has changed, and stream.seconds is 280, "
        "answer.seconds 35 and drain.seconds 2 unless they are set. The "
        "default of turnpike.fcgi is fcgid."},
    {"models.any", CONF_GLOBAL, CONF_BOOL, 0, 0, "off", NULL,
        AT(models_any),
        "Forward any model name unchanged, at the default price."},
    {"models.max_output", CONF_GLOBAL, CONF_INT, 1, 10000000, "8192", NULL,
        AT(max_output),
        "Output tokens of one choice, of models that do not say."},
    {"price.usd_per_mtok", CONF_GLOBAL, CONF_MONEY, 0, 1000000 * USD, "5",
        NULL, AT(price.usd_micro_per_mtok),
        "USD for a million tokens, as reported to callers."},
    {"price.tokens_per_credit", CONF_GLOBAL, CONF_COUNT, 0, 1000000000, "500",
        NULL, AT(price.tokens_per_credit),
        "Tokens that one credit pays for; 0: unknown, nothing is sold."},
    {"rate.count_tokens", CONF_GLOBAL, CONF_INT, 0, 1000000, "600", NULL,
        AT(rate_count_tokens),
        "count_tokens requests of an account in any 60 seconds; 0: no limit."},
    {"rate.key", CONF_GLOBAL, CONF_INT, 0, 1000000, "120", NULL, AT(rate_key),
        "Requests of an API key in any 60 seconds; 0: no limit."},
    {"rate.jwt", CONF_GLOBAL, CONF_INT, 0, 1000000, "30", NULL, AT(rate_jwt),
        "Requests of a signed-in user in any 60 seconds; 0: no limit."},
    {"rate.login", CONF_GLOBAL, CONF_INT, 0, 1000, "10", NULL, AT(rate_login),
        "Tries to sign in of everybody together, a second; 0: no limit."},
    {"rate.login_account", CONF_GLOBAL, CONF_INT, 0, 1000, "5", NULL,
        AT(rate_login_account),
        "Tries to sign in to one account, a minute; twice as many at first, "
        "and, while they fail, ever fewer, down to one in 15 minutes; 0: no "
        "limit."},
    {"rate.login_address", CONF_GLOBAL, CONF_INT, 0, 1000, "20", NULL,
        AT(rate_login_address),
        "Tries to sign in from one address, a minute; 0: no limit."},
    {"rate.wrong_key", CONF_GLOBAL, CONF_INT, 0, 1000, "100", NULL,
        AT(rate_wrong_key),
        "Wrong API keys of everybody together that are told so, a second; "
        "beyond that the answer is 429; 0: no limit."},
    {"rate.wrong_key_address", CONF_GLOBAL, CONF_INT, 0, 1000, "30", NULL,
        AT(rate_wrong_key_address),
        "The same from one address other than the machine's own, a minute; "
        "beyond ten times as many, keys that are new to a worker are not "
        "looked at; 0: no limit."},
    {"rate.tokens", CONF_GLOBAL, CONF_INT, 0, 4000000000, "2000000", NULL,
        AT(rate_tokens),
        "Tokens a minute that the rate headers speak of; not enforced."},
    {"events.history", CONF_GLOBAL, CONF_INT, 1, 10000, "50", NULL,
        AT(events_history),
        "Events that a history shows, the newest; all are kept, "
        "events.keep_days long. The environment's POLICY_HISTORY_LIMIT goes "
        "before what this file says."},
    {"free.enabled", CONF_GLOBAL, CONF_BOOL, 0, 0, "on", NULL,
        AT(free_enabled), "Answer a device's first call without a key."},
    {"free.days", CONF_GLOBAL, CONF_INT, 1, 3650, "30", NULL, AT(free_days),
        "Days after which a device may call freely again."},
    {"free.daily_cap", CONF_GLOBAL, CONF_INT, 0, 100000000, "1000", NULL,
        AT(free_daily_cap), "Free calls a UTC day, all devices together."},
    {"free.max_tokens", CONF_GLOBAL, CONF_INT, 1, 1000000, "1024", NULL,
        AT(free_max_tokens), "Output tokens of a free call."},
    {"events.keep_days", CONF_GLOBAL, CONF_INT, 0, 36500, "30", NULL,
        AT(events_keep_days),
        "Days after which events are forgotten that all consumers have; 0: "
        "never."},
    {"policy.strict_project_keys", CONF_GLOBAL, CONF_BOOL, 0, 0, "off", NULL,
        AT(policy_strict_keys),
        "A key that belongs to a project may name no other."},
    {"body.max", CONF_GLOBAL, CONF_SIZE, KIB, GIB, "32m", NULL, AT(body_max),
        "Largest request body."},
    {"body.seconds", CONF_GLOBAL, CONF_INT, 1, 3600, "30", NULL,
        AT(body_seconds), "Seconds for a request to arrive."},
    {"drain.seconds", CONF_GLOBAL, CONF_INT, 0, 3600, "6", NULL,
        AT(drain_seconds),
        "Seconds that a stopping worker gives to calls under way."},
    {"stream.stall_seconds", CONF_GLOBAL, CONF_INT, 1, 3600, "30", NULL,
        AT(stall_seconds),
        "Seconds that a client may leave a full queue unread."},
    {"stream.grace", CONF_GLOBAL, CONF_INT, 0, 3600, "10", NULL,
        AT(grace_seconds),
        "Seconds that a stream waits for its upstream before it opens with a "
        "sign of life; 0: it opens when the upstream answers."},
    {"stream.heartbeat", CONF_GLOBAL, CONF_INT, 0, 3600, "15", NULL,
        AT(heartbeat_seconds),
        "Seconds of silence on an open stream between two signs of life; 0: "
        "none."},
    {"stream.seconds", CONF_GLOBAL, CONF_INT, 0, 86400, "0", NULL,
        AT(stream_seconds),
        "Seconds after which a stream is ended as if its length had run out, "
        "and billed for what it brought; 0: never."},
    {"answer.seconds", CONF_GLOBAL, CONF_INT, 0, 86400, "0", NULL,
        AT(answer_seconds),
        "Seconds after which a call that is not streamed is refused with 504; "
        "0: never."},
    {"upstream.answer_max", CONF_GLOBAL, CONF_SIZE, KIB, 4 * GIB, "32m", NULL,
        AT(answer_max), "Largest answer of an upstream, decoded."},
    {"upstream.tries", CONF_GLOBAL, CONF_INT, 1, ROTA_MOST, "3", NULL,
        AT(upstream_tries),
        "Upstreams that a call is offered to, one after the other, until one "
        "takes it."},
    {"connections.max", CONF_GLOBAL, CONF_INT, 1, 1000000, "16384", NULL,
        AT(connections_max), "Connections of one worker process."},
    {"loop.spin", CONF_GLOBAL, CONF_INT, 0, 1000, "200", NULL, AT(loop_spin),
        "Microseconds that a thread with little to do looks for more before it "
        "sleeps, where that has paid so far; 0: it sleeps at once."},
    {"trusted_proxies", CONF_GLOBAL, CONF_PROXIES, 0, 64 * KIB, "", NULL,
        AT(trusted_proxies),
        "Proxies whose word on a client's address is believed."},
    {"request.id_param", CONF_GLOBAL, CONF_WORD, 0, 128, "", NULL,
        AT(request_id_param),
        "FastCGI parameter that names a request uniquely, so that one "
        "delivered twice is billed once."},
    {"cors.origin", CONF_GLOBAL, CONF_WORD, 0, 1024, "*", NULL,
        AT(cors_origin),
        "Access-Control-Allow-Origin of answers; empty: none."},
    {"durability", CONF_GLOBAL, CONF_DURABILITY, 0, 0, "full", NULL,
        AT(durability_full),
        "full: money is on disk before it is acknowledged; relaxed: within "
        "about a second."},
    {"store.stuck_seconds", CONF_GLOBAL, CONF_INT, 1, 3600, "10", NULL,
        AT(store_stuck_seconds),
        "Kill a process that holds the store this long without a sign of "
        "life."},
    {"store.profile", CONF_GLOBAL, CONF_PROFILE, 0, 0, "normal", NULL,
        CONF_NOWHERE,
        "Defaults of the store's other sizes. small, for small disks and "
        "little memory: store.cache 16m, store.log 1m, store.checkpoint "
        "512k; and so a ballast of 3 MiB in place of 48, and more writes of "
        "pages."},
    {"store.cache", CONF_GLOBAL, CONF_SIZE, MIB, 2 * GIB, "64m", NULL,
        AT(store_cache), "Cache of the store, shared by all processes."},
    {"store.log", CONF_GLOBAL, CONF_SIZE, MIB, GIB, "8m", NULL,
        AT(store_log), "Size of one log file of the store."},
    {"store.checkpoint", CONF_GLOBAL, CONF_SIZE, 64 * KIB, GIB, "16m", NULL,
        AT(store_checkpoint), "Log written between two checkpoints."},
    {"store.reserve", CONF_GLOBAL, CONF_SIZE, 0, 1024 * GIB, "64m", NULL,
        AT(store_reserve),
        "Refuse new paid calls while less is free on the disk of the store, "
        "or less than a twentieth of it (up to 16 times this), but never "
        "more than an eighth; 0: never refuse."},
    {"moderation.enabled", CONF_GLOBAL, CONF_BOOL, 0, 0, "on", NULL,
        AT(moderation),
        "Judge what users say, and refuse what is of self-harm or sexual/minors "
        "or of a category that the request names in flagged_categories."},
    {"moderation.output", CONF_GLOBAL, CONF_BOOL, 0, 0, "on", NULL,
        AT(moderation_output),
        "Judge answers, too; a stream is ended where it becomes one of these."},
    {"moderation.responses", CONF_GLOBAL, CONF_BOOL, 0, 0, "off", NULL,
        AT(moderation_responses),
        "Let policies mind their flagged_categories on Responses, too."},
    {"moderation.recall", CONF_GLOBAL, CONF_BOOL, 0, 0, "on", NULL,
        AT(moderation_recall),
        "Do not read the beginning of a long conversation anew with each of its "
        "turns: remember for ten minutes, in memory, what came of it."},
    {"moderation.stream_bytes", CONF_GLOBAL, CONF_INT, 16, 65536, "256", NULL,
        AT(moderation_stream_bytes),
        "Bytes of a streamed answer after which it is judged again, if no "
        "sentence ends before; as much may have left when it is ended."},
    {"moderation.endpoint", CONF_GLOBAL, CONF_ORIGIN, 0, 0, NULL, NULL,
        AT(moderator.origin),
        "A server that judges as OpenAI's /v1/moderations does; it is asked "
        "about what users say, not about answers. Not given: none."},
    {"moderation.model", CONF_GLOBAL, CONF_WORD, 1, 256,
        "omni-moderation-latest", NULL, AT(moderation_model),
        "The model that the endpoint is asked for."},
    {"moderation.key", CONF_GLOBAL, CONF_WORD, 1, 1024, NULL, NULL,
        AT(moderator.key),
        "API key for the endpoint; without one the environment's "
        "TURNPIKE_MODERATION_KEY, if any."},
    {"moderation.key_file", CONF_GLOBAL, CONF_TEXT, 1, 900, NULL, NULL,
        AT(moderator.key_file),
        "File that holds the key, mode 0400; relative to the directory of "
        "this file."},
    {"moderation.ca_file", CONF_GLOBAL, CONF_TEXT, 1, 900, NULL, NULL,
        AT(moderator.ca_file),
        "PEM file of the authorities that vouch for the endpoint, in place of "
        "the system's; relative to the directory of this file."},
    {"moderation.timeout_ms", CONF_GLOBAL, CONF_INT, 1, 10 * MINUTE, "3000",
        NULL, AT(moderator.total_ms),
        "Milliseconds in which the endpoint has to answer, each time."},
    {"moderation.provider", CONF_GLOBAL, CONF_MODERATOR, 0, 0, "both", NULL,
        AT(moderation_provider),
        "both: the built-in classifier, and the endpoint where there is one. "
        "endpoint: its word alone, and the built-in classifier's only where it "
        "gives none."},
    {"moderation.on_failure", CONF_GLOBAL, CONF_FAILURE, 0, 0, "open", NULL,
        AT(moderation_on_failure),
        "What becomes of a call that the endpoint does not judge. open: what "
        "the built-in classifier says counts. closed: it is refused with 503."},
    {"moderation.second_opinion.low", CONF_GLOBAL, CONF_MONEY, 0, USD, "0",
        NULL, AT(second_low),
        "With provider both, ask the endpoint only where the built-in "
        "classifier's score of a category that matters is at least this,"},
    {"moderation.second_opinion.high", CONF_GLOBAL, CONF_MONEY, 0, USD, "1",
        NULL, AT(second_high), "and at most this."},
    {"moderation.images", CONF_GLOBAL, CONF_IMAGES, 0, 0, "pass", NULL,
        AT(moderation_images),
        "What becomes of images. pass: they are not judged. refuse: a request "
        "that has one is refused with 400. endpoint: each is sent to the "
        "endpoint."},
    THRESHOLD("harassment", MODERATION_HARASSMENT),
    THRESHOLD("harassment/threatening", MODERATION_HARASSMENT_THREATENING),
    THRESHOLD("hate", MODERATION_HATE),
    THRESHOLD("hate/threatening", MODERATION_HATE_THREATENING),
    THRESHOLD("illicit", MODERATION_ILLICIT),
    THRESHOLD("illicit/violent", MODERATION_ILLICIT_VIOLENT),
    THRESHOLD("self-harm", MODERATION_SELF_HARM),
    THRESHOLD("self-harm/intent", MODERATION_SELF_HARM_INTENT),
    THRESHOLD("self-harm/instructions", MODERATION_SELF_HARM_INSTRUCTIONS),
    THRESHOLD("sexual", MODERATION_SEXUAL),
    THRESHOLD("sexual/minors", MODERATION_SEXUAL_MINORS),
    THRESHOLD("violence", MODERATION_VIOLENCE),
    THRESHOLD("violence/graphic", MODERATION_VIOLENCE_GRAPHIC),
    ACTION("harassment", MODERATION_HARASSMENT),
    ACTION("harassment/threatening", MODERATION_HARASSMENT_THREATENING),
    ACTION("hate", MODERATION_HATE),
    ACTION("hate/threatening", MODERATION_HATE_THREATENING),
    ACTION("illicit", MODERATION_ILLICIT),
    ACTION("illicit/violent", MODERATION_ILLICIT_VIOLENT),
    ACTION("sexual", MODERATION_SEXUAL),
    ACTION("violence", MODERATION_VIOLENCE),
    ACTION("violence/graphic", MODERATION_VIOLENCE_GRAPHIC),
    {"ledger.keep_days", CONF_GLOBAL, CONF_INT, 0, 36500, "400", NULL,
        AT(ledger_keep_days),
        "Days that journal entries are kept one by one; older ones may be "
        "rolled up, at least 8 days in any case; 0: for ever."},

    {"upstream.NAME.url", CONF_UPSTREAM, CONF_ORIGIN, 0, 0, NULL, NULL,
        AT_UPSTREAM(origin), "Where the model server lives. Required."},
    {"upstream.NAME.speaks", CONF_UPSTREAM, CONF_WIRES, 0, 0, "chat", NULL,
        AT_UPSTREAM(wires), "The protocols it speaks natively."},
    {"upstream.NAME.key", CONF_UPSTREAM, CONF_WORD, 1, 1024, NULL, NULL,
        AT_UPSTREAM(key),
        "API key for it; without one the environment's "
        "TURNPIKE_UPSTREAM_KEY, if any."},
    {"upstream.NAME.key_file", CONF_UPSTREAM, CONF_TEXT, 1, 900, NULL, NULL,
        AT_UPSTREAM(key_file),
        "File that holds the key, mode 0400; relative to the directory of "
        "this file."},
    {"upstream.NAME.ca_file", CONF_UPSTREAM, CONF_TEXT, 1, 900, NULL, NULL,
        AT_UPSTREAM(ca_file),
        "PEM file of the authorities that vouch for it, in place of the "
        "system's; relative to the directory of this file."},
    {"upstream.NAME.connect_ms", CONF_UPSTREAM, CONF_INT, 1, 10 * MINUTE,
        "5000", NULL, AT_UPSTREAM(connect_ms),
        "Milliseconds until it is connected, TLS included."},
    {"upstream.NAME.first_byte_ms", CONF_UPSTREAM, CONF_INT, 1, 60 * MINUTE,
        "300000", NULL, AT_UPSTREAM(first_byte_ms),
        "Milliseconds until the first byte of an answer; most models send one "
        "that is not streamed when all of it is there."},
    {"upstream.NAME.idle_ms", CONF_UPSTREAM, CONF_INT, 1, 60 * MINUTE,
        "60000", NULL, AT_UPSTREAM(idle_ms),
        "Milliseconds without a byte inside an answer."},
    {"upstream.NAME.total_ms", CONF_UPSTREAM, CONF_INT, 0, 1440 * MINUTE,
        "600000", NULL, AT_UPSTREAM(total_ms),
        "Milliseconds of a whole call; 0: no limit."},
    {"upstream.NAME.weight", CONF_UPSTREAM, CONF_INT, 1, 1000, "1", NULL,
        AT_UPSTREAM(rota.weight),
        "Its share of the calls of a model, beside those of the others."},
    {"upstream.NAME.max_concurrent", CONF_UPSTREAM, CONF_INT, 0, 1000000, "0",
        NULL, AT_UPSTREAM(rota.most),
        "Calls under way of each worker, above which others are asked; 0: no "
        "limit."},
    {"upstream.NAME.eject_after", CONF_UPSTREAM, CONF_INT, 0, 1000, "5", NULL,
        AT_UPSTREAM(rota.eject_after),
        "Failures in a row after which a worker leaves it out, unless it is "
        "the model's last; 0: never."},
    {"upstream.NAME.eject_ms", CONF_UPSTREAM, CONF_INT, 1, 60 * MINUTE,
        "10000", NULL, AT_UPSTREAM(rota.eject_ms),
        "Milliseconds that it is left out the first time; doubled with each "
        "trial that fails, up to 32 times this."},
    {"upstream.NAME.on_disconnect", CONF_UPSTREAM, CONF_LEAVER, 0, 0,
        "estimate", NULL, AT_UPSTREAM(on_disconnect),
        "When a client leaves its stream: cancel it and bill an estimate of "
        "what came, drain it for the exact bill, or cancel it for free. "
        "Drain where the provider bills the whole answer anyway."},
    {"upstream.NAME.insecure_test_only", CONF_UPSTREAM, CONF_BOOL, 0, 0,
        "off", NULL, AT_UPSTREAM(insecure_test_only),
        "Do not verify its certificate; loopback addresses only."},
    {"upstream.NAME.http2", CONF_UPSTREAM, CONF_BOOL, 0, 0, "off", NULL,
        AT_UPSTREAM(http2),
        "Speak HTTP/2 behind TLS, where it does: calls share connections, "
        "which takes half the memory; but one client that reads slowly holds "
        "up all calls on its connection."},

    {"model.NAME.alias", CONF_MODEL, CONF_NAMES, 0, 64, NULL, NULL,
        CONF_NOWHERE, "Other names under which callers find the model."},
    {"model.NAME.upstreams", CONF_MODEL, CONF_NAMES, 1, 64, NULL, NULL,
        CONF_NOWHERE,
        "Upstreams that serve it, by their weights; not given: all."},
    {"model.NAME.upstream_name", CONF_MODEL, CONF_WORD, 1, 256, NULL, NULL,
        AT_MODEL(upstream_name),
        "What the upstreams call it; not given: the same."},
    {"model.NAME.display_name", CONF_MODEL, CONF_TEXT, 1, 256, NULL, NULL,
        AT_MODEL(display_name), "Its name for people."},
    {"model.NAME.context", CONF_MODEL, CONF_INT, 1, 100000000, "131072",
        NULL, AT_MODEL(context), "Tokens that input and output may have."},
    {"model.NAME.max_output", CONF_MODEL, CONF_INT, 1, 10000000, NULL,
        "models.max_output", AT_MODEL(max_output),
        "Output tokens of one choice."},
    {"model.NAME.usd_per_mtok", CONF_MODEL, CONF_MONEY, 0, 1000000 * USD,
        NULL, "price.usd_per_mtok", AT_MODEL(price.usd_micro_per_mtok),
        "USD for a million tokens, as reported to callers."},
    {"model.NAME.tokens_per_credit", CONF_MODEL, CONF_COUNT, 0, 1000000000,
        NULL, "price.tokens_per_credit", AT_MODEL(price.tokens_per_credit),
        "Tokens that one credit pays for; 0: unknown, nothing is sold."},
};
/* clang-format on */

static const struct conf_profile profiles[] = {
    /* Few pages in memory and few files on disk. */
    {"store.profile", "small", "store.cache", "16m"},
    {"store.profile", "small", "store.log", "1m"},
    {"store.profile", "small", "store.checkpoint", "512k"},
    /* mod_fcgid gives up after 40 s without a byte, ends whatever is older than
     * 300 s, and kills a process seconds after it was told to stop. */
    {"server.mode", "fcgid", "stream.seconds", "280"},
    {"server.mode", "fcgid", "answer.seconds", "35"},
    {"server.mode", "fcgid", "drain.seconds", "2"},
};

const struct conf_profile *conf_table_profiles(size_t *count)
{
    *count = sizeof(profiles) / sizeof(profiles[0]);
    return profiles;
}

const struct conf_option *conf_table(size_t *count)
{
    *count = sizeof(table) / sizeof(table[0]);
    return table;
}

/* Whether ${key} is ${pattern} with something in place of its NAME. */
static bool matches_family(
    struct span key, const char *pattern, struct span *name)
{
    size_t before = (size_t)(strstr(pattern, "NAME") - pattern);
    const char *after = pattern + before + strlen("NAME");
    size_t n = strlen(after);

    if (key.n <= before + n || memcmp(key.p, pattern, before) != 0 ||
        memcmp(key.p + key.n - n, after, n) != 0)
        return false;
    *name = (struct span){key.p + before, key.n - before - n};
    return true;
}

const struct conf_option *conf_table_find(struct span key, struct span *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        *name = (struct span){key.p, 0};
        if (table[i].scope == CONF_GLOBAL
                ? span_is(key, table[i].name)
                : matches_family(key, table[i].name, name))
            return &table[i];
    }
    return NULL;
}

static void describe(const struct conf_option *o, struct buf *out)
{
    buf_printf(out, "%s (", o->name);
    conf_value_describe(o, out);
    buf_printf(out, ", default %s)\n    %s\n",
        o->inherit                     ? o->inherit
        : !o->fallback                 ? "none"
        : strcmp(o->fallback, "") == 0 ? "empty"
                                       : o->fallback,
        o->help);
}

void conf_manual(struct buf *out)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        describe(&table[i], out);
}
