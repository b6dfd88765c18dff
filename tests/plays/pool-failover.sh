# As long as one of a model's upstreams works its callers notice nothing, and
# pay once; one that fails is left out and comes back by itself; the last one
# is never left out.

. "${srcdir:-.}/tests/functions.sh"
plan 30

# start_at PORT: a demo upstream there; sets DEMO, its process.
start_at() {
    "$builddir/turnpike-demo-upstream" --port "$1" >"$T/demo.$1" &
    DEMO=$!
    on_exit "kill $DEMO 2>/dev/null"
    until_true curl -s "http://127.0.0.1:$1/v1/stats" ||
        bail 'a demo upstream does not start'
}

stop() { # stop PID
    kill "$1"
    wait "$1" 2>/dev/null
}

figure() { # figure NAME FILTER: jq on an upstream's figures
    json ".upstreams[] | select(.name == \"$1\") | $2" stat
}

# tokens PORT: all that the upstream there was asked and has said.
tokens() {
    curl -s "http://127.0.0.1:$1/v1/log" |
        jq '[.[] | select(.status == 200) | .prompt_tokens + .completion_tokens] | add // 0'
}

# calls N: so many, of both kinds; counts those that went wrong in WRONG.
calls() {
    local i
    for ((i = 0; i < $1; i++)); do
        made=$((made + 1))
        if [ $((i % 2)) -eq 0 ]; then
            perform 'words=3' false
            [ "$STATUS $(jq -r '.choices[0].finish_reason' "$T/body")" = \
                '200 stop' ] || WRONG=$((WRONG + 1))
        else
            perform 'words=3' true
            [ "$STATUS $(frames | tail -n 1)" = '200 [DONE]' ] ||
                WRONG=$((WRONG + 1))
        fi
    done
}

# calls_until CMD...: as many as it takes, 400 at most.
calls_until() {
    local tries
    for ((tries = 0; tries < 400; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        calls 1
    done
    return 1
}

is_out() { [ "$(figure "$1" .ejected_by)" = 1 ]; }
is_in() { [ "$(figure "$1" .ejected_by)" = 0 ]; }

WRONG=0 made=0
one=$(free_port)
start_at "$one"
first=$DEMO
two=$(free_port)
while [ "$two" = "$one" ]; do two=$(free_port); done
start_turnpike --workers 1 --set rate.key=0 --set price.tokens_per_credit=1 \
    --upstream "http://127.0.0.1:$one" --upstream "http://127.0.0.1:$two" \
    --set upstream.u1.eject_after=3 --set upstream.u1.eject_ms=300 \
    --set upstream.u2.eject_after=3 --set upstream.u2.eject_ms=300
account ann@example.org 1000000

# ---- one is dead from the start ----

ok 'an upstream that nobody can reach is left out' calls_until is_out u2
is "$WRONG" 0 'and no caller has noticed'
ok 'the log says so' logged '"event":"upstream_ejected"'
is "$(figure u2 '.requests == .failed and .requests >= 3')" true \
    'each of its tries has failed'
is "$(figure u2 '[.connects, .reused, .active]')" '[0,0,0]' 'none was connected'
like "$(ctl stat)" '^  u2: .* ejected by 1 of 3 workers until 20' \
    'people are told when it may come back'
is "$(figure u1 '[.workers, .failed, .ejected_by, .ejected_until]')" \
    '[3,0,0,null]' 'the other one is in use'

H=(-H 'x-request-id: my-own-id')
calls 4
ask /v1/chat/completions -H 'Content-Type: application/json' \
    --data-binary "$(ask_body words=3 false)"
made=$((made + 1))
id=$(header x-request-id)
is "$(curl -s "http://127.0.0.1:$one/v1/log" |
    jq -r '.[-1].headers["x-request-id"]')" "$id" \
    'a call has its id wherever it goes'
H=()

# ---- it comes to life ----

start_at "$two"
second=$DEMO
ok 'it is taken back' calls_until is_in u2
ok 'the log says so too' logged '"event":"upstream_returned"'
has_asked() { # has_asked NAME N
    [ "$(figure "$1" .reused)" -gt "$2" ]
}
before1=$(figure u1 .reused) before2=$(figure u2 .reused)
ok 'it gets work again' calls_until has_asked u2 "$before2"
ok 'beside the other' calls_until has_asked u1 "$before1"
is "$WRONG" 0 'still no caller has noticed'
is "$(figure u1 '.requests == .connects + .reused')" true \
    'each call had a new connection or a kept one'

# ---- what it cost ----

entries=$(json '[.[] | select(.amount < 0)] | length' ledger ann@example.org)
is "$entries" "$made" 'each call was billed once'
spent=$((1000000 - $(json .credits account show ann@example.org)))
is "$spent" "$(($(tokens "$one") + $(tokens "$two")))" \
    'at what the upstreams have counted'

# ---- all are dead ----

stop "$first"
stop "$second"
told=''
for ((i = 0; i < 20; i++)); do
    perform 'words=3' "$([ $((i % 2)) -eq 0 ] && echo true || echo false)"
    told+="$STATUS $(jq -r .error.code "$T/body")"$'\n'
done
is "$(printf '%s' "$told" | sort -u)" '502 upstream_error' \
    'when all are dead callers are told so'
is "$(json '[.upstreams[].ejected_by] | add' stat)" 1 'all are left out but one'
is "$(json .held account show ann@example.org)" 0 'nothing is held'
is "$(json .credits account show ann@example.org)" "$((1000000 - spent))" \
    'and nothing is charged'

# Whichever it is: it is asked first, the other one when it has failed.
start_at "$one"
first=$DEMO
calls 1
is "$STATUS $WRONG" '200 0' 'the first that comes back is asked at once'
start_at "$two"
second=$DEMO
all_in() { is_in u1 && is_in u2; }
ok 'and so is the second' calls_until all_in
is "$WRONG" 0 'nobody has noticed'

# ---- failures that are answers ----

# u1 alone knows the first script, because u2 is dead again.
stop "$second"
perform 'status=500' false
is "$STATUS" 502 'a failure of the last one is told'
perform 'status=400' false
is "$STATUS" 400 'and a mistake of the caller'
perform 'status=429 retry_after=7' false
is "$STATUS $(header retry-after)" '429 7' 'and that it is busy, and how long'
is "$(figure u1 '.busy >= 1 and .resting_at == 1')" true 'which is remembered'
WRONG=0
calls 2
is "$WRONG" 0 'but with no other to ask it is asked'
is "$(figure u1 .resting_at)" 0 'and rests no more when it answers'
ok 'the books are in order' ctl audit
