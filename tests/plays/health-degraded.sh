# While none of a model's upstreams answers, who asks after the health is told
# that it is degraded; nobody pays, nobody waits long, and it is over with the
# first answer.

. "${srcdir:-.}/tests/functions.sh"
plan 19

health() {
    KEY=none ask /health/ready
    echo "$STATUS $(jq -rc .status "$T/body")"
}

start_demo() { # start_demo: the upstream of the second name
    "$builddir/turnpike-demo-upstream" --port "$port" >"$T/demo" &
    demo=$!
    on_exit "kill $demo 2>/dev/null"
    until_true curl -s "http://127.0.0.1:$port/v1/stats" ||
        bail 'a demo upstream does not start'
}

port=$("$builddir/tests/plays/freeport")
other=$("$builddir/tests/plays/freeport")
start_demo
start_turnpike --upstream "http://127.0.0.1:$port" \
    --upstream "http://127.0.0.1:$other" --set rate.key=0
paid=$(balance .credits)

is "$(health)" '200 ready' 'nothing is known of upstreams that nobody asked'
for i in 1 2 3 4; do
    chat hello
    is "$STATUS" 200 'as long as one of two answers, all are answered'
done
is "$(health)" '200 ready' 'and it is ready'
less=$(balance .credits)
ok 'for credits' test "$less" -lt "$paid"

kill "$demo"
wait "$demo" 2>/dev/null
for i in 1 2 3 4 5; do
    chat hello
    is "$STATUS" 502 'when none answers the caller is told'
done
is "$(health)" '200 degraded' 'and so is who asks after the health'
is "$(balance .credits)" "$less" 'nobody has paid'
ok 'nothing is held' until_true settled demo@localhost
ok 'the audit finds no breach' ctl audit

start_demo
chat hello
is "$STATUS" 200 'who asks when one is back is answered'
is "$(health)" '200 ready' 'and it is ready again'
ask /v1/models
is "$STATUS" 200 'as for all else'
