# shellcheck shell=bash
# What is done when a play ends, however it ends: what it started is stopped,
# its logs are shown if a check has failed, what sanitizers and valgrind have to
# say makes it fail, and nothing of it is left.
#
#   on_exit CMD...          run this, too; before the house is stopped

exit_hooks=()

on_exit() {
    exit_hooks+=("$*")
}

tell_logs() {
    local log
    for log in "$T"/launch.err "$T"/run/*.log "$T"/state/run/*.log; do
        [ -s "$log" ] || continue
        diag "---- ${log#"$T"/}"
        diag "$(tail -n 30 "$log")"
    done
}

# Whether valgrind has complained about a worker.
valgrind_spoke() {
    local log status=1
    for log in "$T"/valgrind.*; do
        [ -s "$log" ] || continue
        diag "$(cat "$log")"
        status=0
    done
    return "$status"
}

# Programs built with sanitizers complain where nobody swallows it; those whose
# web server keeps this from them, in its log.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:log_path=$T/sanitizer"
export TSAN_OPTIONS="${TSAN_OPTIONS:-}:log_path=$T/sanitizer"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:log_path=$T/sanitizer"

# Whether one of them has complained.
sanitizer_spoke() {
    local log status=1
    for log in "$T"/sanitizer.* "$T"/*.err "$T"/*.log "$T"/run/*.log \
        "$T"/state*/run/*.log; do
        grep -qsE 'Sanitizer|runtime error:' "$log" || continue
        diag "$(grep -sE -A 60 'Sanitizer|runtime error:' "$log" | head -n 120)"
        status=0
    done
    return "$status"
}

# The shared memory of a store, as db/bdb/place.c names it. It outlives all who
# use it, so that the next one need not recover; but not the play.
regions_of() { # regions_of STORE-DIRECTORY
    local number bit hash=$((0xcbf29ce484222325))
    for number in $(stat -c '%d %i' "$1"); do
        for ((bit = 0; bit < 64; bit += 8)); do
            hash=$(((hash ^ (number >> bit & 255)) * 0x100000001b3))
        done
    done
    printf '/dev/shm/turnpike-%s-%016x\n' "$(stat -c %u "$1")" "$hash"
}

remove_regions() {
    local store
    find "$T" -name gate -printf '%h\n' | while read -r store; do
        rm -rf "$(regions_of "$store")"
    done
}

finish_play() {
    local status=$? hook
    trap - EXIT
    for hook in ${exit_hooks[@]+"${exit_hooks[@]}"}; do
        eval "$hook"
    done
    [ "$failures" -eq 0 ] || tell_logs
    stop_turnpike >/dev/null 2>&1 || true
    if sanitizer_spoke; then
        status=99
    fi
    if [ -n "${TURNPIKE_VALGRIND:-}" ] && valgrind_spoke; then
        status=99
    fi
    remove_regions
    rm -rf "$T"
    exit "$status"
}
trap finish_play EXIT
trap 'exit 1' HUP INT TERM
