# Workers of all programs that are killed under load, two hundred times, lose no
# money and bill nothing twice: what a caller was told is in the ledger once.
#
# TURNPIKE_KILLS says how often.

. "${srcdir:-.}/tests/functions.sh"
[ -z "${TURNPIKE_VALGRIND:-}" ] ||
    skip_all 'memcheck does not see what others write to shared memory'
plan 13

kills=${TURNPIKE_KILLS:-200}
start_turnpike --workers 2 --set rate.key=0
governed ann@example.org open '{"rules":{}}'

# Calls of both kinds at this surface until $T/enough is there.
load() { # load SURFACE
    local round=0 log=$T/calls.${1#/}
    SURFACE=$1
    until [ -e "$T/enough" ]; do
        round=$((round + 1))
        crowd --calls 60 --at-once 6 --prompt 'script: words=12 gap=8' \
            --log "$log.$round.s" >>"$T/crowds"
        crowd --calls 60 --at-once 6 --prompt 'script: words=6 first=20' \
            --no-stream --log "$log.$round.w" >>"$T/crowds"
    done
}
load '' &
LOADS=($!)
load /policy &
LOADS+=($!)
on_exit 'touch "$T/enough"; wait "${LOADS[@]}"'

metered() {
    cat "$T"/calls.* 2>/dev/null | grep -c ' 200 .* metered$'
}

# A kill when answers have come since the last one and all workers are there.
# Two of three kills hit the youngest: the launcher is slow to start again what
# died young many times, so each worker is left to grow old in turn.
ready_for_more() {
    [ "$(workers all | wc -l)" -eq 6 ] && [ "$(metered)" -gt "$answers" ]
}

victim() { # victim NUMBER
    local which=-n
    [ $(($1 % 3)) -ne 0 ] || which=-o
    pgrep "$which" -f "turnpike-(compat|policy|manage) --state $T/state( |\$)"
}

done_kills=0 answers=0
while [ "$done_kills" -lt "$kills" ] && until_true ready_for_more; do
    answers=$(metered)
    kill -9 "$(victim "$done_kills")" 2>/dev/null &&
        done_kills=$((done_kills + 1))
done
touch "$T/enough"
wait "${LOADS[@]}"
is "$done_kills" "$kills" 'so many workers were killed'
for SURFACE in '' /policy; do
    chat 'after the torture'
    is "$STATUS" 200 "a new call at $SURFACE/v1 is served at once"
done

paid_once ann@example.org "$T"/calls.*
ok 'calls were answered' test -s "$T/answered"
ok 'calls were broken' grep -q -v metered "$T"/calls.*
is "$(uniq -d "$T/answered" | wc -l)" 0 'no two answers have one id'

ok 'the holds of the dead are reaped' ctl reap
is "$(json .held account show ann@example.org)" 0 'nothing is held'
is "$(json '[.[].amount] | add' ledger ann@example.org)" \
    "$(json .credits account show ann@example.org)" 'the balance is the sum'
ok 'the audit finds no breach' ctl audit
stop_turnpike
is "$?" 0 'and the house can be closed'
