# Under Apache with mod_fcgid, with processes retired and killed all the time
# under load, what callers were told is in the ledger once, and nobody stays.

. "${srcdir:-.}/tests/functions.sh"
. "$srcdir/tests/fcgid.sh"
need_apache
plan 10

start_upstream
start_fcgid 'state.dir = state' 'rate.key = 0' 'store.profile = small'
ok 'it is ready' until_true is_ready
account ann@example.org 1000000

kill_some() {
    until [ -e "$T/enough" ]; do
        fcgis | shuf -n 1 | xargs -r kill -9 2>/dev/null && echo killed
        sleep 0.2
    done >>"$T/kills"
}
kill_some &
KILLER=$!
on_exit 'touch "$T/enough"; wait $KILLER'
for round in 1 2 3; do
    crowd --calls 120 --at-once 50 --prompt 'script: words=12 gap=8' \
        --log "$T/calls.$round.s" >>"$T/crowds"
    crowd --calls 120 --at-once 50 --prompt 'script: words=6 first=20' \
        --no-stream --log "$T/calls.$round.w" >>"$T/crowds"
done
touch "$T/enough"
wait "$KILLER"
paid_once ann@example.org "$T"/calls.*
diag "$(wc -l <"$T/kills") kills"
is "$(cat "$T"/calls.* | wc -l)" 720 'all calls came to an end'
ok 'processes were killed' test -s "$T/kills"
ok 'most calls were answered' test "$(wc -l <"$T/answered")" -gt 360

reaped() {
    chat hello
    [ "$(json .held account show ann@example.org)" = 0 ]
}
ok 'the holds of the dead are reaped by later calls' until_true reaped
is "$(json '[.[].amount] | add' ledger ann@example.org)" \
    "$(json .credits account show ann@example.org)" 'the balance is the sum'
stop_apache
is "$(json .members stat)" 1 'nobody keeps a slot when the server has stopped'
ok 'the audit finds no breach' ctl audit
