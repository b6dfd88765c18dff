# SIGTERM to a worker ends it in time and in order: no new requests, short
# streams to their end, long ones with an error frame, all of them settled.

. "${srcdir:-.}/tests/functions.sh"
plan 19

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set drain.seconds=5
account ann@example.org 50000
read -r leaving staying < <(workers | tr '\n' ' ')

kill -STOP "$staying"
perform_to "$T/short" 'words=20 barrier=go@3' true
short=$CLIENT
perform_to "$T/long" 'words=20 barrier=never@3' true
long=$CLIENT
ok 'two streams are under way' until_true upstream_has '.waiting == 2'
kill -TERM "$leaving"
ask /v1/models --max-time 1
is "$STATUS" 'curl 28' 'the leaving worker takes no new request'
kill -CONT "$staying"
for i in 1 2 3; do
    chat hello
    is "$STATUS" 200 "the other one answers request $i"
done
release go >/dev/null
wait "$short"
is "$(frames "$T/short" | tail -n 1)" '[DONE]' \
    'the short stream is whole'
ok 'and metered' grep -q '"remaining_credits"' "$T/short"

wait "$long"
is "$(grep -c '\[DONE\]' "$T/long")" 0 'the long stream has no [DONE]'
is "$(grep '^data' "$T/long" | tail -n 1 | sed 's/^data: //' |
    jq -r .error.code)" overloaded 'but an error frame'
ok 'the worker leaves' until_true is_gone "$leaving"
ok 'its upstream is let go' until_true upstream_has '.streams == 0'
id=$(header x-request-id "$T/long.head")
is "$(json "map(select(.request_id == \"$id\")) | map(.flags | sort)" \
    ledger ann@example.org)" '[["estimated","upstream_cut"]]' \
    'the long stream is settled once'
is "$(json .held account show ann@example.org)" 0 'nothing is held'
ok 'another worker takes its place' until_true two_workers
chat hello
is "$STATUS" 200 'and all goes on'

# One without anything to do, as a child of ours.
if command -v spawn-fcgi >/dev/null; then
    lone_worker
    ok 'a lone worker serves' until_true lone_serves
    kill -TERM "$LONE"
    wait "$LONE"
    is "$?" 0 'one that is idle leaves with status 0'
    is "$(grep -v /health/ "$T/lone.err")" '' 'and without a word'
else
    skip 3 'spawn-fcgi is not installed'
fi
ok 'the audit finds no breach' ctl audit
