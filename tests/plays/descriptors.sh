# A worker that is short of descriptors leaves callers waiting rather than fail
# them; one that has none at all lives, and serves again when it has some. None
# keeps those that it inherits.

. "${srcdir:-.}/tests/functions.sh"

command -v prlimit >/dev/null || skip_all 'prlimit is not installed'
[ -z "${TURNPIKE_VALGRIND:-}" ] ||
    skip_all 'valgrind needs descriptors of its own'
plan 9

start_upstream
start_turnpike --workers 1 --upstream "chat@$UPSTREAM" --set rate.key=0
account ann@example.org 50000
worker=$(workers)
chat hello
is "$STATUS" 200 'the worker serves'

prlimit --pid "$worker" --nofile=96:
crowd --calls 200 --prompt 'script: words=5 gap=20' >"$T/crowd"
is "$(jq -c '[.whole, .status]' "$T/crowd")" '[200,{"200":200}]' \
    'short of descriptors it serves everybody in turn'

# Fewer than are open: not even accept() finds one.
prlimit --pid "$worker" --nofile=8:
ask /health/live --max-time 1
is "$STATUS" 'curl 28' 'with none at all nobody is served'
crowd --calls 200 --prompt 'script: words=5 gap=20' >"$T/crowd" &
others=$!
prlimit --pid "$worker" --nofile="$(ulimit -Hn):"
wait "$others"
is "$(jq -c '[.whole, .status]' "$T/crowd")" '[200,{"200":200}]' \
    'but everybody when there are some again'
is "$(workers)" "$worker" 'by the same worker'
ok 'all is let go' until_true upstream_has '.streams == 0'
is "$(json .held account show ann@example.org)" 0 'nothing is held'

if command -v spawn-fcgi >/dev/null; then
    exec 7>"$T/theirs"
    flock 7
    lone_worker --set "upstream.u1.url=$UPSTREAM"
    exec 7>&-
    until_true lone_serves
    ok 'what belongs to others is not kept' flock -n "$T/theirs" true
    kill "$LONE"
    wait "$LONE"
else
    skip 1 'spawn-fcgi is not installed'
fi
ok 'the audit finds no breach' ctl audit
