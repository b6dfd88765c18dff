# An upstream behind TLS is verified by name and authority, and its connection
# serves more than one call.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/tls.sh"
may_do_tls || skip_all "no lighttpd with mod_openssl, or no openssl"
plan 10

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

# Its log is written out when it ends.
kill "$TLS_PID"
wait "$TLS_PID"
ok "the calls went over HTTP/2" grep -q '^HTTP/2.*200' "$T/tls-access.log"
