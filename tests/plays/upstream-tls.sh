# An upstream behind TLS is verified by name and authority, and its connection
# serves more than one call.

. "${srcdir:-.}/tests/functions.sh"

lighttpd=$(command -v lighttpd || echo /usr/sbin/lighttpd)
for need in "$lighttpd" openssl; do
    command -v "$need" >/dev/null || skip_all "no $need"
done
[ -e /usr/lib/lighttpd/mod_openssl.so ] || skip_all "no mod_openssl"
plan 10

# An authority of our own, and a certificate for the name "localhost" only.
make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=play-authority -keyout "$T/ca.key" -out "$T/ca.pem" &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj /CN=localhost -keyout "$T/tls.key" -out "$T/tls.csr" &&
        openssl x509 -req -in "$T/tls.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" \
            -CAcreateserial -days 2 -out "$T/tls.crt" \
            -extfile <(echo subjectAltName=DNS:localhost)
}

# lighttpd as the TLS side of the demo upstream; it speaks HTTP/2.
start_tls() {
    TLS_PORT=$(free_port)
    cat >"$T/tls.conf" <<END
server.port = $TLS_PORT
server.bind = "127.0.0.1"
server.document-root = "$T"
server.modules = ( "mod_openssl", "mod_proxy", "mod_accesslog" )
server.stream-response-body = 2
accesslog.filename = "$T/tls-access.log"
accesslog.format = "%H %s"
ssl.engine = "enable"
ssl.pemfile = "$T/tls.crt"
ssl.privkey = "$T/tls.key"
proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => ${UPSTREAM##*:} )) )
END
    "$lighttpd" -D -f "$T/tls.conf" >"$T/tls.log" 2>&1 &
    TLS_PID=$!
    on_exit "kill $TLS_PID 2>/dev/null"
    until_true curl -sko /dev/null "https://localhost:$TLS_PORT/v1/models"
}

make_certificates >"$T/openssl.log" 2>&1 || bail "$(cat "$T/openssl.log")"
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
