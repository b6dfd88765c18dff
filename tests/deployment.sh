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
# serves, which lie in $PROGRAMS, have their sockets in $T/state/sockets and tell
# their log to $WORKER_LOG, and sets BASE. It defines how it is handled, and then
# makes the checks:
#
#   reload            all workers read their configuration again
#   renew PID         a worker is told to leave; another takes its place
#
#     check_deployment
#
#   call PATH OPTS    as ask, without the key
#   make_big BYTES    $T/big, a request of exactly this size
#   put_big [OPTS]    send it; sets STATUS
#   arrived           what came of it to the upstream: text and body in bytes
#   fill_template FILE [SED-EXPRESSION]...
#                     FILE of httpd-conf with its @NAMES@ filled in by hand

# shellcheck disable=SC2034 # for the plays
DEPLOYMENT_CHECKS=77
MiB=$((1024 * 1024))

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

# Other programs in the place of those that are there.
install_workers() {
    local name
    for name in $SERVING; do
        cp "$builddir/turnpike-$name" "$PROGRAMS/.new"
        mv "$PROGRAMS/.new" "$PROGRAMS/turnpike-$name"
    done
}

fill_template() {
    local file=$1 user
    shift
    user=$(id -un)
    [ "$user" != root ] || user=www-data
    sed "$@" -e "s|@HTDOCS@|$srcdir/httpd-conf/htdocs|" -e "s|@RUN@|$T/state/run|" -e "s|@STATE@|$T/state|" \
        -e "s|@SOCKETS@|$T/state/sockets|" -e "s|@USER@|$user|" \
        -e "s|@PROGRAMS@|$PROGRAMS|" \
        -e "s|@GROUP@|$user|" "$srcdir/httpd-conf/$file"
}

call() {
    local path=$1
    shift
    STATUS=$(curl -s -o "$T/body" -D "$T/head" -w '%{http_code}' \
        --max-time 60 "$@" "$BASE$path") || STATUS="curl $?"
}

# Whether there are two workers of each program.
two_workers() {
    local name
    for name in $SERVING; do
        [ "$(workers "$name" | wc -l)" -eq 2 ] || return 1
    done
}

is_gone() {
    ! grep -qs '^State:[^Z]*$' "/proc/$1/status"
}

is_whole() { # is_whole FILE: an event stream
    [ "$(frames "$1" | tail -n 1)" = '[DONE]' ]
}

has_frames() { # has_frames FILE N
    [ "$(grep -c '^data: ' "$1")" -eq "$2" ]
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

is_ready() {
    ask /health/ready
    [ "$STATUS" = 200 ]
}

# ---- bodies ----

make_big() {
    local head='{"model":"abliterated-model","messages":[{"role":"system","content":"'
    local tail='"},{"role":"user","content":"hello\nscript: words=1 usage=1,1"}]}'
    {
        printf %s "$head"
        head -c "$(($1 - ${#head} - ${#tail}))" /dev/zero | tr '\0' x
        printf %s "$tail"
    } >"$T/big"
}

put_big() {
    ask /v1/chat/completions -H 'Content-Type: application/json' \
        -H 'Expect:' "$@" --data-binary @"$T/big"
}

# Ours is longer by the limit of 18 bytes.
arrived() {
    seen '[(.body.messages[0].content | length), .headers["content-length"]] |
        join(" ")'
    curl -s -X POST -o "$T/reset" "$UPSTREAM/v1/log/reset"
}

arrives() { # arrives BYTES DESC
    is "$STATUS" 200 "$2 is answered"
    is "$(arrived)" "$(($1 - 134)) $(($1 + 18))" 'and reached the upstream whole'
}

refused() {
    is "$STATUS $(body '.error | [.code, .type, .param] | @csv')" \
        '413 "request_too_large","invalid_request_error",' \
        "$1 is too large"
}

check_bodies() {
    make_big $MiB
    put_big
    arrives $MiB '1 MiB'
    put_big -H 'Transfer-Encoding: chunked'
    arrives $MiB '1 MiB in chunks'
    put_big -H 'Expect: 100-continue'
    arrives $MiB '1 MiB that waits to be asked for'
    make_big $((30 * MiB))
    put_big
    arrives $((30 * MiB)) '30 MiB'
    put_big -H 'Transfer-Encoding: chunked'
    arrives $((30 * MiB)) '30 MiB in chunks'
    make_big $((33 * MiB))
    put_big
    refused '33 MiB'
    put_big -H 'Expect: 100-continue'
    refused '33 MiB that wait to be asked for'
    put_big -H 'Transfer-Encoding: chunked'
    refused '33 MiB in chunks'
    rm "$T/big"
    not_ok 'no body lies in a file' has_temporary_files
}

# Whether a process of the house has a file open that is already removed, or
# keeps one of more than 1 MiB.
has_temporary_files() {
    find "$T/state" -type f -size +1M -not -path '*/store/*' -not -name throttle \
        -not -name '*.log' | grep .
}

# ---- requests ----

check_headers() {
    local long
    call /v1/models -H "Authorization: Bearer $KEY"
    is "$STATUS" 200 'the Authorization header arrives'
    call /v1/models -H "x-api-key: $KEY"
    is "$STATUS" 200 'so does x-api-key'
    call /v1/models
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'without either one is a stranger'
    call /v1/models -H "Authorization: Bearer $KEY" \
        -H "Authorization: Bearer $KEY"
    like "$STATUS" '^40[01]$' 'two Authorization headers are refused'
    is "$(body '.error | type')" object 'in JSON'
    ask /v1/models -H 'X-Any: a' -H 'X-Any: b'
    is "$STATUS" 200 'other headers may come twice'
    long=$(head -c 10000 /dev/zero | tr '\0' x)
    ask /v1/models -H "X-One: $long" -H "X-Two: $long"
    is "$STATUS" 200 '20 KB of headers pass'
    ask /v1/models -H "X-Long: $(head -c 70000 /dev/zero | tr '\0' x)"
    like "$STATUS $(body '.error | type')" '^4[0-9][0-9] object$' \
        'a header of 70 KB is refused in JSON'
    call /v1/models -X OPTIONS -H 'Origin: https://app.example' \
        -H 'Access-Control-Request-Method: GET' \
        -H 'Access-Control-Request-Headers: authorization'
    is "$STATUS $(wc -c <"$T/body") $(header access-control-allow-origin)" \
        '204 0 *' 'a preflight is answered'
}

check_http() {
    local length
    ask /v1/models
    length=$(header content-length)
    is "$length" "$(stat -c %s "$T/body")" 'an answer tells its length'
    ask /v1/models -I
    is "$STATUS $(header content-length)" "200 $length" 'HEAD is as long as GET'
    is "$(curl -s -o "$T/one" -o "$T/two" -w '%{http_code} %{num_connects},' \
        -H "Authorization: Bearer $KEY" "$BASE/v1/models" "$BASE/v1/models")" \
        '200 1,200 0,' 'a connection serves two requests'
    ask /v1/models -0
    is "$STATUS" 200 'HTTP/1.0 is answered'
    perform words=5 true ''
    ok 'a stream comes whole' is_whole "$T/body"
    H=(-0) say words=5 '.stream = true'
    ok 'over HTTP/1.0, too' is_whole "$T/body"
    ask /nothing
    is "$STATUS $(body .error.code)" '404 not_found' 'what there is not is 404'
    ask '/v1/models/a%2Fb' --path-as-is
    like "$(body .error.message)" 'a/b' 'an escaped slash arrives as it is'
    ask '/v1/%zz' --path-as-is
    like "$STATUS" '^40[04]$' 'a wrong escape is refused'
    is "$(body '.error | type')" object 'in JSON'
}

check_programs() {
    call /policy/v1/chat/completions -H 'Content-Type: application/json' -d '{}'
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'a governed call of a stranger is refused'
    call /policy/v1/messages -H 'Content-Type: application/json' -d '{}'
    is "$STATUS $(body '[.type, .error.type] | join(" ")')" \
        '401 error authentication_error' 'in words of its dialect'
    ask /policy/x
    is "$STATUS $(body .error.code)" '404 not_found' \
        'there, too, what there is not is 404'
    ask /policy
    is "$STATUS $(body .error.code)" '404 not_found' 'so is the surface itself'
    call /api/auth/me
    is "$STATUS $(body .error.code)" '401 invalid_api_key' \
        'a stranger manages nothing'
    call /api/x
    is "$STATUS $(body .error.code)" '404 not_found' 'nor is there more'
    SURFACE=/policy perform words=5 true
    ok 'a governed stream comes whole' is_whole "$T/body"
}

# ---- streams ----

check_frames() {
    local at
    rm -f "$T/stream"
    perform_to "$T/stream" \
        'words=5 barrier=go@1 barrier=go@2 barrier=go@3' true
    for at in 1 2 3; do
        until_true upstream_has '.waiting == 1'
        ok "frame $at is there before the next one is made" \
            until_true has_frames "$T/stream" "$at"
        release go >/dev/null
    done
    wait "$CLIENT"
    ok 'and the stream comes whole' is_whole "$T/stream"
}

check_leaving() {
    rm -f "$T/gone"
    perform_to "$T/gone" 'words=2 barrier=never@1' true
    ok 'a silent stream shows signs of life' \
        until_true grep -q keepalive "$T/gone"
    leave "$CLIENT"
    ok 'its upstream is let go when the client has left' \
        until_true upstream_has '.streams == 0'
    ok 'and nothing stays held' until_true settled demo@localhost
}

check_slow_reader() {
    local reader
    perform_to "$T/huge" "words=20000 text=$(printf 'w%.0s' {1..200}) unpaced \
barrier=go@2 ignore_max" true
    reader=$CLIENT
    until_true grep -q 'data: ' "$T/huge"
    kill -STOP "$reader"
    release go >/dev/null
    crowd --calls 10 --prompt 'script: words=20 gap=5' >"$T/crowd"
    is "$(jq -c '[.whole, .broken]' "$T/crowd")" '[10,0]' \
        'a reader that stops hurts no other'
    kill -CONT "$reader"
    wait "$reader"
    ok 'and gets its whole answer when it goes on' is_whole "$T/huge"
}

# ---- workers ----

# Stop the processes $1, none of them within the store's gate: who is silent
# there is killed after some seconds by those who wait.
stop_outside_the_gate() {
    # shellcheck disable=SC2086 # a list of process ids
    until kill -STOP $1 && timeout 2 "$builddir/turnpikectl" \
        --state "$T/state" account list >"$T/gate" 2>&1 </dev/null; do
        kill -CONT $1
        sleep 0.01
    done
}

# streams_to PROGRAM PID BARRIER: at least four streams; one of them goes to this
# worker, because the others of its program sleep meanwhile. Those that a web
# server sends to them, on connections that it has kept, go on with them.
streams_to() {
    local others
    surface_of "$1"
    others=$(workers "$1" | grep -vx "$2")
    STREAMS=()
    stop_outside_the_gate "$others"
    until stream_waits || [ ${#STREAMS[@]} -ge 40 ]; do
        open_stream "$3"
    done
    while [ ${#STREAMS[@]} -lt 4 ]; do
        open_stream "$3"
    done
    # shellcheck disable=SC2086
    kill -CONT $others
    until_true upstream_has ".waiting == ${#STREAMS[@]}"
}

open_stream() { # open_stream BARRIER
    local file=$T/$1.${#STREAMS[@]}
    rm -f "$file"
    perform_to "$file" "words=9 barrier=$1@3" true
    STREAMS+=("$CLIENT")
}

# Whether one of them has come to its upstream, or does so soon.
stream_waits() {
    local tries
    [ ${#STREAMS[@]} -gt 0 ] || return 1
    # shellcheck disable=SC2034 # counts
    for tries in 1 2 3 4 5 6; do
        upstream_has '.waiting >= 1' >/dev/null && return
        sleep 0.05
    done
    return 1
}

# none_cut BARRIER DESC: they go on, and come whole.
none_cut() {
    local i whole=0
    release "$1" >/dev/null
    wait "${STREAMS[@]}"
    for ((i = 0; i < ${#STREAMS[@]}; i++)); do
        is_whole "$T/$1.$i" && whole=$((whole + 1))
    done
    is "$whole" "${#STREAMS[@]}" "$2"
}

check_reload() {
    ask /v1/models
    is "$(header x-ratelimit-limit-requests)" '' 'there is no limit'
    streams_to compat "$(workers compat | head -n 1)" reload
    set_limit 60000
    reload
    ok 'all workers read a new configuration' until_true all_say reloaded
    for SURFACE in /policy ''; do
        ask "$SURFACE/v1/models"
        is "$(header x-ratelimit-limit-requests)" 60000 'and go by it'
    done
    none_cut reload 'no stream is cut by it'
}

# Calls without a pause, until $T/enough is there.
traffic() {
    while [ ! -e "$T/enough" ]; do
        for SURFACE in '' /policy; do
            crowd --calls 40 --at-once 4 --no-stream \
                --prompt 'script: words=3' || echo '{"broken":1000}'
        done
    done >"$T/traffic"
}

is_new() { # is_new PROGRAM PID: whether it runs the file that is installed
    [ "$(stat -L -c %i "/proc/$2/exe" 2>/dev/null)" = \
        "$(stat -c %i "$PROGRAMS/turnpike-$1")" ]
}

all_new() {
    local name pid
    two_workers || return 1
    for name in $SERVING; do
        for pid in $(workers "$name"); do
            is_new "$name" "$pid" || return 1
        done
    done
}

check_upgrade() {
    local name pid calls
    install_workers
    rm -f "$T/enough"
    traffic &
    calls=$!
    for name in $COMPLETING; do
        for pid in $(workers "$name"); do
            streams_to "$name" "$pid" "upgrade$pid"
            renew "$pid"
            chat 'in the middle'
            is "$STATUS" 200 "while a worker of $name leaves the other answers"
            none_cut "upgrade$pid" 'no stream is cut'
            ok 'it has left' until_true is_gone "$pid"
            until_true two_workers
        done
    done
    SURFACE=''
    for pid in $(workers manage); do
        renew "$pid"
        call /api/auth/me
        is "$STATUS" 401 'while a worker of manage leaves the other answers'
        until_true is_gone "$pid"
        until_true two_workers
    done
    ok 'all workers are new programs' until_true all_new
    : >"$T/enough"
    wait "$calls"
    is "$(jq -sc '[(map(.broken) | add), ([.[].status | keys[]] | unique)]' \
        "$T/traffic")" '[0,["200"]]' 'no call has failed meanwhile'
    diag "$(jq -s 'map(.whole) | add' "$T/traffic") calls meanwhile"
}

check_death() {
    local name old clients=()
    old=$(workers all)
    for name in $COMPLETING; do
        surface_of "$name"
        perform_to "$T/cut.$name" 'words=9 barrier=cut@3' true
        clients+=("$CLIENT")
    done
    until_true upstream_has ".waiting == ${#clients[@]}"
    # shellcheck disable=SC2086 # a list of process ids
    kill -9 $old
    wait "${clients[@]}"
    release cut >/dev/null
    for name in $COMPLETING; do
        not_ok 'a stream whose worker is killed does not look whole' \
            is_whole "$T/cut.$name"
    done
    ok 'others take the place of the killed' until_true two_workers
    for name in $COMPLETING; do
        surface_of "$name"
        chat 'after the fall'
        is "$STATUS" 200 "and answer, those of $name"
    done
    SURFACE=''
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
