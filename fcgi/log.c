#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "core/utf8.h"

static void put_time(struct buf *line)
{
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    buf_printf(line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\"",
        tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
        tm.tm_sec, now.tv_nsec / 1000000);
}

static void put_text(struct buf *line, const char *name, const char *text)
{
    struct span s = {text, strlen(text)};
    struct buf clean = {0};

    utf8_repair(s, &clean);
    buf_printf(line, ",\"%s\":", name);
    json_quote(line, (struct span){clean.data, clean.len});
    buf_free(&clean);
}

static void put_number(struct buf *line, const char *name, long long value)
{
    buf_printf(line, ",\"%s\":%lld", name, value);
}

/* One write, so that lines of several processes do not mix. */
static void put_line(struct buf *line)
{
    buf_puts(line, "}\n");
    if (!line->failed && write(STDERR_FILENO, line->data, line->len) < 0)
        return; /* nobody is left to tell */
}

void log_event(const char *name, const char *fmt, ...)
{
    struct buf line = {0};
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    put_time(&line);
    put_text(&line, "event", name);
    put_text(&line, "text", text);
    put_line(&line);
    buf_free(&line);
}

static void put_bill(struct buf *line, const struct call *call)
{
    put_text(line, "outcome", walk_outcome_name(call->outcome));
    put_number(line, "tokens_in", (long long)call->settle.usage.tokens_in);
    put_number(line, "tokens_out", (long long)call->settle.usage.tokens_out);
    put_number(line, "credits", (long long)call->settle.charge.credits);
    put_number(line, "attempts", call->relay.attempts);
}

/* The ledger's name of the call, where the caller chose another one. */
static void put_hold(struct buf *line, const struct call *call)
{
    char id[4 + 2 * STORE_ID + 1] = "req_";

    mac_hex(call->id, sizeof(call->id), id + 4);
    if (strcmp(id, call->request_id) != 0)
        put_text(line, "hold", id);
}

void log_call(const struct call *call)
{
    struct buf line = {0};

    put_time(&line);
    put_text(&line, "request", call->request_id);
    if (call->held)
        put_hold(&line, call);
    put_text(&line, "route", call->route != NULL ? call->route->path : "-");
    put_number(&line, "status", call->answered);
    if (call->admitted)
        put_text(&line, "key", call->admit.key_id);
    if (call->fault.code != REFUSE_NONE)
        put_text(&line, "refusal", refusal_code(call->fault.code));
    if (call->offer.names.model != NULL && call->held)
        put_text(&line, "model", call->offer.names.model);
    if (call->held)
        put_bill(&line, call);
    put_number(
        &line, "ms", (long long)(loop_now(call->worker->loop) - call->started));
    put_line(&line);
    buf_free(&line);
}

void log_uncollected(const char *request, const struct charge *charge)
{
    if (hold_alarms(charge))
        log_event("uncollected", "request %s: %lld of %lld credits", request,
            (long long)charge->uncollected, (long long)charge->credits);
}
