# An upstream that agrees, and then gives what is no answer, is left out like one
# that gives none, and comes back with its first answer.

. "${srcdir:-.}/tests/functions.sh"
plan 18

figure() { # figure NAME FILTER: jq on an upstream's figures
    json ".upstreams[] | select(.name == \"$1\") | $2" stat
}

is_out() { [ "$(figure "$1" .ejected_by)" = 1 ]; }
is_in() { [ "$(figure "$1" .ejected_by)" = 0 ]; }

# calls_until STREAM CMD...: as many as it takes, 200 at most.
calls_until() {
    local stream=$1 tries
    shift
    for ((tries = 0; tries < 200; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        perform words=2 "$stream"
    done
    return 1
}

# all_work STREAM: ten calls in a row.
all_work() {
    local i
    for ((i = 0; i < 10; i++)); do
        perform words=2 "$1"
        grep -q 'finish_reason":"stop"' "$T/body" || return 1
    done
}

# always NAME TYPE: an upstream that answers whatever it is asked with stdin.
always() {
    mkdir -p "$T/$1/v1/chat"
    cat >"$T/$1/v1/chat/completions"
    serve "$1" 'server.stat-cache-engine = "disable"' \
        "mimetype.assign = (\"\" => \"$2\")"
    options+=(--upstream "$SERVED")
}

start_upstream
options=(--upstream "$UPSTREAM")
page='<html><body>We are back soon.</body></html>'
always page text/html <<<"$page"
always text application/json <<<"$page"
always list text/event-stream <<<$'data: [1]\n'
always empty text/event-stream </dev/null
always closed application/json </dev/null
start_turnpike --workers 1 --set rate.key=0 "${options[@]}" \
    --set upstream.u2.eject_after=3 --set upstream.u2.eject_ms=600000 \
    --set upstream.u3.eject_after=3 --set upstream.u3.eject_ms=600000 \
    --set upstream.u4.eject_after=3 --set upstream.u4.eject_ms=600000 \
    --set upstream.u5.eject_after=3 --set upstream.u5.eject_ms=300 \
    --set upstream.u6.eject_after=3 --set upstream.u6.eject_ms=600000 \
    --set model.page.upstreams=u1,u2 --set model.text.upstreams=u1,u3 \
    --set model.list.upstreams=u1,u4 --set model.empty.upstreams=u1,u5 \
    --set model.closed.upstreams=u1,u6 --set model.alone.upstreams=u4

while read -r name stream MODEL what; do
    ok "$what is left out" calls_until "$stream" is_out "$name"
    is "$(figure "$name" '.failed == 3 and .requests == 3')" true \
        'each of its tries has failed'
    [ "$name" = u5 ] || ok 'and nobody notices it any more' all_work "$stream"
done <<'END'
u2 true page a page in place of a stream
u3 false text a page in place of an answer
u4 true list a stream of something else
u6 false closed an answer without a body
u5 true empty a stream without a frame
END

# ---- it comes back ----

printf 'data: %s\n\n' \
    '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}' \
    '[DONE]' >"$T/empty/v1/chat/completions"
MODEL=empty
ok 'one that answers again is taken back' calls_until true is_in u5
ok 'and is of use' all_work true

# ---- and the last one stays ----

MODEL=alone
perform words=2 true
is "$STATUS $(frames | tail -n 1 | jq -r .error.code)" '200 upstream_error' \
    'a model without another asks it still'
ok 'the books are in order' ctl audit
