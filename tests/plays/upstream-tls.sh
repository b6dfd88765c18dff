# An upstream behind TLS is verified by name and authority, and its connection
# serves more than one call.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/tls.sh"
may_do_tls || skip_all "no lighttpd with mod_openssl, or no openssl"
plan 15

start_upstream
start_tls

start_turnpike --upstream "https://localhost:$TLS_PORT" \
    --set upstream.u1.ca_file="$T/ca.pem"
chat "over TLS"
is "$STATUS" 200 "a verified upstream answers"
chat "again"
is "$STATUS" 200 "and answers again"
ask /v1/chat/completions --json '{"model":"abliterated-model","stream":true,
    "messages":[{"role":"user","content":"script: words=5"}]}'
is "$STATUS" 200 "a stream over TLS begins"
ok "and ends whole" grep -qx 'data: \[DONE\]' "$T/body"
stop_turnpike

start_turnpike --upstream "https://localhost:$TLS_PORT"
chat "unknown authority"
is "$STATUS" 502 "an unknown authority is a 502"
is "$(jq -r .error.code "$T/body")" upstream_error "told as upstream_error"
stop_turnpike

start_turnpike --upstream "https://127.0.0.1:$TLS_PORT" \
    --set upstream.u1.ca_file="$T/ca.pem"
chat "wrong name"
is "$STATUS" 502 "a certificate for another name is a 502"
is "$(balance .held)" 0 "nothing is held"
stop_turnpike

start_turnpike --upstream "https://127.0.0.1:$TLS_PORT" \
    --set upstream.u1.insecure_test_only=on
chat "unverified"
is "$STATUS" 200 "insecure_test_only does without"
stop_turnpike

# ---- who stops reading stops nobody else ----

start_turnpike --workers 1 --upstream "https://localhost:$TLS_PORT" \
    --set upstream.u1.ca_file="$T/ca.pem" --set rate.key=0 \
    --set models.max_output=10000000 --set stream.stall_seconds=600
perform_to "$T/huge" \
    "words=100000 text=$(printf 'w%.0s' {1..200}) unpaced ignore_max" true
reader=$CLIENT
on_exit "kill -9 $reader 2>/dev/null"
ok 'a huge answer has begun' until_true grep -q 'data: ' "$T/huge"
kill -STOP "$reader"
sent=0
held_back() {
    local before=$sent
    sent=$(told 'map(select(.ended == "open"))[0].bytes_sent')
    [ "$sent" -gt 500000 ] && [ "$sent" -eq "$before" ]
}
ok 'its upstream is held back when it is not read' until_true held_back
perform 'words=5' true
is "$STATUS $(frames | tail -n 1)" '200 [DONE]' 'another stream is whole'
kill -CONT "$reader"
wait "$reader"
is "$(frames "$T/huge" | tail -n 1)" '[DONE]' 'and so is that, in the end'
calls=$(json '.upstreams[0] | .connects + .reused' stat)
chat "again"
is "$STATUS $(json ".upstreams[0] | [.connects <= 2, .connects + .reused -
    $calls]" stat)" '200 [true,1]' 'connections are kept'
stop_turnpike

# Its log is written out when it ends.
kill "$TLS_PID"
wait "$TLS_PID"
ok "the calls went over HTTP/2" grep -q '^HTTP/2.*200' "$T/tls-access.log"
