# A request that the web server delivers twice is one request: the id that the
# server gives it names the hold, so the second delivery is refused and the
# first is billed once.

. "${srcdir:-.}/tests/functions.sh"
plan 21

start_upstream
start_turnpike --upstream "chat@$UPSTREAM" --set rate.key=0 \
    --set price.tokens_per_credit=1 --set request.id_param=UNIQUE_ID
account ann@example.org 50000

# deliver ID SCRIPT STREAM: as a web server that calls this request so.
deliver() {
    "$builddir/tests/fcgi/fcgi_client" "$(socket)" --method POST \
        --uri /v1/chat/completions --param CONTENT_TYPE=application/json \
        --param "HTTP_AUTHORIZATION=Bearer $KEY" ${1:+--param "UNIQUE_ID=$1"} \
        --body "$(ask_body "$2" "$3")"
}
status() { # status FILE
    sed -n 's/^Status: \([0-9]*\).*/\1/p' "$1"
}
code() { # code FILE: of the refusal that the answer is
    tail -n 1 "$1" | jq -r .error.code
}
bills() {
    json '[.[] | select(.type == "settle")] | length' ledger ann@example.org
}

deliver abc 'words=10 text=ab barrier=go@3' true >"$T/first" &
first=$!
ok 'the first waits for its upstream' until_true upstream_has '.waiting == 1'
held=$(json .held account show ann@example.org)
deliver abc 'words=10 text=ab barrier=go@3' true >"$T/second"
is "$(status "$T/second")" 409 'the second is refused meanwhile'
is "$(code "$T/second")" duplicate_request 'as what it is'
is "$(json .held account show ann@example.org)" "$held" 'and holds nothing'
is "$(told length)" 1 'and asks the upstream for nothing'
release go >/dev/null
wait "$first"
is "$(status "$T/first")" 200 'the first is answered'
is "$(frames "$T/first" | tr -d '\r' | tail -n 1)" '[DONE]' 'to its end'
is "$(bills)" 1 'and billed'

deliver abc 'words=10 text=ab' true >"$T/third"
is "$(status "$T/third")" 409 'a third is refused when it has ended'
is "$(code "$T/third")" duplicate_request 'as what it is'
is "$(told length)" 1 'the upstream was asked once'
is "$(bills)" 1 'there is one bill'

deliver race 'words=5 text=ab' false >"$T/one" &
one=$!
deliver race 'words=5 text=ab' false >"$T/two"
wait "$one"
is "$({ status "$T/one"; status "$T/two"; } | sort | tr '\n' ' ')" \
    '200 409 ' 'of two at once one is answered'
is "$(bills)" 2 'and billed'

deliver other 'words=5 text=ab' false >"$T/fourth"
is "$(status "$T/fourth")" 200 'another id is another request'
is "$(bills)" 3 'with a bill of its own'
deliver '' 'words=5 text=ab' false >"$T/fifth"
deliver '' 'words=5 text=ab' false >"$T/sixth"
is "$(status "$T/fifth") $(status "$T/sixth")" '200 200' \
    'requests without one are told apart'
is "$(bills)" 5 'each with a bill'

is "$(json .held account show ann@example.org)" 0 'nothing is held'
is "$(json '[.[].amount] | add' ledger ann@example.org)" \
    "$(json .credits account show ann@example.org)" 'the balance is the sum'
ok 'the audit finds no breach' ctl audit
