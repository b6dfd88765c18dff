# shellcheck shell=bash
# What run.sh measures, started. Sets for each target PORT[T] and, where they
# apply, KEY[T], STATE[T], the name of the state its workers serve, and
# SURFACE[T], where that is not the transparent one.
#
#   direct            the stand-in upstream itself
#   nginx, nginx-sse  proxy_pass to it, answers buffered or passed on at once
#   lighttpd, relaxed one worker behind lighttpd, durability full or relaxed
#   unmoderated       the first of them without moderation
#   governed, governed-plain   the governed surface of "lighttpd" and of
#                     "unmoderated": with a project, a policy and an event
#   nginx+turnpike, apache+turnpike     the worker of "lighttpd" behind these

# workers_of STATE [SURFACE]: the process ids of the workers on it, one a line.
workers_of() {
    pgrep -f "turnpike-${2:-compat} --state $T/$1( |\$)"
}

pids_of_httpd() {
    case $1 in
    nginx+turnpike) echo "$NGINX" ;;
    apache+turnpike) pgrep -P "$APACHE" | paste -sd, ;;
    *) pgrep -f "lighttpd .*$T/${STATE[$1]}/" | paste -sd, ;;
    esac
}

private_of() {
    sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

# start_turnpike NAME [OPTION]...: the whole house on a state of that name;
# READY[NAME] is when it was ready, in microseconds.
start_turnpike() {
    local name=$1 line='' url=http://127.0.0.1:${PORT[direct]}
    shift
    [[ $* == *--upstream* ]] || set -- --upstream "$url" "$@"
    [ -p "$T/$name.ready" ] || mkfifo "$T/$name.ready"
    "$builddir/turnpike-launch" --httpd-conf "$srcdir/httpd-conf" --port 0 \
        --state "$T/$name" --set rate.key=0 --set models.max_output=1000000 \
        --set price.tokens_per_credit=100000 "$@" \
        >"$T/$name.ready" 2>"$T/$name.err" &
    PID[$name]=$!
    started+=($!)
    read -r -t 60 line <"$T/$name.ready"
    READY[$name]=${EPOCHREALTIME/./}
    [[ $line == ready:* ]] || die "$name: $(tail -n 3 "$T/$name.err")"
    line=${line#ready: http://127.0.0.1:}
    # What the store maps lies outside of its state, and outlives it.
    mapfile -t -O "${#regions[@]}" regions < <(grep -ho \
        '/dev/shm/turnpike-[0-9]*-[0-9a-f]*' \
        "/proc/$(workers_of "$name" | head -n 1)/maps" | sort -u)
    PORT[$name]=${line%% *} KEY[$name]=${line##* } STATE[$name]=$name
    "$builddir/turnpikectl" --state "$T/$name" credits grant demo@localhost \
        900000000 --idempotency-key bench >/dev/null || die "$name: no credits"
}

# govern NAME STATE: the governed surface of that state, as a target.
govern() {
    PORT[$1]=${PORT[$2]} KEY[$1]=${KEY[$2]} STATE[$1]=$2 SURFACE[$1]=policy
}

stop_turnpike() {
    kill "${PID[$1]}" && wait "${PID[$1]}"
}

start_standin() {
    local word
    mkfifo "$T/standin"
    "$builddir/tests/bench/standin" >"$T/standin" &
    started+=($!)
    read -r word "PORT[direct]" <"$T/standin"
    [ "$word" = listening ] || die 'the stand-in upstream does not start'
}

fill_in() { # fill_in TEMPLATE: @NAME@ is the variable NAME
    local names
    names=$(grep -o '@[A-Z0-9_]*@' "$1" | sort -u | tr -d @)
    # shellcheck disable=SC2046 # expressions
    sed $(for name in $names; do echo "-e s|@$name@|${!name}|g"; done) "$1"
}

# nginx_on NAME TEMPLATE: starts it; its one worker is left in NGINX.
nginx_on() {
    fill_in "$here/$2" >"$T/$1.conf"
    mkdir -p "$T/$1"
    nginx -p "$T/$1" -e "$T/$1.log" -c "$T/$1.conf" &
    started+=($!)
    until_true pgrep -P $! || die "nginx: $(tail -n 3 "$T/$1.log")"
    NGINX=$(pgrep -P $!)
}

start_nginx() {
    command -v nginx >/dev/null || {
        echo 'bench: there is no nginx: nothing to compare with' >&2
        return
    }
    UPSTREAM=${PORT[direct]} SOCKET=$T/lighttpd/sockets/compat.sock
    PORT[nginx]=$(free_port)
    P_NGINX=${PORT[nginx]} P_SSE=$(free_port) P_FCGI=$(free_port)
    P_TLS=$(free_port)
    PORT[nginx-sse]=$P_SSE PORT[nginx-tls]=$P_TLS
    PORT["nginx+turnpike"]=$P_FCGI
    KEY["nginx+turnpike"]=${KEY[lighttpd]} STATE["nginx+turnpike"]=lighttpd
    nginx_on nginx nginx.conf.in
}

start_apache() {
    local modules=/usr/lib/apache2/modules
    [ -e $modules/mod_proxy_fcgi.so ] || {
        echo 'bench: there is no Apache: left out' >&2
        return
    }
    SOCKET=$T/lighttpd/sockets/compat.sock P_APACHE=$(free_port)
    PORT["apache+turnpike"]=$P_APACHE
    KEY["apache+turnpike"]=${KEY[lighttpd]} STATE["apache+turnpike"]=lighttpd
    RUN=$T/apache MODULES=$modules
    # Started by root it answers as somebody else, who has to get at the socket.
    chmod 711 "$T" "$T/lighttpd" && chmod 666 "$SOCKET"
    mkdir "$RUN"
    fill_in "$here/apache.conf.in" >"$T/apache.conf"
    apache2 -D FOREGROUND -f "$T/apache.conf" &
    APACHE=$!
    started+=("$APACHE")
    until_true curl -fs "http://127.0.0.1:$P_APACHE/health/live" ||
        die "Apache: $(tail -n 3 "$T/apache/error.log" 2>&1)"
}

# A TLS side for the stand-in upstream, and workers that call it.
start_tls() {
    local nginx=$NGINX
    command -v openssl >/dev/null && [ -n "$nginx" ] || {
        echo 'bench: no openssl or no nginx: TLS is left out' >&2
        return
    }
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$T/tls.key" -out "$T/tls.pem" 2>/dev/null
    UPSTREAM=${PORT[direct]} CERTIFICATE=$T/tls
    nginx_on tls tls.conf.in
    NGINX=$nginx
    for version in 1 2; do
        start_turnpike turnpike-h$version --workers 1 \
            --upstream "https://localhost:$((version == 1 ? P_H1 : P_H2))" \
            --set "upstream.u1.http2=$([ $version = 2 ] && echo on || echo off)" \
            --set "upstream.u1.ca_file=$T/tls.pem"
    done
}

start_all() {
    start_standin
    start_turnpike lighttpd --workers 1
    start_turnpike relaxed --workers 1 --set durability=relaxed
    start_turnpike unmoderated --workers 1 --set moderation.enabled=off
    govern governed lighttpd
    govern governed-plain unmoderated
    NGINX=''
    P_H1=$(free_port) P_H2=$(free_port)
    start_nginx
    start_apache
}
