# An upstream behind TLS is verified by name and authority, its connection serves
# more than one call, and calls share one only where the operator says so.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/tls.sh"
may_do_tls || skip_all "no lighttpd with mod_openssl, or no openssl"
plan 19

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

# ---- over HTTP/2 ----

start_turnpike --workers 1 --upstream "https://localhost:$TLS_PORT" \
    --set upstream.u1.ca_file="$T/ca.pem" --set upstream.u1.http2=on
perform_to "$T/first" 'words=5 barrier=go@2' true
first=$CLIENT
ok 'a stream is under way' until_true upstream_has '.waiting == 1'
perform_to "$T/second" 'words=5 barrier=go@2' true
second=$CLIENT
ok 'and another' until_true upstream_has '.waiting == 2'
release go >/dev/null
wait "$first" "$second"
is "$(frames "$T/first" | tail -n 1) $(frames "$T/second" | tail -n 1)" \
    '[DONE] [DONE]' 'both are whole'
is "$(json '.upstreams[0].connects' stat)" 1 'they have shared a connection'
stop_turnpike

# Its log is written out when it ends.
kill "$TLS_PID"
wait "$TLS_PID"
is "$(cut -d ' ' -f 1 "$T/tls-access.log" | uniq)" \
    "$(printf 'HTTP/1.1\nHTTP/2.0')" "HTTP/2 was spoken there alone"
