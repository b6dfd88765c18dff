#!/usr/bin/env bash
# What governing costs: Turnpike beside a plain proxy, in one run.
#
#   run.sh [--quick] [--rounds N] [--only NAME]...
#
# NAME is one of $all. Environment: srcdir and builddir, as for plays;
# BENCH_PART divides every number of streams, BENCH_SECONDS is how long one
# measurement takes. Everything is started once, then measured in turn, round by
# round: this machine's mood is in all of the columns. Figures are medians of
# the rounds. The results, one JSON line each, are left in BENCH_RESULTS when it
# names a file.
set -u

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir/build}
here=$srcdir/tests/bench
all="requests single prompts streams crowd deaf unpaced tls workers start"
rounds=3 seconds=3 part=1 only=''
unset TURNPIKE_CONF TURNPIKE_UPSTREAM_KEY
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
PATH=$PATH:/usr/sbin

die() {
    echo "bench: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --quick) rounds=1 seconds=1 part=5 ;;
    --rounds) rounds=${2:?} && shift ;;
    --only)
        [[ " $all " == *" ${2:-} "* ]] || die "--only takes one of: $all"
        only+=" $2" && shift
        ;;
    *) die "what is \"$1\" for? [--quick] [--rounds N] [--only NAME]..." ;;
    esac
    shift
done
part=${BENCH_PART:-$part} seconds=${BENCH_SECONDS:-$seconds}
only=${only:-$all}

T=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
results=${BENCH_RESULTS:-$T/results}
: >"$results" || die "cannot write $results"
started=() regions=()

finish() {
    trap - EXIT
    for pid in ${started[@]+"${started[@]}"}; do
        kill "$pid" 2>/dev/null
    done
    wait
    rm -rf "$T" ${regions[@]+"${regions[@]}"}
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

wanted() { # is one of the measurements "$@" asked for?
    local name
    for name; do
        [[ " $only " != *" $name "* ]] || return 0
    done
    return 1
}

free_port() {
    "$builddir/tests/plays/freeport"
}

until_true() {
    local tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
}

. "$here/servers.sh"

# ---- measurements ----

# The processes that stand in the way to target $1, for load --watch.
watched() {
    local state
    case $1 in
    direct) ;;
    nginx | nginx-*) echo "--watch httpd=$NGINX" ;;
    workers-*) echo "--watch httpd=$(pids_of_httpd "$1") $(each_worker "$1")" ;;
    *) state=${STATE[$1]} && echo "--watch httpd=$(pids_of_httpd "$1") \
        --watch worker=$(workers_of "$state" "${SURFACE[$1]:-}" |
            paste -sd,)" ;;
    esac
}

# The workers of state $1 together, and each for itself: who does how much.
each_worker() {
    local n=0 pid
    echo "--watch worker=$(workers_of "$1" | paste -sd,)"
    for pid in $(workers_of "$1"); do
        n=$((n + 1))
        echo "--watch w$n=$pid"
    done
}

# measure NAME TARGET ROUND OPTIONS-OF-LOAD...: one line of results.
measure() {
    local name=$1 target=$2 round=$3 line
    shift 3
    [ -z "${SURFACE[$target]:-}" ] ||
        set -- --surface "/${SURFACE[$target]}" "$@"
    # shellcheck disable=SC2046 # options
    line=$("$builddir/tests/bench/load" --port "${PORT[$target]}" \
        --key "${KEY[$target]:-none}" $(watched "$target") "$@") ||
        die "load has failed: $name $target"
    jq -c --arg n "$name" --arg t "$target" --argjson r "$round" \
        '{name: $n, target: $t, round: $r} + .' <<<"$line" >>"$results"
    echo -n . >&2
}

# turns NAME "TARGET..." OPTIONS...: all targets, round by round.
turns() {
    local name=$1 targets=$2 round target
    shift 2
    wanted "${name%-*}" || return 0
    for ((round = 1; round <= rounds; round++)); do
        for target in $targets; do
            [ -z "${PORT[$target]:-}" ] ||
                measure "$name" "$target" "$round" "$@"
        done
    done
}

note() { # note NAME TARGET KEY VALUE: a figure that load does not know
    jq -nc --arg n "$1" --arg t "$2" --arg k "$3" --argjson v "$4" \
        '{name: $n, target: $t, ($k): $v}' >>"$results"
}

# Start and stop on a store that exists; milliseconds to the ready line, which
# means that /health/ready was answered 200. A completion must follow.
measure_start() {
    local round begin
    wanted start || return 0
    start_turnpike again --workers 1
    for ((round = 0; round < 2 * rounds + 1; round++)); do
        stop_turnpike again
        begin=${EPOCHREALTIME/./}
        start_turnpike again --workers 1
        "$builddir/tests/bench/load" --port "${PORT[again]}" \
            --key "${KEY[again]}" --connections 1 --warmup 0 --seconds 0.001 |
            jq -e '.errors == 0' >/dev/null || die 'no answer after a start'
        note start turnpike ready_ms $(((READY[again] - begin) / 1000))
    done
    stop_turnpike again
}

measure_workers() {
    local n targets='nginx'
    wanted workers || return 0
    for n in 1 2 4; do
        start_turnpike "workers-$n" --workers "$n"
        targets+=" workers-$n"
    done
    turns workers "$targets" --connections 32 --seconds "$seconds"
    for n in 1 2 4; do
        stop_turnpike "workers-$n"
    done
}

measure_tls() {
    wanted tls || return 0
    start_tls
    turns tls "nginx-tls turnpike-h1 turnpike-h2" --connections 32 \
        --seconds "$seconds"
    turns tls-streams "nginx-tls turnpike-h1 turnpike-h2" \
        --streams $((500 / part)) --frames $((10 + 30 * seconds)) --gap 50000 \
        --ramp 500
}

declare -A PORT KEY STATE SURFACE PID READY
start_all
behind="lighttpd unmoderated relaxed nginx+turnpike apache+turnpike"
governed="governed governed-plain"
echo -n 'bench: ' >&2
for target in lighttpd unmoderated relaxed; do
    note idle "$target" private_kib "$(private_of "$(workers_of "$target")")"
done
turns crowd "direct nginx-sse $behind" --streams $((5000 / part)) \
    --frames $((8 + 8 * seconds)) --gap 250000 --ramp 2000
turns streams "direct nginx-sse $behind $governed" --streams $((1000 / part)) \
    --frames $((20 + 60 * seconds)) --gap 25000 --ramp 500
turns deaf "nginx-sse lighttpd nginx+turnpike" --streams $((4000 / part)) \
    --deaf $((2000 / part)) --frames $((20 + 20 * seconds)) --gap 100000 \
    --ramp 2000
turns requests "direct nginx $behind $governed" --connections 32 \
    --seconds "$seconds"
turns single "direct nginx $behind $governed" --connections 1 \
    --seconds "$seconds"
turns prompts "direct nginx $behind" --connections 8 --body 200000 \
    --seconds "$seconds"
turns prompts-again "nginx lighttpd unmoderated" --connections 8 \
    --body 200000 --seconds "$seconds" --again
turns unpaced "direct nginx-sse $behind" --streams 32 \
    --frames $((20000 / part)) --gap 0
measure_tls
measure_workers
measure_start
echo >&2
bash "$here/report.sh" "$results"
