# A worker that is short of descriptors leaves callers waiting rather than fail
# them; one that has none at all lives, loses no money, and serves again.

. "${srcdir:-.}/tests/functions.sh"

command -v prlimit >/dev/null || skip_all 'prlimit is not installed'
plan 8

start_upstream
start_turnpike --workers 1 --upstream "chat@$UPSTREAM" --set rate.key=0
account ann@example.org 50000
worker=$(workers)
chat hello
is "$STATUS" 200 'the worker serves'

prlimit --pid "$worker" --nofile=96:
crowd --calls 200 --prompt 'script: words=5 gap=20' --log "$T/calls" \
    >"$T/crowd"
is "$(jq -c '[.whole, .status]' "$T/crowd")" '[200,{"200":200}]' \
    'short of descriptors it serves everybody in turn'

held=$(find "/proc/$worker/fd" -type l | wc -l)
prlimit --pid "$worker" --nofile="$((held + 1)):"
crowd --calls 200 --prompt 'script: words=5 gap=20' --log "$T/calls" \
    >"$T/crowd"
diag "$(cat "$T/crowd")"
is "$(jq '.whole + .broken' "$T/crowd")" 200 \
    'with hardly any every call ends'
is "$(workers)" "$worker" 'the worker lives'
ok 'all is let go' until_true upstream_has '.streams == 0'
prlimit --pid "$worker" --nofile="$(ulimit -Hn):"
crowd --calls 200 --prompt 'script: words=5 gap=20' >"$T/crowd"
is "$(jq -c '[.whole, .status]' "$T/crowd")" '[200,{"200":200}]' \
    'and with enough of them all are served at once'
is "$(json .held account show ann@example.org)" 0 'nothing is held'
ok 'the audit finds no breach' ctl audit
