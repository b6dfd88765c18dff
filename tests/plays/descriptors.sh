# A worker that runs out of descriptors refuses or delays some, loses no money,
# and serves everybody again afterwards.

. "${srcdir:-.}/tests/functions.sh"

command -v prlimit >/dev/null || skip_all 'prlimit is not installed'
plan 8

start_upstream
start_turnpike --workers 1 --upstream "chat@$UPSTREAM" --set rate.key=0
account ann@example.org 50000
worker=$(workers)
chat hello
is "$STATUS" 200 'the worker serves'

prlimit --pid "$worker" --nofile=48:48
crowd --calls 200 --prompt 'script: words=5 gap=20' --log "$T/calls" \
    >"$T/crowd"
diag "$(cat "$T/crowd")"
is "$(jq '.whole + .broken' "$T/crowd")" 200 'every call ends'
ok 'some are answered' grep -q ' 200 whole metered$' "$T/calls"
is "$(workers)" "$worker" 'the worker lives'
ok 'all is let go' until_true upstream_has '.streams == 0'
crowd --calls 10 --at-once 5 --log "$T/after" >"$T/crowd"
is "$(grep -c ' 200 whole metered$' "$T/after")" 10 \
    'as many as fit are served again'
is "$(json .held account show ann@example.org)" 0 'nothing is held'
ok 'the audit finds no breach' ctl audit
