# Whoever speaks badly to a worker's socket hurts nobody else, and a second set
# of workers may stand on the same store.

. "${srcdir:-.}/tests/functions.sh"

command -v spawn-fcgi >/dev/null || skip_all 'spawn-fcgi is not installed'
plan 22

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0
account ann@example.org 50000
lone_worker --set "upstream.u1.url=$UPSTREAM" --set rate.key=0

raw() { # raw ARGS: to the lone worker
    "$builddir/tests/fcgi/fcgi_client" "$T/lone.sock" "$@"
}
raw_chat() { # raw_chat SCRIPT STREAM [ARGS]
    local body
    body=$(ask_body "$1" "$2")
    shift 2
    raw --method POST --uri /v1/chat/completions \
        --param CONTENT_TYPE=application/json \
        --param "HTTP_AUTHORIZATION=Bearer $KEY" --body "$body" "$@"
}
answers() { # both sets of workers answer
    chat hello
    [ "$STATUS" = 200 ] && raw_chat words=3 false | grep -q '^Status: 200'
}

is "$(stat -c %a "$(socket)")" 600 'the socket is private'
ok 'a lone worker joins the store' until_true lone_serves
ok 'both sets of workers serve' answers
is "$(json .credits account show ann@example.org)" 49998 'from one purse'

perform_to "$T/witness" 'words=10 barrier=go@3' true
witness=$CLIENT
raw_chat 'words=10 barrier=go@3' true >"$T/raw-witness" &
raw_witness=$!
ok 'streams are under way' until_true upstream_has '.waiting == 2'

raw --garbage 00ff00ff00ff00ff00ff >"$T/out" 2>&1
is "$?" 3 'garbage is hung up on'
is "$(cat "$T/out")" '' 'without an answer'
raw --garbage "$(printf '01%.0s' {1..4000})" >/dev/null 2>&1
is "$?" 3 'so is much of it'
raw --garbage 0101000100080000000100 --close-after 0 >/dev/null 2>&1
ok 'half a record is nothing' answers
like "$(raw --values)" '^FCGI_MPXS_CONNS=0$' 'values are told'
like "$(raw --values)" '^FCGI_MAX_REQS=[0-9]+$' 'all of them'
like "$(raw --role 3 2>&1)" 'status 3' 'an unknown role is refused'
like "$(raw_chat words=3 false --slow-write 1 --slow-chunk 7)" \
    '^Status: 200' 'one that writes slowly is answered'
raw_chat 'words=4000 gap=5' true --abort-after 300 >"$T/aborted" 2>&1
like "$(cat "$T/aborted")" '^Status: 200' 'one that aborts had its beginning'
ok 'and its upstream is let go' until_true upstream_has '.streams == 2'
raw_chat 'words=4000 gap=5' true --close-after 300 >"$T/closed" 2>&1
ok 'so is that of one that leaves' until_true upstream_has '.streams == 2'

release go >/dev/null
wait "$witness" "$raw_witness"
is "$(frames "$T/witness" | tail -n 1)" '[DONE]' \
    'the stream through the web server is whole'
is "$(grep -h '^data' "$T/raw-witness" | tail -n 1)" 'data: [DONE]' \
    'so is the one without'
kill -9 "$LONE"
wait "$LONE" 2>/dev/null
chat hello
is "$STATUS" 200 'the death of the lone worker stops nobody'
ok 'what it held is reaped' ctl reap
is "$(json .held account show ann@example.org)" 0 'nothing is held'
ok 'the audit finds no breach' ctl audit
