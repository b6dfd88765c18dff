# shellcheck shell=bash
# Vocabulary of the plays with an upstream behind TLS, beside functions.sh:
#
#   may_do_tls              whether there is what they take
#   start_tls               lighttpd as the TLS side of the demo upstream, with a
#                           certificate for the name "localhost" only; it speaks
#                           HTTP/2. Sets TLS_PORT and TLS_PID; $T/ca.pem is its
#                           authority, $T/tls-access.log its log

may_do_tls() {
    local need
    for need in lighttpd openssl; do
        PATH=$PATH:/usr/sbin command -v "$need" >/dev/null || return 1
    done
    [ -e /usr/lib/lighttpd/mod_openssl.so ]
}

make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=play-authority -keyout "$T/ca.key" -out "$T/ca.pem" &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj /CN=localhost -keyout "$T/tls.key" -out "$T/tls.csr" &&
        openssl x509 -req -in "$T/tls.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" \
            -CAcreateserial -days 2 -out "$T/tls.crt" \
            -extfile <(echo subjectAltName=DNS:localhost)
}

start_tls() {
    make_certificates >"$T/openssl.log" 2>&1 || bail "$(cat "$T/openssl.log")"
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
    PATH=$PATH:/usr/sbin lighttpd -D -f "$T/tls.conf" >"$T/tls.log" 2>&1 &
    TLS_PID=$!
    on_exit "kill $TLS_PID 2>/dev/null"
    until_true curl --http1.1 -sko /dev/null \
        "https://localhost:$TLS_PORT/v1/models"
}
