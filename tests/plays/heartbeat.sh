# A stream whose upstream is silent shows signs of life: they open it, keep it
# open, and find out that its client has left. From the first one on a failure
# is an error frame. Answers that are not streamed have none.

. "${srcdir:-.}/tests/functions.sh"
plan 60

# start_mute: an upstream that is silent until it is told its whole answer, from
# the header block on, by "speak"; asks are counted in $T/asks. Sets MUTE.
start_mute() {
    mkdir -p "$T/mute/v1/chat"
    mkfifo "$T/words"
    : >"$T/asks"
    cat >"$T/mute/v1/chat/completions" <<END
echo asked >>"$T/asks"
cat "$T/words"
END
    serve mute 'server.modules = ("mod_cgi")' \
        "\$HTTP[\"url\"] =~ \"^/v1/\" { cgi.assign = (\"\" => \"$(command -v sh)\") }"
    MUTE=$SERVED
}

speak() {
    cat >"$T/words"
}

sse() { # sse LINE...
    printf 'Content-Type: text/event-stream\n\n'
    printf 'data: %s\n\n' "$@"
}

start_house() { # start_house GRACE
    start_turnpike --workers 1 --set rate.key=0 \
        --upstream "$UPSTREAM" --upstream "$MUTE" --upstream "$MUTE" \
        --upstream "$MUTE" --set upstream.u4.first_byte_ms=1500 \
        --set model.abliterated-model.upstreams=u1 \
        --set model.mute.upstreams=u2 --set model.pair.upstreams=u2,u3 \
        --set model.hasty.upstreams=u4 --set stream.grace="$1" \
        --set stream.heartbeat=1 --set price.tokens_per_credit=1
}

asks_are() {
    [ "$(wc -l <"$T/asks")" -eq "$1" ]
}

beats_are() { # beats_are FILE N: at least so many
    [ "$(grep -c '^: keepalive$' "$1")" -ge "$2" ]
}

# silent MODEL FILE [N]: a stream that has opened, though its upstream is
# silent, with so many beats.
silent() {
    rm -f "$2"
    MODEL=$1 perform_to "$2" words=1 true
    until_true beats_are "$2" "${3:-1}"
}

credits() {
    json '"\(.credits) \(.held)"' credits show ann@example.org
}

is_free() { # is_free NAME
    ok "$1: nothing is held" until_true settled ann@example.org
    is "$(credits)" "$paid 0" "$1: nothing is paid"
}

start_upstream
start_mute
start_house 1
account ann@example.org 100000
paid=100000

# ---- an upstream that takes its time ----

ok 'a stream opens and beats' silent mute "$T/late" 2
is "$(cat "$T/late.status")" '' 'while nothing else has come'
is "$(header content-type "$T/late.head")" 'text/event-stream; charset=utf-8' \
    'it is an event stream'
sse '{"id":"x","choices":[{"index":0,"delta":{"content":"ab"}}]}' \
    '{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}' \
    '{"id":"x","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":7,"total_tokens":10}}' \
    '[DONE]' | speak
ok 'then the answer comes' wait "$CLIENT"
is "$(cat "$T/late.status")" 200 'with the status of before'
is "$(frames "$T/late" | head -n 1)" \
    '{"id":"x","choices":[{"index":0,"delta":{"content":"ab"}}]}' \
    'its frames are whole'
is "$(frames "$T/late" | sed -n 2p | jq -c \
    '[.choices[0].finish_reason, .estimated_credits_used]')" '["stop",10]' \
    'with the bill'
is "$(frames "$T/late" | tail -n 1)" '[DONE]' 'and the end'
is "$(grep -vc '^$\|^: keepalive$\|^data: ' "$T/late")" 0 'there is no more'
is "$(awk 'NR % 2 == 0 && $0 != ""' "$T/late" | wc -l)" 0 \
    'each beat and frame is followed by a blank line'
is "$(credits)" '99990 0' 'it is billed as ever'
paid=99990

# ---- one that fails then ----

i=1
while read -r answer code; do
    ok "$answer: the stream opens" silent pair "$T/fail"
    printf 'Status: %s\nRetry-After: 7\n\n{"error":{"message":"no"}}' \
        "$answer" | speak
    ok "$answer: it ends" wait "$CLIENT"
    i=$((i + 1))
    is "$(cat "$T/fail.status") $(grep -c DONE "$T/fail") $(frames "$T/fail" |
        jq -rc '.error | [.code, (keys | length)]')" "200 0 [\"$code\",4]" \
        "$answer: with an error frame"
    ok "$answer: no other upstream is asked" asks_are "$i"
    is_free "$answer"
done <<'END'
429 rate_limit_exceeded
500 upstream_error
400 invalid_request
END

ok 'a stream opens' silent hasty "$T/hasty"
ok 'its upstream is given up' wait "$CLIENT"
is "$(frames "$T/hasty" | jq -r .error.code)" upstream_timeout \
    'as a frame tells'
: | speak # whoever still listens
is_free 'given up'

# ---- silence in the middle, and none ----

rm -f "$T/body"
perform_to "$T/middle" 'words=4 barrier=a@2' true
ok 'a stream that falls silent beats' until_true beats_are "$T/middle" 2
is "$(head -c 5 "$T/middle")" 'data:' 'not before its first frame'
release a >/dev/null
ok 'and goes on' wait "$CLIENT"
is "$(grep -v '^: keepalive$' "$T/middle" | grep -c '^data: ') $(frames \
    "$T/middle" | tail -n 1)" "7 [DONE]" 'to its end'
perform 'words=4' true
is "$(grep -c keepalive "$T/body")" 0 'one that does not beats not'

# ---- who leaves is missed ----

paid=$(json .credits credits show ann@example.org)
rm -f "$T/gone"
perform_to "$T/gone" 'first=600000' true
ok 'a stream opens' until_true beats_are "$T/gone" 1
ok 'its upstream has not begun' upstream_has '.streams == 1'
leave "$CLIENT"
ok 'it is let go when the client has left' until_true upstream_has \
    '.streams == 0'
is_free 'left in silence'

# ---- answers that are not streamed ----

MODEL=mute perform_to "$T/whole" words=1 false
whole=$CLIENT
perform_to "$T/clock" 'words=4 barrier=a@0' true
ok 'while a stream beats' until_true beats_are "$T/clock" 2
is "$(cat "$T/whole" "$T/whole.head" 2>/dev/null)" '' \
    'nothing comes of an answer that is not streamed'
printf 'Content-Type: application/json\n\n%s' \
    '{"choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"finish_reason":"stop"}]}' |
    speak
ok 'until it is there' wait "$whole"
is "$(cat "$T/whole.status") $(head -c 11 "$T/whole")" '200 {"choices":' \
    'as it is'
release a >/dev/null
wait "$CLIENT"

# ---- never early ----

stop_turnpike
start_house 0
KEY=$(json .key key create ann@example.org)
MODEL=mute perform_to "$T/patient" words=1 true
patient=$CLIENT
perform_to "$T/clock2" 'words=4 barrier=a@0' true
ok 'without a grace an open stream beats' until_true beats_are "$T/clock2" 2
is "$(cat "$T/patient" "$T/patient.head" 2>/dev/null)" '' 'and no other opens'
printf 'Status: 429\nRetry-After: 7\n\n{"error":{"message":"no"}}' | speak
ok 'until its upstream answers' wait "$patient"
is "$(cat "$T/patient.status") $(header retry-after "$T/patient.head") $(jq -r \
    .error.code "$T/patient")" '429 7 rate_limit_exceeded' \
    'with a status of its own'
release a >/dev/null
ok 'the stream that beat goes on' wait "$CLIENT"
is "$(frames "$T/clock2" | tail -n 1)" '[DONE]' 'to its end'

# ---- Responses has an event of its own, but not as its first ----

events_are() { # events_are FILE N: at least so many
    [ "$(grep -c '^event: keepalive$' "$1")" -ge "$2" ]
}

DIALECT=responses perform_to "$T/items" 'words=4 barrier=b@0 barrier=c@3' true
ok 'a silent stream of Responses beats' until_true beats_are "$T/items" 2
is "$(frames "$T/items")" '' 'in comments'
release b >/dev/null
ok 'when it has begun' until_true events_are "$T/items" 2
release c >/dev/null
ok 'in events, to its end' wait "$CLIENT"
is "$(frames "$T/items" | jq -c .type | sed -n '1p;$p' | paste -s)" \
    "$(printf '"response.created"\t"response.completed"')" \
    'and it is whole'
ok 'the audit finds no breach' ctl audit
