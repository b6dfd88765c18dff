# shellcheck shell=bash
# What every deployment is asked, whatever web server and whoever starts the
# workers. A play of one begins with
#
#     . "${srcdir:-.}/tests/functions.sh"
#     . "${srcdir:-.}/tests/deployment.sh"
#     plan $((DEPLOYMENT_CHECKS + 3))
#     prepare_deployment
#
# then starts it on the state in $T/state, with two workers of each program that
# serves, which lie in $PROGRAMS, have their sockets in $T/state/sockets, tell
# their log to $WORKER_LOG and are followed by others when they leave, and sets
# BASE. It defines how they are told to read their configuration again, reload,
# and then makes the checks:
#
#     check_deployment
#
#   launcher_deploys SERVER
#                     all of that and a check more, with the launcher and this web server
#   call PATH OPTS    as ask, without the key
#   fill_template FILE [SED-EXPRESSION]...
#                     FILE of httpd-conf with its @NAMES@ filled in by hand

. "$srcdir/tests/deployment/requests.sh"
. "$srcdir/tests/deployment/bodies.sh"
. "$srcdir/tests/deployment/streams.sh"
. "$srcdir/tests/deployment/workers.sh"

# shellcheck disable=SC2034 # for the plays
DEPLOYMENT_CHECKS=80

prepare_deployment() {
    start_upstream
    KEY=$(ctl demo)
    cp "$T/state/turnpike.conf" "$T/first.conf"
    set_limit 0
    PROGRAMS=$T/programs
    mkdir "$PROGRAMS" "$T/state/sockets"
    ln -s "$builddir"/turnpike* "$PROGRAMS"
    install_workers
}

# set_limit N: the configuration, with this limit for a key.
set_limit() {
    cp "$T/first.conf" "$T/next.conf"
    cat >>"$T/next.conf" <<END
upstream.u1.url = $UPSTREAM
rate.key = $1
drain.seconds = 600
stream.heartbeat = 1
stream.grace = 1
stream.stall_seconds = 600
END
    mv "$T/next.conf" "$T/state/turnpike.conf"
}

fill_template() {
    local file=$1 user
    shift
    user=$(id -un)
    [ "$user" != root ] || user=www-data
    sed "$@" -e "s|@HTDOCS@|$srcdir/httpd-conf/htdocs|" \
        -e "s|@RUN@|$T/state/run|" -e "s|@STATE@|$T/state|" \
        -e "s|@SOCKETS@|$T/state/sockets|" -e "s|@PROGRAMS@|$PROGRAMS|" \
        -e "s|@USER@|$user|" -e "s|@GROUP@|$user|" \
        "$srcdir/httpd-conf/$file"
}

call() {
    local path=$1
    shift
    STATUS=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' \
        --max-time 60 "$@" "$BASE$path") || STATUS="curl $?"
}

# lighttpd by its template on the socket of this state; sets BASE.
start_lighttpd() {
    local port
    port=$(free_port)
    BASE=http://127.0.0.1:$port
    mkdir -p "$T/state/run"
    fill_template lighttpd/turnpike.conf.in -e "s|@PORT@|$port|" \
        >"$T/lighttpd.conf"
    PATH=$PATH:/usr/sbin:/usr/local/sbin lighttpd -D -f "$T/lighttpd.conf" \
        2>"$T/launch.err" &
    on_exit "kill $! 2>/dev/null; wait $!"
}

# as_host FILE: this configuration of Apache as a system has it, that compresses
# what it can: the gateway in a virtual host. From now on callers like that.
as_host() {
    sed -e '/^# ---- the gateway ----$/a <VirtualHost *:*>' \
        -e '$a </VirtualHost>' "$1" >"$1.host"
    {
        echo 'LoadModule deflate_module /usr/lib/apache2/modules/mod_deflate.so'
        echo 'SetOutputFilter DEFLATE'
        cat "$1.host"
    } >"$1"
    echo 'header = "Accept-Encoding: gzip"' >"$T/.curlrc"
    export CURL_HOME=$T
}

# check_alone FILE CMD...: the web server by this template, without workers. The
# command is completed by the name of the configuration.
check_alone() {
    local file=$1 port dir=$T/alone
    shift
    port=$(free_port)
    chmod 711 "$T" # for whom it serves as when root starts it
    mkdir -m 755 "$dir"
    cp -r "$srcdir/httpd-conf/htdocs" "$dir"
    chmod -R a+rX "$dir/htdocs"
    fill_template "$file" -e "s|@PORT@|$port|" -e "s|@SOCKETS@|$dir|" \
        -e "s|@RUN@|$dir|" -e "s|@HTDOCS@|$dir/htdocs|" >"$dir/httpd.conf"
    "$@" "$dir/httpd.conf" 2>"$dir/err" &
    on_exit "kill $!; wait $!"
    until_true curl -s -o "$T/body" "http://127.0.0.1:$port/"
    BASE=http://127.0.0.1:$port call /v1/models
    is "$STATUS $(body .error.code)" '503 unavailable' \
        'without workers it is 503, in JSON'
}

check_deployment() {
    check_headers
    check_http
    check_programs
    check_frames
    check_bodies
    check_slow_reader
    check_leaving
    check_reload
    check_upgrade
    check_death
    ok 'what the killed held is reaped' ctl reap
    ok 'the audit finds no breach' ctl audit
}

launcher_deploys() {
    reload() {
        kill -HUP "$LAUNCHER"
    }
    prepare_deployment
    start_turnpike --server "$1"
    check_deployment
    stop_turnpike
    is "$?" 0 'and the house can be closed'
}
