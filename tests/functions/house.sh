# shellcheck shell=bash
# The house: started, stopped and looked at.
#
#   free_port               prints a port that nobody listens at
#   start_turnpike [OPTS]   the whole house on a free port, options of
#                           turnpike-launch; sets BASE, KEY and LAUNCHER
#   start_both ORIGIN [OPTS]
#                           the same with an upstream there, which the model
#                           "translated" has by chat completions and the model
#                           "native" in each dialect
#   stop_turnpike           SIGTERM; returns the launcher's exit status
#   ctl ARGS                turnpikectl on the state of this play
#   json FILTER ARGS        what it prints as JSON, through jq
#   new_state NAME          $T/NAME, a state with the same secrets and no store
#   other NAME ARGS         turnpikectl on that
#   workers [PROGRAM]       prints the process ids of the workers: of
#                           turnpike-compat, or of turnpike-PROGRAM, or of "all"
#   two_workers             whether there are two of each program
#   lone_worker [OPTS]      another worker of turnpike-compat on the same state, by
#                           spawn-fcgi, with these options; sets LONE, its
#                           process. Its socket is $T/lone.sock
#   lone_serves             whether it does
#   is_ready                whether the house says that it is ready
#   is_gone PID             whether a process has ended
#   socket                  prints the socket of the workers of $SURFACE
#   logged TEXT             whether a worker has written that
#   all_say EVENT [TIMES]   whether every worker of every program has told of
#                           that, and so many times
#   until_true CMD...       wait until the command succeeds, 30 s at most

BASE='' KEY='' LAUNCHER=''
PROGRAMS=$builddir
WORKER_LOG=$T/state/run/workers.log

# The programs that serve, and those of them that answer completions.
SERVING='compat policy manage'
# shellcheck disable=SC2034 # for the plays
COMPLETING='compat policy'

free_port() {
    "$builddir/tests/plays/freeport"
}

# under_valgrind PROGRAM FILE: FILE becomes a program that is PROGRAM under it.
under_valgrind() {
    local valgrind=$TURNPIKE_VALGRIND
    [ "$valgrind" != 1 ] ||
        valgrind="valgrind -q --error-exitcode=99 --leak-check=full \
            --suppressions=$srcdir/tests/valgrind.supp"
    rm -f "$2"
    cat >"$2" <<END
#!/bin/sh
exec $valgrind --log-file=$T/valgrind.%p $1 "\$@"
END
    chmod +x "$2"
}

# A directory of programs in which those that serve do so under valgrind.
wrap_workers() {
    local name
    PROGRAMS=$T/programs
    mkdir -p "$PROGRAMS"
    ln -sf "$builddir"/turnpike* "$PROGRAMS"
    for name in $SERVING; do
        under_valgrind "$builddir/turnpike-$name" "$PROGRAMS/turnpike-$name"
    done
}

# Starts the launcher and leaves what it says first in LINE.
launch() {
    LINE=''
    [ -z "${TURNPIKE_VALGRIND:-}" ] || wrap_workers
    [ -p "$T/ready" ] || mkfifo "$T/ready"
    "$builddir/turnpike-launch" --httpd-conf "$srcdir/httpd-conf" \
        --programs "$PROGRAMS" --port 0 --state "$T/state" "$@" \
        >"$T/ready" 2>"$T/launch.err" &
    LAUNCHER=$!
    read -r -t 90 LINE <"$T/ready"
}

# A worker has its threads when it has read its configuration.
workers_up() {
    local pid
    for pid in $(workers all); do
        ! grep -q '^Threads:.1$' "/proc/$pid/status" || return 1
    done
}

# The first worker answers before the last one is up, which would take a change
# of the configuration for what it was told to begin with.
start_turnpike() {
    launch "$@" || bail "turnpike does not start"
    until_true workers_up || bail "a worker does not come up"
    BASE=${LINE#ready: }
    BASE=${BASE%% *}
    KEY=${LINE##* key: }
}

start_both() {
    local origin=$1
    shift
    start_turnpike --upstream "chat@$origin" \
        --upstream "chat+messages+responses@$origin" \
        --set model.translated.upstreams=u1 --set model.native.upstreams=u2 "$@"
}

stop_turnpike() {
    local pid=$LAUNCHER
    [ -n "$pid" ] || return 0
    LAUNCHER=''
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
}

ctl() {
    "$builddir/turnpikectl" --state "$T/state" "$@"
}

json() {
    local filter=$1
    shift
    ctl --json "$@" </dev/null 2>"$T/ctl.err" | jq -rc "$filter"
}

new_state() {
    mkdir -m 700 "$T/$1"
    cp -a "$T/state/secret" "$T/state/turnpike.conf" "$T/$1/"
}

other() {
    local name=$1
    shift
    "$builddir/turnpikectl" --state "$T/$name" "$@"
}

workers() {
    local name=${1:-compat}
    [ "$name" != all ] || name="(${SERVING// /|})"
    pgrep -f "turnpike-$name --state $T/state( |\$)"
}

two_workers() {
    local name
    for name in $SERVING; do
        [ "$(workers "$name" | wc -l)" -eq 2 ] || return 1
    done
}

lone_worker() {
    spawn-fcgi -n -s "$T/lone.sock" -M 0600 -- "$builddir/turnpike-compat" \
        --state "$T/state" "$@" 2>"$T/lone.err" &
    LONE=$!
    on_exit "kill $LONE 2>/dev/null"
}

lone_serves() {
    [ -S "$T/lone.sock" ] &&
        "$builddir/tests/fcgi/fcgi_client" "$T/lone.sock" --uri /health/ready
}

is_ready() {
    ask /health/ready
    [ "$STATUS" = 200 ]
}

is_gone() {
    ! grep -qs '^State:[^Z]*$' "/proc/$1/status"
}

socket() {
    local name=${SURFACE#/}
    echo "$T/state/sockets/${name:-compat}.sock"
}

logged() {
    grep -qF -- "$1" "$WORKER_LOG"
}

all_say() {
    [ "$(grep -c "\"event\":\"$1\"" "$WORKER_LOG")" -eq \
        "$((${2:-1} * $(workers all | wc -l)))" ]
}

until_true() {
    local tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
}
