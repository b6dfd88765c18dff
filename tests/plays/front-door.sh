# The launcher says one line of an exact shape, the same on every start of one
# state; it refuses a busy port; a signal stops all that it has started.

. "${srcdir:-.}/tests/functions.sh"
plan 18

mine() {
    pgrep -f -- "$T/state"
}

start_turnpike
first_key=$KEY
port=${BASE##*:}
like "$LINE" '^ready: http://127\.0\.0\.1:[0-9]+ key: ak_[A-Za-z0-9_]+$' \
    'the ready line has its shape'
ask /health/ready
is "$STATUS" 200 'who is ready says so'
is "$(for name in $SERVING; do workers "$name" | wc -l; done | tr '\n' ' ')" \
    '2 2 2 ' 'there are two workers of each program'
is "$(stat -c %a "$T/state")" 700 'the state is private'
is "$(stat -c %a "$T"/state/sockets/* | sort -u)" 600 'so are the sockets'
is "$(stat -c %a "$T/state/demo.txt")" 600 'so is the demo password'
is "$(find "$T/state/run" -type f -perm /077 | wc -l)" 0 'so are the logs'

"$builddir/turnpike-launch" --port "$port" --state "$T/other" \
    >"$T/second.out" 2>"$T/second.err"
is "$?" 1 'a second start at the same port fails'
is "$(cat "$T/second.err")" "port $port is in use" 'and says why'
is "$(cat "$T/second.out")" '' 'and says nothing else'
not_ok 'and creates nothing' test -e "$T/other"

"$builddir/turnpike-launch" --port 0 --state "$T/state" 2>"$T/second.err"
is "$?" 1 'a second start on the same state fails'
ask /health/ready
is "$STATUS" 200 'the first one is unimpressed'

stop_turnpike
is "$?" 0 'SIGTERM ends the launcher with success'
not_ok 'nobody is left' mine
not_ok 'nor a socket' test -e "$T/state/sockets"

start_turnpike --workers 1
is "$KEY" "$first_key" 'the second start has the same key'
kill -9 "$LAUNCHER"
wait "$LAUNCHER" 2>/dev/null
LAUNCHER=''
nobody() {
    ! mine
}
ok 'a killed launcher leaves nobody behind' until_true nobody
