# shellcheck shell=bash
# What a deployment makes of its workers: they read a new configuration, make
# way for new programs, and are killed; calls meanwhile go on.

# Other programs in the place of those that are there.
install_workers() {
    local name
    for name in $SERVING; do
        cp "$builddir/turnpike-$name" "$PROGRAMS/.new"
        mv "$PROGRAMS/.new" "$PROGRAMS/turnpike-$name"
    done
}

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
            kill -TERM "$pid"
            chat 'in the middle'
            is "$STATUS" 200 "while a worker of $name leaves the other answers"
            none_cut "upgrade$pid" 'no stream is cut'
            ok 'it has left' until_true is_gone "$pid"
            until_true two_workers
        done
    done
    SURFACE=''
    for pid in $(workers manage); do
        kill -TERM "$pid"
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
