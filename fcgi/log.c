#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "core/utf8.h"

/* With one more line it is still less than a pipe takes whole. */
enum { LINES_MOST = 3 << 10, LINES_WAIT_MS = 20, FLOODS_WAIT_MS = 60000 };

/* ${value} with ${digits} digits. */
static void put_digits(struct buf *line, int value, int digits)
{
    char text[8];

    for (int i = digits; i-- > 0; value /= 10)
        text[i] = (char)('0' + value % 10);
    buf_put(line, text, (size_t)digits);
}

static void put_time(struct buf *line)
{
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    buf_puts(line, "{\"time\":\"");
    put_digits(line, tm.tm_year + 1900, 4);
    buf_puts(line, "-");
    put_digits(line, tm.tm_mon + 1, 2);
    buf_puts(line, "-");
    put_digits(line, tm.tm_mday, 2);
    buf_puts(line, "T");
    put_digits(line, tm.tm_hour, 2);
    buf_puts(line, ":");
    put_digits(line, tm.tm_min, 2);
    buf_puts(line, ":");
    put_digits(line, tm.tm_sec, 2);
    buf_puts(line, ".");
    put_digits(line, (int)(now.tv_nsec / 1000000), 3);
    buf_puts(line, "Z\"");
}

/* Whether ${text} may stand between quotes as it is. */
static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~' || text.p[i] == '"' ||
            text.p[i] == '\\')
            return false;
    return true;
}

static void put_name(struct buf *line, const char *name)
{
    buf_puts(line, ",\"");
    buf_puts(line, name);
    buf_puts(line, "\":");
}

/* What we made ourselves, of which nothing needs an escape. */
static void put_word(struct buf *line, const char *name, const char *word)
{
    put_name(line, name);
    buf_puts(line, "\"");
    buf_puts(line, word);
    buf_puts(line, "\"");
}

static void put_text(struct buf *line, const char *name, const char *text)
{
    struct span s = {text, strlen(text)};
    struct buf clean = {0};

    put_name(line, name);
    if (is_plain(s)) {
        buf_puts(line, "\"");
        buf_put(line, s.p, s.n);
        buf_puts(line, "\"");
        return;
    }
    utf8_repair(s, &clean);
    json_quote(line, (struct span){clean.data, clean.len});
    buf_free(&clean);
}

static void put_number(struct buf *line, const char *name, long long value)
{
    put_name(line, name);
    buf_int(line, value);
}

/* One write, so that lines of several processes do not mix. */
static void write_lines(struct buf *lines)
{
    if (lines->len > 0 && !lines->failed &&
        write(STDERR_FILENO, lines->data, lines->len) < 0)
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
    put_word(&line, "event", name);
    put_text(&line, "text", text);
    buf_puts(&line, "}\n");
    write_lines(&line);
    buf_free(&line);
}

static void put_bill(struct buf *line, const struct call *call)
{
    put_word(line, "outcome", walk_outcome_name(call->outcome));
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
        put_word(line, "hold", id);
}

static void put_caller(struct buf *line, const struct call *call)
{
    char id[5 + 2 * STORE_ID + 1] = "acct_";

    if (call->admit.caller == CALLER_ACCOUNT) {
        mac_hex(call->admit.account, STORE_ID, id + 5);
        put_word(line, "user", id);
    } else {
        put_word(line, "key", call->admit.key_id);
    }
}

static void put_call(struct buf *line, const struct call *call)
{
    put_time(line);
    put_word(line, "request", call->request_id);
    if (call->held)
        put_hold(line, call);
    put_word(line, "route", call->route != NULL ? call->route->path : "-");
    put_number(line, "status", call->answered);
    if (call->admitted)
        put_caller(line, call);
    if (call->fault.code != REFUSE_NONE)
        put_word(line, "refusal", refusal_code(call->fault.code));
    if (call->offer.names.model != NULL && call->held)
        put_text(line, "model", call->offer.names.model);
    if (call->held)
        put_bill(line, call);
    put_number(
        line, "ms", (long long)(loop_now(call->worker->loop) - call->started));
    buf_puts(line, "}\n");
}

static void callback_flush(void *cookie)
{
    struct log *log = cookie;

    write_lines(&log->lines);
    buf_reset(&log->lines);
}

static void tell_floods(struct log *log)
{
    if (log->floods > 0)
        log_event("flood", "%llu calls were refused at the door", log->floods);
    log->floods = 0;
}

static void callback_tell(void *cookie)
{
    tell_floods(cookie);
}

static void count_flood(struct log *log, struct loop *loop)
{
    log->tell.fired = callback_tell;
    log->tell.cookie = log;
    log->floods++;
    if (!loop_timer_armed(&log->tell))
        loop_timer_set(loop, &log->tell, FLOODS_WAIT_MS);
}

void log_call(const struct call *call)
{
    struct log *log = &call->worker->log;

    if (call->flood) {
        count_flood(log, call->worker->loop);
        return;
    }
    log->flush.fired = callback_flush;
    log->flush.cookie = log;
    put_call(&log->lines, call);
    if (log->lines.len > LINES_MOST || log->lines.failed)
        callback_flush(log);
    else if (!loop_timer_armed(&log->flush))
        loop_timer_set(call->worker->loop, &log->flush, LINES_WAIT_MS);
}

void log_close(struct log *log)
{
    write_lines(&log->lines);
    buf_free(&log->lines);
    tell_floods(log);
}

void log_uncollected(const char *request, const struct charge *charge)
{
    if (hold_alarms(charge))
        log_event("uncollected", "request %s: %lld of %lld credits", request,
            (long long)charge->uncollected, (long long)charge->credits);
}
